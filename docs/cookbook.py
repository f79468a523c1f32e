"""Write the database behind docs/tables.md, or write the page's outputs anew.

    .venv/bin/python docs/cookbook.py cookbook.db   # the database, to look at
    .venv/bin/python docs/cookbook.py               # the outputs (`make docs`)

The database holds the runs of `runs.db.example`, runs that are made up here, and the page's tables by name. Results and
times of the made-up runs are drawn from a seeded generator: they show how tables look, and say nothing about networks.
Parameters and MACs are those that `expdb run --dry-run` counts.
"""

import contextlib
import io
import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from math import exp
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

from expdb.catalog.compose_spec import compose_spec
from expdb.cli.main import main
from expdb.data.predictions import Predictions, write_predictions
from expdb.domain.codec import digest
from expdb.domain.events import EpochEnded, RunFinished, RunStarted
from expdb.domain.run import Environment
from expdb.domain.spec import RunSpec
from expdb.launch.example import copy_example
from expdb.report.tables.definition_files import definitions_from_text
from expdb.store.store import Store

PAGE = Path(__file__).with_name("tables.md")
_DEFINITION = re.compile(r"^```toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^ {4}(expdb table (?:.*\\\n)*.*--save .*)$", re.MULTILINE)
_MADE = re.compile(r"(?<=^<!-- made by: )(.*?)( -->\n```\w*\n)(.*?)(?=^```$)", re.MULTILINE | re.DOTALL)

_TEST_IMAGES = 10_000
_TRAIN_IMAGES = {"cifar10": 50_000, "cifar100": 50_000, "fashion_mnist": 60_000}
_CLASSES = {"cifar10": 10, "cifar100": 100, "fashion_mnist": 10}
_ERRORS = {"cifar10": 0.052, "cifar100": 0.226, "fashion_mnist": 0.061}  # shares of the test images
_LATE_EPOCHS = 5  # so many at the end of a run are recorded: for means over the last epochs


class _Network(NamedTuple):
    """What is made up of a network.

    Attributes:
        error: factor of the dataset's error.
        images_per_second: in training.
    """

    error: float
    images_per_second: float


_NETWORKS = {
    "resnet18": _Network(1.07, 14_800.0),
    "resnet50": _Network(1.0, 5_900.0),
    "senet50": _Network(0.965, 4_700.0),
    "vit_tiny": _Network(1.42, 12_900.0),
}
# As `expdb run --dry-run` counts parameters and MACs.
_COUNTS = {
    ("resnet18", "cifar10"): (11_173_962, 555_422_720),
    ("resnet18", "cifar100"): (11_220_132, 555_468_800),
    ("resnet18", "fashion_mnist"): (11_172_810, 455_800_832),
    ("resnet50", "cifar10"): (23_520_842, 1_297_829_888),
    ("resnet50", "cifar100"): (23_705_252, 1_298_014_208),
    ("resnet50", "fashion_mnist"): (23_519_690, 1_046_819_840),
    ("senet50", "cifar10"): (26_051_834, 1_300_344_832),
    ("senet50", "cifar100"): (26_236_244, 1_300_529_152),
    ("senet50", "fashion_mnist"): (26_050_682, 1_049_334_784),
    ("vit_tiny", "cifar10"): (5_362_762, 365_107_584),
    ("vit_tiny", "cifar100"): (5_380_132, 365_124_864),
    ("vit_tiny", "fashion_mnist"): (5_353_738, 277_093_248),
}
_AUGMENTATIONS = {"standard": 1.0, "autoaugment": 0.925, "trivialaugment": 0.91}  # factors of the error
_STEPS = ({}, {"aug.cutmix_alpha": 1.0}, {"aug.label_smoothing": 0.1}, {"epochs": 300})
_STEP_ERRORS = (1.0, 0.9, 0.985, 0.962)


def make_database(path: Path) -> None:
    """Write the example's runs and the made-up ones to a new file."""
    copy_example(path)
    with Store.open(f"sqlite:///{path}") as store:
        for group, spec, error, has_predictions in _runs():
            _add(store, group, spec, error, has_predictions=has_predictions)


def _runs() -> Iterator[tuple[str, RunSpec, float, bool]]:
    """Yield the made-up runs: their group, what is trained, the error to be expected, whether predictions are kept."""
    for model in _NETWORKS:
        for dataset, error in _ERRORS.items():
            for seed in range(3):
                yield "main", _spec(model, dataset, seed=seed), error * _NETWORKS[model].error, dataset == "cifar10"
    for model in ("resnet18", "resnet50", "vit_tiny"):
        for aug in ("autoaugment", "trivialaugment"):
            for seed in range(3):
                error = _ERRORS["cifar100"] * _NETWORKS[model].error * _AUGMENTATIONS[aug] ** (1 + (model[0] == "v"))
                yield "main", _spec(model, "cifar100", {"aug.preset": aug}, seed=seed), error, False
    settings: dict[str, Any] = {}
    error = _ERRORS["cifar100"]
    for number, step in enumerate(_STEPS):
        settings |= step
        error *= _STEP_ERRORS[number]
        for seed in range(5):
            yield "ablation", _spec("resnet50", "cifar100", settings, seed=seed), error, False
    for lr in (0.01, 0.03, 0.1, 0.3):
        for decay in (1e-4, 5e-4, 1e-3):
            away = abs(np.log10(lr / 0.08)) ** 2 * 0.11 + abs(np.log10(decay / 5e-4)) * 0.05
            tried = {"optim.lr": lr, "optim.weight_decay": decay}
            yield "sweep", _spec("resnet18", "cifar100", tried), _ERRORS["cifar100"] * (1.07 + away), False


def _spec(model: str, dataset: str, settings: Mapping[str, Any] | None = None, *, seed: int = 0) -> RunSpec:
    given = {"model.name": model, "data.dataset": dataset, "epochs": 200, "seed": seed}
    if model.startswith("vit"):
        given |= {"optim.name": "adamw"}
    return compose_spec(given | dict(settings or {}))


def _add(store: Store, group: str, spec: RunSpec, error: float, *, has_predictions: bool) -> None:
    """Record a run as its training would: what it started with, its last epochs, its end."""
    # Of the run alone, so that others may be added; by its digest, which settings that are added later do not change.
    random = Random(f"{group} {digest(spec)} 18")  # noqa: S311 - not for secrets
    of_seed = Random(spec.optim.lr + spec.seed).gauss(0, 1)  # noqa: S311 - what runs of one seed share
    error *= 1 + 0.01 * of_seed + 0.01 * random.gauss(0, 1)
    network, dataset = _NETWORKS[spec.model.name], spec.data.dataset
    speed = network.images_per_second * (1 + 0.01 * random.gauss(0, 1))
    num_params, macs = _COUNTS[spec.model.name, dataset]
    run_id = store.add_run(spec, group=group)
    store.start_run(run_id, Environment())
    store.record(
        run_id,
        RunStarted(
            num_params=num_params,
            num_trainable_params=num_params,
            macs=macs,
            device="cuda",
            device_name="a made-up GPU",
            driver=None,
            num_devices=1,
            num_threads=4,
            precision="bf16",
            batch_size_per_device=spec.batch_size,
            num_train_images=_TRAIN_IMAGES[dataset],
            num_val_images=0,
            num_test_images=_TEST_IMAGES,
            data_digest=f"made up: {dataset}"[:16],
        ),
    )
    seconds = _TRAIN_IMAGES[dataset] * spec.epochs / speed
    for left in reversed(range(_LATE_EPOCHS)):
        wrong = round(_TEST_IMAGES * error * (1 + 0.004 * random.gauss(0, 1)))
        store.record(
            run_id,
            EpochEnded(
                epoch=spec.epochs - left,
                train_loss=error / 2,
                test_loss=4 * wrong / _TEST_IMAGES,
                top1=1 - wrong / _TEST_IMAGES,
                top5=1 - round(wrong * (0.25 if _CLASSES[dataset] == 100 else 0.02)) / _TEST_IMAGES,
                lr=spec.optim.lr * (left + 1) / spec.epochs,
                train_seconds=seconds / _LATE_EPOCHS,
                eval_seconds=1.5,
                images_per_second=speed,
                peak_memory_bytes=round(2e9 + 100 * num_params * exp(0.02 * random.gauss(0, 1))),
            ),
        )
    if has_predictions:
        _predict(store, run_id, wrong, random)
    store.record(run_id, RunFinished(weights_file="weights.safetensors", predictions_file="predictions.npz"))


def _predict(store: Store, run_id: int, wrong: int, random: Random) -> None:
    """Write which images a run got wrong: mostly those that are hard for every network."""
    hardness = [index / _TEST_IMAGES * 4 + random.gauss(0, 0.35) for index in range(_TEST_IMAGES)]
    label = np.arange(_TEST_IMAGES, dtype=np.uint16) * 7 % 10
    first = label.copy()
    first[np.argsort(hardness)[-wrong:]] += 1
    top5 = (first[:, None] + np.arange(5)) % 10
    predictions = Predictions(
        label=label, top5=top5.astype(np.uint16), probability=np.full(_TEST_IMAGES, 0.9, dtype=np.float32)
    )
    write_predictions(predictions, store.artifact_dir(run_id, create=True) / "predictions.npz")


def commands(page: str) -> list[list[str]]:
    """Return the words of the commands on the page that save a table."""
    return [shlex.split(command.replace("\\\n", "")) for command in _COMMAND.findall(page)]


def save_tables(path: Path, page: str) -> None:
    """Save the page's tables in the database, from the definitions and the commands that stand there."""
    with Store.open(f"sqlite:///{path}") as store:
        for text in _DEFINITION.findall(page):
            for definition in definitions_from_text(text, "toml", name=str(PAGE)):
                store.saved_tables.save(definition)
    for words in commands(page):
        typed(path, words[1:])


def typed(path: Path, words: Sequence[str]) -> str:
    """Return what a command prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            main(["--db", str(path), *words])
        except SystemExit as left:
            if left.code:
                raise RuntimeError(f"expdb {shlex.join(words)} ended with {left.code}") from left
    return out.getvalue()


def renewed(path: Path, page: str) -> str:
    """Return the page with what its commands print now."""
    return _MADE.sub(lambda made: f"{made[1]}{made[2]}{typed(path, shlex.split(made[1])[1:])}", page)


def _update() -> None:
    """Write the page's outputs anew, from a database that is thrown away."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "cookbook.db"
        make_database(path)
        page = PAGE.read_text(encoding="utf-8")
        save_tables(path, page)
        PAGE.write_text(renewed(path, page), encoding="utf-8")
        typed(path, ["check", str(PAGE), "--update"])


if __name__ == "__main__":
    if sys.argv[1:]:
        if Path(sys.argv[1]).exists():
            sys.exit(f"error: {sys.argv[1]!r} is there already: remove it, or name another file")
        make_database(Path(sys.argv[1]))
        save_tables(Path(sys.argv[1]), PAGE.read_text(encoding="utf-8"))
    else:
        _update()
