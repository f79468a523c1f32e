"""Whole tables: what they are taken for, and what of them must not pass."""

import pytest

from expdb.domain.run import ReportedRun
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.report.check.check import check_text
from expdb.report.check.findings import is_contradicted
from expdb.report.check.judge_number import SAID_STATUSES
from expdb.report.tables.build import build_table
from expdb.report.writers.markdown import to_markdown
from expdb.report.written.reading.heading import read_heading
from expdb.report.written.reading.vocabulary import default_vocabulary
from tests.store_runs import add_finished, add_seeds

COMPARED = TableDefinition(
    name="compared",
    where="kind = measured",
    baseline="model = resnet_mini",
    columns=(
        ColumnChoice(key="model_label"),
        ColumnChoice(key="top1"),
        ColumnChoice(key="top1", shows="delta"),
    ),
)


def add_two_models(store) -> None:
    add_seeds(store, [0.5, 0.6, 0.7])
    add_seeds(store, [0.6, 0.7, 0.75], model__name="senet_mini")


def printed(store, *, is_marked=False, definition=COMPARED) -> str:
    text = to_markdown(build_table(store, definition))
    return f"<!-- expdb:table compared -->\n{text}<!-- /expdb:table -->\n" if is_marked else text


def wrong(text, store, definition=COMPARED):
    """Return what is not confirmed."""
    tables = check_text(text, store, [definition])
    return [
        (finding.printed, finding.recorded, finding.status)
        for table in tables
        for finding in table.findings
        if finding.status not in SAID_STATUSES
    ]


def test_wrong_number_of_a_saved_table_does_not_hide_among_groups_that_do_not_know_it(store):
    add_two_models(store)
    text = printed(store)

    assert wrong(text, store) == []
    assert wrong(text.replace("+8.33", "+9.33"), store) == [("+9.33", "8.33", "contradicted")]


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "Only text.\n",
        "| Model | Top-1 (last, %) |\n| ResNet-mini | 60.00 |\n",  # without its line of dashes
        "<div>\n| Model | Top-1 (last, %) |\n| --- | --- |\n| ResNet-mini | 60.00 |\n</div>\n",
    ],
)
def test_marks_without_a_table_between_them_are_a_problem(store, inside):
    add_two_models(store)
    region = f"<!-- expdb:table compared -->\n{inside}<!-- /expdb:table -->\n"

    [table] = check_text(f"Text.\n\n{region}", store, [COMPARED])

    assert (table.line, table.name, table.is_marked) == (3, "compared", True)
    assert table.problem == "between these marks no table is read"
    assert is_contradicted([table])
    assert not any(table.is_judged for table in check_text(f"```\n{region}```\n", store, [COMPARED]))


@pytest.mark.parametrize("is_marked", [True, False])
@pytest.mark.parametrize(
    "choice", [{"shows": "interval"}, {"shows": "interval", "test": "paired"}, {"spread": "interval"}]
)
def test_intervals_that_were_true_before_the_last_runs_are_stale(store, choice, is_marked):
    columns = (COMPARED.columns[0], ColumnChoice(key="top1", **choice))
    definition = COMPARED.model_copy(update={"columns": columns})
    add_two_models(store)
    before = printed(store, is_marked=is_marked, definition=definition)

    assert wrong(before, store, definition) == []

    add_finished(store, top1=0.55, seed=3)
    add_finished(store, top1=0.8, seed=3, model__name="senet_mini")

    assert {status for *_, status in wrong(before, store, definition)} == {"stale"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (r"\[-12.4, +29.1\]", []),
        ("(-12.40 to 29.07)", []),
        ("[\N{MINUS SIGN}12,4; 29,1]", []),
        ("[-12.41, +29.07]", [("-12.41", "-12.400085", "rounded differently")]),
        ("[-12.40, +26.01]", [("+26.01", "29.07", "contradicted")]),
        ("-12.40", [("-12.40", None, "unknown")]),
    ],
)
def test_ends_of_an_interval_are_numbers(store, text, found):
    definition = COMPARED.model_copy(
        update={"columns": (COMPARED.columns[0], ColumnChoice(key="top1", shows="interval"))}
    )
    add_two_models(store)
    interval = r"\[-12.40, +29.07\]"
    report = printed(store, definition=definition)
    assert f"| SENet-mini | {interval}<sup>a</sup> |" in report

    assert wrong(report.replace(interval, text), store, definition) == found


@pytest.mark.parametrize("is_marked", [True, False])
@pytest.mark.parametrize("test", ["welch", "paired"])
def test_differences_that_were_true_before_the_last_runs_are_stale(store, test, is_marked):
    tested = ColumnChoice(key="top1", shows="p", test=test)
    definition = COMPARED.model_copy(update={"columns": (*COMPARED.columns, tested)})
    add_two_models(store)
    store.edits.remove(6)
    before = printed(store, is_marked=is_marked, definition=definition)
    store.edits.restore(6)
    between = printed(store, is_marked=is_marked, definition=definition)
    add_finished(store, top1=0.55, seed=3)
    add_finished(store, top1=0.8, seed=3, model__name="senet_mini")

    assert {status for *_, status in wrong(before, store, definition)} == {"stale"}
    assert {status for *_, status in wrong(between, store, definition)} == {"stale"}
    never = between.replace("+8.33", "+9.33")
    assert "contradicted" in {status for *_, status in wrong(never, store, definition)}


@pytest.mark.parametrize("said", ["best", "mean of last 2"])
@pytest.mark.parametrize("is_marked", [True, False])
def test_heading_that_says_other_epochs_is_judged_by_what_it_says(store, said, is_marked):
    add_finished(store, curve=[0.5, 0.9, 0.6])
    definition = TableDefinition(name="compared", columns=COMPARED.columns[:2])
    last = printed(store, is_marked=is_marked, definition=definition)

    assert wrong(last, store, definition) == []
    others = last.replace("(last, %)", f"({said}, %)")
    told = {"best": "90.00", "mean of last 2": "75.00"}[said]
    assert wrong(others, store, definition) == [("60.00", None if is_marked else told, "contradicted")]
    assert is_marked or wrong(others.replace("60.00", told), store, definition) == []


def test_marked_column_under_the_heading_of_another_one_is_not_confirmed(store):
    add_two_models(store)
    text = printed(store, is_marked=True).replace("Top-1 (last, %)", "Top-5 (%)", 1)

    assert wrong(text, store)[0] == ("60.00", None, "contradicted")


def test_mean_of_seeds_is_none_of_epochs():
    assert [
        read_heading(f"Top-1 ({words})", default_vocabulary()).at
        for words in ("mean of 3 seeds", "mean of last 3", "%", "last, %")
    ] == [
        None,
        "mean-3",
        None,
        "last",
    ]


@pytest.mark.parametrize(
    ("cell", "told"), [("TODO", "TODO"), ("", "nothing"), ("–", "nothing"), ("see text", "see text")]
)
def test_marked_table_must_print_the_numbers_that_the_saved_one_has(store, cell, told):
    add_two_models(store)
    text = printed(store, is_marked=True).replace("60.00 ± 10.00 (3)", cell)

    assert wrong(text, store) == [(told, "60.00 ± 10.00 (3)", "contradicted")]


def test_marked_table_prints_no_number_where_the_saved_one_has_none(store):
    add_two_models(store)
    text = printed(store, is_marked=True).replace("| – |", "| 5.00 |", 1)

    assert wrong(text, store) == [("5.00", "–", "contradicted")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("ResNet-mini | 11.11 | –", "such row"),
        ("SENet-mini | 68.33 | +8.33", "such row"),
        ("ViT | 11.11 |", "such row"),
    ],
)
def test_marked_table_has_no_rows_beyond_those_of_the_saved_one(store, row, reason):
    add_two_models(store)
    text = printed(store, is_marked=True).replace("<!-- /", f"| {row} |\n<!-- /")
    text = "\n".join(line for line in text.splitlines() if line and not line.startswith("- "))

    [table] = check_text(text, store, [COMPARED])

    assert {finding.status for finding in table.findings if finding.reason.endswith(reason)} == {"contradicted"}
    assert is_contradicted([table])


def test_marked_table_lacks_no_row_of_the_saved_one(store):
    add_two_models(store)
    text = "\n".join(line for line in printed(store, is_marked=True).splitlines() if "SENet" not in line)

    [table] = check_text(text, store, [COMPARED])

    assert table.missing == ("row SENet-mini",)
    assert is_contradicted([table])


def test_place_without_a_number_is_stale_where_it_had_none_before_the_last_runs(store):
    tested = ColumnChoice(key="top1", shows="p")
    definition = COMPARED.model_copy(update={"columns": (*COMPARED.columns, tested)})
    add_finished(store, top1=0.5)
    add_finished(store, top1=0.6, model__name="senet_mini")
    text = printed(store, is_marked=True, definition=definition)
    add_finished(store, top1=0.55, seed=1)
    add_finished(store, top1=0.7, seed=1, model__name="senet_mini")

    assert ("nothing", "0.199", "stale") in wrong(text, store, definition)
    assert {status for *_, status in wrong(text, store, definition)} == {"stale"}


@pytest.mark.parametrize("name", ["SE-ResNet-50", "SE\u2011ResNet\u201150", "seresnet50", "SENet50 (Hu et al., 2018)"])
def test_model_in_another_spelling_is_the_same_model(store, name):
    add_finished(store, top1=0.8, last={"top5": 0.94}, model__name="senet50", data__dataset="cifar100")
    text = "| Dataset | Model | Top-1 | Top-5 |\n|-|-|-|-|\n| CIFAR\u2010100 | {} | 80.00 | 94.00 |\n"

    assert wrong(text.format(name), store) == []
    assert wrong(text.format(name).replace("94.00", "95.00"), store) == [("95.00", "94.00", "contradicted")]


def test_difference_in_brackets_is_unknown_and_does_not_hide_its_number(store):
    add_finished(store, top1=0.6)
    text = "| Model | Top-1 |\n|-|-|\n| ResNet-mini (ours) | {} (+2.3) |\n"

    assert wrong(text.format("60.00"), store) == [("+2.3", None, "unknown")]
    assert wrong(text.format("61.00"), store) == [("61.00", "60.00", "contradicted"), ("+2.3", None, "unknown")]


def test_wrong_setting_of_a_row_whose_words_and_results_agree_is_contradicted(store):
    add_finished(store, top1=0.9898, epochs=10, optim__lr=0.1)
    add_finished(store, top1=0.9880, epochs=10, optim__lr=0.1, model__name="senet_mini")
    head = "| Model | Epochs | LR | Top-1 |\n|-|-|-|-|\n"
    text = head + "| ResNet-mini | 10 | 0.1 | 98.98 |\n| SENet-mini | 10 | {} | {} |\n"

    assert wrong(text.format("0.1", "98.80"), store) == []
    assert wrong(text.format("0.3", "98.80"), store) == [("0.3", "0.1", "contradicted")]
    assert {status for *_, status in wrong(text.format("0.3", "97.10"), store)} == {"unknown"}  # another run, it seems


@pytest.mark.parametrize("definitions", [[], [COMPARED]])
def test_columns_that_datasets_head_are_of_top1(store, definitions):
    for model in ("resnet_mini", "senet_mini"):
        add_seeds(store, [0.9, 0.92], model__name=model)
        add_finished(store, top1=0.7, model__name=model, data__dataset="cifar100")
    text = (
        "| Model | Epochs | digits Top-1 | CIFAR-100 (%) |\n|-|-|-|-|\n"
        "| ResNet-mini | 2 | 91.00 ± 1.41 | 70.00 |\n| SENet-mini | 2 | 91.00 ± 1.41 | {} |\n"
    )

    [table] = check_text(text.format("70.00"), store, definitions)
    assert [(finding.column, finding.status) for finding in table.findings if not finding.part] == [
        ("Epochs", "confirmed"),
        ("digits Top-1", "confirmed"),
        ("CIFAR-100 (%)", "confirmed"),
    ] * 2
    [table] = check_text(text.format("71.00"), store, definitions)
    [found] = [finding for finding in table.findings if finding.status != "confirmed"]
    assert found.message == "CIFAR-100 (%) of SENet-mini: 71.00 printed, run 6 says 70.00"


def test_columns_of_datasets_that_are_not_of_top1_are_not_about_runs(store):
    add_finished(store, top1=0.9)

    [table] = check_text("| Model | digits | CIFAR-100 |\n|-|-|-|\n| ResNet-mini | 360 | 400 |\n", store, [])

    assert not table.is_judged


def test_wrong_word_does_not_hide_in_a_saved_table_without_its_column(store):
    for number, kernel in enumerate(("3, 5", "none", "3, 7"), start=1):
        run = ReportedRun(
            name=f"a/{number}",
            group="a",
            source="a",
            quote={},
            dataset="coco",
            model="ViT",
            settings={"kernel": kernel},
            top1=0.458 + number / 100,
        )
        store.add_reported(run)
    kernels = ColumnChoice(key="settings.kernel", heading="Kernel sizes")
    definition = TableDefinition(name="compared", where="id != 2", columns=(kernels, COMPARED.columns[1]))
    other = TableDefinition(name="other", where="id = 2", columns=COMPARED.columns[:2])
    text = "| Kernel sizes | Top-1 (last, %) |\n|-|-|\n| 3, 8 | 46.80 |\n| 3, 7 | 48.80 |\n"

    [table] = check_text(text, store, [definition, other])

    assert [(found.part, found.recorded) for found in table.findings] == [
        ("text", "3, 5"),
        ("", "46.80"),
        ("", "48.80"),
    ]


def test_row_that_no_run_fits_is_unknown_beside_what_its_namesake_says(store):
    add_two_models(store)
    report = "| Model | Epochs | Top-1 (%) |\n| --- | --- | --- |\n| SENet-mini | 7 | 55.00 |\n| ViT-S | 7 | 55.00 |\n"

    [table] = check_text(report, store, [])

    assert [(finding.status, finding.reason) for finding in table.findings] == [
        ("unknown", "no run fits this row; nearest: runs 4-6 say 2"),
        ("unknown", "no run fits this row; nearest: runs 4-6 say 68.33 ± 7.64 (3)"),
        ("unknown", "no run fits this row"),
        ("unknown", "no run fits this row"),
    ]
    add_finished(store, top1=0.6, model__name="senet_mini", epochs=20)

    [table] = check_text(report, store, [])

    assert table.findings[0].reason == "no run fits this row; nearest: runs 4-6 say 2, run 7 says 20"

    add_finished(store, top1=0.6, model__name="senet_mini", epochs=30)

    [table] = check_text(report, store, [])

    assert {finding.reason for finding in table.findings} == {"no run fits this row"}  # which is meant, nobody knows
