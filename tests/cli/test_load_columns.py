"""The load of a run as it is shown, filtered by and put in tables."""

import json
from pathlib import Path

from expdb.domain.events import Logged, PointsLogged
from expdb.domain.run import Environment
from expdb.store.store import Store
from tests.cli.conftest import Cli
from tests.factories import make_spec
from tests.store.events import FINISHED, epoch, started

LOAD = {"energy_kwh": 0.1234, "gpu_use_mean": 0.875, "gpu_watts_mean": 310.0, "ram_bytes_peak": 2.5e9}


def record_loads(folder: Path) -> None:
    with Store.open(f"sqlite:///{folder / 'runs.db'}") as store:
        for seed, factor in ((0, 1), (1, 3)):
            run_id = store.add_run(make_spec(seed=seed, epochs=1))
            _, attempt = store.start_run(run_id, Environment())
            load = {**LOAD, "energy_kwh": factor * LOAD["energy_kwh"]}
            points = PointsLogged(rows=(Logged(None, attempt, load),))
            for sequence, event in enumerate((started(), epoch(1), points, FINISHED), start=1):
                store.record(run_id, event, attempt=attempt, sequence=sequence)


def test_energy_is_a_column_of_tables_and_a_filter(cli: Cli, tmp_path: Path):
    record_loads(tmp_path)
    table = cli("table", "--columns", "seed,energy_kwh,ram_bytes_peak", "--rows", "runs", "--format", "csv")
    listed = cli("ls", "--where", "energy_kwh > 0.2", "--json")

    assert table.code == 0, table.err
    assert "GPU energy (kWh)" in table.out
    assert "0.123" in table.out
    assert "0.370" in table.out
    assert [row["id"] for row in json.loads(listed.out)] == [2]


def test_show_says_the_load_in_one_line(cli: Cli, tmp_path: Path):
    record_loads(tmp_path)
    shown = cli("show", "1")

    assert shown.code == 0, shown.err
    assert " ".join(shown.out.split()).count("GPU 88% busy, 310 W, 0.123 kWh; RAM 2.5 GB at most") == 1
    assert "gpu_use_mean" not in shown.out
