import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expdb.domain.value_text import one_line
from expdb.report.table import Cell, Row, joined_heading
from expdb.report.transpose import transposed
from expdb.report.writers.csv_json import to_csv, to_json, to_tsv
from expdb.report.writers.layout import with_runs
from tests.factories import NOW
from tests.tables import make_cell, make_column, make_table, report_table, sample, tables

NAME = make_column()
TOP1 = make_column("top1", "Top-1 (last, %)", "percent", is_sample=True)
TOP5 = make_column("top5", "Top-5 (last, %)", "percent", is_sample=True)
TIME = make_column("train_seconds", "Train time", "duration", is_sample=True)
MACS = make_column("macs", "MACs (G)", "gigas")
PARAMS = make_column("num_params", "Params", "millions")
CREATED = make_column("created_at", "Created", "time")


ABOUT = ("is_reported", "marks")


def read(text, delimiter=","):
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


def test_csv_has_exact_values_in_the_unit_of_the_heading():
    row = (0.761251, 4046.25, 1_298_136_064, 23_705_252, NOW)

    assert read(to_csv(make_table([TOP1, TIME, MACS, PARAMS, CREATED], [row]))) == [
        ["Top-1 (last, %)", "Train time (s)", "MACs (G)", "Params", "Created"],
        ["76.1251", "4046.25", "1.298136064", "23705252", "2026-11-21T12:00:00+00:00"],
    ]


def test_csv_leaves_unknown_values_empty():
    assert read(to_csv(make_table([TOP1, TOP5, NAME], [(None, float("nan"), None)])))[1] == ["", "", ""]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_csv_text_never_starts_a_formula(name):
    table = make_table([make_column(heading=name)], [(name,)])
    sectioned = make_table([NAME], [Row(run_ids=(), cells=(make_cell("a"),), section=name)])

    assert read(to_csv(table)) == [["'" + name.strip()]] * 2
    assert read(to_csv(sectioned))[1] == ["'" + name.strip(), "a"]


def test_csv_keeps_negative_numbers_as_numbers():
    loss = make_column("train_loss", "Train loss", "number")

    assert read(to_csv(make_table([loss], [(-0.5,)])))[1] == ["-0.5"]


def test_csv_says_differences_in_the_unit_of_their_column():
    delta = make_column("top1.delta", "Δ Top-1", "percent")
    interval = make_column("train_seconds.interval", "Δ Train time, 95 %", "duration", has_interval=True)
    cell = Cell(value=31.5, text="[-1m 0s, +2m 3s]", low=-60.0, high=123.0)

    assert read(to_csv(make_table([delta, interval], [(make_cell(-0.0125, text="-1.25"), cell)]))) == [
        ["Δ Top-1", "Δ Train time, 95 % (s)", "Δ Train time, 95 % (s) low", "Δ Train time, 95 % (s) high"],
        ["-1.25", "31.5", "-60.0", "123.0"],
    ]


def test_csv_follows_means_with_their_spread_and_n():
    rows = [(sample(0.82851, 0.0012, 1, 2, 3), 60.0), (make_cell(0.8, "percent", n=1), 61.0), (None, None)]

    assert read(to_csv(make_table([TOP1, TIME], rows))) == [
        ["Top-1 (last, %)", "Top-1 (last, %) std", "Top-1 (last, %) n", "Train time (s)"],
        ["82.851", "0.12", "3", "60.0"],
        ["80", "", "1", "61.0"],
        ["", "", "", ""],
    ]


def test_csv_says_sections_and_groups():
    head, *rows = read(to_csv(report_table()))

    assert head[:4] == ["Section", "Model", "Params", "CIFAR-10: Top-1 (last, %)"]
    assert head[6] == "CIFAR-10: Train time (s)"
    assert [row[:3] for row in rows] == [
        ["CNN", "ResNet-50", "23705252"],
        ["CNN", "SENet-101 + AutoAugment", "47483172"],
        ["Transformer", "ViT-B/16", "85800000"],
    ]


def test_csv_says_which_rows_are_reported_unless_a_column_does():
    rows = [Row(run_ids=(1,), cells=(make_cell("a"),), is_reported=True), Row(run_ids=(2,), cells=(make_cell("b"),))]

    assert read(to_csv(make_table([NAME], rows))) == [["Name", "Reported"], ["a", "yes"], ["b", ""]]
    assert read(to_csv(make_table([make_column("kind", "Kind")], rows))) == [["Kind"], ["a"], ["b"]]


def test_csv_says_what_the_marks_of_a_row_mean():
    head, first, second, third = read(to_csv(report_table()))

    assert head[-2:] == ["Reported", "Marks"]
    assert (first[-1], third[-1]) == ("", "")
    assert second[-1] == (
        "Model: Trained for 300 epochs, the baseline for 200.; "
        "CIFAR-10: Train time: Timed on 2 × H200; the baseline on 1.; "
        "CIFAR-100: Top-1 (last, %): Trained for 300 epochs, the baseline for 200., "
        "Timed on 2 × H200; the baseline on 1.; "
        "CIFAR-100: Train time: Timed on 2 × H200; the baseline on 1."
    )


@pytest.mark.parametrize("write", [to_csv, to_tsv, to_json])
def test_formats_for_programs_write_a_transposed_table_upright(write):
    assert write(transposed(report_table())) == write(report_table())
    assert write(with_runs(transposed(report_table()))) == write(with_runs(report_table()))


def test_csv_lists_runs_one_by_one_where_a_spreadsheet_would_see_a_date():
    table = make_table([NAME], [Row(run_ids=(3, 4, 5), cells=(make_cell("a"),))])

    assert read(to_csv(with_runs(table))) == [["Name", "Runs"], ["a", "3, 4, 5"]]


def test_tsv_has_no_tabs_in_its_texts():
    table = make_table([NAME, TOP1], [("a\tb\nc", 0.5)])

    assert to_tsv(table) == "Name\tTop-1 (last, %)\na b c\t50\n"


@given(st.floats(0, 1), st.integers(0, 10**12))
def test_csv_numbers_lose_no_digit(top1, macs):
    accuracy, gigas = read(to_csv(make_table([TOP1, MACS], [(top1, macs)])))[1]

    assert float(accuracy) / 100 == pytest.approx(top1, rel=1e-15)
    assert float(gigas) * 1e9 == pytest.approx(macs, rel=1e-15)


def seen(table):
    return [{key: value for key, value in row.items() if key not in ABOUT} for row in json.loads(to_json(table))]


def test_json_has_fractions_seconds_and_null():
    columns = [NAME, replace(TOP1, is_sample=False), replace(TOP5, is_sample=False), MACS, CREATED]
    row = ("이미지", 0.761251, float("nan"), 4046.25, datetime(2026, 11, 21, 12, tzinfo=UTC))

    assert json.loads(to_json(make_table(columns, [row]))) == [
        {
            "name": "이미지",
            "top1": 0.761251,
            "top5": None,
            "macs": 4046.25,
            "created_at": "2026-11-21T12:00:00+00:00",
            "is_reported": False,
            "marks": {},
        }
    ]


def test_json_has_the_same_object_for_a_mean_a_single_run_and_nothing():
    several, one = sample(0.8285, 0.0012, 1, 2, 4), make_cell(0.8, "percent", n=1, low=0.7, high=0.9, run_ids=(5,))

    assert seen(make_table([TOP1], [(several,), (one,), (None,)])) == [
        {"top1": {"value": 0.8285, "std": 0.0012, "n": 3, "low": None, "high": None, "runs": [1, 2, 4]}},
        {"top1": {"value": 0.8, "std": None, "n": 1, "low": 0.7, "high": 0.9, "runs": [5]}},
        {"top1": {"value": None, "std": None, "n": None, "low": None, "high": None, "runs": []}},
    ]


def test_json_says_what_is_reported_and_what_is_marked():
    rows = json.loads(to_json(report_table()))

    assert [row["is_reported"] for row in rows] == [False, False, True]
    assert [list(row["marks"]) for row in rows] == [
        [],
        ["model_label", "train_seconds@cifar10", "top1@cifar100", "train_seconds@cifar100"],
        [],
    ]
    assert rows[1]["marks"]["model_label"] == ["Trained for 300 epochs, the baseline for 200."]


def test_json_says_the_section_of_every_row():
    assert [row["section"] for row in json.loads(to_json(report_table()))] == ["CNN", "CNN", "Transformer"]


def test_json_lists_the_runs_of_a_row():
    table = make_table([NAME], [Row(run_ids=(3, 4), cells=(make_cell("a"),)), Row(run_ids=(), cells=(make_cell("b"),))])

    assert seen(with_runs(table)) == [{"name": "a", "runs": [3, 4]}, {"name": "b", "runs": []}]


def test_the_runs_of_a_pivot_are_those_of_each_value():
    table = with_runs(report_table())

    assert [row["runs"] for row in seen(table)] == [
        {"CIFAR-10": [1, 2, 3], "CIFAR-100": [10, 11, 12]},
        {"CIFAR-10": [4, 5, 7], "CIFAR-100": [13]},
        {"CIFAR-100": [20]},
    ]
    assert [row["Runs"] for row in csv.DictReader(io.StringIO(to_csv(table)))] == [
        "CIFAR-10: 1, 2, 3; CIFAR-100: 10, 11, 12",
        "CIFAR-10: 4, 5, 7; CIFAR-100: 13",
        "CIFAR-100: 20",
    ]


def unmarked(row):
    return tuple(replace(cell, marks=()) for cell in row.cells)


@given(tables())
def test_readers_of_csv_and_tsv_see_the_same_texts(table):
    table = replace(table, rows=tuple(replace(row, is_reported=False, cells=unmarked(row)) for row in table.rows))
    is_divided = any(row.section is not None for row in table.rows)
    lines = [["Section"] * is_divided + [joined_heading(column) for column in table.columns]]
    lines += [[row.section or ""] * is_divided + [cell.text for cell in row.cells] for row in table.rows]
    texts = [[one_line(text) for text in line] for line in lines]
    guarded = [[f"'{text}" if text.startswith(("=", "+", "-", "@")) else text for text in line] for line in texts]

    assert read(to_csv(table)) == guarded
    assert read(to_tsv(table), delimiter="\t") == guarded


@given(tables())
def test_readers_of_json_see_the_same_values(table):
    read_back = json.loads(to_json(table))

    assert [[row[column.key] for column in table.columns] for row in read_back] == [
        [cell.value for cell in row.cells] for row in table.rows
    ]


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.5), st.integers(1, 9)), min_size=1, max_size=4))
def test_csv_and_json_have_the_same_numbers(samples):
    cells = [sample(mean, std, *range(n)) for mean, std, n in samples]
    table = make_table([TOP1], [(cell,) for cell in cells])
    in_csv = [tuple(map(float, row)) for row in read(to_csv(table))[1:]]
    in_json = [row["top1"] for row in json.loads(to_json(table))]

    assert [(row["value"], row["std"], row["n"]) for row in in_json] == samples
    for numbers, row in zip(in_csv, in_json, strict=True):
        exact = (100 * row["value"], 100 * row["std"], row["n"])
        assert numbers == pytest.approx(exact[: len(numbers)], rel=1e-15)
