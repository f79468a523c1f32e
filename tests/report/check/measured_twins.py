"""Stores with measured runs of exactly what a document of the corpus says."""

from collections.abc import Iterator, Mapping
from typing import Any

from expdb.catalog.model_aliases import ALIASES
from expdb.report.check.same_words import same_words
from expdb.store.store import Store
from tests.report.written.answers import AnsweredDocument
from tests.store_runs import add_finished

_MODELS = {same_words(alias.label): alias.name for alias in ALIASES.values()}
_OTHER_DATASET = {"cifar10": "cifar100", "cifar100": "cifar10", "fashion_mnist": "digits"}
_DEFAULTS = {"epochs": 200, "batch_size": 128}


def add_twins(store: Store, document: AnsweredDocument) -> list[int]:
    """Add runs of every row of a document by its answers, as many as it has seeds, and return their ids.

    Beside them stand the same networks on another dataset, with other results: none of the document's.
    """
    groups: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in answered_rows(document):
        settings = _settings(row)
        group = groups.setdefault(tuple(settings.values()), {"settings": settings})
        for key, value in row.items():
            assert group.setdefault(key, value) == value, f"{document.name} says two things: {row}"
    return [run_id for group in [*groups.values(), *_others(groups)] for run_id in _add(store, group)]


def answered_rows(document: AnsweredDocument) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of all tables as answered; a column that a row leaves out is not in it."""
    for answers in document.tables:
        answer = answers[0]
        for row in answer["rows"]:
            said = {column: value for column, value in zip(answer["columns"], row, strict=True) if value != ""}
            yield ({"dataset": answer["dataset"]} if "dataset" in answer else {}) | said


def _settings(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "data__dataset": row["dataset"],
        "model__name": _MODELS[same_words(row["model"])],
        "aug__preset": row.get("says", "standard"),
        "epochs": row.get("epochs", _DEFAULTS["epochs"]),
        "batch_size": row.get("batch_size", _DEFAULTS["batch_size"]),
    }


def _others(groups: Mapping[tuple[Any, ...], Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield the groups on another dataset, where the document has none there."""
    for group in groups.values():
        settings = group["settings"] | {"data__dataset": _OTHER_DATASET[group["settings"]["data__dataset"]]}
        if tuple(settings.values()) not in groups:
            changed = {key: group[key] * 0.9 for key in ("top1", "top5", "train_seconds") if key in group}
            yield {**group, "settings": settings, **changed}


def _add(store: Store, group: Mapping[str, Any]) -> Iterator[int]:
    """Add the runs of one group: seeds whose means and deviations are as answered."""
    settings = group["settings"]
    has_spread = any(key.endswith("_spread") for key in group)
    count = group.get("top1_n", 3 if has_spread else 1)
    start = {key: group[key] for key in ("num_params", "macs") if key in group}
    if "num_params" in start:
        start["num_trainable_params"] = start["num_params"]
    for seed in range(count):
        values = {key: _value(group, key, seed, count) for key in ("top1", "top5") if key in group}
        last = {key: group[key] for key in ("train_seconds",) if key in group} | values
        yield add_finished(store, top1=last.pop("top1", 0.5), last=last, start=start, seed=seed, **settings)


def _value(group: Mapping[str, Any], key: str, seed: int, count: int) -> float:
    """Return the value of a seed: of three, the mean less the deviation, the mean, the mean and the deviation."""
    spread = group.get(f"{key}_spread", 0) / 100
    assert not spread or count == 3, "a deviation is that of three seeds"
    return float(round(group[key] + spread * (seed - 1 if spread else 0), 10))
