"""`expdb models | datasets | augs`: the names that can be typed."""

from typing import Annotated, Any, NotRequired, TypedDict

import typer

from expdb.catalog.augmentations import AUGMENTATIONS
from expdb.catalog.datasets import DATASETS
from expdb.catalog.model_aliases import ALIASES
from expdb.catalog.models import architectures
from expdb.cli.arguments import JsonFlag
from expdb.cli.output import print_json, print_line, print_table
from expdb.errors import NotFoundError, unknown


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (models, datasets, augs):
        app.command(rich_help_panel="Catalog")(command)


class ModelRecord(TypedDict):
    """What `models --json` tells of a name."""

    name: Annotated[str, "what `--model` takes"]
    arch: Annotated[str, "the architecture"]
    version: NotRequired[Annotated[int, "of an alias: raised when it comes to build another network"]]
    num_params: Annotated[int | None, "with the default head; null: an alias with arguments of its own"]
    description: Annotated[str, "of an alias what it is, else the family"]


class DatasetRecord(TypedDict):
    """What `datasets --json` tells of one."""

    name: Annotated[str, "what `--dataset` takes"]
    title: Annotated[str, "what it is"]
    num_classes: int
    num_train: Annotated[int | None, "training images; null: not known before they are read"]
    num_test: Annotated[int | None, "test images; null: not known before they are read"]
    img_size: Annotated[int, "side used unless asked otherwise, in pixels"]
    where: Annotated[str, "files to put under the data folder when there is no network; empty: bundled"]


class AugmentationRecord(TypedDict):
    """What `augs --json` tells of a preset."""

    name: Annotated[str, "what `--aug` takes"]
    label: Annotated[str, "as tables print it"]
    description: str
    source: str
    settings: Annotated[dict[str, Any], "by dotted key, as `--set` takes them"]


def models(
    pattern: Annotated[str | None, typer.Argument(metavar="[FILTER]", help="only names that contain this")] = None,
    as_json: JsonFlag = False,
) -> None:
    """List models: aliases, then every timm architecture.

    Parameters are counted with the architecture's default head: 1000 classes in most of timm's, 100 in the zoo's.
    """
    known = architectures()
    wanted = (pattern or "").lower()
    aliases: list[ModelRecord] = [
        {
            "name": alias.name,
            "arch": alias.arch,
            "version": alias.version,
            "num_params": None if alias.kwargs else known[alias.arch].num_params,
            "description": alias.description,
        }
        for alias in ALIASES.values()
        if wanted in alias.name.lower() or wanted in alias.arch
    ]
    plain: list[ModelRecord] = [
        {"name": arch.name, "arch": arch.name, "num_params": arch.num_params, "description": arch.family}
        for arch in known.values()
        if wanted in arch.name and arch.name not in ALIASES and ":" not in arch.name
    ]
    found = aliases + plain
    if not found:
        raise NotFoundError(unknown("model", pattern or "", [*ALIASES, *known], listing="expdb models"))
    if as_json:
        print_json(found)
        return
    rows = [
        [
            str(model["name"]),
            str(model["arch"]) if model["arch"] != model["name"] else "",
            f"{model['num_params']:,}" if model["num_params"] else "",
            str(model["description"] or ""),
        ]
        for model in found
    ]
    print_table(["model", "architecture", "parameters", "about"], rows, ["left", "left", "right", "left"])
    print_line(f"{len(aliases)} aliases, {len(plain)} timm architectures")


def datasets(as_json: JsonFlag = False) -> None:
    """List datasets."""
    if as_json:
        print_json(
            [
                DatasetRecord(
                    name=entry.name,
                    title=entry.title,
                    num_classes=entry.num_classes,
                    num_train=entry.num_train,
                    num_test=entry.num_test,
                    img_size=entry.img_size,
                    where=entry.where,
                )
                for entry in DATASETS.values()
            ]
        )
        return
    rows = [
        [entry.name, str(entry.num_classes), f"{entry.num_train:,}", f"{entry.num_test:,}", entry.title]
        for entry in DATASETS.values()
    ]
    rows.append(["folder:PATH", "", "", "", "your images: train/CLASS/*.jpg, test/CLASS/*.jpg"])
    print_table(["dataset", "classes", "train", "test", "about"], rows, ["left", "right", "right", "right", "left"])


def augs(as_json: JsonFlag = False) -> None:
    """List augmentation presets, and how tables print them: filters and --aug know both.

    Further knobs: --set aug.mixup_alpha=0.2 and so on.
    """
    if as_json:
        print_json(
            [
                AugmentationRecord(
                    name=entry.name,
                    label=entry.label,
                    description=entry.description,
                    source=entry.source,
                    settings=dict(entry.settings),
                )
                for entry in AUGMENTATIONS.values()
            ]
        )
        return
    rows = [[entry.name, entry.label, entry.description, entry.source] for entry in AUGMENTATIONS.values()]
    print_table(["augmentation", "in tables", "what it does", "source"], rows, ["left", "left", "left", "left"])
