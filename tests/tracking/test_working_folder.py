"""The working folder of a script: changed or removed, its run is recorded where it began, or that is said in a line."""

from pathlib import Path

import pytest

import expdb
from expdb.cli.main import main
from expdb.errors import StoreError
from expdb.store.store import Store
from tests.tracking.conftest import saying


@pytest.fixture
def gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be in a folder that is not there any more."""
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(FileNotFoundError):
        Path.cwd()


def test_a_run_is_recorded_from_a_removed_folder_where_the_database_is_named_in_full(gone: None, store: Store):
    with expdb.track(model="net", dataset="set") as run:
        run.log(epoch=1, loss=1.0)

    assert store.run(1).status == "finished"


def test_a_database_that_is_named_from_a_removed_folder_is_refused_in_one_line(
    gone: None, monkeypatch: pytest.MonkeyPatch
):
    with pytest.raises(StoreError, match=r"^'here\.db': the working folder was removed: go to one that is there$"):
        expdb.track(model="net", dataset="set", db="here.db")
    monkeypatch.delenv("EXPDB_URL")
    with pytest.raises(StoreError, match=r"^'runs\.db': the working folder was removed"):
        expdb.track(model="net", dataset="set")


@pytest.mark.parametrize(
    "command", [["ls"], ["doctor"], ["--db", "/tmp/r.db", "run", "--dataset", "digits", "--model", "x"]], ids=str
)
def test_a_command_from_a_removed_folder_ends_with_one_line(
    gone: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]
):
    monkeypatch.delenv("EXPDB_URL")
    with pytest.raises(SystemExit) as left:
        main(command)

    (line,) = capsys.readouterr().err.splitlines()
    assert "the working folder was removed: go to one that is there" in line
    assert left.value.code == 2


@pytest.mark.parametrize("named", ["runs.db", "../runs.db", "sub/../runs.db", "sqlite:///runs.db"])
@pytest.mark.parametrize("is_removed", [False, True])
def test_a_database_is_found_from_where_it_was_named_wherever_the_script_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, is_removed: bool
):
    begin, other = tmp_path / "begin", tmp_path / "other"
    for folder in (begin, other, begin / "sub"):
        folder.mkdir(exist_ok=True)
    monkeypatch.chdir(begin)
    with saying() as said:
        run = expdb.track(model="net", dataset="set", db=named)
        monkeypatch.chdir(other)
        if is_removed and named.startswith(".."):
            (begin / "sub").rmdir()
            begin.rmdir()
        run.log(epoch=1, loss=1.0)
        run.finish()

    assert said == []
    place = tmp_path if named.startswith("..") else begin
    with Store.open(f"sqlite:///{place / 'runs.db'}", is_read_only=True) as store:
        assert store.run(1).status == "finished"
    assert list(other.iterdir()) == []
