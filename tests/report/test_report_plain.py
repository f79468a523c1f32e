import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.report.plain import to_csv, to_json
from expdb.report.table import build_table
from tests.factories import make_run


def build(*runs, keys):
    return build_table(runs, TableDefinition(name="t", columns=tuple(ColumnChoice(key=key) for key in keys)))


def read(text):
    return list(csv.reader(io.StringIO(text)))


def test_csv_has_exact_values_in_the_unit_of_the_heading():
    run = make_run(top1=0.761251, train_seconds=4046.25, macs=1_298_136_064, num_params=23_705_252)

    assert read(to_csv(build(run, keys=("top1", "train_seconds", "macs", "num_params", "created_at")))) == [
        ["Top-1 (last, %)", "Train time (s)", "MACs (G)", "Params", "Created"],
        ["76.1251", "4046.25", "1.298136064", "23705252", "2026-11-21T12:00:00+00:00"],
    ]


def test_csv_leaves_unknown_values_empty():
    assert read(to_csv(build(make_run(top1=None, top5=float("nan")), keys=("top1", "top5", "name"))))[1] == ["", "", ""]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_csv_text_never_starts_a_formula(name):
    assert read(to_csv(build(make_run(name=name), keys=("name",))))[1] == ["'" + name.strip()]


def test_csv_keeps_negative_numbers_as_numbers():
    assert read(to_csv(build(make_run(train_loss=-0.5), keys=("train_loss",))))[1] == ["-0.5"]


@given(st.floats(0, 1), st.integers(0, 10**12))
def test_csv_numbers_lose_no_digit(top1, macs):
    accuracy, gigas = read(to_csv(build(make_run(top1=top1, macs=macs), keys=("top1", "macs"))))[1]

    assert float(accuracy) / 100 == pytest.approx(top1, rel=1e-15)
    assert float(gigas) * 1e9 == pytest.approx(macs, rel=1e-15)


def test_json_has_fractions_seconds_and_null():
    run = make_run(name="이미지", top1=0.761251, top5=None, val_top1=float("nan"))

    assert json.loads(to_json(build(run, keys=("name", "top1", "top5", "val_top1", "created_at")))) == [
        {"name": "이미지", "top1": 0.761251, "top5": None, "val_top1": None, "created_at": "2026-11-21T12:00:00+00:00"}
    ]
