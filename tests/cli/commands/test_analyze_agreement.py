"""`expdb analyze agreement RUN RUN...`: pairs of runs, after what is said of each."""

import json
from pathlib import Path

import numpy as np

from expdb.store.store import Store
from tests.cli.conftest import Cli
from tests.store_runs import add_finished

FIRST = np.arange(200) % 4 > 0  # right about these
SECOND = np.arange(200) % 6 > 0
START = {"num_test_images": 200}


def test_the_command_prints_pairs_after_the_runs_and_has_them_as_json(cli: Cli, tmp_path: Path):
    database = f"sqlite:///{tmp_path / 'runs.db'}"
    with Store.open(database) as store:
        for seed, correct in enumerate((FIRST, SECOND)):
            add_finished(store, correct=correct, start=START, seed=seed)

    printed = cli("--db", database, "analyze", "agreement", "1", "2")
    told = cli("--db", database, "analyze", "agreement", "1", "2", "--json")

    assert printed.code == 0
    assert "runs 1 and 2 by class" in printed.out
    assert max(len(line) for line in printed.out.splitlines() if not line.startswith("note:")) <= 80
    row = next(line.split() for line in printed.out.splitlines() if line.startswith("1, 2"))
    assert row[3:7] == ["133", "17", "33", "17"]
    first, second = json.loads(told.out)
    assert first["pairs"][0]["all"]["n00"] == 17
    assert second["pairs"] == []
    assert "pairs" not in json.loads(cli("--db", database, "analyze", "agreement", "1", "--json").out)[0]
