"""A run whose process is killed while it trains: nothing of it can say so any more."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

from expdb.domain.spec import RunSpec
from expdb.store.attempts import pending
from expdb.store.attempts.process import this_process
from expdb.store.judged_status import attempt_key
from expdb.store.store import Store

TINY = (
    *("--dataset", "digits", "--model", "resnet_mini", "--batch-size", "32", "--device", "cpu"),
    *("--set", "data.limit=64", "--set", "data.img_size=8"),
)


EPOCHS = 60
QUEUE = """
import sys
from expdb.domain.spec import RunSpec
from expdb.store.store import Store

with Store.open(sys.argv[1]) as store:
    run_id = store.add_run(RunSpec.model_validate_json(sys.argv[2]), is_awaited=True)
    print(run_id, flush=True)
    sys.stdin.read()
"""


def killed_run(folder: Path, *arguments: str) -> int:
    """Train in a process that is killed for good after its first epoch; return the run's id."""
    url = f"sqlite:///{folder / 'runs.db'}"
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "expdb", "--db", url, "run", *TINY, "--epochs", str(EPOCHS), *arguments],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.lstrip().startswith(f"1/{EPOCHS}"):
                break
        process.kill()
    with Store.open(url, is_read_only=True) as store:
        return max(store.ids(""))


def killed_queue(folder: Path, spec: RunSpec) -> int:
    """Queue a run in a process that is killed before it trains it; return the run's id."""
    command = [sys.executable, "-c", QUEUE, f"sqlite:///{folder / 'runs.db'}", spec.model_dump_json()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        run_id = int(process.stdout.readline())
        process.kill()
    return run_id


def mark_as_gone(store: Store, run_id: int) -> None:
    """Mark the current attempt of a run as one whose process is known to be gone."""
    run = store.run(run_id)
    identity = replace(this_process(), pid=2**22 + 1)  # beyond every pid there can be
    path = store.artifact_root / pending.PENDING_FOLDER / attempt_key(run.uuid, run.attempt)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(identity)), encoding="utf-8")
