"""Rows, pivots, sections, emphasis, marks and notes of tables built from a store."""

import pytest

from expdb.catalog.reported import reported_runs
from expdb.domain.table import TableDefinition
from expdb.errors import SpecError
from expdb.report.build import build_table
from expdb.report.explain import explain_table
from tests.store_runs import add_finished, add_seeds

CIFAR = {"data__dataset": "cifar100", "epochs": 10}
NO_SPREAD = "One run each (n = 1): no spread is known."
SPREAD = "Mean ± sample standard deviation (n seeds)."


def define(*columns, **settings):
    return TableDefinition.model_validate({"name": "t", "columns": columns, **settings})


def texts(table):
    return [[cell.text for cell in row.cells] for row in table.rows]


def column_of(table, index):
    return [row.cells[index].text for row in table.rows]


def ranks(table, index):
    return [row.cells[index].rank for row in table.rows]


def general(table):
    return [note.text for note in table.notes if not note.mark]


def marked(table):
    return {note.mark: note.text for note in table.notes if note.mark}


def marks(table, index=0):
    return [row.cells[index].marks for row in table.rows]


# Rows


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
    assert "Left out, not finished: 2 failed, 1 killed, 1 queued, 1 running." in general(table)


def test_reported_rows_are_never_averaged_nor_mixed_with_measured_ones(store):
    row = reported_runs()[0]
    for name in ("a", "b"):
        store.add_reported(row.__class__(**{**row.__dict__, "name": name}))
    add_seeds(store, [0.6, 0.7], model__name="resnet50", **CIFAR)

    by_key = build_table(store, define("dataset", "model_label", "top1", rows=["dataset"]))
    groups = build_table(store, define("top1"))

    assert column_of(by_key, 2) == ["79.05", "65.00 ± 7.07 (2)"]
    assert [line.is_reported for line in by_key.rows] == [True, False]
    assert "Left out: run 1 (another row of the same keys)." in general(by_key)
    assert column_of(groups, 0) == ["79.05", "79.05", "65.00 ± 7.07 (2)"]
    assert any(note.startswith("Reported, not measured here: rows 1, 2 (from ") for note in general(groups))


def test_keys_take_the_largest_group_and_say_what_they_leave_out(store):
    add_finished(store, top1=0.9, optim__lr=0.5)
    kept = add_seeds(store, [0.7, 0.8])
    add_finished(store, top1=0.95, epochs=3, aug__label_smoothing=0.1)

    table = build_table(store, define("model", "top1", rows=["model"]))

    assert [row.run_ids for row in table.rows] == [tuple(kept)]
    assert [note for note in general(table) if note.startswith("Left out")] == [
        "Left out: run 1 (lr 0.5 instead of 0.1).",
        "Left out: run 4 (label smoothing 0.1 instead of 0.0, epochs 3 instead of 2).",
    ]


def test_of_equally_large_groups_the_newest_counts(store):
    add_finished(store, optim__lr=0.5)
    newest = add_finished(store, optim__lr=0.2)

    assert [row.run_ids for row in build_table(store, define("top1", rows=["model"])).rows] == [(newest,)]


def test_of_many_left_out_groups_some_have_no_reason(store):
    for number in range(14):
        add_finished(store, optim__lr=0.01 * (number + 1))

    table = build_table(store, define("top1", rows=["model"]))

    assert sum(note.startswith("Left out: run ") for note in general(table)) == 10
    assert "Left out: 3 more groups that differ in settings; narrow the filter." in general(table)


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
    monkeypatch.setattr("expdb.report.lines.MOST_CELLS", 5)
    for epochs in (2, 3, 4):
        for lr in (0.1, 0.2):
            add_finished(store, optim__lr=lr, epochs=epochs)
    definition = define("epochs", "top1", rows=["epochs"], across=["lr"])

    table = build_table(store, definition)

    assert column_of(table, 0) == ["2", "3"]
    assert "2 of 3 rows are shown" in table.notes[0].text
    assert column_of(build_table(store, definition.model_copy(update={"limit": 0})), 0) == ["2", "3", "4"]
    monkeypatch.setattr("expdb.report.lines.MOST_CELLS", 1)
    assert len(build_table(store, definition).rows) == 1
    assert len(build_table(store, define("epochs", "lr", "top1")).rows) == 6  # no pivot


def test_a_pivot_too_wide_to_read_is_refused(store, monkeypatch):
    monkeypatch.setattr("expdb.report.arrange.MOST_ACROSS", 2)
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
    assert "Left out, not finished: 1 running." in general(table)
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


# Pivots


@pytest.fixture
def pivot(store):
    """Two models on two datasets, of which one cell has no run."""
    for model, dataset, values in (
        ("resnet18", "cifar10", [0.92, 0.94]),
        ("resnet18", "cifar100", [0.70, 0.72]),
        ("resnet34", "cifar100", [0.80, 0.82]),
    ):
        add_seeds(store, values, model__name=model, data__dataset=dataset, epochs=10)
    return store


def test_values_of_keys_become_columns_and_missing_cells_stay_empty(pivot):
    table = build_table(pivot, define("model_label", "top1", rows=["model_label"], across=["dataset"]))

    assert [(column.under, column.heading, column.key) for column in table.columns] == [
        (None, "Model", "model_label"),
        ("cifar10", "Top-1 (last, %)", "top1@cifar10"),
        ("cifar100", "Top-1 (last, %)", "top1@cifar100"),
    ]
    assert texts(table) == [
        ["ResNet18", "93.00 ± 1.41 (2)", "71.00 ± 1.41 (2)"],
        ["ResNet34", "–", "81.00 ± 1.41 (2)"],
    ]
    assert [row.run_ids for row in table.rows] == [(1, 2, 3, 4), (5, 6)]
    assert table.rows[0].cells[2].run_ids == (3, 4)
    assert ranks(table, 1) == [0, 0]


@pytest.mark.parametrize(
    ("sort", "models"),
    [
        ("-top1", ["ResNet18", "ResNet34"]),
        ("top1", ["ResNet18", "ResNet34"]),
        ("-top1@cifar100", ["ResNet34", "ResNet18"]),
        ("top1@cifar100", ["ResNet18", "ResNet34"]),
        ("-model_label", ["ResNet34", "ResNet18"]),
    ],
)
def test_a_pivot_sorts_by_its_first_column_or_by_the_one_that_is_named(pivot, sort, models):
    table = build_table(pivot, define("model_label", "top1", rows=["model_label"], across=["dataset"], sort=[sort]))

    assert column_of(table, 0) == models


def test_sorting_by_a_column_that_the_pivot_does_not_have_names_those_it_has(pivot):
    with pytest.raises(SpecError, match="no column 'digits': it has cifar10, cifar100"):
        build_table(pivot, define("top1", rows=["model"], across=["dataset"], sort=["-top1@digits"]))


def test_a_pivot_sorts_by_what_documents_state_too(store):
    row = reported_runs()[0]
    for model, dataset, ap in (("a", "coco", 40.0), ("a", "lvis", 90.0), ("b", "coco", 50.0), ("b", "lvis", 10.0)):
        values = {"name": f"{model}{dataset}", "model": model, "dataset": dataset, "metrics": {"ap": ap}}
        store.add_reported(row.__class__(**{**row.__dict__, **values}))
    definition = define("model", "metrics.ap", rows=["model"], across=["dataset"])

    for sort, models in (("-metrics.ap", ["b", "a"]), ("-metrics.ap@lvis", ["a", "b"])):
        assert column_of(build_table(store, definition.model_copy(update={"sort": (sort,)})), 0) == models


def test_several_keys_and_measures_spread_under_common_headings(pivot):
    columns = ("model", "top1", {"key": "top5", "under": "Accuracy"})
    table = build_table(pivot, define(*columns, rows=["model"], across=["dataset", "epochs"]))

    assert [column.under for column in table.columns] == [
        None, "cifar10, 10", "cifar10, 10, Accuracy", "cifar100, 10", "cifar100, 10, Accuracy",
    ]  # fmt: skip


def test_what_describes_a_pivots_row_says_all_that_its_cells_say(store):
    add_finished(store, **{**CIFAR, "data__dataset": "cifar10"})
    add_finished(store, **{**CIFAR, "epochs": 20})

    table = build_table(store, define("model", "epochs", "top1", rows=["model"], across=["dataset"]))

    assert column_of(table, 1) == ["10; 20"]


def test_cells_of_a_pivot_are_compared_within_their_column(store):
    for model, epochs in (("resnet18", 10), ("resnet34", 10), ("resnet50", 20)):
        for dataset in ("cifar10", "cifar100"):
            cell_epochs = epochs if dataset == "cifar100" else 10
            add_finished(store, model__name=model, data__dataset=dataset, epochs=cell_epochs)

    table = build_table(store, define("model", "top1", rows=["model"], across=["dataset"]))

    assert [marks(table, index) for index in range(3)] == [[(), (), ()], [(), (), ()], [(), (), ("a",)]]
    assert marked(table) == {"a": "not comparable as it stands: epochs 20 instead of 10"}


def test_a_pivot_over_values_of_several_kinds_is_ordered(store):
    row = reported_runs()[0]
    for name, value in (("a", "x"), ("b", 2), ("c", None), ("d", [1, 2]), ("e", 0.5)):
        store.add_reported(row.__class__(**{**row.__dict__, "name": name, "settings": {"k": value}}))

    table = build_table(store, define("model", "top1", rows=["model"], across=["settings.k"]))

    assert [column.under for column in table.columns] == [None, "0.5", "2", "1, 2", "x", "–"]


# Sections, emphasis, sorting


def test_sections_stand_together_and_have_a_best_of_their_own(store):
    for optimizer, lr, top1 in (("sgd", 0.1, 0.5), ("adamw", 0.1, 0.9), ("sgd", 0.2, 0.7), ("adamw", 0.2, 0.95)):
        add_finished(store, optim__name=optimizer, optim__lr=lr, top1=top1)

    table = build_table(store, define("lr", "top1", section="optimizer"))

    assert [row.section for row in table.rows] == ["sgd", "sgd", "adamw", "adamw"]
    assert column_of(table, 0) == ["0.1", "0.2", "0.1", "0.2"]
    assert ranks(table, 1) == [2, 1, 2, 1]
    assert [row.section for row in build_table(store, define("lr")).rows] == [None] * 4


def test_section_pivot_and_baseline_go_together(store):
    for model, optimizer in (("resnet18", "sgd"), ("resnet34", "sgd"), ("resnet18", "adamw")):
        for dataset in ("cifar10", "cifar100"):
            add_finished(store, model__name=model, optim__name=optimizer, data__dataset=dataset, epochs=10, top1=0.5)

    table = build_table(
        store,
        define(
            "model",
            "top1",
            {"key": "top1", "shows": "delta"},
            rows=["optimizer", "model"],
            across=["dataset"],
            section="optimizer",
            baseline="model = resnet18 and optimizer = sgd",
        ),
    )

    assert [row.section for row in table.rows] == ["sgd", "sgd", "adamw"]
    assert texts(table) == [
        ["resnet18", "50.00", "–", "50.00", "–"],
        ["resnet34", "50.00", "0.00", "50.00", "0.00"],
        ["resnet18", "50.00", "0.00", "50.00", "0.00"],
    ]


def test_best_and_second_are_pointed_out_and_ties_share(store):
    for lr, top1 in ((0.1, 0.7), (0.2, 0.9), (0.3, 0.9), (0.4, 0.8)):
        add_finished(store, optim__lr=lr, top1=top1)

    assert ranks(build_table(store, define("lr", "top1")), 1) == [0, 1, 1, 0]
    for kept, expected in (("best", [0, 1]), ("second", [2, 1]), ("none", [0, 0])):
        table = build_table(store, define("lr", "top1", where="lr < 0.25", emphasis=kept))
        assert ranks(table, 1) == expected


def test_the_direction_is_the_columns_unless_a_choice_turns_it(store):
    for lr, loss in ((0.1, 1.0), (0.2, 2.0)):
        add_finished(store, optim__lr=lr, last={"train_loss": loss, "train_seconds": loss})
    columns = (
        "train_loss",
        {"key": "train_loss", "best": "max"},
        {"key": "train_loss", "best": "none"},
        "train_seconds",
        {"key": "train_seconds", "best": "min"},
    )

    table = build_table(store, define(*columns))

    assert [ranks(table, index) for index in range(5)] == [[1, 2], [2, 1], [0, 0], [0, 0], [1, 2]]


def test_nothing_is_best_where_the_best_and_the_next_cannot_be_told_apart(store):
    add_seeds(store, [0.80, 0.82, 0.84])
    add_seeds(store, [0.81, 0.83, 0.85], optim__lr=0.2)

    table = build_table(store, define("lr", "top1"))

    assert ranks(table, 1) == [0, 0]
    assert any(
        note.startswith("Nothing is pointed out where") and note.endswith(": Top-1 (last, %).")
        for note in general(table)
    )
    assert ranks(build_table(store, define("lr", "top1", clear_only=False)), 1) == [2, 1]


def test_nothing_is_best_of_a_single_run_and_a_mean(store):
    add_seeds(store, [0.80, 0.801, 0.802])
    add_finished(store, optim__lr=0.2, top1=0.9)

    table = build_table(store, define("lr", "top1"))

    assert ranks(table, 1) == [0, 0]
    assert (
        "Nothing is pointed out where the best and the next are a single run and a mean over seeds: Top-1 (last, %)."
        in general(table)
    )
    assert ranks(build_table(store, define("lr", "top1", clear_only=False)), 1) == [2, 1]


@pytest.mark.parametrize("rows", ["groups", "runs"])
def test_nothing_is_best_of_single_runs_that_few_test_images_do_not_tell_apart(store, rows):
    for lr, top1 in ((0.1, 355 / 360), (0.2, 356 / 360), (0.3, 0.5)):
        add_finished(store, optim__lr=lr, top1=top1)

    table = build_table(store, define("lr", "top1", rows=rows))

    assert ranks(table, 1) == [0, 0, 0]
    assert (
        "Nothing is pointed out where the best and the next are single runs that are not told apart (the 95 % interval "
        "of the difference of two independent proportions, Newcombe, contains zero): Top-1 (last, %)." in general(table)
    )
    assert ranks(build_table(store, define("lr", "top1", rows=rows, clear_only=False)), 1) == [2, 1, 0]


def test_single_runs_that_their_test_images_tell_apart_have_a_best(store):
    for lr, top1 in ((0.1, 0.9), (0.2, 0.8)):
        add_finished(store, optim__lr=lr, top1=top1)

    assert ranks(build_table(store, define("lr", "top1")), 1) == [1, 2]


def test_reported_values_keep_their_best_however_near(store):
    for row in reported_runs()[:2]:  # 79.05 and 80.00 of 10,000 images
        store.add_reported(row)

    assert ranks(build_table(store, define("model", "top1")), 1) == [2, 1]


def test_a_clear_best_is_best(store):
    add_seeds(store, [0.80, 0.801, 0.802])
    add_seeds(store, [0.90, 0.901, 0.902], optim__lr=0.2)

    assert ranks(build_table(store, define("lr", "top1")), 1) == [2, 1]


def test_reported_values_compete_only_where_asked_for(store):
    store.add_reported(reported_runs()[3])
    add_finished(store, model__name="resnet18", top1=0.6, **CIFAR)
    add_finished(store, model__name="resnet34", top1=0.7, **CIFAR)

    assert ranks(build_table(store, define("model", "top1")), 1) == [0, 2, 1]
    assert ranks(build_table(store, define("model", "top1", rank_reported=True)), 1) == [1, 0, 2]


def test_every_dataset_has_a_best_of_its_own(store):
    for dataset, tops in (("cifar10", [0.9, 0.8]), ("cifar100", [0.5, 0.6])):
        for lr, top1 in zip((0.1, 0.2), tops, strict=True):
            add_finished(store, data__dataset=dataset, model__name="resnet18", epochs=10, optim__lr=lr, top1=top1)

    assert ranks(build_table(store, define("dataset", "top1")), 1) == [1, 2, 2, 1]


# Marks and footnotes


def test_other_conditions_are_marked_by_row(store):
    add_seeds(store, [0.5, 0.6])
    add_finished(store, optim__lr=0.2)
    add_finished(store, epochs=9)
    add_finished(store, data__img_size=32)
    add_finished(store, optim__lr=0.3, start={"precision": "bf16"})
    add_finished(store, optim__lr=0.4, start={"data_digest": "ab"})
    add_finished(store, optim__lr=0.5, start={"num_test_images": 7})

    table = build_table(store, define("lr", "top1"))

    assert marks(table) == [(), (), ("a",), ("b",), ("c",), ("d",), ("e",)]
    begin = "not comparable as it stands: "
    assert marked(table) == {
        "a": f"{begin}epochs 9 instead of 2",
        "b": f"{begin}image size 32 instead of 16",
        "c": f"{begin}precision bf16 instead of fp32",
        "d": f"{begin}data ab, not stated for the others",
        "e": f"{begin}number of test images 7 instead of 360",
    }


def test_other_data_of_a_known_digest_are_marked(store):
    for digest in ("ab", "ab", "cd"):
        add_finished(store, optim__lr=0.1 * (1 + len(store.runs())), start={"data_digest": digest})

    assert marked(build_table(store, define("lr", "top1"))) == {"a": "not comparable as it stands: other data"}


def test_other_data_are_explained_by_the_share_or_number_of_images(store):
    images = {"num_train_images": 1437, "num_val_images": 0}
    for lr, share, start in (
        (0.1, 0.0, images | {"data_digest": "ab"}),
        (0.2, 0.0, images | {"data_digest": "ab"}),
        (0.3, 0.1, {"data_digest": "cd", "num_train_images": 1293, "num_val_images": 144}),
        (0.4, 0.0, images | {"data_digest": "ef", "num_train_images": 500}),
    ):
        add_finished(store, optim__lr=lr, data__val_fraction=share, start=start)

    assert marked(build_table(store, define("lr", "top1"))) == {
        "a": "not comparable as it stands: val fraction 0.1 instead of 0.0",
        "b": "not comparable as it stands: number of training images 500 instead of 1437",
    }


def test_best_epochs_chosen_on_the_test_split_are_told_and_others_marked(store):
    for lr in (0.1, 0.2):
        add_finished(store, optim__lr=lr)
    all_by_test = build_table(store, define("lr", "best_top1"))
    add_finished(store, optim__lr=0.3, data__val_fraction=0.1, last={"val_loss": 1.0, "val_top1": 0.5})

    table = build_table(store, define("lr", "best_epoch", "best_top1", "top1"))

    assert "Best epoch chosen on the test split: an optimistic number." in general(all_by_test)
    assert "Best epoch chosen on the test split (rows 1, 2): an optimistic number." in general(table)
    assert [marks(table, index)[2] for index in range(1, 4)] == [("a",), ("a",), ()]
    assert marked(table)["a"] == "not comparable as it stands: best epoch chosen on val instead of test"
    assert not any("test split" in note for note in general(build_table(store, define("lr", "top1"))))


def test_times_with_another_number_of_cpu_threads_are_marked_and_on_gpus_not(store):
    for lr, device, threads in ((0.1, "cpu", 1), (0.2, "cpu", 1), (0.3, "cpu", 8), (0.4, "cuda", 8)):
        add_finished(store, optim__lr=lr, start={"device": device, "num_threads": threads})

    table = build_table(store, define("lr", "train_seconds"))

    assert marks(table, 1) == [(), (), ("a",), ()]
    assert marked(table) == {"a": "not comparable as it stands: number of CPU threads 8 instead of 1"}


def test_what_is_not_stated_is_never_equal(store):
    store.add_reported(reported_runs()[0])
    add_finished(store, model__name="resnet50", start={"data_digest": "ab"}, **CIFAR)

    table = build_table(store, define("model", "top1", "train_seconds"))

    assert marked(table) == {
        "a": "not comparable as it stands: not stated: number of test images, data, image size, epochs, precision",
        "b": "not comparable as it stands: not stated: device, number of devices",
    }
    assert (marks(table, 0), marks(table, 2)) == ([("a",), ()], [("b",), ()])


def test_what_no_row_states_is_said_once(reported):
    table = build_table(reported, define("model", "top1", where="group = report-1", rows="runs"))

    assert general(table)[1:] == [
        "Not stated by any row: image size, epochs, precision; whether the rows are comparable cannot be told."
    ]
    assert general(table)[0].startswith("Reported, not measured here: all rows (from An Initial Study")


def test_times_of_another_device_are_marked_and_of_no_others(store):
    for lr in (0.1, 0.2):
        add_finished(store, optim__lr=lr, start={"device_name": "NVIDIA H200"})
    add_finished(store, optim__lr=0.3, start={"device_name": "NVIDIA A100"})

    table = build_table(store, define("lr", "top1", "train_seconds", "images_per_second"))

    assert [marks(table, index) for index in range(4)] == [
        [(), (), ()],
        [(), (), ()],
        [(), (), ("a",)],
        [(), (), ("a",)],
    ]
    assert marked(table) == {"a": "not comparable as it stands: device NVIDIA A100 instead of NVIDIA H200"}


def test_what_the_rows_are_about_is_no_reason(store):
    for epochs in (2, 2, 9):
        add_finished(store, epochs=epochs)

    assert marked(build_table(store, define("epochs", "top1", rows=["epochs"]))) == {}
    assert marked(build_table(store, define("epochs", "top1", across=["epochs"], rows=["model"]))) == {}


def test_the_definitions_own_marks_keep_their_sign_and_letters_avoid_them(store):
    add_finished(store, tags=["ours"])
    add_finished(store, epochs=9, tags=["ours"])
    own = [{"where": "tag = ours", "mark": "a", "note": "our\nmethod"}, {"where": "tag = x", "mark": "†", "note": "no"}]

    table = build_table(store, define("epochs", "top1", marks=own))

    assert marks(table) == [("a",), ("a", "b")]
    assert marked(table) == {"a": "our method", "b": "not comparable as it stands: epochs 9 instead of 2"}


def test_letters_come_in_the_order_of_reading(store):
    add_finished(store)
    add_finished(store)
    add_finished(store, epochs=5, start={"device_name": "x"})
    add_finished(store, epochs=9, start={"device_name": "y"})

    table = build_table(store, define("epochs", "train_seconds"))

    assert [[cell.marks for cell in row.cells] for row in table.rows[1:]] == [[("a",), ("b",)], [("c",), ("d",)]]
    assert list(marked(table)) == ["a", "b", "c", "d"]


def test_footnotes_of_very_many_kinds_are_told_in_short(store):
    for epochs in range(2, 13):
        add_finished(store, epochs=epochs, optim__lr=0.001 * epochs)

    table = build_table(store, define("epochs", "top1", baseline="epochs = 2"))

    assert marked(table) == {
        "a": "not comparable as it stands: other or unstated epochs",
        "b": "differs from the baseline in 2 settings: lr, epochs",
    }


def test_missing_values_have_the_text_of_the_definition(store):
    add_finished(store)

    assert texts(build_table(store, define("name", "top1", missing="n/a"))) == [["n/a", "50.00"]]


# Transposed


def test_transposed_rows_become_columns_with_their_marks(store):
    add_seeds(store, [0.5, 0.6])
    add_finished(store, epochs=9, top1=0.9)

    columns = ("epochs", "top1", {"key": "lr", "under": "Optimizer"})
    table = build_table(store, define(*columns, transpose=True, section="aug", clear_only=False))

    assert [(column.heading, column.under) for column in table.columns] == [
        ("Epochs", None), ("2", "standard"), ("9 (a)", "standard"),
    ]  # fmt: skip
    assert texts(table) == [["Top-1 (last, %)", "55.00 ± 7.07 (2)", "90.00"], ["Optimizer: LR", "0.1", "0.1"]]
    assert [cell.rank for cell in table.rows[0].cells] == [0, 2, 1]
    assert table.rows[0].run_ids == (1, 2, 3)
    assert marked(table) == {"a": "not comparable as it stands: epochs 9 instead of 2"}


def test_a_transposed_table_without_rows_is_its_headings(store):
    table = build_table(store, define("model", "top1", transpose=True))

    assert texts(table) == [["Top-1 (last, %)"]]


# Targets


def test_rows_that_meet_the_targets_are_named(store):
    for model, top1 in (("resnet18", 0.9), ("resnet34", 0.95), ("resnet50", 0.7)):
        add_finished(store, model__name=model, top1=top1, **CIFAR)

    table = build_table(store, define("model_label", "top1", targets={"top1": ">= 90%", "num_params": "< 5M"}))

    assert general(table)[0] == "Target Top-1 >= 90% and Params < 5M: met by ResNet18, ResNet34."


def test_rows_of_one_name_are_told_by_their_number(store):
    for lr in (0.1, 0.2):
        add_finished(store, optim__lr=lr, top1=0.9)

    table = build_table(store, define("model", "lr", targets={"top1": "> 50%"}))

    assert general(table)[0] == "Target Top-1 > 50%: met by resnet_mini (row 1), resnet_mini (row 2)."


def test_targets_of_a_pivot_are_met_by_cells(pivot):
    table = build_table(
        pivot, define("model_label", "top1", rows=["model_label"], across=["dataset"], targets={"top1": "> 80%"})
    )

    assert general(table)[0] == "Target Top-1 > 80%: met by ResNet18 (cifar10), ResNet34 (cifar100)."


def test_specs_may_be_nested_as_toml_reads_them():
    definition = define("top1", specs=[{"model": {"name": "resnet18"}, "epochs": 3}])

    assert definition.specs == ({"model.name": "resnet18", "epochs": 3},)


def test_the_number_of_runs_of_a_pivots_row_is_counted_over_its_cells(store):
    add_seeds(store, [0.5, 0.6])
    add_seeds(store, [0.7], data__dataset="cifar10")

    table = build_table(store, define({"key": "model", "shows": "n"}, "top1", rows=["model"], across=["dataset"]))

    assert column_of(table, 0) == ["3"]
