from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from expdb.cli.main import main


class Result(NamedTuple):
    code: int
    out: str
    err: str


Cli = Callable[..., Result]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Cli:
    """Run a command in an empty folder of its own, as `main` does in a process."""
    monkeypatch.chdir(tmp_path)
    for name in ("EXPDB_URL", "EXPDB_DATA_DIR", "EXPDB_ARTIFACT_DIR", "EXPDB_GROUP_READABLE", "EXPDB_DEBUG"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> Result:
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        out, err = capfd.readouterr()
        return Result(left.value.code, out, err)

    return run
