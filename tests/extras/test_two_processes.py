"""Of two processes of Lightning one records, however they are started."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import expdb

SCRIPT = Path(__file__).with_name("two_processes.py")


@pytest.mark.parametrize("strategy", ["ddp", "ddp_fork"])
def test_one_run_is_recorded_and_ended(strategy: str, tmp_path: Path) -> None:
    url, root = f"sqlite:///{tmp_path / 'runs.db'}", str(SCRIPT.parents[2])
    environment = {**os.environ, "EXPDB_URL": url, "PYTHONPATH": root}

    done = subprocess.run(
        [sys.executable, str(SCRIPT), strategy], cwd=tmp_path, capture_output=True, text=True, env=environment
    )

    assert done.returncode == 0, done.stderr
    (run,) = expdb.runs(db=url).to_dict("records")
    assert (run["status"], run["seed"], run["epochs_done"]) == ("finished", 5, 2)
    assert run["settings.trainer.world_size"] == 2
