from decimal import Decimal

import pytest

from expdb.catalog.reported import report_tables
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.errors import NotFoundError, SpecError
from expdb.report.check.check import check_text, update_text
from expdb.report.check.findings import is_contradicted, summary
from expdb.report.check.judge_number import SAID_STATUSES, Recorded, judge_cell, status_of, worst
from expdb.report.tables.build import build_table
from expdb.report.writers.markdown import to_markdown
from expdb.report.written.reading.numbers import read_cell
from expdb.store.store import Store
from tests.report.check.written_reports import fill, make_report, with_error
from tests.store_runs import add_finished, add_seeds

REPORT = """
## On CIFAR100 dataset, achieves top-1 accuracy > 82% within 2 train hour

| Dataset | Model | Top-1 Acc | Top-5 Acc | Params | Train Time |
|----------|------------------------|-----------|-----------|--------|------------|
| cifar100 | ResNet50 | 79.05 | 93.94 | 23M | 1h 7m 26s |
| cifar100 | SENet50 | 80.00 | 94.01 | 23M | 1h 8m 0s |
| cifar100 | ResNet50 + AutoAugment | 81.62 | 94.94 | 23M | 1h 6m 48s |
| cifar100 | SENet101 + AutoAugment | 82.85 | 95.73 | 47M | 2h 25m 40s |

## Only use the given model (ResNet-50)

| Dataset | Model | Optimizer/ batch_size | augmentation techniques | GPU-개수 | Epoch | Top-1 Acc | Train Time |
|----------|-------------------|-----------------------|-------------------|----------|-------|-----------|------------|
| cifar100 | ResNet50 | sgd / 256 | mean.std 0.5 / cutmix 1 / lr 1 / warmup_lr 1e-4 / colorjitter 0 / randomcrop 사용 / autoaugment | DDP - 2개 | 200 | 61.39 | 20m 13s |
| cifar100 | ResNet50 | sgd / 256 | mean.std 0.5 / cutmix 1 / lr 1 / warmup_lr 1e-4 / colorjitter 0 / randomcrop 사용 / autoaugment / momentum 0.9 / weight-decay 1e-4 | DDP - 2개 | 200 | 67.78 | 23m 56s |
| cifar100 | ResNet50 | sgd / 256 | mean.std 0.5 / cutmix 1 / lr 1 / warmup_lr 1e-4 / colorjitter 0.4 / randomcrop 사용 / autoaugment v0 / momentum 0.9 / weight-decay 1e-4 / decay-rate0.1 / smoothing0.1 | DDP - 2개 | 200 | 67.64 | 23m 47s |
| cifar100 | ResNet50_tutorial | sgd / 256 | mean.std 0.5 / cutmix 1 / lr 0.5 / warmup_lr 1e-4 / colorjitter 0 / randomcrop 사용 / autoaugment / momentum 0.9 / weight-decay 1e-4 / decay-rate0.1 / | DDP - 2개 | 200 | 81.02 | 36m 14s |
| cifar100 | ResNet50 | sgd / 256 | + lr 0.5 / image size 224 X 224 | DDP - 2개 | 300 | 81.91 | 2h 22m 31s |
| cifar100 | ResNet50 | lion / 256 | + lr 5e-4 / weight-decay 1e-4 1e-3 | DDP - 2개 | 400 | 77.25 | 3h 28m 27s |
"""  # noqa: E501 - as printed
SMALL = TableDefinition(
    name="small",
    where="kind = measured",
    columns=(ColumnChoice(key="model_label"), ColumnChoice(key="top1"), ColumnChoice(key="num_params")),
)


def cell_table(cell: str, *, heading="Top-1", model="ResNet-mini") -> str:
    return f"| Model | Dataset | {heading} |\n|---|---|---|\n| {model} | digits | {cell} |\n"


def findings(text, store, definitions=()):
    return [finding for table in check_text(text, store, definitions) for finding in table.findings]


def told(text, store, definitions=()):
    return [(finding.part, finding.printed, finding.recorded, finding.status) for finding in findings(text, store)]


# Numbers


@pytest.mark.parametrize(
    ("printed", "exact", "form", "status"),
    [
        ("82.85", "82.85", "percent", "confirmed"),
        ("82.9", "82.85", "percent", "confirmed"),
        ("76.13", "76.125", "percent", "confirmed"),
        ("76.12", "76.125", "percent", "rounded differently"),  # half to even
        ("76.12", "76.129", "percent", "rounded differently"),  # cut
        ("76.12", "76.13", "percent", "contradicted"),
        ("82.86", "82.85", "percent", "contradicted"),
        ("23.7M", "23.705252", "millions", "confirmed"),
        ("23M", "23.705252", "millions", "rounded differently"),
        ("23M", "23.705252", "millions_cut", "confirmed"),
        ("24M", "23.705252", "millions_cut", "rounded differently"),
        ("22M", "23.705252", "millions", "contradicted"),
        ("1h 7m 26s", "4046.4", "duration", "confirmed"),
        ("1h 7m", "4046.4", "duration", "confirmed"),
        ("1h 7m 27s", "4046.4", "duration", "rounded differently"),
        ("12.7s", "12.66", "duration", "confirmed"),
        ("12.6s", "12.66", "duration", "rounded differently"),
        ("12.9s", "12.66", "duration", "contradicted"),
        ("1,298", "1298.4", "integer", "confirmed"),
    ],
)
def test_number_is_judged_at_its_own_decimals(printed, exact, form, status):
    read = read_cell(printed, form)

    assert read is not None
    assert status_of(read.main, Decimal(exact), form) == status


@pytest.mark.parametrize(
    ("printed", "status"), [("0.05", "confirmed"), ("0.050", "confirmed"), ("0.1", "rounded differently")]
)
def test_setting_is_confirmed_only_by_its_value(printed, status):
    read = read_cell(printed, "number")

    assert read is not None
    assert status_of(read.main, Decimal("0.05"), "number", is_given=True) == status


@pytest.mark.parametrize(
    ("printed", "statuses"),
    [
        ("82.85 ± 0.12 (3)", ["confirmed"] * 3),
        ("0.8285 ± 0.0012 (3)", ["confirmed"] * 3),
        ("0.83", ["confirmed"]),
        ("82.85 ± 0.22 (4)", ["confirmed", "contradicted", "contradicted"]),
        ("0.8185 ± 0.0012", ["contradicted", "confirmed"]),
        ("< 90", ["confirmed"]),
        ("< 80", ["contradicted"]),
    ],
)
def test_mean_spread_and_n_are_judged_each_also_as_fractions(printed, statuses):
    read = read_cell(printed, "percent")

    assert read is not None
    facts = Recorded(main=Decimal("82.85"), std=Decimal("0.12"), n=3, form="percent")
    judged = judge_cell(read, facts, is_fraction=printed.startswith("0."))
    assert [one.status for one in judged] == statuses


def test_contradicted_number_is_told_as_it_was_printed():
    def recorded(printed, exact, form):
        read = read_cell(printed, form)
        assert read is not None
        facts = Recorded(main=Decimal(exact), form=form)
        return judge_cell(read, facts, is_fraction=printed.startswith("0."))[0].recorded

    assert recorded("80.1 %", "82.85", "percent") == "82.9 %"
    assert recorded("0.80", "82.85", "percent") == "0.83"
    assert recorded("22M", "23.705", "millions") == "24M"
    assert recorded("20m 1s", "4046", "duration") == "1h 7m 26s"
    assert recorded("12.9s", "12.66", "duration") == "12.7s"
    assert recorded("1.00 h", "4046", "duration") == "1.12 h"
    assert recorded("76.12", "76.125", "percent") == "76.125"


def test_worst_of_nothing_is_confirmed():
    assert worst([]) == "confirmed"


# Groups of runs


def test_mean_of_a_group_is_confirmed_and_contradicted_with_the_runs_that_say_so(store):
    add_seeds(store, [0.5, 0.6, 0.7])

    assert told(cell_table("60.00 ± 10.00 (3)"), store) == [
        ("", "60.00", "60.00", "confirmed"),
        ("std", "10.00", "10.00", "confirmed"),
        ("n", "3", "3", "confirmed"),
    ]
    [finding] = [finding for finding in findings(cell_table("61.00 ± 10.00 (3)"), store) if finding.part == ""]
    assert (finding.status, finding.run_ids, finding.line) == ("contradicted", (1, 2, 3), 3)
    assert finding.message == "Top-1 of ResNet-mini: 61.00 printed, runs 1-3 say 60.00"


@pytest.mark.parametrize(
    ("cell", "until"), [("50.00", "run 2"), ("55.00 ± 7.07 (2)", "run 3"), ("0.55 ± 0.07", "run 3")]
)
def test_what_the_first_runs_said_is_stale(store, cell, until):
    add_seeds(store, [0.5, 0.6, 0.8])

    found = findings(cell_table(cell), store)

    assert {finding.status for finding in found} == {"stale"}
    assert found[0].reason == f"it was true until {until}"
    assert not is_contradicted(check_text(cell_table(cell), store, []))


def test_what_was_said_with_a_run_that_was_removed_since_is_stale(store):
    add_seeds(store, [0.5, 0.6, 0.8])
    store.edits.remove(2)

    [finding] = findings(cell_table("63.33"), store)

    assert (finding.status, finding.recorded) == ("stale", "65.00")
    assert finding.reason == "it was true until run 2 was removed"


def test_spread_that_removed_runs_took_with_them_is_stale(store):
    add_seeds(store, [0.5, 0.6])
    store.edits.remove(2)

    found = findings(cell_table("55.00 ± 7.07 (2)"), store)

    assert [finding.status for finding in found] == ["stale"] * 3
    assert found[0].message.endswith("55.00 printed, run 1 says 50.00; it was true until run 2 was removed")


def test_state_that_never_was_is_contradicted(store):
    add_seeds(store, [0.5, 0.6, 0.8])

    statuses = {finding.part: finding.status for finding in findings(cell_table("55.00 ± 7.07 (3)"), store)}

    assert statuses == {"": "contradicted", "std": "contradicted", "n": "confirmed"}


def test_row_that_fits_no_run_is_unknown(store):
    add_finished(store)

    assert told(cell_table("60.00 ± 1.00", model="ViT-B/16"), store) == [
        ("", "60.00", None, "unknown"),
        ("std", "1.00", None, "unknown"),
    ]


def test_number_that_no_run_recorded_is_unknown(store):
    add_finished(store)

    [finding] = findings(cell_table("60.00", heading="Val top-1 (last, %)"), store)

    assert (finding.status, finding.reason) == ("unknown", "which is not recorded")


def test_cell_that_cannot_be_read_is_unknown(store):
    add_finished(store)

    assert told(cell_table("50.0/90.0"), store) == [("", "50.0/90.0", None, "unknown")]


@pytest.mark.parametrize("cell", ["", "–", "n/a", "-"])
def test_empty_cell_is_no_number(store, cell):
    add_finished(store)

    assert findings(cell_table(cell), store) == []


def test_row_that_fits_several_groups_is_confirmed_by_one_or_contradicted_by_the_closest(store):
    add_finished(store, top1=0.5, optim__lr=0.1)
    add_finished(store, top1=0.6, optim__lr=0.2)

    assert told(cell_table("60.00"), store) == [("", "60.00", "60.00", "confirmed")]
    [finding] = findings(cell_table("58.00"), store)
    assert (finding.status, finding.run_ids) == ("contradicted", (2,))


def test_settings_tell_rows_apart(store):
    add_finished(store, top1=0.5, epochs=2)
    add_finished(store, top1=0.6, epochs=4)
    text = "| Model | Epochs | Batch size | Accuracy |\n|-|-|-|-|\n| ResNet-mini | 4 | 128 | 50.00 |\n"

    assert [(finding.column, finding.status) for finding in findings(text, store)] == [
        ("Epochs", "confirmed"),
        ("Batch size", "confirmed"),
        ("Accuracy", "contradicted"),
    ]


def test_rows_of_single_runs_are_known_by_their_seeds(store):
    add_seeds(store, [0.5, 0.6])
    text = "| Model | Seed | Top-1 |\n|-|-|-|\n| ResNet-mini | 1 | 60.00 |\n| ResNet-mini | 0 | 60.00 |\n"

    assert [finding.status for finding in findings(text, store) if finding.column == "Top-1"] == [
        "confirmed",
        "contradicted",
    ]


def test_runs_that_are_not_finished_say_nothing(store):
    add_finished(store, top1=0.5, status="failed")

    assert [finding.status for finding in findings(cell_table("50.00"), store)] == ["unknown"]


@pytest.mark.parametrize(
    "text",
    [
        "| Week | Paper | Conf | Year |\n|-|-|-|-|\n| 1 | ImageNet Classification | NIPs | 2017 |\n",
        "| Architecture | frequency |\n|-|-|\n| CNN(resnet) | high frequency를 많이 봄 |\n",
        "| Key | What it shows |\n|-|-|\n| top1 | accuracy of the last epoch |\n| epochs | 10 |\n",
        "| Setting | Value |\n|-|-|\n| lr | 0.1 |\n| epochs | 200 |\n",
        "| Goal | Value |\n|-|-|\n| Top-1 | |\n",
    ],
)
def test_table_without_results_is_not_about_runs(store, text):
    [table] = check_text(text, store, [])

    assert not table.is_judged
    assert table.findings == ()


def test_other_columns_of_numbers_are_unknown(store):
    add_finished(store, top1=0.5)
    text = "| Model | FPS | Remark | Top-1 |\n|-|-|-|-|\n| ResNet-mini | 12.5 | fine | 50.00 |\n"

    assert [(finding.column, finding.status) for finding in findings(text, store)] == [
        ("FPS", "unknown"),
        ("Top-1", "confirmed"),
    ]


def test_a_table_whose_rows_are_results_is_read_by_columns(store):
    add_seeds(store, [0.5, 0.6, 0.7])
    add_finished(store, top1=0.8, model__name="senet_mini")
    text = "|  | ResNet-mini | SENet-mini |\n|-|-|-|\n| Dataset | digits | digits |\n| Top-1 (%) | 60.00 | 81.00 |\n"

    found = findings(text, store)

    assert [(finding.printed, finding.status, finding.line) for finding in found] == [
        ("60.00", "confirmed", 4),
        ("81.00", "contradicted", 4),
    ]


def test_a_first_column_without_heading_names_the_models(store):
    add_finished(store, top1=0.6)
    add_finished(store, top1=0.8, model__name="senet_mini")
    text = "|  | Top-1 |\n|-|-|\n| ResNet-mini | 80.00 |\n| SENet-mini | 80.00 |\n| baseline | 60.00 |\n"

    assert [finding.status for finding in findings(text, store)] == ["contradicted", "confirmed", "unknown"]


# Saved tables


def test_marked_table_is_compared_with_its_definition_in_any_order_of_rows(store):
    add_finished(store, top1=0.5, model__name="resnet18")
    add_finished(store, top1=0.6, model__name="resnet50")
    head, line, *rows = to_markdown(build_table(store, SMALL)).splitlines()[:4]
    text = "\n".join(["<!-- expdb:table small -->", head, line, *reversed(rows)])

    [table] = check_text(text, store, [SMALL])

    assert (table.name, table.is_marked, table.missing) == ("small", True, ())
    assert [finding.status for finding in table.findings] == ["confirmed"] * 4


def test_marked_table_says_which_rows_and_columns_it_lacks(store):
    add_finished(store, top1=0.5, model__name="resnet18")
    add_finished(store, top1=0.6, model__name="resnet50")
    text = "<!-- expdb:table small -->\n| Model | Top-1 |\n|-|-|\n| ResNet18 | 50.00 |\n| ViT | 70.00 |\n"

    [table] = check_text(text, store, [SMALL])

    assert table.missing == ("column Params", "row ResNet50")
    assert [(finding.row, finding.status) for finding in table.findings] == [
        ("ResNet18", "confirmed"),
        ("ViT", "contradicted"),
    ]
    assert table.findings[1].message == "Top-1 of ViT: 70.00 printed, table small has no such row"
    assert summary([table]) == "2 numbers: 1 confirmed, 1 contradicted; 2 rows or columns not printed"


def test_changed_word_of_a_row_is_contradicted(store):
    add_finished(store, top1=0.5, model__name="resnet18")
    text = to_markdown(build_table(store, SMALL)).replace("ResNet18", "ResNet34")

    [table] = check_text(f"<!-- expdb:table small -->\n{text}", store, [SMALL])

    wrong = [finding for finding in table.findings if finding.status != "confirmed"]
    assert [(finding.part, finding.printed, finding.recorded) for finding in wrong] == [
        ("text", "ResNet34", "ResNet18")
    ]
    assert is_contradicted([table])


def test_column_of_a_marked_table_is_not_taken_by_its_place_under_a_heading_that_is_another(store):
    add_finished(store, top1=0.5, model__name="resnet18", start={"num_params": 11_200_000})
    text = "<!-- expdb:table small -->\n| 구분 | Top-1 of mine | 크기 |\n|-|-|-|\n| ResNet18 | 50.00 | 11.2M |\n"

    [table] = check_text(text, store, [SMALL])

    assert [one.status for one in table.findings if one.column == "Top-1 of mine"] == ["contradicted"]
    assert "column Top-1 (last, %)" in table.missing


def test_rows_of_the_same_words_are_told_apart_by_their_section(store):
    for dataset, top1 in (("cifar10", 0.5), ("cifar100", 0.6)):
        add_finished(store, top1=top1, data__dataset=dataset, model__name="resnet18")
    table = SMALL.model_copy(update={"section": "dataset"})
    text = "<!-- expdb:table small -->\n" + to_markdown(build_table(store, table))

    assert "**" in text
    assert {finding.status for finding in findings(text, store, [table])} == {"confirmed"}
    [wrong] = [
        finding for finding in findings(text.replace("50.00", "60.00"), store, [table]) if finding.status != "confirmed"
    ]
    assert (wrong.printed, wrong.recorded) == ("60.00", "50.00")


def test_unknown_table_is_refused_with_its_line(store):
    text = "a\n\n<!-- expdb:table smal -->\n| A |\n|-|\n| 1 |\n"

    with pytest.raises(NotFoundError, match="line 3: unknown table 'smal': did you mean small"):
        check_text(text, store, [SMALL])
    with pytest.raises(NotFoundError, match="line 3"):
        update_text(text, store, [SMALL])
    with pytest.raises(SpecError, match="line 1"):
        check_text("<!-- /expdb:table -->\n", store, [])


def test_updated_text_is_confirmed_and_differs_in_its_table_only(store):
    add_seeds(store, [0.5, 0.6])
    text = "# A\r\n\r\n<!-- expdb:table small -->\r\n\r\n| old |\r\n|-|\r\n| 1 |\r\n\r\n<!-- /expdb:table -->\r\n**끝**"

    new = update_text(text, store, [SMALL])

    assert new.startswith("# A\r\n\r\n<!-- expdb:table small -->\r\n\r\n| Model |")
    assert new.endswith("\r\n\r\n<!-- /expdb:table -->\r\n**끝**")
    assert "| old |" not in new
    assert "\n" not in new.replace("\r\n", "")
    assert {finding.status for finding in findings(new, store, [SMALL])} == {"confirmed"}
    assert update_text(new, store, [SMALL]) == new


@pytest.mark.parametrize("definitions", [report_tables(), []])
def test_every_number_of_the_printed_report_is_as_reported(reported, definitions):
    tables = check_text(REPORT, reported, definitions)

    assert [table.line for table in tables] == [4, 13]
    assert summary(tables) == "34 numbers: 34 as reported"
    assert [table.name for table in tables] == [definition.name for definition in definitions] or not definitions


# The whole


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    with Store.open(f"sqlite:///{tmp_path_factory.mktemp('check')}/runs.db") as store:
        fill(store)
        yield store


# Reports that are drawn by their number: some for the ordinary tests, `make test-long` has them all.
REPORTS = [pytest.param(number, marks=[pytest.mark.long] if number >= 12 else []) for number in range(50)]


@pytest.mark.parametrize("number", REPORTS)
def test_clean_report_raises_no_alarm(filled, number):
    tables = check_text(make_report(filled, number), filled, filled.saved_tables.all())

    assert [finding for table in tables for finding in table.findings if finding.status not in SAID_STATUSES] == []
    assert [missing for table in tables for missing in table.missing] == []
    assert sum(len(table.findings) for table in tables) > 10


@pytest.mark.parametrize("number", REPORTS)
def test_every_error_is_found_and_nothing_else(filled, number):
    text, error = with_error(make_report(filled, number), number)

    found = [
        finding
        for table in check_text(text, filled, filled.saved_tables.all())
        for finding in table.findings
        if finding.status not in SAID_STATUSES
    ]

    assert [(finding.line, finding.status) for finding in found] == [(error.line, "contradicted")]
    assert error.printed in found[0].printed
