"""Rows of keys: a cell stands for all runs of its keys or for none, or is a mean that says over what."""

import pytest

from expdb.errors import SpecError
from expdb.report.tables.build import build_table
from expdb.report.tables.plan import plan_of
from tests.report.built import column_of, define, general, marked, marks, ranks, texts
from tests.store_runs import add_finished, add_seeds

WAYS = "choose with the filter, or say cell = 'mean of groups'"
MEAN = {"cell": "mean of groups"}


@pytest.fixture
def models(store):
    """Three models, of which one has no run with AutoAugment; and one with cutout alone."""
    for model, aug, values in (
        ("resnet18", "standard", [0.70, 0.72]),
        ("resnet18", "autoaugment", [0.74, 0.76]),
        ("convit_small", "standard", [0.60, 0.62]),
        ("convit_small", "autoaugment", [0.66, 0.68]),
        ("senet50", "standard", [0.80]),
        ("senet50", "cutout", [0.84]),
    ):
        add_seeds(store, values, model__name=model, aug__preset=aug, epochs=10, data__dataset="cifar100")
    return store


@pytest.fixture
def one_left(models):
    """The same, with a model of one group."""
    add_finished(models, model__name="resnet34", top1=0.9, epochs=10, data__dataset="cifar100")
    return models


def headings(table):
    return [column.heading for column in table.columns]


def test_a_cell_of_several_groups_is_empty_and_says_what_varies(models):
    table = build_table(models, define("top1", rows=["aug_label"]))

    assert column_of(table, 1) == ["–", "–", "84.00"]
    assert marks(table, 1) == [("a",), ("b",), ()]
    assert marked(table) == {
        "a": "3 groups fall into this cell, which differ in model (ResNet18, ConViT-S, SENet50): add model to rows, "
        + WAYS,
        "b": "2 groups fall into this cell, which differ in model (ResNet18, ConViT-S): add model to rows, " + WAYS,
    }
    assert not any(note.startswith("Left out") for note in general(table))


def test_marks_that_say_the_same_are_one(one_left):
    table = build_table(one_left, define("top1", "train_loss", rows=["model_label"]))

    assert column_of(table, 1) == ["–"] * 3 + ["90.00"]
    assert [cell.marks for row in table.rows[:2] for cell in row.cells[1:]] == [("a",)] * 4
    assert len(marked(table)) == 2


def test_a_table_without_any_cell_of_one_group_is_refused_in_that_sentence(models):
    with pytest.raises(SpecError) as refused:
        build_table(models, define("top1", rows=["dataset"]))

    assert str(refused.value) == (
        "table 't': 6 groups fall into the row of Dataset cifar100, which differ in model (ResNet18, ConViT-S, "
        "SENet50), augmentation (standard, autoaugment, cutout): add model and aug to rows, " + WAYS
    )


def test_no_group_is_picked_for_being_the_largest_or_the_newest(store):
    add_seeds(store, [0.7, 0.8, 0.9])
    add_finished(store, optim__lr=0.5)
    add_finished(store, epochs=3)

    assert column_of(build_table(store, define("top1", rows=["epochs"])), 1) == ["–", "50.00"]


def test_what_all_groups_of_a_row_share_is_said_and_other_settings_are_listed(models):
    table = build_table(models, define("aug_label", "epochs", "model_label", "top1", rows=["aug_label"]))

    assert texts(table)[0] == ["crop + flip", "10", "ResNet18, ConViT-S, SENet50", "–"]


def test_only_the_cells_of_a_pivot_are_empty_into_which_several_groups_fall(models):
    add_finished(models, model__name="resnet18", optim__lr=0.5, epochs=10, data__dataset="cifar100")

    table = build_table(models, define("top1", rows=["model_label"], across=["aug"]))

    assert texts(table)[0] == ["ResNet18", "75.00 ± 1.41 (2)", "–", "–"]
    assert marks(table, 3)[0] == ("a",)


def test_many_different_marks_are_said_in_short(store):
    for epochs in range(2, 8):
        for lr in (0.1, epochs / 10):
            add_finished(store, epochs=epochs, optim__lr=lr)
    add_finished(store, epochs=9)

    assert set(marked(build_table(store, define("top1", rows=["epochs"]))).values()) == {
        "several groups fall into this cell, which differ in lr: add lr to rows, " + WAYS
    }


def test_a_mean_of_groups_counts_each_group_once_and_says_over_what(models):
    table = build_table(models, define("top1", rows=["aug_label"], where="aug = standard", **MEAN))

    assert headings(table) == ["Augmentation", "Top-1 (last, %), mean over 3 models"]
    cell = table.rows[0].cells[1]
    assert (cell.text, cell.n, cell.std, cell.rank) == ("70.67 (3)", 3, None, 0)
    assert cell.value == pytest.approx((0.71 + 0.61 + 0.80) / 3)
    assert cell.run_ids == (1, 2, 5, 6, 9)
    assert general(table)[0] == (
        "Unweighted mean over groups (n of them), which differ in model (ResNet18, ConViT-S, SENet50): each counts as "
        "the mean of its seeds. No ± over seeds; no test tells such means apart."
    )


def test_means_over_other_groups_than_most_are_marked(models):
    table = build_table(models, define("top1", rows=["aug_label"], **MEAN))

    assert headings(table)[1] == "Top-1 (last, %), mean over models"
    assert column_of(table, 1) == ["70.67 (3)", "71.00 (2)", "84.00"]
    assert marked(table) == {
        "a": "mean over other groups than most: without SENet50",
        "b": "of one group, no mean",
    }


def test_a_mean_of_groups_is_never_best_nor_tested(models):
    delta = {"key": "top1", "shows": "delta"}
    table = build_table(
        models, define("top1", delta, rows=["aug_label"], baseline="aug = standard", clear_only=False, **MEAN)
    )

    assert ranks(table, 1) == [0, 0, 0]
    assert column_of(table, 2) == ["–", "+0.33", "+13.33"]


def test_means_over_several_things_say_so_in_a_note(models):
    table = build_table(models, define("top1", rows=["dataset"], **MEAN))

    assert headings(table)[1] == "Top-1 (last, %), mean over groups"
    assert "which differ in model (ResNet18, ConViT-S, SENet50), augmentation (" in general(table)[0]


def test_means_that_are_not_comparable_are_marked(models):
    for model in ("resnet18", "convit_small"):
        add_finished(models, model__name=model, epochs=3, data__dataset="cifar100", aug__preset="randaugment")

    table = build_table(models, define("top1", rows=["aug_label"], **MEAN))

    assert "not comparable as it stands: other number of epochs (3 instead of 10)" in marked(table).values()


def test_counts_are_never_averaged(store):
    for model, params in (("resnet18", 11_000_000), ("senet50", 26_000_000)):
        add_finished(store, model__name=model, start={"num_params": params})

    assert texts(build_table(store, define("num_params", "top1", rows=["dataset"], **MEAN))) == [
        ["digits", "11.0M, 26.0M", "50.00 (2)"]
    ]


def test_rows_are_sorted_by_the_means_they_print(models):
    table = build_table(models, define("top1", rows=["aug_label"], sort=["-top1"], **MEAN))

    assert column_of(table, 1) == ["84.00", "71.00 (2)", "70.67 (3)"]


def test_targets_are_met_by_the_means(models):
    told = general(build_table(models, define("top1", rows=["aug_label"], targets={"top1": "> 70.9%"}, **MEAN)))[0]

    assert told == "Target Top-1 > 70.9%: met by AutoAugment, Cutout."


def test_a_definition_of_one_group_a_cell_is_stored_as_before():
    stored = define("top1", rows=["aug"]).model_dump(mode="json")

    assert {"cell", "order"}.isdisjoint(stored)
    assert define("top1", rows=["aug"], **MEAN).model_dump()["cell"] == "mean of groups"


@pytest.mark.parametrize(
    ("columns", "rows", "shown"),
    [
        (["top1"], ["model", "aug"], ["model", "aug", "top1"]),
        (["model_label", "top1"], ["model", "aug"], ["model_label", "aug", "top1"]),
        (["top1", "model"], ["model", "aug"], ["aug", "top1", "model"]),
        (["model", "top1"], ["model_label"], ["model_label", "model", "top1"]),
        (["model_aug", "top1"], ["model", "aug_label"], ["model_aug", "aug_label", "top1"]),
        (["optimizer_batch", "top1"], ["optimizer", "batch_size"], ["optimizer_batch", "top1"]),
        (["settings", "top1"], ["lr"], ["lr", "settings", "top1"]),
        ([{"key": "lr", "shows": "n"}, "top1"], ["lr"], ["lr", "lr", "top1"]),
        (["changes", "top1"], ["lr"], ["lr", "changes", "top1"]),
    ],
)
def test_rows_of_keys_print_their_keys_unless_a_column_does(columns, rows, shown):
    assert [slot.choice.key for slot in plan_of(define(*columns, rows=rows)).columns] == shown


def test_a_key_that_is_the_section_stands_in_its_heading(models):
    table = build_table(models, define("top1", rows=["aug_label", "model_label"], section="aug_label"))

    assert headings(table) == ["Model", "Top-1 (last, %)"]


def test_a_transposed_table_is_headed_by_its_keys(models):
    table = build_table(models, define("top1", rows=["aug_label", "model_label"], transpose=True))

    assert [column.heading for column in table.columns[1:3]] == ["crop + flip", "AutoAugment"]
    assert [row.cells[0].text for row in table.rows] == ["Model", "Top-1 (last, %)"]


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        (["top1"], ["model_label"]),
        (["aug_label", "model", "num_params", "top1", "status"], ["aug_label", "model"]),
        (["dataset", "img_size", "epochs", "top1"], ["epochs"]),
        (["id", "seed", "created_at", "top1", "best_epoch"], ["model_label"]),
    ],
)
def test_a_pivot_sets_its_rows_by_itself(columns, rows):
    plan = plan_of(define(*columns, across=["dataset"]))

    assert (plan.rows, [known.key for known in plan.row_keys]) == ("keys", rows)


def test_rows_stand_in_an_order_of_ones_own(models):
    columns = ("aug_label", "model_label", "top1")
    for order, first in (
        ({"model_label": ["SENet-50", "ConViT-S"]}, ["SENet50", "SENet50", "ConViT-S", "ConViT-S", "ResNet18"]),
        ({"model_label": ["ConViT-S"]}, ["ConViT-S", "ConViT-S", "ResNet18", "ResNet18", "SENet50"]),
    ):
        table = build_table(models, define(*columns, rows=["aug_label", "model_label"], order=order))
        assert column_of(table, 1)[:5] == first
    backwards = build_table(models, define(*columns, order={"model_label": ["ConViT-S"]}, sort=["-model_label"]))
    assert column_of(backwards, 1) == ["SENet50"] * 2 + ["ResNet18"] * 2 + ["ConViT-S"] * 2


def test_sections_stand_in_an_order_of_ones_own(models):
    table = build_table(
        models, define("model_label", "top1", section="aug", order={"aug": ["Cutout", "autoaugment"]}, sort=["-top1"])
    )

    assert list(dict.fromkeys(row.section for row in table.rows)) == ["cutout", "autoaugment", "standard"]


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"aug": ["cutuot"]}, "no run has 'cutuot': did you mean cutout"),
        ({"lr": [0.1]}, "no row, column or section of the table is named by it, but by aug, schedule"),
        ({"aug": ["cutout", "Cutout"]}, "is there twice"),
        ({"schedule": ["cosin"]}, "no run can have 'cosin': did you mean cosine"),
    ],
)
def test_an_order_of_what_there_is_not_is_refused(models, order, words):
    with pytest.raises(SpecError, match=words):
        build_table(models, define("top1", rows=["aug", "schedule"], order=order, **MEAN))


def test_an_order_may_name_what_no_run_has_yet(models):
    table = build_table(models, define("top1", rows=["aug"], order={"aug": ["augmix", "cutout"]}, **MEAN))

    assert column_of(table, 0)[0] == "cutout"


DELTA, P = ({"key": "top1", "shows": shows} for shows in ("delta", "p"))


@pytest.fixture
def grid(store):
    """Two models with three augmentations."""
    for number, model in enumerate(("resnet18", "senet50")):
        for place, aug in enumerate(("standard", "autoaugment", "cutout")):
            top1 = 0.5 + number / 10 + place * (place + number) / 100
            add_seeds(store, [top1, top1 + 0.002], model__name=model, aug__preset=aug)
    return store


def test_a_column_of_a_pivot_can_be_the_baseline_of_each_row(grid):
    pivot = {"across": ["aug"], "order": {"aug": ["standard"]}, "baseline": "aug = standard"}
    table = build_table(grid, define("model_label", "top1", DELTA, P, **pivot))

    assert [column.key.split("@") for column in table.columns[1:]] == [
        ["top1", "standard"],
        *([f"top1{more}", aug] for aug in ("autoaugment", "cutout") for more in ("", *TESTED)),
    ]
    assert [[row.cells[place].text for place in (3, 6)] for row in table.rows] == [
        ["+1.00", "+4.00"],
        ["+2.00", "+6.00"],
    ]
    assert "Δ: difference to the column standard." in general(table)
    assert any(
        "Welch's t-test against the column standard, Holm's correction over 4" in note for note in general(table)
    )


TESTED = (".delta.baseline.welch", ".p.baseline.welch")


def test_a_row_of_each_section_can_be_its_baseline(grid):
    table = build_table(
        grid, define("aug_label", "top1", DELTA, section="model_label", sort=["aug"], baseline="aug = standard")
    )

    assert column_of(table, 2) == ["+1.00", "+4.00", "–", "+2.00", "+6.00", "–"]
    assert "Δ: difference to the baseline of its section." in general(table)


def test_a_difference_to_the_first_row_is_to_that_of_its_section(grid):
    table = build_table(grid, define("aug_label", "top1", {**DELTA, "against": "first"}, section="model_label"))

    assert column_of(table, 2) == ["–", "+1.00", "+4.00", "–", "+2.00", "+6.00"]
    assert "Δ: difference to the first row of its section." in general(table)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"rows": ["model", "aug"]}, "must pick one of its rows: it picks 2 rows"),
        ({"section": "aug"}, "must pick one of its rows, or one in each section: it picks 2 rows"),
        ({"across": ["model"], "rows": ["aug"], "baseline": "lr = 0.1"}, "or the cells of one column: it picks 3 rows"),
        (
            {"across": ["aug"], "rows": ["model"], "baseline": "model = resnet18 and aug = standard"},
            "picks 1 of the 3 cells of resnet18: pick its whole row, or the cells of one column",
        ),
    ],
)
def test_a_baseline_that_is_neither_is_refused_with_what_it_picks(grid, settings, words):
    with pytest.raises(SpecError, match=words):
        build_table(grid, define("top1", DELTA, **{"baseline": "aug = standard", **settings}))


def test_a_column_can_be_the_baseline_of_means(grid):
    pivot = {"rows": ["dataset"], "across": ["aug"], "baseline": "aug = standard"}
    table = build_table(grid, define("top1", DELTA, **pivot, **MEAN))

    assert [column.key for column in table.columns if "delta" in column.key] == [
        f"top1.delta.baseline.welch@{aug}" for aug in ("autoaugment", "cutout")
    ]
    assert texts(table)[0][1:] == ["56.60 (2)", "+1.50", "60.10 (2)", "+5.00", "55.10 (2)"]
