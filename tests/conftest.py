"""Fixtures for all tests."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says something of the machine, not of the code.
settings.register_profile("expdb", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("expdb")


def pytest_configure(config: pytest.Config) -> None:
    # pytest-alembic's collector, bound to this very file, breaks under this pytest (it sets a private attribute
    # that is gone). Its tests are imported in tests/store/database/test_migrations.py, so the collector gets no file.
    config.option.pytest_alembic_tests_path = "collected-elsewhere"


@pytest.fixture
def real_data() -> Path:
    """The folder with real CIFAR-10 and clothing images."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("EXPDB_TEST_DATA") or default)
    if not folder.is_dir():
        pytest.skip(f"no real images in {folder} (set EXPDB_TEST_DATA)")
    return folder


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of the maintenance database of a throw-away PostgreSQL server, of which the user is a superuser."""
    binaries = _postgres_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL's initdb and pg_ctl are not installed (Debian: postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="expdb-postgres-"))
    try:
        yield from _serve(binaries, folder)
    finally:
        shutil.rmtree(folder)


def _serve(binaries: Path, folder: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    if os.getuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    data = folder / "data"
    control = [str(binaries / "pg_ctl"), "-D", str(data), "-w", "-s"]
    settings = (
        f"-p {port} -c fsync=off -c autovacuum=off -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    )
    _as_postgres(
        [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"]
    )
    _as_postgres([*control, "-l", str(folder / "log"), "-o", settings, "start"])
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        _as_postgres([*control, "-m", "immediate", "stop"])


def _postgres_binaries() -> Path | None:
    on_path = shutil.which("initdb")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in candidates if (folder / "pg_ctl").exists()), None)


def _as_postgres(command: list[str]) -> None:
    # The server refuses to run as root.
    prefix = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    done = subprocess.run([*prefix, *command], cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
