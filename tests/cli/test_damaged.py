"""Every command on damaged databases: it works, or says in one line what is damaged and what to do."""

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.store.database.damaged import damages, make_whole

COMMANDS = (
    ("db", "check"),
    ("db", "current"),
    ("ls",),
    ("ls", "--json"),
    ("ls", "--where", "top1 > 0.1", "--sort", "-created_at"),
    ("ls", "--group", "seeds"),
    ("show", "1"),
    ("show", "5"),
    ("table",),
    ("table", "main"),
    ("tables",),
    ("log", "1"),
    ("diff", "1", "2"),
    ("papers",),
    ("claims",),
    ("fill", "--dry-run", "main"),
    ("doctor",),
    ("db", "backup", "copy.db"),
    ("note", "2", "said afterwards"),
    ("tag", "3", "late"),
    ("rm", "4"),
    ("restore", "4"),
    ("db", "upgrade"),
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "runs.db"
    make_whole(path)
    return path


@pytest.mark.parametrize(("name", "damage"), [pytest.param(*way, id=way[0]) for way in damages()])
def test_no_damage_is_an_unexpected_error(name, damage, whole: Path, tmp_path: Path, cli: Cli):
    shutil.copy(whole, tmp_path / "runs.db")
    damage(tmp_path / "runs.db")

    for command in COMMANDS:
        result = cli(*command)

        assert "unexpected" not in result.err, (command, result)
        assert "Traceback" not in result.err, (command, result)
        errors = [line for line in result.err.splitlines() if line.startswith("error: ")]
        assert (result.code, len(errors)) in ((0, 0), (1, 0), (1, 1), (2, 1)), (command, result)
