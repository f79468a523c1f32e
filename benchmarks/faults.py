"""Faults, made for real and at length: `python -m benchmarks faults`. Each is one function in one list.

A fault works in a temporary folder, with a fixed seed, and ends only processes that it started.
"""

import multiprocessing
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.fault_report import FaultLimits, FaultReport
from benchmarks.fuzz_commands import fuzz_commands
from benchmarks.print_results import table
from benchmarks.recording import write_at_once
from benchmarks.training_faults import TRAINING_FAULTS, kill_and_resume, train_beside
from expdb.errors import ExpdbError
from expdb.store.database.check import check_database
from expdb.store.database.upgrade import current_revision
from expdb.store.store import Store
from expdb.store.tables import HEAD
from tests.store.database.damaged import damages, make_whole
from tests.store.database.worker import upgrade

_OLD_SCHEMA = Path(__file__).parents[1] / "tests/assets/schema/0004.sql"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A kind of fault.

    Attributes:
        held: what has to hold.
        make: makes it in a folder, as often as the limits say.
    """

    name: str
    how: str
    held: str
    make: Callable[[Path, FaultLimits, FaultReport], None]


def measure_faults(limits: FaultLimits, names: list[str] | None = None) -> tuple[str, bool]:
    """Make all faults, or those of some names; return the table as Markdown, and whether all held."""
    if unknown := set(names or ()) - {fault.name for fault in FAULTS}:
        raise SystemExit(f"no fault {sorted(unknown)}: choose of {[fault.name for fault in FAULTS]}")
    rows, wrong = [], []
    for fault in FAULTS:
        if names and fault.name not in names:
            continue
        report = FaultReport()
        with TemporaryDirectory(prefix="expdb-faults-") as folder:
            fault.make(Path(folder), limits, report)
        result = f"{len(report.wrong)} wrong" if report.wrong else "held" if report.struck else "did not strike"
        rows.append([fault.name, fault.how, str(report.struck), fault.held, result])
        wrong += [f"- {fault.name}: {what}" for what in report.wrong]
        print(f"{fault.name}: {result}", *report.wrong[:5], sep="\n  ", file=sys.stderr)  # it takes long
    lines = table(["fault", "how it is made", "struck", "held against", "result"], rows)
    return "\n".join(["### Faults", "", lines, *wrong]), not wrong


def _killed_training(folder: Path, limits: FaultLimits, report: FaultReport) -> None:
    kill_and_resume(folder, limits.kills, report)


def _killed_writer(folder: Path, limits: FaultLimits, report: FaultReport) -> None:
    """Kill a process that records after some acknowledged epochs."""
    choose = random.Random(1)  # noqa: S311 - not for secrets
    for number in range(limits.kills):
        url = f"sqlite:///{folder / f'{number}.db'}"
        command = [sys.executable, "-m", "tests.store.database.worker", url, "train"]
        with subprocess.Popen(command, text=True, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own
            assert process.stdout is not None  # noqa: S101 - as asked for
            said = [int(process.stdout.readline()) for _ in range(choose.randint(1, 60))]
            process.send_signal(signal.SIGKILL)
            said += [int(line) for line in process.stdout if line.endswith("\n")]
        report.struck += process.returncode == -signal.SIGKILL
        report.hold(check_database(url) == [], f"kill {number}: db check finds something")
        with Store.open(url) as store:
            found = [epoch.epoch for epoch in store.epochs(1)]
            report.hold(found[: len(said)] == said, f"kill {number}: {len(said)} acknowledged, {len(found)} stored")
            report.hold(
                store.run(1).results.epochs_done == len(found), f"kill {number}: the run's sum is not of its epochs"
            )


def _many_writers(folder: Path, limits: FaultLimits, report: FaultReport) -> None:
    url = f"sqlite:///{folder / 'runs.db'}"
    with Store.open(url):
        pass
    turns = write_at_once(url, writers=limits.writers, seconds=limits.seconds, is_plain=False)
    report.struck = sum(turns.commits)
    for error in turns.errors:
        report.hold(False, error)  # noqa: FBT003 - as `assert` has it
    with Store.open(url) as store:
        stored = sum(run.results.epochs_done for run in store.runs())
    report.hold(stored == sum(turns.commits), f"{sum(turns.commits)} acknowledged, {stored} stored")
    report.hold(check_database(url) == [], "db check finds something")


def _hostile_commands(_folder: Path, limits: FaultLimits, report: FaultReport) -> None:
    counts = fuzz_commands(limits.commands)
    report.struck = counts.num_commands
    report.wrong += [f"{command!r:.200}: {why}" for command, why in counts.faults]


def _upgrades_at_once(folder: Path, limits: FaultLimits, report: FaultReport) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.store.database.worker", "alembic.command", "alembic.autogenerate"])
    with ProcessPoolExecutor(8, context, _keep_barrier, (context.Barrier(8),)) as pool:
        for number in range(limits.upgrades):
            path = folder / f"{number}.db"
            with closing(sqlite3.connect(path)) as connection:
                connection.executescript(_OLD_SCHEMA.read_text(encoding="utf-8"))
            url = f"sqlite:///{path}"
            errors = [one for one in pool.map(_upgrade_together, [url] * 8) if one]
            report.struck += 8
            report.wrong += [f"round {number}: {error}" for error in errors]
            report.hold(current_revision(url) == HEAD, f"round {number}: not at {HEAD}")
            report.hold(check_database(url) == [], f"round {number}: db check finds something")


_shared: dict[str, Any] = {}  # what a process of the pool was given at its start


def _keep_barrier(barrier: Any) -> None:
    _shared["barrier"] = barrier


def _upgrade_together(url: str) -> str:
    _shared["barrier"].wait(300)
    try:
        upgrade(url)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        return str(error) or type(error).__name__
    return ""


def _damaged_files(folder: Path, limits: FaultLimits, report: FaultReport) -> None:
    whole = folder / "whole.db"
    make_whole(whole)
    for name, damage in list(damages())[: limits.damages]:
        path = folder / "damaged" / "runs.db"
        shutil.rmtree(path.parent, ignore_errors=True)
        path.parent.mkdir()
        shutil.copy(whole, path)
        damage(path)
        report.struck += 1
        for what, look in {"db check": check_database, "reading": _read_all}.items():
            try:
                look(f"sqlite:///{path}")
            except ExpdbError as error:
                report.hold("please report it" not in str(error), f"{name}, {what}: {error}")
            except Exception as error:  # noqa: BLE001 - that nothing else comes is what is looked at
                report.hold(False, f"{name}, {what}: {type(error).__name__}: {error}")  # noqa: FBT003 - as `assert` has it


def _read_all(url: str) -> None:
    with Store.open(url, is_read_only=True) as store:
        for run in store.runs():
            store.epochs(run.id)


FAULTS = (
    Fault(
        name="kill -9 of training",
        how="at a random event, then resume",
        held="final weights bit-identical, every epoch once",
        make=_killed_training,
    ),
    Fault(
        name="kill -9 of a writer",
        how="after 1 to 60 acknowledged epochs",
        held="acknowledged = stored, integrity, sums",
        make=_killed_writer,
    ),
    Fault(
        name="writers at once",
        how="processes that record without a pause",
        held="no error, acknowledged = stored",
        make=_many_writers,
    ),
    *(
        Fault(
            name=f"database {trouble.name}",
            how=trouble.how,
            held="trains to its end, every epoch recorded once",
            make=lambda folder, limits, report, trouble=trouble: train_beside(  # type: ignore[misc]
                trouble, folder, limits.trainings, report
            ),
        )
        for trouble in TRAINING_FAULTS
    ),
    Fault(
        name="hostile command lines",
        how="made from all commands and options",
        held="one line, a known exit code, nothing outside the folder",
        make=_hostile_commands,
    ),
    Fault(
        name="upgrades at once", how="8 processes, one old file", held="all succeed, integrity", make=_upgrades_at_once
    ),
    Fault(name="damaged files", how="bits, pages, headers, logs, values", held="one line", make=_damaged_files),
)
