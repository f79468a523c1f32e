"""A run that cannot print trains on, and is recorded: real processes without anybody who reads them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from expdb.store.store import Store

RUN = (
    f"{sys.executable} -m expdb run --dataset digits --model test_resnet --set data.limit=32 --batch-size 32 --epochs 2"
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("> /dev/full", "warning: standard output cannot be written (No space left on device): the work goes on\n"),
        ("| true", "warning: standard output cannot be written (Broken pipe): the work goes on\n"),
        (">&-", ""),
        (">&- 2>&-", ""),
        ("> /dev/full 2> /dev/full", ""),
    ],
)
def test_a_run_that_cannot_print_is_trained_and_recorded(tmp_path: Path, where: str, told: str) -> None:
    command = f"set -o pipefail; {RUN} --device cpu {where}"
    environ = os.environ | {"OMP_NUM_THREADS": "1"}

    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, told)
    with Store.open(f"sqlite:///{tmp_path}/runs.db", is_read_only=True) as store:
        assert (store.run(1).status, store.run(1).results.epochs_done) == ("finished", 2)
