"""A ± that a document prints is printed again, and never computed with."""

import json
from dataclasses import replace

import pytest

from expdb.domain.run import ReportedRun
from expdb.report.check.expected import expected_table
from expdb.report.tables.build import build_table
from expdb.report.writers.csv_json import to_csv, to_json
from expdb.report.writers.html import to_html
from expdb.report.writers.latex import to_latex
from expdb.report.writers.markdown import to_markdown
from expdb.report.writers.typst import to_typst
from tests.report.built import define, general
from tests.store_runs import add_seeds

ROW = ReportedRun(
    name="r/1", group="r", source="A study, table “R”, row 1", quote={}, dataset="digits", model="ResNet-8", top1=0.821,
    metrics={"top1_spread": 0.2, "top1_n": 3.0},
)  # fmt: skip


def texts(table, key="top1"):
    [index] = [number for number, column in enumerate(table.columns) if column.key == key]
    return [row.cells[index].text for row in table.rows]


@pytest.mark.parametrize("rows", ["groups", "runs", ("model",)])
@pytest.mark.parametrize(
    ("metrics", "text"),
    [
        ({"top1_spread": 0.2, "top1_n": 3.0}, "82.10 ± 0.20 (3)"),
        ({"top1_spread": 0.2}, "82.10 ± 0.20"),
        ({"top1_n": 3.0}, "82.10 (3)"),
        ({"top1_spread": 0.0, "top1_n": 5.0}, "82.10 ± 0.00 (5)"),
        ({"top1_spread": 0.003}, "82.100 ± 0.003"),
        ({"top1_low": 80.0}, "82.10"),
        ({"top5_spread": 0.2}, "82.10"),
        ({"top1_spread": -1.0, "top1_n": 0.5}, "82.10"),
    ],
)
def test_a_stated_spread_and_n_stand_behind_the_value(store, rows, metrics, text):
    store.add_reported(replace(ROW, metrics=metrics))

    assert texts(build_table(store, define("model", "top1", rows=rows))) == [text]


def test_every_writer_prints_it(store):
    store.add_reported(ROW)
    table = build_table(store, define("model", "top1"))

    for write in (to_markdown, to_html, to_typst):
        assert "82.10 ± 0.20 (3)" in write(table)
    assert r"82.10 $\pm$ 0.20 (3)" in to_latex(table)


@pytest.mark.parametrize("rows", ["groups", "runs"])
def test_csv_and_json_give_spread_and_n_in_the_columns_unit(store, rows):
    store.add_reported(ROW)
    store.add_reported(replace(ROW, name="r/2", model="ResNet-20", metrics={}))
    table = build_table(store, define("model", "top1", rows=rows))

    heading, first, second = to_csv(table).splitlines()
    assert heading == 'Model name,"Top-1 (last, %)","Top-1 (last, %) std","Top-1 (last, %) n",Reported'
    assert first == "ResNet-8,82.1,0.2,3,yes"
    assert second == f"ResNet-20,82.1,,{1 if rows == 'groups' else ''},yes"
    one, other = json.loads(to_json(table))
    if rows == "groups":
        assert (one["top1"]["value"], one["top1"]["std"], one["top1"]["n"]) == (0.821, 0.002, 3)
    else:
        assert (one["top1"], one["top1.std"], one["top1.n"]) == (0.821, 0.002, 3)
        assert (other["top1"], other["top1.std"], other["top1.n"]) == (0.821, None, None)


def test_a_table_without_one_has_no_columns_for_it(store):
    store.add_reported(replace(ROW, metrics={}))
    table = build_table(store, define("model", "top1", rows="runs"))

    assert "std" not in to_csv(table)
    assert "top1.std" not in json.loads(to_json(table))[0]


def test_other_quantities_and_units_are_printed_with_theirs(store):
    metrics = {"top5_spread": 0.1, "train_seconds_spread": 12.0, "miou": 40.2, "miou_spread": 0.35, "macs_spread": 1.0}
    store.add_reported(replace(ROW, top5=0.96, train_seconds=4080.0, macs=4_100_000_000, metrics=metrics))
    table = build_table(store, define("top5", "train_seconds", "metrics.miou", "macs"))

    assert texts(table, "top5") == ["96.00 ± 0.10"]
    assert texts(table, "train_seconds") == ["1h 8m 0s ± 12s"]
    assert texts(table, "metrics.miou") == ["40.2 ± 0.35"]
    assert texts(table, "macs") == ["4.10"]


def test_a_note_says_whose_it_is_and_that_of_measured_means_stays_theirs(store):
    add_seeds(store, [0.5, 0.6])
    own = general(build_table(store, define("model", "top1")))
    store.add_reported(ROW)
    notes = general(build_table(store, define("model", "top1")))

    assert "± and (n) of reported rows: as their documents print them." in notes
    assert own[0] in notes
    store.add_reported(replace(ROW, name="r/2", model="x", metrics={}))
    assert not any("as their documents" in note for note in own)


def test_a_column_without_spreads_shows_none_of_documents(store):
    store.add_reported(ROW)
    definition = define("model", {"key": "top1", "spread": "none"})

    assert texts(build_table(store, definition)) == ["82.10 (3)"]


def test_it_changes_no_rank_no_test_and_no_verdict(store):
    add_seeds(store, [0.80, 0.81, 0.82])
    add_seeds(store, [0.70, 0.71, 0.72], optim__lr=0.3)
    plain = store.add_reported(replace(ROW, metrics={}))
    columns = ("model", "top1", {"key": "top1", "shows": "delta", "against": "first"},
               {"key": "top1", "shows": "p", "against": "first"})  # fmt: skip

    def built():
        return [
            build_table(store, define(*columns, rank_reported=True, emphasis=emphasis))
            for emphasis in ("best", "second")
        ]

    before = built()
    with store.reported.entering() as rows:
        rows.change(plain, ROW, old_values={}, new_values={})
    after = built()

    for old, new in zip(before, after, strict=True):
        assert [[cell.rank for cell in row.cells] for row in new.rows] == [
            [cell.rank for cell in row.cells] for row in old.rows
        ]
        assert [[cell.value for cell in row.cells] for row in new.rows] == [
            [cell.value for cell in row.cells] for row in old.rows
        ]
        # That a row without ± is of one seed would be said of the row that has one now.
        told = [note.text.removesuffix("; without ±: n = 1.").rstrip(".") for note in old.notes]
        assert [note.text.rstrip(".") for note in new.notes if "as their documents" not in note.text] == told
    assert texts(after[0])[2] == "82.10 ± 0.20 (3)"


def test_it_is_what_a_check_compares_with(store):
    store.add_reported(ROW)
    expected = expected_table(store, define("model", "top1"))
    facts = expected.rows[0].facts[1]

    assert facts is not None
    assert (float(facts.main), float(facts.std or 0), facts.n) == (82.1, 0.2, 3)
