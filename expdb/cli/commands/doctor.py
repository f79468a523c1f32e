"""`expdb doctor`: versions, device, database, data folder and disk at a glance."""

import platform
import shlex
import shutil
import sqlite3
import sys
from importlib.metadata import version
from pathlib import Path

import typer

from expdb import __version__
from expdb.catalog.compose_spec import compose_spec
from expdb.catalog.datasets import DATASETS
from expdb.cli.context import Context, context_of
from expdb.cli.output import print_pairs, remark, warn
from expdb.errors import ExpdbError

# SQLite's WAL-reset bug can damage a file that many processes write and checkpoint.
# Source: https://sqlite.org/wal.html, "the WAL-reset bug": 3.7.0 to 3.51.2, mended in 3.44.6, 3.50.7 and 3.51.3.
_WAL_MENDED = {(3, 44): 6, (3, 50): 7, (3, 51): 3}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Look")(doctor)


def doctor(ctx: typer.Context) -> None:
    """Check versions, device, database, data and disk.

    Exits with 1 if something would stop a run.
    """
    context = context_of(ctx)
    problems: list[str] = []
    print_pairs("versions", _versions())
    print_pairs("device", _device())
    print_pairs("database", _database(context, problems))
    print_pairs("data", _data(context))
    print_pairs("disk", _disk(problems))
    for problem in problems:
        warn(problem)
    if problems:
        raise typer.Exit(1)


def _versions() -> list[tuple[str, str]]:
    from expdb.train.device import torch_version

    return [
        ("expdb", __version__),
        ("python", f"{platform.python_version()} ({sys.prefix})"),
        ("torch", torch_version()),
        ("timm", version("timm")),
        ("SQLite", sqlite3.sqlite_version),
    ]


def _device() -> list[tuple[str, str]]:
    from expdb.domain.spec import RunSpec
    from expdb.train.device import choose_device, describe_device, precision_of

    device = choose_device(RunSpec())
    info = describe_device(device)
    return [
        ("trains on", f"{info.name} ({device.type}, {precision_of(RunSpec(), device)})"),
        ("driver", info.driver or "none"),
    ]


def _database(context: Context, problems: list[str]) -> list[tuple[str, str]]:
    from expdb.store.database.check import check_database
    from expdb.store.database.identity import recorded_artifact_root
    from expdb.store.database.upgrade import current_revision, head_revision

    url = context.config.url
    if url.startswith("sqlite"):
        if not has_mended_wal(sqlite3.sqlite_version_info):
            warn(
                f"SQLite {sqlite3.sqlite_version} has the WAL-reset bug (sqlite.org/wal.html): where many processes "
                "write, back up often (expdb db backup) or use PostgreSQL"
            )
        if not Path(url.removeprefix("sqlite:///")).exists():
            return [("state", f"{url}: not there yet, made by the first run")]
    try:
        with context.open_store(is_read_only=True) as store:
            num_runs = len(store.runs(include_removed=True))
            shown, files = store.url, store.artifact_root
            _tell_readers(url, files)
        findings = check_database(url)
    except ExpdbError as error:
        problems.append(str(error))
        return [("state", "cannot be used, see below")]
    problems += findings
    is_named = context.config.artifact_dir is not None or recorded_artifact_root(url) is not None
    if not is_named and not url.startswith("sqlite"):
        remark(f"files of runs are on this machine alone, in {files}: expdb db artifacts PATH names a place for all")
    return [
        ("url", shown),
        ("revision", f"{current_revision(url)} (this expdb: {head_revision()})"),
        ("runs", str(num_runs)),
        ("files of runs", str(files)),
        ("state", "damaged, see below" if findings else "sound"),
    ]


def _tell_readers(url: str, artifact_root: Path) -> None:
    """Warn of files that everybody on this machine may read: what was made before is left as it is."""
    from expdb.data.run_files import GROUP_FILE, GROUP_FOLDER, PRIVATE_FILE, PRIVATE_FOLDER
    from expdb.store.database.address import parse_address

    database = parse_address(url).path
    modes = ((database, PRIVATE_FILE, GROUP_FILE), (artifact_root, PRIVATE_FOLDER, GROUP_FOLDER))
    for path, private, for_group in modes:
        if path is not None and path.exists() and path.stat().st_mode & 0o007:
            warn(
                f"everybody on this machine may read {path}: chmod {private:o} {shlex.quote(str(path))} "
                f"(or {for_group:o}, for your group)"
            )


def _data(context: Context) -> list[tuple[str, str]]:
    from expdb.train.input.splits import find_data

    rows = [("folder", str(context.config.data_dir))]
    for name in DATASETS:
        try:
            find_data(compose_spec({"data.dataset": name}), context.config.data_dir, download=False)
            rows.append((name, "here"))
        except ExpdbError:
            rows.append((name, "not here; downloaded when first used"))
    return rows


def _disk(problems: list[str]) -> list[tuple[str, str]]:
    free = shutil.disk_usage(Path.cwd()).free
    if free < 1e9:
        problems.append(f"only {free / 1e6:,.0f} MB free here: weights and the database may not fit")
    return [("free", f"{free / 1e9:,.1f} GB in {Path.cwd()}")]


def has_mended_wal(version: tuple[int, ...]) -> bool:
    """Whether an SQLite version is free of the WAL-reset bug."""
    mended = _WAL_MENDED.get((version[0], version[1]))
    return version[2] >= mended if mended is not None else version[:2] > (3, 51)
