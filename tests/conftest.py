"""Fixtures for all tests."""

import gc
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.ports import free_port

# How long an example takes says something of the machine, not of the code.
settings.register_profile("expdb", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("expdb")


# What a machine may have set and our programs, or theirs, would follow: another database, repository or server, a proxy
# before this very machine, the place in a cluster's job, the width and colours of a terminal.
_STEERING = re.compile(
    r"EXPDB_(?!TEST_DATA|SCREENSHOTS|GOLDEN).*|GIT_.*|PG[A-Z]+|STREAMLIT_.*|\w+_proxy|(LOCAL_)?RANK|(LOCAL_)?WORLD_SIZE"
    r"|MASTER_(ADDR|PORT)|TORCHELASTIC_.*|SLURM_.*|OMPI_.*|PMIX?_.*|COLUMNS|LINES|NO_COLOR|(FORCE|PY)_COLORS?|CLICOLOR.*|TTY_.*"
    r"|GITHUB_ACTIONS",
    re.IGNORECASE,
)


def pytest_configure(config: pytest.Config) -> None:
    for name in filter(_STEERING.fullmatch, list(os.environ)):
        del os.environ[name]
    # pytest-alembic's collector, bound to this very file, breaks under this pytest (it sets a private attribute
    # that is gone). Its tests are imported in tests/store/database/test_migrations.py, so the collector gets no file.
    config.option.pytest_alembic_tests_path = "collected-elsewhere"
    gc.set_threshold(100_000, 20, 20)  # as the command line does: torch alone leaves 200,000 objects to look through


def pytest_collection_finish() -> None:
    gc.freeze()  # what is imported by now stays


@pytest.fixture
def real_data() -> Path:
    """The folder with real CIFAR-10 and clothing images."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("EXPDB_TEST_DATA") or default)
    if not folder.is_dir():
        pytest.skip(f"no real images in {folder} (set EXPDB_TEST_DATA)")
    return folder


class PostgresServer:
    """A throw-away PostgreSQL server, of which the user is a superuser.

    Attributes:
        url: of its maintenance database.
    """

    def __init__(self, binaries: Path, folder: Path) -> None:
        """Make its data folder."""
        if os.getuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        self._folder = folder
        self._control = [str(binaries / "pg_ctl"), "-D", str(folder / "data"), "-w", "-s"]
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"]
        _as_postgres([str(binaries / "initdb"), "-D", str(folder / "data"), *options])
        self._port = 0

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Start it, at the port that it had before."""
        for attempt in range(3):  # somebody may take the port before the server does
            self._port = self._port or free_port()
            settings = f"-p {self._port} -c fsync=off -c autovacuum=off -c listen_addresses=127.0.0.1"
            options = f"{settings} -c unix_socket_directories={self._folder}"
            if _as_postgres(
                [*self._control, "-l", str(self._folder / "log"), "-o", options, "start"], may_fail=attempt < 2
            ):
                return
            self._port = 0

    def stop(self) -> None:
        """Stop it as a power cut would."""
        _as_postgres([*self._control, "-m", "immediate", "stop"], may_fail=True)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of the maintenance database of a throw-away PostgreSQL server."""
    with running_postgres() as server:
        yield server.url


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Give a server of its own to whoever wants to stop it."""
    binaries = _postgres_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL's initdb and pg_ctl are not installed (Debian: postgresql)")
    if os.getuid() == 0 and not _has_user("postgres"):
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres to run it as")
    folder = Path(tempfile.mkdtemp(prefix="expdb-postgres-"))
    try:
        server = PostgresServer(binaries, folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _postgres_binaries() -> Path | None:
    on_path = shutil.which("initdb")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in candidates if (folder / "pg_ctl").exists()), None)


def _has_user(name: str) -> bool:
    return any(user.pw_name == name for user in pwd.getpwall())


def _as_postgres(command: list[str], *, may_fail: bool = False) -> bool:
    """Run a command as a user that the server runs as, which root is not; tell whether it succeeded."""
    owner = pwd.getpwnam("postgres") if os.getuid() == 0 else None
    who = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **who)
    assert may_fail or done.returncode == 0, done.stdout + done.stderr
    return done.returncode == 0
