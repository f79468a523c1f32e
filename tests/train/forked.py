"""A process that trains in forked children, which die when they are told to: torch is imported once.

It reads one job a line from stdin, as JSON, and answers each with its children's exit codes (negative: a signal).
"""

import json
import os
import signal
import socket
import subprocess
import sys
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn, TypedDict

import torch

import expdb.train.clock
import expdb.train.loop
from expdb.domain.codec import spec_from_json
from expdb.domain.events import EpochEnded, Event
from expdb.domain.run import Environment
from expdb.launch.data_parallel import run_rank
from expdb.launch.execute import execute_run
from expdb.launch.stop_signals import Terminated
from expdb.store.store import Store
from expdb.train.input.splits import load_data
from expdb.train.model.count import describe_model
from tests.factories import make_spec
from tests.ports import free_port


class Job(TypedDict, total=False):
    """What to do in so many processes: train a recorded run, or some specs one after another.

    Attributes:
        url, run_id, resume: the run.
        event, signal, seconds: die at the n-th event by a signal, or after some seconds.
        kind: count only events of this class and phase, such as `Progress test`.
        minutes: between two checkpoints; else one is written after every epoch.
        told: a file that gets the numbers of epochs that were told, one a line.
        specs: as JSON, by name; each process writes its epochs into `out_dir`, for `epochs_of_ranks`.
        ports: where the processes meet, one a spec: a process that is early for the next spec would find the last
            one's meeting place still open at the same port, and lose it when the other closes it.
    """

    num_processes: int
    ports: list[int]
    url: str
    run_id: int
    resume: bool
    event: int
    signal: int
    seconds: float
    kind: str
    minutes: float
    told: str
    specs: dict[str, str]
    out_dir: str


Epochs = dict[str, list[dict[str, Any]]]  # by name of the spec


class Trainer:
    """The other end: starts the process and gives it jobs."""

    def __init__(self) -> None:
        environ = os.environ | {"OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "tests.train.forked"]
        self._process = subprocess.Popen(
            command,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )

    def run(self, job: Job) -> list[int]:
        """Do a job; return the exit codes of its processes."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        codes: list[int] = json.loads(self._process.stdout.readline())
        return codes

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=60)


def main() -> None:
    """Serve jobs until stdin ends."""
    torch.set_num_threads(1)
    # An event for every step.
    expdb.train.clock._SECONDS_BETWEEN_PROGRESS = 0.0
    for model in ("resnet_mini", "vit_mini"):  # what is imported here, no child has to
        describe_model(make_spec(model__name=model))
    load_data(make_spec(), Path())
    for line in sys.stdin:
        job: Job = json.loads(line)
        size = job.get("num_processes", 1)
        job["ports"] = [free_port() for _ in job.get("specs", [""])]
        codes: dict[int, int | None] = {}
        for rank in range(size):
            pid = os.fork()
            if pid == 0:
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # which is for the answers
                os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(size)}
                os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(job["ports"][0])}
                _train(job, rank=rank)
            codes[pid] = None
        while None in codes.values():
            ended, status = os.wait()
            codes[ended] = os.waitstatus_to_exitcode(status)
            if "specs" in job and codes[ended]:  # the others would wait for it for half an hour
                for pid in (pid for pid, code in codes.items() if code is None):
                    os.kill(pid, signal.SIGKILL)
        print(json.dumps(list(codes.values())), flush=True)


def _train(job: Job, *, rank: int) -> NoReturn:
    try:
        if "specs" in job:
            train_specs(job, rank=rank)
        train_run(job, rank=rank)
    finally:  # both leave by themselves; only an error comes here
        traceback.print_exc()
        os._exit(1)


def train_specs(job: Job, *, rank: int) -> NoReturn:
    """Train specs in this child, and leave it."""
    epochs: Epochs = {}
    for port, (name, spec) in zip(job["ports"], job["specs"].items(), strict=True):
        os.environ["MASTER_PORT"] = str(port)
        events = expdb.train.loop.train(spec_from_json(spec), data_dir=Path(), out_dir=Path(job["out_dir"]) / name)
        epochs[name] = [asdict(event) for event in events if isinstance(event, EpochEnded)]
    _file_of(Path(job["out_dir"]), rank).write_text(json.dumps(epochs))
    os._exit(0)


def epochs_of_ranks(out_dir: Path, *, num_processes: int) -> list[Epochs]:
    """Return the epochs that each process wrote."""
    return [json.loads(_file_of(out_dir, rank).read_text()) for rank in range(num_processes)]


def _file_of(out_dir: Path, rank: int) -> Path:
    return out_dir / f"epochs-{rank}.json"


def train_run(job: Job, *, rank: int) -> NoReturn:
    """Train a run in this child, and leave it."""
    code, minutes = 1, job.get("minutes", 0.0)
    if "seconds" in job and rank == 0:
        signal.setitimer(signal.ITIMER_REAL, job["seconds"])  # whose signal ends a process wherever it is
    try:
        with Store.open(job["url"]) as store:
            if rank:
                run_rank(
                    store, job["run_id"], data_dir=Path(), rank=rank, checkpoint_minutes=minutes, resume=job["resume"]
                )
            else:
                execute_run(
                    store,
                    job["run_id"],
                    data_dir=Path(),
                    environment=Environment(host=socket.gethostname(), command="expdb run"),
                    checkpoint_minutes=minutes,
                    on_event=Killer(job),
                    resume=job["resume"],
                )
        code = 0
    except KeyboardInterrupt:
        code = 130
    except Terminated:
        code = 143
    finally:
        os._exit(code)


class Killer:
    """Counts events, and sends this process its signal at the one that the job names; writes down epochs."""

    def __init__(self, job: Job) -> None:
        self._left, self._signal = job.get("event", 0), job.get("signal", signal.SIGKILL)
        self._kind, self._told = job.get("kind", ""), job.get("told")

    def __call__(self, event: Event) -> Any:
        """Count one."""
        if self._told and isinstance(event, EpochEnded):
            with Path(self._told).open("a") as file:
                file.write(f"{event.epoch}\n")
        if f"{type(event).__name__} {getattr(event, 'phase', '')}".startswith(self._kind):
            self._left -= 1
        else:
            return
        if self._left == 0:
            os.kill(os.getpid(), self._signal)


if __name__ == "__main__":
    main()
