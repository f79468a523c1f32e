"""What is said of a whole table: what ± is, where reported rows come from, how short some runs are."""

import pytest

from expdb.domain.table import TableDefinition
from expdb.report.tables.build import build_table
from expdb.report.tables.cited_sources import cited_sources
from tests.store.events import FINISHED, epoch, running, started
from tests.store_runs import add_finished, add_seeds

UNKNOWN = {"test_loss": None, "top1": None, "top5": None}

TOP1, TIME = {"key": "top1", "spread": "interval"}, "train_seconds"


def general(store, *columns, **settings):
    definition = TableDefinition.model_validate({"name": "t", "columns": columns, **settings})
    return [note.text for note in build_table(store, definition).notes if not note.mark]


def test_the_spread_is_that_of_the_columns_that_print_one(store):
    add_seeds(store, [0.80, 0.81, 0.82])

    assert general(store, "model", TOP1)[0] == "Mean ± half-width of Student's 95 % interval (n seeds)."
    assert general(store, "model", "top1")[0] == "Mean ± sample standard deviation (n seeds)."
    assert general(store, "model", {"key": "top1", "spread": "none"})[0] == "Mean (n seeds)."


def test_spreads_of_several_kinds_name_their_columns(store):
    add_seeds(store, [0.80, 0.81, 0.82])
    add_finished(store, optim__lr=0.2)

    assert general(store, TOP1, TIME)[1] == (
        "Mean ± half-width of Student's 95 % interval (n seeds): Top-1 (last, %); "
        "mean ± sample standard deviation (n seeds): Train time; without ±: n = 1."
    )
    assert general(store, {"key": "top1", "spread": "none"})[0] == "Mean (n seeds); without (n): n = 1."


def test_a_mean_of_more_epochs_than_a_run_has_says_so(store):
    add_finished(store, curve=[0.2, 0.7, 0.5], epochs=3)
    told = "Mean of last 500: some runs have only 3 epochs."

    assert told in general(store, {"key": "top1", "at": "mean-500"})
    assert not any("some runs" in note for note in general(store, {"key": "top1", "at": "mean-3"}))


def test_a_source_is_named_once_with_its_rows():
    table = "Report, table “On CIFAR100, 82%”"

    assert (
        cited_sources([f"{table}, row {number} (line {number + 40})" for number in range(1, 5)]) == f"{table}, rows 1-4"
    )
    assert cited_sources(["Paper, table “1”", "Report, row 2", "Paper, table “2”, row 7"]) == (
        "Paper, table “1”, table “2”, row 7; Report, row 2"
    )


def test_a_target_that_a_reported_row_meets_says_that_it_is_reported(reported):
    by_rows = {"rows": "runs", "where": "group = report-1", "targets": {"top1": "> 80.5%"}}

    assert general(reported, "model_aug", **by_rows)[0] == (
        "Target Top-1 > 80.5%: met by ResNet50 + AutoAugment (reported), SENet101 + AutoAugment (reported)."
    )
    assert general(reported, "dataset", "epochs", **by_rows)[0].startswith("Target Top-1 > 80.5%: met by run 3 (rep")


def test_footnotes_of_your_own_stand_below_all_others_also_alone(store):
    add_finished(store)
    own = ["Trained on one GPU.", "Images of\n32 px."]

    assert general(store, "top1", footnotes=own) == [
        "One run each (n = 1): no spread is known.", "Trained on one GPU.", "Images of 32 px.",
    ]  # fmt: skip
    assert general(store, "top1", footnotes=own, notes=False) == ["Trained on one GPU.", "Images of 32 px."]


def add_evaluated_every(store, every, *, epochs=10):
    """Add a run of which one epoch in so many, and the last, is evaluated: top-1 is a hundredth of its number."""
    run_id = running(store, epochs=epochs, eval__every=every)
    store.record(run_id, started())
    for number in range(1, epochs + 1):
        is_evaluated = number % every == 0 or number == epochs
        store.record(run_id, epoch(number, **({"top1": number / 100} if is_evaluated else UNKNOWN)))
    store.record(run_id, FINISHED)
    return run_id


def test_mean_and_best_of_a_run_that_is_evaluated_now_and_then_say_of_how_many_epochs(store):
    add_evaluated_every(store, 3)
    means = [{"key": "top1", "at": at} for at in ("mean-4", "best")]

    table = build_table(store, TableDefinition.model_validate({"name": "t", "columns": [*means, "best_top1"]}))

    assert [cell.value for cell in table.rows[0].cells] == pytest.approx([0.095, 0.1, 0.1])
    told = [note.text for note in table.notes if not note.mark]
    assert "Top-1 (mean of last 4, %): of 2 epochs where one in 3 is evaluated." in told
    assert "Top-1 (best, %): of 4 epochs where one in 3 is evaluated." in told


def test_mean_of_what_every_epoch_knows_says_nothing_of_evaluations(store):
    add_evaluated_every(store, 3)

    assert not any("is evaluated" in note for note in general(store, {"key": "train_loss", "at": "mean-4"}))


def test_best_of_evaluations_that_are_not_as_frequent_is_not_comparable(store):
    for every in (1, 1, 5):
        add_evaluated_every(store, every)
    definition = {"name": "t", "rows": "runs", "columns": ["best_top1"]}

    notes = [note.text for note in build_table(store, TableDefinition.model_validate(definition)).notes if note.mark]

    assert len(notes) == 1
    assert "other number of epochs between two evaluations (5 instead of 1)" in notes[0]
