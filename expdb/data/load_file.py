"""The file of system load in a run's folder: a table of what was read beside training, thinned so that it stays small.

`system.csv` has a header, and a row for each stretch of time that was watched, in order; rows of a resumed run follow
those of its earlier attempts. Columns: `at` (UTC, the stretch's end), `seconds` (its length), `samples` (how many
readings are in it), then `QUANTITY_mean` and `QUANTITY_peak` of each quantity, and the energy spent in it. What could
not be read is empty.
"""

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from expdb.data.run_files import read_run_file
from expdb.errors import DataError

LOAD_FILE: Final = "system.csv"
MOST_ROWS: Final = 1000
# Of the GPUs that the run computes on: their use, memory and power summed or averaged over them, the hottest one's
# temperature. Of the run's processes: processors kept busy, and memory. Of the whole machine: likewise.
QUANTITIES: Final = (
    "gpu_use",
    "gpu_memory_bytes",
    "gpu_celsius",
    "gpu_watts",
    "num_busy_cpus",
    "ram_bytes",
    "machine_cpu_use",
    "machine_ram_bytes",
)
ENERGIES: Final = ("gpu_joules", "cpu_joules")
_HEADER: Final = (
    *("at", "seconds", "samples"),
    *(f"{name}_{kind}" for name in QUANTITIES for kind in ("mean", "peak")),
    *ENERGIES,
)
_KWH_OF: Final = {"gpu_joules": "energy_kwh", "cpu_joules": "cpu_energy_kwh"}
_JOULES_A_KWH = 3.6e6


@dataclass(frozen=True, kw_only=True)
class LoadRow:
    """A stretch of time that was watched.

    Attributes:
        at: its end, UTC.
        seconds: its length, > 0.
        samples: readings in it, the first one left out.
        means, peaks: by quantity (QUANTITIES); uses are fractions in [0, 1]. What could not be read is left out.
        joules: energy spent in it, by ENERGIES (likewise).
    """

    at: datetime
    seconds: float
    samples: int
    means: Mapping[str, float]
    peaks: Mapping[str, float]
    joules: Mapping[str, float]


def read_load(folder: Path) -> tuple[LoadRow, ...]:
    """Return what was watched of a run, in order; nothing where it has no such file.

    A last line that is cut off, as by a kill, is left out.

    Raises:
        DataError: the file cannot be read, or is another kind of table.
    """
    path = folder / LOAD_FILE
    try:
        text = read_run_file(path).decode("utf-8")
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise DataError(f"{str(path)!r} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{str(path)!r} is no table of system load: it is no UTF-8") from error
    lines = text.split("\n")[:-1]
    if lines and tuple(lines[0].split(",")) != _HEADER:
        raise DataError(f"{str(path)!r} is no table of system load: it begins with {lines[0][:40]!r}")
    return tuple(_row(cells, path, number) for number, cells in enumerate(csv.reader(lines[1:]), start=2))


def write_rows(rows: Iterable[LoadRow], *, has_header: bool) -> bytes:
    """Return rows as lines of the file, after its header where that is asked for."""
    lines = [",".join(_HEADER)] if has_header else []
    return "".join(f"{line}\n" for line in (*lines, *map(_line, rows))).encode()


def thin_rows(rows: Sequence[LoadRow], *, most: int = MOST_ROWS) -> tuple[LoadRow, ...]:
    """Merge neighbours until there are at most three quarters of `most` rows, so that the next thinning is not near.

    Rows grow to the same number of samples, a power of two. Energy stays as it is, means are weighted by time.
    """
    target = 1 << (max((row.samples for row in rows), default=1) - 1).bit_length()
    while len(found := _merged(rows, target)) > most * 3 // 4:
        target *= 2
    return tuple(found)


def summarise_load(rows: Sequence[LoadRow]) -> dict[str, float]:
    """Return means, peaks and energies (kWh) over all rows, by the key of their metric; what is unknown is left out."""
    merged = _merged(rows, sum(row.samples for row in rows))
    if not merged:
        return {}
    (whole,) = merged
    return {
        **{f"{name}_mean": value for name, value in whole.means.items()},
        **{f"{name}_peak": value for name, value in whole.peaks.items()},
        **{_KWH_OF[name]: joules / _JOULES_A_KWH for name, joules in whole.joules.items()},
    }


def _merged(rows: Iterable[LoadRow], target: int) -> list[LoadRow]:
    """Merge neighbours as long as they have no more than `target` samples together."""
    found: list[list[LoadRow]] = []
    samples = 0
    for row in rows:
        samples += row.samples
        if not found or samples > target:
            found.append([])
            samples = row.samples
        found[-1].append(row)
    return [_merge(some) for some in found]


def _merge(rows: Sequence[LoadRow]) -> LoadRow:
    if len(rows) == 1:
        return rows[0]
    return LoadRow(
        at=rows[-1].at,
        seconds=math.fsum(row.seconds for row in rows),
        samples=sum(row.samples for row in rows),
        means={name: _mean(known, name) for name, known in _knowing(rows, QUANTITIES, "means").items()},
        peaks={
            name: max(row.peaks[name] for row in known) for name, known in _knowing(rows, QUANTITIES, "peaks").items()
        },
        joules={
            name: math.fsum(row.joules[name] for row in known)
            for name, known in _knowing(rows, ENERGIES, "joules").items()
        },
    )


def _knowing(rows: Sequence[LoadRow], names: Iterable[str], where: str) -> dict[str, list[LoadRow]]:
    """Return the rows in which a value is known, by its name; names that none knows are left out."""
    found = {name: [row for row in rows if name in getattr(row, where)] for name in names}
    return {name: known for name, known in found.items() if known}


def _mean(rows: Sequence[LoadRow], name: str) -> float:
    return math.fsum(row.means[name] * row.seconds for row in rows) / math.fsum(row.seconds for row in rows)


def _line(row: LoadRow) -> str:
    measured = [values.get(name) for name in QUANTITIES for values in (row.means, row.peaks)]
    numbers = [*measured, *(row.joules.get(name) for name in ENERGIES)]
    at = row.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return ",".join(
        (at, f"{row.seconds:.12g}", str(row.samples), *("" if value is None else f"{value:.12g}" for value in numbers))
    )


def _row(cells: Sequence[str], path: Path, number: int) -> LoadRow:
    try:
        named = dict(zip(_HEADER, cells, strict=True))
        numbers = {name: float(text) for name, text in named.items() if name not in ("at", "samples") and text}
        row = LoadRow(
            at=datetime.fromisoformat(named["at"]),
            seconds=numbers["seconds"],
            samples=int(named["samples"]),
            means={name: numbers[f"{name}_mean"] for name in QUANTITIES if f"{name}_mean" in numbers},
            peaks={name: numbers[f"{name}_peak"] for name in QUANTITIES if f"{name}_peak" in numbers},
            joules={name: numbers[name] for name in ENERGIES if name in numbers},
        )
        is_sound = row.seconds > 0 and row.samples > 0 and row.at.tzinfo and all(map(math.isfinite, numbers.values()))
    except (KeyError, ValueError):
        is_sound = False
    if not is_sound:
        raise DataError(f"{str(path)!r}, line {number}: no row of system load: {','.join(cells)[:60]!r}")
    return row
