"""Rows of tables built from a store: groups over seeds, single runs, reported ones, rows that wait for their runs."""

import pytest

from expdb.catalog.reported import reported_runs
from expdb.errors import SpecError
from expdb.report.tables.build import build_table
from expdb.report.tables.explain import explain_table
from tests.report.built import CIFAR, NO_SPREAD, column_of, define, general, marked, texts
from tests.store_runs import add_finished, add_seeds


def test_seeds_collapse_to_mean_deviation_and_number(store):
    ids = add_seeds(store, [0.80, 0.81, 0.82])
    add_finished(store, optim__lr=0.2, top1=0.7)

    table = build_table(store, define("lr", "top1", {"key": "top1", "shows": "n"}))

    assert texts(table) == [["0.1", "81.00 ± 1.00 (3)", "3"], ["0.2", "70.00", "1"]]
    cell = table.rows[0].cells[1]
    assert (cell.n, cell.run_ids) == (3, tuple(ids))
    assert (cell.value, cell.std) == pytest.approx((0.81, 0.01))
    assert general(table)[0] == "Mean ± sample standard deviation (n seeds); without ±: n = 1."


def test_ids_and_seeds_of_a_group_are_listed(store):
    add_seeds(store, [0.1, 0.2, 0.3])

    assert texts(build_table(store, define("id", "seed"))) == [["1, 2, 3", "0, 1, 2"]]


def test_a_single_run_says_that_no_spread_is_known(store):
    add_finished(store)

    assert general(build_table(store, define("top1"))) == [NO_SPREAD]


@pytest.mark.parametrize(
    ("spread", "text"),
    [("std", "81.00 ± 1.00 (3)"), ("interval", "81.00 ± 2.48 (3)"), ("none", "81.00 (3)")],
)
def test_spread_is_the_deviation_students_interval_or_nothing(store, spread, text):
    add_seeds(store, [0.80, 0.81, 0.82])

    table = build_table(store, define({"key": "top1", "spread": spread}))

    assert texts(table) == [[text]]
    assert ("half-width of Student's 95 % interval" in general(table)[0]) == (spread == "interval")


def test_a_single_accuracy_has_wilsons_interval_where_intervals_are_asked_for(store):
    add_finished(store, top1=0.8, start={"num_test_images": 10_000})

    table = build_table(
        store, define({"key": "top1", "spread": "interval"}, {"key": "train_loss", "spread": "interval"})
    )

    assert texts(table)[0][0] == "80.00 [79.20, 80.77]"
    assert texts(table)[0][1] == "1.5000"
    assert any("Wilson's 95 % interval of one run's accuracy on 10,000 images" in note for note in general(table))


def test_best_epoch_is_labelled_as_optimistic(store):
    add_finished(store, curve=[0.2, 0.7, 0.5], epochs=3)

    table = build_table(store, define("top1", {"key": "top1", "at": "best"}, {"key": "top1", "at": "mean-2"}))

    assert [column.heading for column in table.columns] == [
        "Top-1 (last, %)",
        "Top-1 (best, %)",
        "Top-1 (mean of last 2, %)",
    ]
    assert texts(table) == [["50.00", "70.00", "60.00"]]
    assert "Best epoch, chosen on the split it is reported of: an optimistic number." in general(table)


def test_best_epoch_of_single_runs_is_read_too(store):
    add_finished(store, curve=[0.2, 0.7, 0.5], epochs=3)

    assert texts(build_table(store, define({"key": "top1", "at": "best"}, rows="runs"))) == [["70.00"]]


def test_unfinished_runs_are_left_out_and_counted(store):
    add_seeds(store, [0.8, 0.9])
    for status in ("failed", "killed", "failed", "running", "queued"):
        add_finished(store, seed=7, status=status)

    table = build_table(store, define("top1"))

    assert column_of(table, 0) == ["85.00 ± 7.07 (2)"]
    assert "Runs left out: 2 failed, 1 killed, 1 queued, 1 running." in general(table)


def test_reported_rows_are_never_averaged_nor_mixed_with_measured_ones(store):
    row = reported_runs()[0]
    for name in ("a", "b"):
        store.add_reported(row.__class__(**{**row.__dict__, "name": name}))
    add_seeds(store, [0.6, 0.7], model__name="resnet50", **CIFAR)

    by_key = build_table(store, define("dataset", "model_label", "top1", rows=["dataset"]))
    groups = build_table(store, define("top1"))

    assert column_of(by_key, 2) == ["–", "65.00 ± 7.07 (2)"]
    assert [line.is_reported for line in by_key.rows] == [True, False]
    assert marked(by_key)["a"].startswith("2 groups fall into this cell, which no setting tells apart: choose with")
    assert column_of(groups, 0) == ["79.05", "79.05", "65.00 ± 7.07 (2)"]
    assert any(note.startswith("Reported, not measured here: rows 1, 2 (from ") for note in general(groups))


def test_a_filter_by_result_is_called_biased(store):
    add_seeds(store, [0.5, 0.9, 0.95])

    biased = build_table(store, define("top1", where="top1 > 80%"))

    assert column_of(biased, 0) == ["92.50 ± 3.54 (2)"]
    assert any("biased" in note for note in general(biased))
    assert not any("biased" in note for note in general(build_table(store, define("top1", where="lr = 0.1"))))


def test_an_empty_table_says_so(store):
    for settings in ({}, {"rows": ["model"], "across": ["dataset"], "baseline": "seed = 0", "sort": ["-top1"]}):
        table = build_table(store, define("model", "top1", {"key": "changes"}, section="dataset", **settings))
        assert table.rows == ()
        assert len(table.columns) == 3
        assert general(table)[0] == "No finished run yet."
    add_finished(store)
    filtered = build_table(store, define("top1", where="top1 > 99%"))
    assert general(filtered)[0] == "No finished run passes the filter."


def test_rows_beyond_the_limit_are_counted_and_the_baseline_is_there_all_the_same(store):
    for lr in (0.1, 0.2, 0.3, 0.4):
        add_seeds(store, [lr, lr + 0.01], optim__lr=lr)
    definition = define("lr", {"key": "top1", "shows": "delta"}, sort=["-top1"], limit=2, baseline="lr = 0.1")

    table = build_table(store, definition)
    whole = build_table(store, definition.model_copy(update={"limit": 0}))

    assert column_of(table, 0) == ["0.4", "0.3", "0.1"]
    assert column_of(table, 1) == ["+30.00", "+20.00", "–"]
    assert table.num_more == 1
    assert "3 of 4 rows are shown" in table.notes[0].text
    assert "and 1 more that the table does not show: limit = 0 shows all" in explain_table(store, definition)
    assert column_of(whole, 0) == ["0.4", "0.3", "0.2", "0.1"]
    assert whole.num_more == 0


def test_a_large_pivot_shows_its_first_rows(store, monkeypatch):
    monkeypatch.setattr("expdb.report.tables.rows.MOST_CELLS", 5)
    for epochs in (2, 3, 4):
        for lr in (0.1, 0.2):
            add_finished(store, optim__lr=lr, epochs=epochs)
    definition = define("epochs", "top1", rows=["epochs"], across=["lr"])

    table = build_table(store, definition)

    assert column_of(table, 0) == ["2", "3"]
    assert "2 of 3 rows are shown" in table.notes[0].text
    assert column_of(build_table(store, definition.model_copy(update={"limit": 0})), 0) == ["2", "3", "4"]
    monkeypatch.setattr("expdb.report.tables.rows.MOST_CELLS", 1)
    assert len(build_table(store, definition).rows) == 1
    assert len(build_table(store, define("epochs", "lr", "top1")).rows) == 6  # no pivot


def test_a_pivot_too_wide_to_read_is_refused(store, monkeypatch):
    monkeypatch.setattr("expdb.report.tables.order.MOST_ACROSS", 2)
    for lr in (0.1, 0.2, 0.3):
        add_finished(store, optim__lr=lr)

    with pytest.raises(SpecError, match=r"^across lr: table 't' would have 3 columns of each, more than 2; name keys"):
        build_table(store, define("model", "top1", rows=["model"], across=["lr"]))


@pytest.mark.parametrize("sort", [["-top1"], ["-gpu_hours"]])
def test_of_single_runs_the_baseline_is_shown_beyond_the_limit_too(store, sort):
    for lr in (0.1, 0.2, 0.3, 0.4):
        add_finished(store, optim__lr=lr, top1=lr, start={"device": "cuda", "num_devices": int(10 * lr)})

    table = build_table(store, define("lr", rows="runs", sort=sort, limit=2, baseline="lr = 0.1"))

    assert column_of(table, 0) == ["0.4", "0.3", "0.1"]
    assert table.num_more == 1


def test_a_baseline_that_is_many_rows_names_some(store):
    for number in range(1, 9):
        add_finished(store, optim__lr=number / 10)

    with pytest.raises(SpecError, match=r"it picks 8 rows \(.*, 3 more\)$"):
        build_table(store, define("lr", baseline="dataset = digits"))


def test_notes_can_be_left_out(store):
    add_seeds(store, [0.5, 0.6])
    add_finished(store, epochs=5, optim__lr=0.3)

    table = build_table(store, define("model", "top1", {"key": "top1", "shows": "p"}, baseline="lr = 0.1", notes=False))

    assert table.notes == ()
    assert not any(cell.marks for row in table.rows for cell in row.cells)


# Rows that wait for their runs


def test_listed_specs_are_rows_also_without_runs(store):
    add_seeds(store, [0.6, 0.7], optim__lr=0.2)
    add_finished(store, status="running", optim__lr=0.3)
    base = {"data.dataset": "digits", "model.name": "resnet_mini", "epochs": 2}
    specs = [{**base, "optim.lr": lr} for lr in (0.3, 0.2, 0.4)]

    table = build_table(
        store,
        define("id", "status", "seed", "lr", "top1", {"key": "top1", "shows": "n"}, {"key": "changes"}, specs=specs),
    )

    assert texts(table) == [
        ["–", "–", "–", "0.3", "–", "0", "baseline"],
        ["1, 2", "finished", "0, 1", "0.2", "65.00 ± 7.07 (2)", "2", "+ lr 0.2"],
        ["–", "–", "–", "0.4", "–", "0", "+ lr 0.4"],
    ]
    assert [row.run_ids for row in table.rows] == [(), (1, 2), ()]
    assert marked(table) == {}
    assert "Runs left out: 1 running." in general(table)
    by_lr = build_table(store, define("lr", specs=specs, sort=["-lr"]))
    assert column_of(by_lr, 0) == ["0.4", "0.3", "0.2"]


def test_a_baseline_that_waits_for_its_run_compares_nothing_yet(store):
    add_seeds(store, [0.6, 0.7], optim__lr=0.2)
    base = {"data.dataset": "digits", "model.name": "resnet_mini", "epochs": 2}
    definition = define(
        "lr",
        {"key": "top1", "shows": "delta"},
        baseline="lr = 0.3",
        specs=[{**base, "optim.lr": 0.2}, {**base, "optim.lr": 0.3}],
    )

    table = build_table(store, definition)

    assert column_of(table, 1) == ["–", "–"]
    assert "The baseline (lr = 0.3) has no finished run yet: nothing is compared with it." in general(table)


def test_specs_may_be_nested_as_toml_reads_them():
    definition = define("top1", specs=[{"model": {"name": "resnet18"}, "epochs": 3}])

    assert definition.specs == ({"model.name": "resnet18", "epochs": 3},)
