import os
import shutil
from pathlib import Path

import pytest

from expdb.launch.environment import collect_environment
from tests.launch.repository import commit_files

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture(autouse=True)
def _no_settings_of_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commits that are signed, hooks and colours are the user's, not the tests'."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    commit_files(tmp_path, {"train.py": "lr = 0.1\n"})
    return tmp_path


def test_a_clean_repository_has_its_commit_and_no_diff(repository: Path):
    environment = collect_environment(["expdb", "run"], folder=repository)

    assert environment.git_commit is not None
    assert len(environment.git_commit) == 40
    assert (environment.git_dirty, environment.git_diff) == (False, None)


def test_uncommitted_changes_are_recorded(repository: Path):
    (repository / "train.py").write_text("lr = 0.2\n")
    environment = collect_environment(["expdb", "run"], folder=repository)

    assert environment.git_dirty
    assert "+lr = 0.2" in (environment.git_diff or "")


def test_outside_a_repository_nothing_is_known_of_git(tmp_path: Path):
    environment = collect_environment(["expdb"], folder=tmp_path)

    assert (environment.git_commit, environment.git_dirty, environment.git_diff) == (None, None, None)


def test_versions_are_recorded_and_environment_variables_are_not(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("WANDB_API_KEY", "c4nary")
    environment = collect_environment(["expdb", "run", "--db", "postgresql://a:c4nary2@h/d"], folder=tmp_path)

    assert "torch" in environment.packages
    assert "c4nary" not in repr(environment)
    assert environment.command == "expdb run --db 'postgresql://a:***@h/d'"


def test_a_folder_that_is_gone_does_not_stop_a_run(tmp_path: Path):
    gone = tmp_path / "gone"

    assert collect_environment(["expdb"], folder=gone).git_commit is None
