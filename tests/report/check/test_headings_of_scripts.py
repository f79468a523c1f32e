"""Headings that name what a script of the user's logged: understood, or refused with the way out; never guessed."""

from collections.abc import Iterator

import pytest

from expdb.domain.metric import Metric
from expdb.errors import SpecError
from expdb.interop.report_document import read_report
from expdb.interop.reported.enter import enter
from expdb.report.check.check import check_text, words_of_runs
from expdb.report.check.findings import CheckedTable, is_contradicted, summary
from expdb.report.written.reading.heading import read_heading
from expdb.report.written.reading.vocabulary import default_vocabulary
from expdb.store.store import Store
from tests.report.check.tracked_runs import open_tracked, track
from tests.store_runs import add_finished

TRACKED = "confirmed by tracked runs"
WRONG, UNKNOWN = "contradicted", "unknown"


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_tracked(tmp_path_factory.mktemp("tracked")) as store:
        yield store


def checked(store: Store, heading: str, *cells: str, above: str = "", **given: object) -> CheckedTable:
    """Check a table with one column of results, of unet and fcn."""
    rows = "".join(f"| {model} | {cell} |\n" for model, cell in zip(("unet", "fcn"), cells, strict=False))
    line = "|---" * (1 + heading.count(" | "))
    [table] = check_text(f"{above}\n\n| Model | {heading} |\n|---{line}|\n{rows}", store, [], **given)
    return table


def statuses(store: Store, heading: str, *cells: str, **given: object) -> list[str]:
    return [finding.status for finding in checked(store, heading, *cells, **given).findings]


def reasons(table: CheckedTable) -> str:
    return " ".join([*(one.reason for one in table.findings), *(one.reason for one in table.passed_over)])


def given(store: Store, *pairs: str):
    return words_of_runs(store, default_vocabulary()).with_additions(pairs)


@pytest.mark.parametrize(
    ("headings", "cells"),
    [
        (("test/miou", "test mIoU", "mIoU (test)", "Test mIoU"), ("0.6182 ± 0.0047 (3)", "0.5770 ± 0.0061 (3)")),
        (("test_miou", "mIoU: test", "test: mIoU", "mIoU test set", "mIoU ↑ test"), ("0.618", "0.577")),
        (("val mIoU", "val/miou", "mIoU (validation)", "best val mIoU", "검증 mIoU"), ("0.6563", "0.6176")),
        (("Square IoU (%)", "square_iou [%]", "Square IoU (test, %)"), ("39.34 ± 0.20", "34.94 ± 0.44")),
        (("Square IoU", "test square IoU"), ("0.3934", "0.3494")),
        (("Reward", "reward", "Reward (ours)", "Reward on camvid", "Mean of 3 seeds: reward"), ("122.83", "111.4")),
        (("probe", "Probe", "Last probe"), ("2.50 ± 1.15", "2.50 ± 0.75")),
    ],
    ids=lambda one: one[0],
)
def test_heading_of_what_a_script_logged_is_held_against_its_runs(
    tracked: Store, headings: tuple[str, ...], cells: tuple[str, str]
):
    for heading in headings:
        found = statuses(tracked, heading, *cells)

        assert (len(found) >= 2, {*found}) == (True, {TRACKED}), heading


def test_parameters_of_a_script_are_words_and_numbers_that_say_which_run_is_meant(tracked: Store):
    heading = "test mIoU | Reward | width | loss | Ratio"

    first = ("0.6182 | 122.83 | 16 | dice | 0.25", "0.5770 | 111.42 | 32 | Dice | 2.5e-1")
    assert statuses(tracked, heading, *first) == [TRACKED] * 8
    second = ("0.6182 | 122.83 | 64 | dice | 0.25", "0.5770 | 111.42 | 32 | focal | 0.25")
    assert statuses(tracked, heading, *second) == [
        TRACKED,
        TRACKED,
        WRONG,
        TRACKED,
        TRACKED,
        TRACKED,
        TRACKED,
        WRONG,
        TRACKED,
    ]


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("test mIoU", "0.6282"),
        ("Square IoU (%)", "39.43"),
        ("Reward", "122.3"),
        ("probe", "2.6"),
        ("val mIoU", "0.6182"),
    ],
)
def test_a_number_that_no_run_logged_is_contradicted(tracked: Store, heading: str, cell: str):
    table = checked(tracked, heading, cell)

    assert [finding.status for finding in table.findings] == [WRONG]
    assert is_contradicted([table])


@pytest.mark.parametrize("heading", ["mIoU", "mIoU (%)", "Best mIoU", "mIoU (last)"])
def test_heading_of_two_metrics_is_refused_in_a_line_that_names_both(tracked: Store, heading: str):
    table = checked(tracked, heading, "61.82 %")

    told = "“mIoU” may be metrics.test/miou or metrics.val/miou: say which, with --heading 'mIoU=metrics.test/miou'"
    assert told in reasons(table)
    assert not table.is_judged
    assert statuses(tracked, heading, "61.82 %", vocabulary=given(tracked, "mIoU=metrics.test/miou")) == [TRACKED]


def test_the_split_may_be_said_above_the_table(tracked: Store):
    assert statuses(tracked, "mIoU", "0.6182", above="Results on the test set.") == [TRACKED]
    assert statuses(tracked, "mIoU", "0.6182", above="Results on the validation set.") == [WRONG]


def test_a_split_that_nobody_stated_is_put_against_no_stated_one(tracked: Store):
    table = checked(tracked, "probe (test)", "2.50")

    told = "runs log no “probe” of the test split; if metrics.probe is it: --heading 'probe=metrics.probe'"
    assert told in reasons(table)
    assert statuses(tracked, "probe (test)", "2.50", vocabulary=given(tracked, "probe=metrics.probe")) == [TRACKED]


def test_a_metric_of_the_validation_split_is_none_of_a_heading_that_says_no_split(store: Store):
    track(store, "unet", 0, {"val/miou": 0.5})

    told = "no split is said, as metrics.val/miou has one: say --heading 'mIoU=metrics.val/miou' if it is that"
    assert told in reasons(checked(store, "mIoU", "0.5"))
    assert statuses(store, "val mIoU", "0.5") == [TRACKED]


def test_a_meaning_of_the_user_is_none_of_a_heading_that_says_another_split(tracked: Store):
    vocabulary = given(tracked, "mIoU=metrics.test/miou")

    assert statuses(tracked, "val mIoU", "0.6563", vocabulary=vocabulary) == [TRACKED]
    assert statuses(tracked, "val mIoU", "0.6182", vocabulary=vocabulary) == [WRONG]


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("metrics.test/miuo", "metrics.test/miou"),
        ("metrics.test/mIoU", "metrics.test/miou"),
        ("settings.wdth", "settings.width"),
        ("test/miou", "metrics.test/miou"),
    ],
)
def test_a_misspelt_metric_of_a_heading_is_told_the_nearest(tracked: Store, key: str, near: str):
    with pytest.raises(SpecError, match=f"is no column that a written table may have: did you mean {near}"):
        given(tracked, f"X={key}")


@pytest.mark.parametrize("cells", [("61.82 ± 0.47", "57.70 ± 0.61"), ("61.8 %", "57.7 %"), ("61.8", "57.7")])
@pytest.mark.parametrize("heading", ["test mIoU", "test mIoU (%)"])
def test_shares_that_are_printed_in_percent_are_read_so_and_that_is_told(
    tracked: Store, heading: str, cells: tuple[str, str]
):
    table = checked(tracked, heading, *cells)

    assert {finding.status for finding in table.findings} == {TRACKED}
    assert table.readings == (f"column '{heading}' is read in percent: runs have metrics.test/miou as fractions of 1",)
    assert statuses(tracked, heading, "62.82", "57.7")[0] == WRONG


def test_a_fraction_below_a_heading_in_percent_is_no_percentage(tracked: Store):
    assert statuses(tracked, "test mIoU (%)", "0.6182") == [WRONG]


def test_a_difference_without_a_saved_table_says_that_it_is_held_against_one_only(tracked: Store):
    table = checked(tracked, "Δ test/miou | Reward", "+0.1 | 122.83")

    assert [finding.status for finding in table.findings] == [UNKNOWN, TRACKED]
    assert "a difference is held against a saved table only" in reasons(table)


def test_table_on_its_side_is_read(tracked: Store):
    text = "| | unet | fcn |\n|---|---|---|\n| test mIoU | 0.6182 | 0.5770 |\n| Reward | 122.83 | 112.5 |\n"
    [table] = check_text(text, tracked, [])

    assert [finding.status for finding in table.findings] == [TRACKED, TRACKED, TRACKED, WRONG]


def test_our_own_words_mean_what_they_mean_and_a_script_s_name_only_where_no_run_has_that(store: Store):
    track(store, "unet", 0, {"test_acc": 92.3})
    assert statuses(store, "test acc", "92.3") == [TRACKED]
    assert statuses(store, "Test acc. (%)", "92.3") == [TRACKED]

    add_finished(store, top1=0.75, model__name="resnet18")
    text = "| Model | Test acc. |\n|---|---|\n| ResNet18 | 75.0 |\n"
    assert [one.status for one in check_text(text, store, [])[0].findings] == ["confirmed"]


def test_a_metric_that_is_called_so_in_the_table_of_ours_is_meant_by_that_very_text(store: Store):
    track(store, "unet", 0, {"miou": 0.25, "test/miou": 0.5})

    assert statuses(store, "miou", "0.25") == [TRACKED]
    assert "may be metrics.miou or metrics.test/miou" in reasons(checked(store, "mIoU", "0.25"))


def test_names_that_are_odd_are_read_as_they_are_printed(store: Store):
    values = {"AP50": 0.25, "test/iou/road": 0.5, "IoU@0.75": 0.125, "mAP@[.5:.95]": 0.375, "정확도": 0.0625}
    track(store, "unet", 0, values)

    for name, value in values.items():
        assert statuses(store, name, f"{value}") == [TRACKED], name
    assert statuses(store, "iou/road (test)", "0.5") == [TRACKED]


def test_two_metrics_of_one_heading_are_told_apart_by_name_only(store: Store):
    of_test = {"split": "test", "higher_is_better": True, "heading": "IoU"}
    track(store, "unet", 0, {"a": 0.5, "b": 0.25}, defined=(Metric(key="a", **of_test), Metric(key="b", **of_test)))

    assert "“IoU” may be metrics.a or metrics.b" in reasons(checked(store, "IoU", "0.5"))


def test_every_metric_and_parameter_is_known_by_the_heading_that_our_tables_print(tracked: Store):
    vocabulary = words_of_runs(tracked, default_vocabulary())
    assert vocabulary.scripts is not None

    for text, key in vocabulary.scripts.printed.items():
        assert key in read_heading(text, vocabulary).keys, text


def test_a_tracked_number_is_confirmed_by_tracked_runs_and_a_measured_one_is_confirmed(store: Store):
    track(store, "unet", 0, {"test/miou": 0.5})
    add_finished(store, top1=0.75, model__name="resnet18")

    tables = check_text(
        "| Model | test mIoU |\n|---|---|\n| unet | 0.5 |\n\n| Model | Top-1 |\n|---|---|\n| ResNet18 | 75.0 |\n",
        store,
        [],
    )

    assert summary(tables) == "2 numbers: 1 confirmed, 1 confirmed by tracked runs"


def test_a_report_that_was_imported_says_the_same_as_its_import_beside_tracked_runs(store: Store):
    track(store, "unet", 0, {"test/miou": 0.5, "val/miou": 0.25})
    rows = "| unet | camvid | 0.5 | 0.3 |\n| other | camvid | 0.4 | 0.2 |\n"
    text = f"# On camvid\n\n| Model | Dataset | test mIoU | mIoU |\n|---|---|---|---|\n{rows}"
    enter(store, list(read_report(text, name="r.md").tables))

    [table] = check_text(text, store, [], name="r.md", document="r.md")

    same = "same as its import"
    assert [finding.status for finding in table.findings] == [TRACKED, same, same, same]
