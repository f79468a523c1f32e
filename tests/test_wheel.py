"""The wheel is complete: installed elsewhere, it makes a database, trains and serves the dashboard."""

import os
import signal
import subprocess
import sys
import sysconfig
import tarfile
import urllib.request
import venv
from pathlib import Path

import pytest

from tests.ports import free_port

ROOT = Path(__file__).parents[1]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def expdb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `expdb` of another environment that holds the wheel, and borrows only the dependencies from this one."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    wheel = next(folder.glob("image_expdb-*.whl"))
    venv.create(folder / "env", with_pip=False)
    python = folder / "env" / "bin" / "python"
    site_packages = Path(run(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    run(sys.executable, "-m", "uv", "pip", "install", "-q", "--no-deps", "--python", str(python), str(wheel))
    # A path line in a .pth file is not searched for further .pth files: the source tree stays out.
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "env" / "bin" / "expdb"


def run(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=environment())
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "EXPDB_URL")}
    return kept | {"OMP_NUM_THREADS": "1"}


def test_the_wheel_makes_a_database_trains_and_shows_the_run(expdb: Path, tmp_path: Path):
    upgraded = run(str(expdb), "db", "upgrade", cwd=tmp_path)
    run(str(expdb), "run", "--dataset", "digits", "--model", "resnet_mini", "--epochs", "1",
        "--set", "data.limit=64", "--name", "first", cwd=tmp_path)  # fmt: skip

    assert "upgraded" in upgraded
    assert "first" in run(str(expdb), "ls", cwd=tmp_path)
    assert (tmp_path / "runs.db").exists()
    assert "sound" in run(str(expdb), "db", "check", cwd=tmp_path)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_the_wheel_serves_the_dashboard_until_it_is_stopped(expdb: Path, tmp_path: Path, number: int, code: int):
    run(str(expdb), "db", "upgrade", cwd=tmp_path)
    port = free_port()
    address = f"http://127.0.0.1:{port}/_stcore/health"
    command = [str(expdb), "dashboard", "--port", str(port)]
    server = subprocess.Popen(command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout.readline() == f"dashboard: http://127.0.0.1:{port} (Ctrl-C ends it)\n"
        with urllib.request.urlopen(address, timeout=60) as answer:
            assert answer.read() == b"ok"
        server.send_signal(number)
        assert server.wait(60) == code
    finally:
        server.stdout.close()
        server.kill()
        server.wait()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(address, timeout=60)


def test_the_wheel_gives_the_example_that_the_readme_looks_at(expdb: Path, tmp_path: Path):
    written = run(str(expdb), "db", "example", cwd=tmp_path)

    assert written == "wrote runs.db.example; look: expdb --db runs.db.example tables\n"
    assert (tmp_path / "runs.db.example").read_bytes() == (ROOT / "runs.db.example").read_bytes()
    assert "report-1" in run(str(expdb), "--db", "runs.db.example", "tables", cwd=tmp_path)


def test_the_wheel_installs_with_the_driver_of_postgres(expdb: Path, tmp_path: Path):
    wheel, python = next(expdb.parents[2].glob("*.whl")), expdb.with_name("python")
    command = (sys.executable, "-m", "pip", "--python", str(python), "install", "--no-index", "--dry-run")

    said = run(*command, "--force-reinstall", "--no-deps", f"{wheel}[postgres]")
    needed = run(*command, f"{wheel}[postgres]")

    assert "Would install image-expdb-" in said
    assert "psycopg[binary]" in needed
    assert "does not provide the extra" not in said + needed


def test_the_wheel_holds_no_tests_and_no_foreign_top_level(expdb: Path):
    folder = expdb.parents[1]
    installed = {path.name for path in next(folder.glob("lib/python*/site-packages")).iterdir()}
    ours = {name for name in installed if not name.startswith(("_", "pip", "setuptools")) and "dist-info" not in name}
    assert ours == {"expdb", "dependencies.pth"}


def test_the_source_distribution_holds_what_the_repository_holds(tmp_path: Path):
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path), cwd=ROOT)
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}

    assert {"Makefile", "requirements.lock", "runs.db.example", ".ci/run", "docs/build.py", "LICENSE"} <= held
    assert {path.name for path in (ROOT / "tests").iterdir() if path.suffix == ".py"} <= {
        name.partition("/")[2] for name in held if name.startswith("tests/")
    }
    assert not any(name.startswith((".venv/", ".git/", ".mypy_cache/")) for name in held)
