"""Runs that evaluate a network without training it: of a file of weights, of pretrained ones, or of a recorded run."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expdb.catalog.class_names import differing_class, names_of_classes
from expdb.catalog.compose_spec import compose_spec
from expdb.catalog.datasets import DATASETS, dataset, normalisation
from expdb.domain.run import Run
from expdb.domain.spec import FOLDER_PREFIX, RunSpec
from expdb.errors import RunFinishedError, SpecError

_Settings = Mapping[str, Any]

_AS_PUBLISHED: _Settings = {"amp": False}  # what others measured, they measured in float32
_OF_NETWORK = ("name", "kwargs", "stem", "pretrained")


@dataclass(frozen=True, kw_only=True)
class PretrainedFacts:
    """What pretrained weights were made for.

    Attributes:
        num_classes, channels: of their network as it was trained.
        img_size: side of the square that they are evaluated at, in pixels.
        crop: side of the central square that is looked at, as a share of the short side.
        mean, std: per channel, of images scaled to [0, 1].
        class_names: in the order of their outputs; empty where that is not known.
    """

    num_classes: int
    channels: int
    img_size: int
    crop: float
    mean: tuple[float, ...]
    std: tuple[float, ...]
    class_names: tuple[str, ...]


def spec_of_weights(settings: _Settings, *, digest: str, path: Path) -> RunSpec:
    """Return the spec that evaluates a file of weights.

    Args:
        settings: by dotted key, of what is not training.
        digest: of the file, 16 hex digits.
        path: where the file is.

    Raises:
        SpecError: a setting is of training, or not understood.
        NotFoundError: an unknown dataset or model.
    """
    named = {"model.weights": digest, "model.weights_path": str(path.absolute()), "epochs": 0}
    return compose_spec({**_AS_PUBLISHED, **settings, **named})


def spec_of_pretrained(settings: _Settings, facts: PretrainedFacts | None = None) -> RunSpec:
    """Return the spec that evaluates a model's pretrained weights, on images prepared as they were made for.

    Args:
        settings: by dotted key, of what is not training.
        facts: of the weights; None where they are not known yet: then images are as usual.

    Raises:
        SpecError: a setting is of training or not understood, or there is no name for how to normalise.
        NotFoundError: an unknown dataset or model.
    """
    asked = {**_AS_PUBLISHED, "model.stem": "default", **settings, "model.pretrained": True, "epochs": 0}
    if facts is not None:
        asked = {"data.img_size": facts.img_size, "eval.crop": facts.crop, **asked}
    if facts is not None and "data.normalize" not in settings:
        of = compose_spec(asked).data.dataset
        asked["data.normalize"] = _name_of(facts.mean, facts.std, of=of)
    return compose_spec(asked)


def spec_of_run(run: Run, settings: _Settings) -> RunSpec:
    """Return the spec that evaluates the final weights of a run, on images prepared as those that it was trained on.

    Raises:
        RunFinishedError: it was not trained here, so there is no network.
        SpecError: its classes or channels are not those of the images, or a setting is of training or of the network.
        NotFoundError: an unknown dataset.
    """
    source = run.spec
    if source is None:
        raise RunFinishedError(f"run {run.id} is {run.kind}: there are no weights here that could be evaluated")
    own = next((key for key in settings if key.startswith("model.")), None)
    if own is not None:
        raise SpecError(f"{own}={settings[own]}: the network is that of run {run.id}; leave it out")
    network = {f"model.{name}": getattr(source.model, name) for name in _OF_NETWORK}
    shown = {
        "data.img_size": source.data.img_size,
        "eval.crop": source.eval.crop,
        "amp": source.amp,
        **({"data.background": source.data.background} if _is_folder(source, settings) else {}),
    }
    asked = {**network, **shown, **settings, "model.init_from": run.id, "epochs": 0}
    own_images, other = dataset(source.data.dataset), dataset(str(settings["data.dataset"]))
    _require_same_classes(run.id, source, other.name, num_classes=other.num_classes)
    if other.channels != source.data.channels:
        raise SpecError(
            f"run {run.id} was trained on images of {source.data.channels} channels, {other.name} has "
            f"{other.channels}: choose images of as many"
        )
    if "data.normalize" not in settings:
        asked["data.normalize"] = _name_of(*normalisation(source.data.normalize, own_images), of=other.name)
    spec = compose_spec(asked)
    # Of the run's group of seeds, so that evaluations of its seeds are one too. Foreign weights are of no known seed.
    has_seed = run.fields["seed"] is not None
    model = spec.model.model_copy(update={"init_group": run.group_digest if has_seed else None})
    return spec.model_copy(update={"model": model, "seed": source.seed})


def _is_folder(source: RunSpec, settings: _Settings) -> bool:
    return all(str(name).startswith(FOLDER_PREFIX) for name in (source.data.dataset, settings["data.dataset"]))


def _require_same_classes(run_id: int, source: RunSpec, other: str, *, num_classes: int) -> None:
    """Refuse images of other classes, or in another order: the network's outputs would mean something else."""
    if num_classes != source.data.num_classes:
        raise SpecError(
            f"run {run_id} tells {source.data.num_classes} classes apart, {other} has {num_classes}: choose images of "
            f"the classes of {source.data.dataset}"
        )
    then, now = (names_of_classes(name, num_classes) for name in (source.data.dataset, other))
    label = differing_class(then, now)
    if label is not None:
        raise SpecError(
            f"run {run_id} calls class {label} {then[label]!r}, {other} calls it {now[label]!r}: choose "
            f"images of the classes of {source.data.dataset}, in class folders of the same names"
        )


def _name_of(mean: tuple[float, ...], std: tuple[float, ...], *, of: str) -> str:
    """Return by which name a dataset's images are normalised with these numbers.

    Raises:
        SpecError: none stands for them.
    """
    entry = dataset(of)
    for name in ("dataset", "half", "imagenet", *DATASETS):
        try:
            if normalisation(name, entry) == (mean, std):
                return name
        except SpecError:  # of other channels
            continue
    raise SpecError(
        f"the weights want images normalised with mean {mean} and std {std}, for which there is no name: choose by "
        "--set data.normalize=imagenet or half"
    )
