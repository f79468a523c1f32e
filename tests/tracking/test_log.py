"""What a script logs, and what is recorded of it."""

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch

import expdb
from expdb.errors import SpecError, StoreError
from expdb.store.store import Store
from expdb.tracking.metric_book import MOST_METRICS, MetricBook
from expdb.tracking.tracked_run import TrackingWarning
from tests.tracking.conftest import saying


def logged(store: Store, run_id: int = 1) -> dict[str, list[tuple[int | None, int | None, float]]]:
    """What is recorded of a run by metric: epoch, step and value."""
    found: dict[str, list[tuple[int | None, int | None, float]]] = {}
    for point in store.points.of([run_id]):
        found.setdefault(point.metric, []).append((point.epoch, point.step, point.value))
    return found


def test_values_of_every_kind_are_numbers(store: Store):
    values: dict[str, Any] = {
        "a": 1,
        "b": True,
        "c": np.float32(0.5),
        "d": np.int64(3),
        "e": np.array(2.5),
        "f": np.array([1.5]),
        "g": torch.tensor(0.25),
        "h": torch.tensor([4], dtype=torch.int8),
        "i": torch.tensor(0.75, requires_grad=True),
        "j": torch.tensor(1.0, dtype=torch.bfloat16),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with expdb.track(model="net", dataset="set") as run:
            run.log(values, step=3)

    expected = {"a": 1, "b": 1, "c": 0.5, "d": 3, "e": 2.5, "f": 1.5, "g": 0.25, "h": 4, "i": 0.75, "j": 1}
    assert logged(store) == {name: [(None, 3, value)] for name, value in expected.items()}


def test_a_value_is_that_of_the_call_whatever_changes_it_later(store: Store):
    tensor, array, table = torch.tensor(1.0), np.array(1.0), {"x": 1.0}
    with expdb.track(model="net", dataset="set") as run:
        run.log(step=0, tensor=tensor, array=array, table=table)
        run.log(table, step=0)
        tensor += 1
        array += 1
        table["x"] = 2.0

    assert {name: found[0][2] for name, found in logged(store).items()} == {
        "tensor": 1.0,
        "array": 1.0,
        "table/x": 1.0,
        "x": 1.0,
    }


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("0.5", "no number but text ('0.5')"),
        (None, "no number but nothing"),
        (1j, "no number but a complex number"),
        (np.zeros(3), "no number but 3 values"),
        (torch.zeros(2, 2), "no number but 4 values"),
        ([1, 2], "no number but of builtins.list"),
        (object(), "no number but of builtins.object"),
        (10**400, "too large for a number of 64 bits"),
    ],
    ids=["text", "None", "complex", "array", "tensor", "list", "object", "huge"],
)
def test_what_is_no_number_is_said_once_and_takes_nothing_else_with_it(store: Store, value: Any, words: str):
    with saying() as said, expdb.track(model="net", dataset="set") as run:
        for step in range(3):
            run.log(step=step, odd=value, loss=1.0)

    assert len(said) == 1
    assert said[0].startswith(f"odd is not logged: it is {words}")
    assert list(logged(store)) == ["loss"]


@pytest.mark.parametrize("given", [5, 0, 0.5, "loss", "", ["loss", 1.0], int], ids=str)
def test_values_without_a_name_are_said_in_one_plain_line_however_often_they_come(store: Store, given: Any):
    with saying() as said, expdb.track(model="net", dataset="set") as run:
        for _ in range(3):
            run.log(given)
        run.log(loss=1.0)

    (line,) = said
    assert line.startswith("not logged: ")
    assert line.endswith(" has no name: say run.log(NAME=…) or a table")
    assert "Error" not in line
    assert list(logged(store)) == ["loss"]


def test_defining_a_metric_after_the_end_is_said(store: Store):
    run = expdb.track(model="net", dataset="set")
    run.finish()
    with saying() as said:
        run.define("reward")

    assert said == ["run 1 has ended: define records nothing any more"]


def test_what_is_no_finite_number_is_a_point_of_its_own_kind_and_never_the_best(store: Store):
    with expdb.track(model="net", dataset="set") as run:
        for epoch, value in enumerate((0.5, math.nan, math.inf, -math.inf), start=1):
            run.log(epoch=epoch, test_acc=value, train_loss=value)

    found = store.points.summaries([1])[1]["top1"]
    assert [math.isnan(point.value) for point in store.points.of([1], ["top1"])] == [False, True, False, False]
    assert (found.n, found.num_special, found.greatest) == (4, 3, 0.5)
    results = store.run(1).results
    assert (results.top1, results.best_top1, results.best_epoch) == (None, 0.5, 1)


def test_known_names_fill_the_columns_and_free_ones_say_their_split_and_direction(store: Store):
    with expdb.track(model="net", dataset="set") as run:
        run.log({"test/top1": 0.5, "val": {"acc": 0.25}, "train_loss": 2, "test/miou": 0.5, "reward": 7}, epoch=1)

    results = store.run(1).results
    assert (results.top1, results.val_top1, results.train_loss, results.best_by) == (0.5, 0.25, 2.0, "val")
    metrics = store.points.metrics()
    assert (metrics["test/miou"].split, metrics["test/miou"].higher_is_better) == ("test", True)
    assert (metrics["reward"].split, metrics["reward"].higher_is_better) == ("unstated", None)


def test_a_percentage_under_a_name_of_ours_keeps_its_own_name_also_what_came_before(store: Store):
    with saying() as said, expdb.track(model="net", dataset="set") as run:
        for epoch, percent in enumerate((0.5, 40.0, 92.3, 0.9), start=1):  # the first would pass for 50 %
            run.log(epoch=epoch, test_acc=percent)

    assert said == [
        "test_acc = 40 is no fraction from 0 to 1: it is kept as metrics.test_acc, not as top1 (log test_acc / 100)"
    ]
    found = logged(store)
    assert [value for *_, value in found["test_acc"]] == [0.5, 40.0, 92.3, 0.9]
    assert [math.isnan(value) for *_, value in found["top1"]] == [True]
    results = store.run(1).results
    assert (results.top1, results.best_top1, results.best_epoch) == (None, None, None)


def test_a_name_that_is_another_quantity_here_gets_a_name_of_its_own(store: Store):
    with saying() as said, expdb.track(model="net") as run:
        run.log(epoch=1, wall_seconds=3.0, top1=92.0)

    assert [text.rpartition(": ")[2] for text in said] == [
        "what the script logs so is kept as metrics.logged/wall_seconds",
        "it is kept as metrics.logged/top1, not as top1 (log top1 / 100)",
    ]
    assert logged(store) == {"logged/wall_seconds": [(1, None, 3.0)], "logged/top1": [(1, None, 92.0)]}
    assert store.run(1).results.top1 is None


def test_defining_a_metric_says_what_it_is_whatever_its_name(store: Store):
    with expdb.track(model="net", dataset="set") as run:
        run.define("test_acc", unit="points", higher_is_better=True, split="test", heading="Accuracy")
        run.define("reward", higher_is_better=True)
        run.log(epoch=1, test_acc=92.3, reward=1)

    metrics = store.points.metrics()
    assert (metrics["test_acc"].unit, metrics["test_acc"].heading, metrics["test_acc"].split) == (
        "points",
        "Accuracy",
        "test",
    )
    assert metrics["reward"].higher_is_better is True
    assert logged(store)["test_acc"] == [(1, None, 92.3)]


@pytest.mark.parametrize(
    ("name", "said", "words"),
    [
        ("x", {"unit": "percent"}, "choose fraction, points"),
        ("x", {"split": "eval"}, "choose test, val"),
        ("top1", {}, "known here"),
        ("a\nb", {}, "not printable"),
    ],
)
def test_a_definition_that_cannot_be_is_refused_in_one_line(name: str, said: dict[str, Any], words: str):
    with expdb.track(model="net") as run, pytest.raises(SpecError, match=words):
        run.define(name, **said)


def test_a_place_is_an_epoch_a_step_both_or_the_next_step(store: Store):
    with expdb.track(model="net", dataset="set") as run:
        run.log(epoch=1, a=1)
        run.log(step=10, b=1)
        run.log(epoch=2, step=20, c=1)
        run.log(d=1)
        run.log(d=2)
        run.log(epoch=np.int64(3), step=torch.tensor(5), e=1)

    assert logged(store) == {
        "a": [(1, None, 1.0)],
        "b": [(None, 10, 1.0)],
        "c": [(2, 20, 1.0)],
        "d": [(None, 21, 1.0), (None, 22, 2.0)],
        "e": [(3, 5, 1.0)],
    }
    assert store.run(1).results.epochs_done == 3


def test_a_place_that_is_none_is_said_and_the_value_kept(store: Store):
    with saying() as said, expdb.track(model="net", dataset="set") as run:
        for epoch in (0.5, -1, "two"):
            run.log(epoch=epoch, step=1, loss=1.0)
            run.log(epoch=epoch, other=1.0)

    assert [text.partition(":")[0] for text in said] == ["epoch=0.5 is no whole number from 0 on"]
    assert [step for _, step, _ in logged(store)["other"]] == [2, 3, 4]


def test_epochs_from_0_are_said_to_count_from_1(store: Store):
    with saying() as said, expdb.track(model="net", dataset="set") as run:
        run.log(epoch=0, loss=1.0)
        run.log(epoch=1, loss=0.5)

    assert said == ["epoch=0: epochs count from 1 here, or one is missing: log epoch=epoch + 1"]
    assert [epoch for epoch, *_ in logged(store)["loss"]] == [0, 1]


def test_names_that_cannot_be_printed_are_said_once_and_so_are_too_many():
    said: list[str] = []
    book = MetricBook(said.append)
    for _ in range(2):
        assert book.rows(1, None, {"a\nb": 1.0, "": 1.0}) == []
    assert len(said) == 2

    book.rows(1, None, {f"m{number}": 1.0 for number in range(MOST_METRICS + 5)})
    assert len(said) == 3
    assert "10,000 metrics already" in said[2]


def test_a_warning_that_is_made_an_error_ends_no_training(store: Store, capfd: pytest.CaptureFixture[str]):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with expdb.track(model="net", dataset="set") as run:
            run.log(step=0, odd="x", loss=1.0)
        run.log(step=1, loss=1.0)

    assert list(logged(store)) == ["loss"]
    err = capfd.readouterr().err
    assert "odd is not logged" in err
    assert "run 1 has ended: log records nothing any more" in err


def test_a_million_values_in_a_hurry_are_all_there(store: Store):
    with expdb.track(model="net", dataset="set") as run:
        for step in range(10_000):
            run.log({f"m{number}": step + number for number in range(5)}, step=step)

    assert {name: found.n for name, found in store.points.summaries([1])[1].items()} == {
        f"m{number}": 10_000 for number in range(5)
    }


@dataclass
class Settings:
    lr: float = 0.1
    seed: int = 3
    out: str = "x"


def test_parameters_are_given_as_a_config_by_name_or_both(store: Store):
    expdb.track(Settings(), model="net", dataset="/data/pets").finish()

    run = store.run(1)
    assert (run.model, run.dataset, run.fields["lr"], run.fields["seed"]) == ("net", "pets", 0.1, 3)
    assert dict(run.settings) == {"lr": 0.1, "seed": 3, "out": "x", "model": "net", "dataset": "/data/pets"}
    assert run.kind == "tracked"
    assert run.group_digest is not None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (({"lr": 0.1},), {"lr": 0.2}),
        ((), {"x": object()}),
        ((), {"resume": "/checkpoints/last.pt"}),
        ((), {"resume": "must"}),
        ((), {"name": "12"}),
    ],
    ids=["twice", "object", "resume", "which", "name"],
)
def test_what_is_not_understood_at_the_start_is_refused_before_anything_is_recorded(
    store: Store, arguments: tuple[Any, ...], words: dict[str, Any]
):
    with pytest.raises(SpecError):
        expdb.track(*arguments, **words)
    assert store.runs() == []


def test_a_database_that_cannot_be_opened_is_said_at_the_start(tmp_path: Any):
    with pytest.raises(StoreError, match=r"no\.db"):
        expdb.track(model="net", db=str(tmp_path / "missing" / "no.db"))


def test_a_second_run_of_a_notebook_finishes_the_first(store: Store):
    first = expdb.track(model="net", seed=0)
    first.log(step=0, loss=1.0)
    with pytest.warns(TrackingWarning, match="run 1 was not finished"):
        second = expdb.track(model="net", seed=1)
    second.finish("failed")
    with expdb.track(model="net", seed=2) as in_block, expdb.track(model="net", seed=3) as inner:
        assert store.run(in_block.id or 0).status == store.run(inner.id or 0).status == "running"

    assert [run.status for run in store.runs()] == ["finished", "failed", "finished", "finished"]
