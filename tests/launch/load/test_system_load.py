import resource
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from expdb.data.load_file import LOAD_FILE, MOST_ROWS, read_load, summarise_load
from expdb.domain.event_codec import RecordedEvent
from expdb.domain.events import Logged, PointsLogged
from expdb.domain.run import Environment
from expdb.domain.task import LOAD, metrics_by_key
from expdb.errors import SpecError, TrainingError
from expdb.launch.execute import describe_failure, execute_run
from expdb.launch.load.machine_reader import MachineReader
from expdb.launch.load.readings import Reading
from expdb.launch.load.system_load import (
    LOAD_VARIABLE,
    LoadTable,
    SystemLoad,
    load_seconds,
    record_with_load,
)
from expdb.store.store import Store
from tests.factories import make_spec
from tests.store.events import FINISHED, started

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
THREE_DAYS = 3 * 24 * 360  # samples of ten seconds


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return BEGIN + timedelta(seconds=self.seconds)


def make_table(folder: Path, clock: Clock, warned: list[str]) -> LoadTable:
    return LoadTable(folder, warn=warned.append, clock=clock, now=clock.now)


def watts(number: int) -> float:
    return 300.0 + number % 100


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'runs.db'}") as opened:
        yield opened


def test_three_days_are_a_thousand_rows_with_their_energy_and_means(tmp_path: Path):
    clock, warned = Clock(), []
    table = make_table(tmp_path, clock, warned)
    most, joules = 0, 0.0
    for number in range(THREE_DAYS + 1):
        table.add(Reading(levels={"gpu_watts": watts(number)}))
        joules += 10 * (watts(number) + watts(number - 1)) / 2 if number else 0
        clock.seconds += 10
        most = max(most, len(table.rows))
    found = read_load(tmp_path)

    assert (most, warned) == (MOST_ROWS, [])
    assert len(found) == len(table.rows)
    assert summarise_load(found)["energy_kwh"] == pytest.approx(joules / 3.6e6, rel=1e-9)
    assert summarise_load(found)["gpu_watts_mean"] == pytest.approx(joules / (10 * THREE_DAYS), rel=1e-8)
    assert summarise_load(found)["gpu_watts_peak"] == 399
    assert sum(row.samples for row in found) == THREE_DAYS


def test_a_counter_of_energy_beats_power_times_time(tmp_path: Path):
    clock = Clock()
    table = make_table(tmp_path, clock, [])
    for total in (5000.0, 9000.0):
        table.add(Reading(levels={"gpu_watts": 100.0}, totals={"gpu_joules": total}))
        clock.seconds += 10

    assert table.rows[0].joules == {"gpu_joules": 4000.0}


def test_a_counter_that_began_anew_leaves_its_stretch_unknown(tmp_path: Path):
    clock = Clock()
    table = make_table(tmp_path, clock, [])
    for total in (9000.0, 10.0, 20.0):
        table.add(Reading(totals={"gpu_joules": total, "run_cpu_seconds": total}))
        clock.seconds += 10

    assert [row.joules for row in table.rows] == [{}, {"gpu_joules": 10.0}]
    assert [row.means for row in table.rows] == [{}, {"num_busy_cpus": 1.0}]


def test_a_resumed_run_goes_on_with_its_file_and_the_pause_is_no_time(tmp_path: Path):
    clock = Clock()
    for _attempt in range(2):
        table = make_table(tmp_path, clock, [])
        for _sample in range(3):
            table.add(Reading(levels={"gpu_watts": 360.0}))
            clock.seconds += 10
        clock.seconds += 3600

    assert sum(row.seconds for row in read_load(tmp_path)) == 40
    assert summarise_load(table.rows)["energy_kwh"] == pytest.approx(4 * 3600 / 3.6e6)


def test_a_file_cut_off_by_a_kill_is_gone_on_with(tmp_path: Path):
    clock = Clock()
    table = make_table(tmp_path, clock, [])
    for _sample in range(4):
        table.add(Reading(levels={"ram_bytes": 1e9}))
        clock.seconds += 10
    path = tmp_path / LOAD_FILE
    path.write_bytes(path.read_bytes()[:-9])
    again = make_table(tmp_path, clock, [])
    for _sample in range(2):
        again.add(Reading(levels={"ram_bytes": 1e9}))
        clock.seconds += 10

    assert len(read_load(tmp_path)) == 3


def test_a_full_disk_is_said_once_and_the_file_is_whole_when_there_is_room(tmp_path: Path):
    clock, warned = Clock(), []
    table = make_table(tmp_path, clock, warned)

    def add(number: int) -> None:
        for _sample in range(number):
            table.add(Reading(levels={"ram_bytes": 1e9}))
            clock.seconds += 10

    add(3)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / LOAD_FILE).stat().st_size + 20, hard))
    try:
        add(3)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    num_kept = len(read_load(tmp_path))
    add(1)

    assert num_kept >= 2
    assert len(warned) == 1
    assert LOAD_FILE in warned[0]
    assert read_load(tmp_path) == table.rows
    assert len(table.rows) == 6


def test_a_run_records_its_load_as_columns(store: Store, tmp_path: Path):
    run_id = store.add_run(make_spec(epochs=1, data__limit=64, batch_size=32))
    execute_run(store, run_id, data_dir=tmp_path, environment=Environment())
    run = store.run(run_id)
    rows = read_load(store.artifact_dir(run_id))

    assert len(rows) >= 1
    assert run.fields["ram_bytes_peak"] == pytest.approx(max(row.peaks["ram_bytes"] for row in rows))
    is_short = max(row.seconds for row in rows) < 1  # then nothing is told of what was in use
    assert (run.fields["num_busy_cpus_mean"] is None) == is_short
    assert is_short or run.fields["num_busy_cpus_mean"] > 0
    assert is_short or 0 <= run.fields["machine_cpu_use_mean"] <= 1
    assert [found.id for found in store.runs(where="ram_bytes_peak > 1000")] == [run_id]


def test_a_run_that_failed_records_its_load_too(store: Store, tmp_path: Path):
    run_id = store.add_run(make_spec(optim__lr=1e30, epochs=3, data__limit=64, batch_size=32))
    with pytest.raises(TrainingError):
        execute_run(store, run_id, data_dir=tmp_path, environment=Environment())

    assert store.run(run_id).status == "failed"
    assert store.run(run_id).fields["ram_bytes_peak"] > 0


def test_zero_seconds_watch_nothing(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(LOAD_VARIABLE, "0")
    run_id = store.add_run(make_spec(epochs=1, data__limit=64, batch_size=32))
    execute_run(store, run_id, data_dir=tmp_path, environment=Environment())

    assert not (store.artifact_dir(run_id) / LOAD_FILE).exists()
    assert store.run(run_id).fields["ram_bytes_peak"] is None


@pytest.mark.parametrize("text", ["x", "-1", "0.5", "nan", "inf", "1e9"])
def test_an_interval_that_is_none_is_refused_with_its_value(text: str):
    with pytest.raises(SpecError, match=f"{LOAD_VARIABLE} '{text}'"):
        load_seconds({LOAD_VARIABLE: text})


def test_the_energy_of_two_attempts_is_the_sum_and_stands_in_a_table_and_a_filter(store: Store):
    run_id = store.add_run(make_spec(epochs=1))
    folder = store.artifact_dir(run_id, create=True)
    clock = Clock()
    for attempt in (1, 2):
        table = make_table(folder, clock, [])
        for _sample in range(3):
            table.add(Reading(levels={"gpu_watts": 360.0}))
            clock.seconds += 3600
        values = {"energy_kwh": summarise_load(table.rows)["energy_kwh"]}
        begin = store.start_run if attempt == 1 else store.resume_run
        _, number = begin(run_id, Environment())
        store.record(run_id, PointsLogged(rows=(Logged(None, number, values),)), attempt=number, sequence=1)
        if attempt == 1:
            store.record(run_id, describe_failure(ZeroDivisionError("x")), attempt=number, sequence=2)

    assert store.run(run_id).fields["energy_kwh"] == pytest.approx(4 * 0.36)
    assert [run.id for run in store.runs(where="energy_kwh > 1")] == [run_id]


def test_a_file_of_another_kind_ends_no_run_and_stays(tmp_path: Path):
    (tmp_path / LOAD_FILE).write_text("mine\n", encoding="utf-8")
    warned: list[str] = []
    with SystemLoad(tmp_path, seconds=10, warn=warned.append) as load:
        assert load.end() == {}

    assert len(warned) == 1
    assert (tmp_path / LOAD_FILE).read_text(encoding="utf-8") == "mine\n"


class FixedLoad(SystemLoad):
    """Load that is known already."""

    def end(self) -> dict[str, float]:
        return {"ram_bytes_peak": 5.0, "gpu_celsius_mean": 40.0}


def test_load_is_recorded_before_the_end_of_the_attempt_where_it_is_a_metric(tmp_path: Path):
    recorded: list[RecordedEvent] = []
    load = FixedLoad(tmp_path, seconds=0, warn=print)
    for event in (started(), FINISHED):
        record_with_load(load, recorded.append, attempt=3)(event)

    assert recorded == [started(), PointsLogged(rows=(Logged(None, 3, {"ram_bytes_peak": 5.0}),)), FINISHED]


def test_the_load_of_this_machine_is_read_in_units_that_fit():
    reader = MachineReader()
    first, second = reader.read(), reader.read()

    assert 1e6 < first.levels["ram_bytes"] < first.levels["machine_ram_bytes"] * 1.5
    assert second.totals["run_cpu_seconds"] >= first.totals["run_cpu_seconds"] > 0


def test_every_metric_of_load_is_a_point_without_a_split():
    assert all(metric.is_point and metric.split is None for metric in LOAD.metrics)
    assert all(metric.key in metrics_by_key() for metric in LOAD.metrics)


@pytest.mark.parametrize(("seconds", "is_known"), [(0.02, False), (0.99, False), (1.0, True)])
def test_of_less_than_a_second_no_use_is_told_and_memory_is(tmp_path: Path, seconds: float, is_known: bool):
    clock = Clock()
    table = LoadTable(tmp_path, warn=print, clock=clock, now=clock.now)
    for number in range(2):
        totals = {"run_cpu_seconds": number * seconds, "machine_cpu_use_seconds": number * 0.01}
        table.add(Reading(levels={"gpu_use": 0.5, "ram_bytes": 1e9}, totals=totals))
        clock.seconds += seconds

    (row,) = table.rows
    used = {"gpu_use", "num_busy_cpus", "machine_cpu_use"}
    assert (row.means["ram_bytes"], row.peaks["ram_bytes"]) == (1e9, 1e9)
    assert used & row.means.keys() == used & row.peaks.keys() == (used if is_known else set())
