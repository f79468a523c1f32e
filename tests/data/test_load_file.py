import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from expdb.data.load_file import (
    LOAD_FILE,
    MOST_ROWS,
    LoadRow,
    read_load,
    summarise_load,
    thin_rows,
    write_rows,
)
from expdb.errors import DataError

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def row(number: int, *, seconds: float = 10.0, samples: int = 1, **values: float) -> LoadRow:
    levels = {name: value for name, value in values.items() if not name.endswith("joules")}
    return LoadRow(
        at=BEGIN + timedelta(seconds=10 * number),
        seconds=seconds,
        samples=samples,
        means=levels,
        peaks={name: value + 1 for name, value in levels.items()},
        joules={name: value for name, value in values.items() if name.endswith("joules")},
    )


def test_what_is_written_is_read_again(tmp_path: Path):
    rows = (row(1, gpu_watts=100.5, gpu_joules=1005.0), row(2, ram_bytes=2.0**33))
    (tmp_path / LOAD_FILE).write_bytes(write_rows(rows, has_header=True))

    assert read_load(tmp_path) == rows


def test_a_run_without_the_file_has_no_rows(tmp_path: Path):
    assert read_load(tmp_path) == ()


def test_every_cut_of_the_file_is_readable_and_loses_but_the_last_row(tmp_path: Path):
    rows = tuple(row(number, gpu_watts=float(number)) for number in range(3))
    data = write_rows(rows, has_header=True)
    for length in range(len(data)):
        (tmp_path / LOAD_FILE).write_bytes(data[:length])

        assert read_load(tmp_path) == rows[: max(0, data[:length].count(b"\n") - 1)]


@pytest.mark.parametrize(
    "text", ["time,load\n", "\xff", "{header}1,2,3\n", "{header}{row},\n", "{header}{naive}\n", "{header}{nan}\n"]
)
def test_another_table_is_refused_with_its_name(tmp_path: Path, text: str):
    header, line = write_rows([row(1, gpu_watts=1.0)], has_header=True).decode().splitlines()
    filled = text.format(
        header=f"{header}\n", row=line, naive=line.replace("Z", "", 1), nan=line.replace(",10,", ",nan,", 1)
    )
    (tmp_path / LOAD_FILE).write_bytes(filled.encode("latin-1"))

    with pytest.raises(DataError, match=LOAD_FILE):
        read_load(tmp_path)


def test_thinning_keeps_energy_time_means_and_peaks():
    rows = [row(n, seconds=10 + n % 3, gpu_watts=float(n % 7), gpu_joules=float(n % 11)) for n in range(5000)]
    thin = thin_rows(rows)

    assert len(thin) <= MOST_ROWS
    assert thin[-1].at == rows[-1].at
    assert math.fsum(one.joules["gpu_joules"] for one in thin) == math.fsum(one.joules["gpu_joules"] for one in rows)
    whole, before = summarise_load(thin), summarise_load(rows)
    assert whole == pytest.approx(before, rel=1e-12)
    assert whole["gpu_watts_peak"] == 7
    assert whole["energy_kwh"] == sum(n % 11 for n in range(5000)) / 3.6e6


def test_thinned_rows_are_of_one_length_but_the_last():
    thin = thin_rows([row(n) for n in range(1001)])

    assert {one.samples for one in thin[:-1]} == {2}


def test_means_are_over_the_time_in_which_a_value_was_known():
    found = summarise_load([row(1, seconds=30, ram_bytes=1.0), row(2, seconds=10, ram_bytes=5.0, gpu_watts=7.0)])

    assert (found["ram_bytes_mean"], found["gpu_watts_mean"]) == (2.0, 7.0)
    assert "energy_kwh" not in found
