import re
from pathlib import Path

import pytest

from expdb.catalog.reported import reported_runs
from expdb.domain.run import Environment
from expdb.launch.write_log import LogFile
from expdb.store.store import Store
from tests.cli.conftest import Cli
from tests.factories import make_spec
from tests.store.events import FINISHED, silence


@pytest.fixture
def store(cli: Cli, tmp_path: Path):
    """A database where the command looks for it, with a running run (1)."""
    with Store.open(f"sqlite:///{tmp_path / 'runs.db'}") as opened:
        opened.start_run(opened.add_run(make_spec(), name="first"), Environment())
        yield opened


def log_of(store: Store, run_id: int) -> LogFile:
    return LogFile(store.artifact_dir(run_id, create=True))


def last_words(text: str) -> list[str]:
    return [line.split()[-1] for line in text.splitlines()]


def test_log_prints_the_last_lines_or_all(cli: Cli, store: Store):
    log_of(store, 1).write([f"line {number}" for number in range(80)])

    assert last_words(cli("log", "first").out) == [str(number) for number in range(30, 80)]
    assert last_words(cli("log", "1", "--lines", "2").out) == ["78", "79"]
    assert len(last_words(cli("log", "1", "-n", "0").out)) == 80


def test_following_prints_what_is_added_until_the_run_has_ended(
    cli: Cli, store: Store, monkeypatch: pytest.MonkeyPatch
):
    added = ["begins", "goes on", "ends"]

    def add_a_line(_seconds: float) -> None:
        log_of(store, 1).write([added.pop(0)])
        if not added:
            store.record(1, FINISHED)

    monkeypatch.setattr("expdb.cli.commands.log.sleep", add_a_line)

    result = cli("log", "1", "--follow")

    assert (result.code, last_words(result.out)) == (0, ["begins", "on", "ends"])


def test_following_is_left_by_ctrl_c(cli: Cli, store: Store, monkeypatch: pytest.MonkeyPatch):
    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("expdb.cli.commands.log.sleep", interrupt)

    assert cli("log", "1", "-f") == (130, "", "")


def test_a_run_without_a_sign_of_life_is_not_followed(cli: Cli, store: Store):
    log_of(store, 1).write(["begins"])
    silence(store, 1)

    result = cli("log", "1", "-f")

    assert (result.code, last_words(result.out)) == (0, ["begins"])
    assert re.search(r"run 1 crashed \(last sign of life .* UTC, 2 min ago\): expdb resume 1 goes on", result.err)


def test_a_log_that_is_not_here_is_one_line(cli: Cli, store: Store):
    reported = store.add_reported(reported_runs()[0])

    nowhere, followed, copied = cli("log", "1"), cli("log", "7", "-f"), cli("log", str(reported))

    assert (nowhere.code, followed.code, copied.code) == (2, 2, 2)
    assert nowhere.err.startswith("error: run 1 (running) has no log on this machine")
    assert "no run 7" in followed.err
    assert "it has no files" in copied.err


@pytest.mark.parametrize("follow", [(), ("-f",)])
def test_a_link_in_place_of_a_log_is_one_line(cli: Cli, store: Store, tmp_path: Path, follow: tuple[str, ...]):
    (tmp_path / "secret").write_text("of somebody else")
    (store.artifact_dir(1, create=True) / "log.txt").symlink_to(tmp_path / "secret")
    store.record(1, FINISHED)

    result = cli("log", "1", *follow)

    assert (result.code, result.err.count("\n")) == (1, 1)
    assert "log.txt" in result.err
    assert "symbolic link" in result.err
    assert "of somebody else" not in result.out + result.err


def test_files_that_are_links_are_said(cli: Cli, store: Store, tmp_path: Path):
    store.record(1, FINISHED)
    folder = store.artifact_dir(1, create=True)
    (folder / str(FINISHED.weights_file)).symlink_to(tmp_path / "runs.db")
    (folder / str(FINISHED.predictions_file)).touch()

    out = cli("show", "1").out

    assert f"{FINISHED.weights_file} (it is a symbolic link, which is not followed)" in out
    assert f"{FINISHED.predictions_file} (" not in out


def test_a_log_that_cannot_be_read_is_one_line(cli: Cli, store: Store):
    (store.artifact_dir(1, create=True) / "log.txt").mkdir()

    result = cli("log", "1")

    assert (result.code, result.err.count("\n")) == (1, 1)
    assert "cannot read the log" in result.err
