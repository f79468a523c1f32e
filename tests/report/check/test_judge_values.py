"""Single numbers of a text against the tables that they are of."""

import pytest

from expdb.catalog.reported import reported_runs
from expdb.errors import NotFoundError, SpecError
from expdb.report.check.check import check_text, update_text
from expdb.report.check.findings import is_contradicted
from expdb.report.check.judge_values import check_values, update_values
from tests.report.built import define
from tests.store_runs import add_finished, add_seeds

COLUMNS = ("model", "top1", {"key": "top1", "shows": "delta"}, "num_params", "train_seconds", "top5")


@pytest.fixture
def table():
    keys = {"base": "model = resnet_mini", "se net": "model = senet_mini"}
    return define(*COLUMNS, keys=keys, baseline="model = resnet_mini")


@pytest.fixture
def filled(store):
    """Three seeds of two models: 80.00 ± 1.00 and 82.12 ± 0.06."""
    add_seeds(store, [0.79, 0.80, 0.81], model__name="resnet_mini")
    add_seeds(store, [0.8206, 0.8212, 0.8218], model__name="senet_mini")
    return store


def mark(printed, column="top1", row="se net", name="t"):
    return f'<!-- expdb:value {name} "{row}" {column} -->{printed}<!-- / -->'


def judged(store, table, text):
    return [(one.part, one.status) for checked in check_values(text, store, [table]) for one in checked.findings]


@pytest.mark.parametrize(
    ("printed", "column", "statuses"),
    [
        ("82.12", "top1", {"": "confirmed"}),
        ("82.1", "top1", {"": "confirmed"}),
        ("82", "top1", {"": "confirmed"}),
        ("82.12 %", "top1", {"": "confirmed"}),
        ("**82.12**", "top1", {"": "confirmed"}),
        ("<b>82.12</b>", "top1", {"": "confirmed"}),
        ("82.2", "top1", {"": "rounded differently"}),
        ("82.22", "top1", {"": "contradicted"}),
        ("-82.12", "top1", {"": "contradicted"}),
        ("82.12 ± 0.06", "top1", {"": "confirmed", "std": "confirmed"}),
        ("82.12 &plusmn; 0.16", "top1", {"": "confirmed", "std": "contradicted"}),
        ("82.12 ± 0.06 (3)", "top1:cell", {"": "confirmed", "std": "confirmed", "n": "confirmed"}),
        ("82.12 ± 0.06 (4)", "top1:cell", {"": "confirmed", "std": "confirmed", "n": "contradicted"}),
        ("0.06", "top1:spread", {"": "confirmed"}),
        ("0.6", "top1:spread", {"": "contradicted"}),
        ("3", "top1:n", {"": "confirmed"}),
        ("5", "top1:n", {"": "contradicted"}),
        ("+2.12", "top1:delta", {"": "confirmed"}),
        ("−2.12", "top1:delta", {"": "contradicted"}),
        ("0.19M", "num_params", {"": "contradicted"}),
        ("", "top1", {"": "contradicted"}),
        ("about 82", "top1", {"": "contradicted"}),
        ("senet\\_mini", "model", {}),
        ("ResNet", "model", {"text": "contradicted"}),
    ],
)
def test_a_number_is_judged_at_its_printed_decimals(filled, table, printed, column, statuses):
    assert judged(filled, table, f"We reach {mark(printed, column)}.") == list(statuses.items())


def test_a_number_of_another_row_is_contradicted(filled, table):
    assert judged(filled, table, mark("80.00")) == [("", "contradicted")]
    assert judged(filled, table, mark("80.00", row="base")) == [("", "confirmed")]


def test_what_was_true_before_the_last_run_is_stale(filled, table):
    add_finished(filled, model__name="senet_mini", seed=3, top1=0.9)
    statuses = {column: judged(filled, table, mark(printed, column)) for printed, column in (
        ("82.12", "top1"), ("82.12 ± 0.06 (3)", "top1:cell"), ("0.06", "top1:spread"), ("3", "top1:n"),
    )}  # fmt: skip

    assert {status for found in statuses.values() for _, status in found} == {"stale"}
    assert judged(filled, table, mark("84.09")) == [("", "confirmed")]


def test_values_of_a_pivot_are_asked_for_by_its_value(filled):
    add_seeds(filled, [0.5], model__name="senet_mini", data__dataset="cifar10")
    pivot = define("model", "top1", rows=["model"], across=["dataset"])
    address = "top1@cifar10"

    assert judged(filled, pivot, mark("50.00", address, row="senet_mini")) == [("", "confirmed")]
    assert judged(filled, pivot, mark("82.12", address, row="senet_mini")) == [("", "contradicted")]


def test_a_transposed_table_is_asked_for_by_its_own_rows(filled, table):
    assert judged(filled, table.model_copy(update={"transpose": True}), mark("82.12")) == [("", "confirmed")]


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        (mark("1", name="x"), NotFoundError, "line 2: unknown table 'x'"),
        (mark("1", row="SENet"), NotFoundError, "line 2: unknown row of table 't' 'SENet': did you mean se net?"),
        (mark("1", "top_1"), NotFoundError, "line 2: unknown column of table 't' 'top_1': did you mean top1"),
        (mark("1", "model:n"), NotFoundError, "line 2: unknown column of table 't' 'model:n'"),
        (mark("1", "top1:std"), NotFoundError, "unknown column of table 't' 'top1:std'"),
        (mark("1")[:-10], SpecError, "line 2: this value has no end"),
    ],
)
def test_an_unknown_table_row_or_column_is_an_error_that_names_the_line(filled, table, text, error, words):
    for what in (check_text, update_text):
        with pytest.raises(error) as caught:
            what(f"a\n{text}\n", filled, [table])
        assert words in str(caught.value)


def test_a_table_whose_rows_cannot_be_asked_for_says_which_key_to_add(filled):
    with pytest.raises(SpecError, match=r"line 1: the rows of table 't' are groups.*keys.ours = "):
        check_text(mark("1"), filled, [define("model", "top1")])


def test_columns_that_are_asked_for_alike_are_refused_where_one_is(filled):
    table = define("model", "top1", {"key": "top1", "decimals": 1}, rows=["model"])

    with pytest.raises(SpecError, match="2 columns of table 't' are asked for by 'top1'"):
        check_text(mark("1", row="senet_mini"), filled, [table])
    assert judged(filled, table, mark("senet_mini", "model", row="senet_mini")) == []


@pytest.mark.parametrize(
    ("before", "column", "after"),
    [
        ("81.6", "top1", "82.12"),
        ("", "top1", "82.12"),
        ("?", "top1", "82.12"),
        ("81.6 %", "top1", "82.12 %"),
        ("81.6%", "top1", "82.12%"),
        ("**81.6**", "top1", "**82.12**"),
        (" _81.6_ ", "top1", " _82.12_ "),
        ("<b>81.6</b>", "top1", "<b>82.12</b>"),
        ("81.6 ± 0.3", "top1", "82.12 ± 0.06 (3)"),
        ("81.6", "top1:cell", "82.12 ± 0.06 (3)"),
        ("", "top1:spread", "0.06"),
        ("2", "top1:n", "3"),
        ("", "top1:delta", "+2.12"),
        ("x", "model", "senet_mini"),
        ("82.12", "top1", "82.12"),
    ],
)
def test_a_number_is_rewritten_as_its_table_prints_it(filled, table, before, column, after):
    text = "a\r\n| x | {} |\r\n* `{}` {} \\* é"
    code = mark("1")
    given, wanted = (text.format(mark(one, column), code, mark("82.12")) for one in (before, after))

    assert update_text(given, filled, [table]) == wanted
    assert update_text(wanted, filled, [table]) == wanted
    assert not is_contradicted(check_text(wanted, filled, [table]))


def test_a_small_p_is_written_as_the_text_needs_it(store):
    add_seeds(store, [0.8, 0.8001, 0.7999], model__name="resnet_mini")
    add_seeds(store, [0.9, 0.9001, 0.8999], model__name="senet_mini")
    table = define("model", {"key": "top1", "shows": "p"}, rows=["model"], baseline="model = resnet_mini")
    before, after = (f"    p {mark(one, 'top1:p', 'senet_mini')}" for one in ("", "&lt; 0.001"))

    assert update_values(before, store, [table], is_markdown=False) == after
    assert judged(store, table, f"p {mark('< 0.001', 'top1:p', 'senet_mini')}") == [("", "confirmed")]
    assert judged(store, table, f"p {mark('&lt; 0.002', 'top1:p', 'senet_mini')}") == [("", "confirmed")]
    assert judged(store, table, f"p {mark('0.5', 'top1:p', 'senet_mini')}") == [("", "contradicted")]


def test_a_copied_number_is_as_reported_and_never_confirmed(store):
    for run in reported_runs():
        store.add_reported(run)
    table = define("model", "top1", rows="runs", where="group = report-1")
    text = " ".join(mark(printed, row="report-1/1") for printed in ("79.05", "79.1", "79.06"))
    [checked] = check_text(text, store, [table])

    assert [one.status for one in checked.findings] == ["as reported", "as reported", "contradicted"]
    assert all(one.document for one in checked.findings)
    own = check_values(text, store, [table], document=checked.findings[0].document)
    assert [one.status for one in own[0].findings][:2] == ["same as its import"] * 2


def test_the_values_of_a_table_are_reported_together_beside_marked_tables(filled, table):
    text = f"{mark('82.12')} and {mark('80.00', row='base')}\n\n<!-- expdb:table t -->\n\n<!-- /expdb:table -->\n"
    text = update_text(text, filled, [table])
    values, whole = check_text(text, filled, [table])

    assert (values.line, values.name, values.is_of_values, len(values.findings)) == (1, "t", True, 2)
    assert (whole.is_marked, whole.is_of_values, whole.missing) == (True, False, ())


def test_a_report_is_rebuilt_from_the_database(filled, table):
    text = update_text(f"We reach {mark('')} % (n = {mark('', 'top1:n')}).", filled, [table])
    assert text == f"We reach {mark('82.12')} % (n = {mark('3', 'top1:n')})."

    add_finished(filled, model__name="senet_mini", seed=3, top1=0.9)

    assert update_text(text, filled, [table]) == f"We reach {mark('84.09')} % (n = {mark('4', 'top1:n')})."
