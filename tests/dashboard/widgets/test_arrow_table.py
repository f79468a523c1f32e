"""Arrow tables that are made without pandas."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from dashboard.widgets.arrow_table import arrow_table, taken_rows

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 6000, tzinfo=UTC)
COLUMNS = {
    "id": [3, 2, 1],
    "name": ["a\nb", "ß \N{GREEK SMALL LETTER ALPHA} \"'", None],
    "tags": [["x", "y"], [], ["z"]],
    "curve": [(0.25, 0.5), None, ()],
    "top1": [0.1, 1, None],
    "time": [timedelta(seconds=90), None, timedelta(0)],
    "at": [MOMENT, None, MOMENT],
}
TYPES = {
    "id": pa.int64(),
    "name": pa.string(),
    "tags": pa.list_(pa.string()),
    "curve": pa.list_(pa.float32()),
    "top1": pa.float64(),
    "time": pa.duration("s"),
    "at": pa.timestamp("ms", tz="UTC"),
}


def test_values_come_back_as_they_went_in():
    table = arrow_table(COLUMNS, TYPES)

    assert table.schema == pa.schema(list(TYPES.items()))
    expected = COLUMNS | {"curve": [[0.25, 0.5], None, []]}
    assert table.to_pydict() == expected


def test_a_table_without_rows_has_its_columns():
    table = arrow_table({name: [] for name in TYPES}, TYPES)

    assert table.schema == pa.schema(list(TYPES.items()))
    assert table.num_rows == 0


def test_rows_are_taken_by_place():
    assert taken_rows(arrow_table(COLUMNS, TYPES), [2, 0])["id"].to_pylist() == [1, 3]


def test_what_a_list_cannot_show_is_refused():
    with pytest.raises(TypeError, match="no value of a list"):
        arrow_table({"id": [object()]}, {"id": pa.int64()})


def test_pandas_is_not_imported_for_the_list_of_runs():
    code = (
        "import sys, dashboard.widgets.run_table, pyarrow as pa; from dashboard.widgets.arrow_table import arrow_table;"
        "arrow_table({'a': [1]}, {'a': pa.int64()}); print('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
