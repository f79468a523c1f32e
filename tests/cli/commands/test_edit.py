import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

ROWS = "".join(f"| Model{number} | 9{number}.5 |\n" for number in range(1, 6))


@pytest.fixture
def five(cli: Cli, tmp_path: Path) -> Cli:
    """Return a command line whose database holds runs 1 to 5."""
    file = tmp_path / "study.md"
    file.write_text(f"# CIFAR-10\n\n| Model | Top-1 |\n|---|---|\n{ROWS}", encoding="utf-8")
    assert cli("import", "report", str(file)).code == 0
    return cli


def listed(cli: Cli) -> list[int]:
    return sorted(run["id"] for run in json.loads(cli("ls", "--json").out))


@pytest.mark.parametrize(
    ("refs", "left"),
    [
        (["2-4"], [1, 5]),
        (["1-2", "5"], [3, 4]),
        (["1-2,", "5"], [3, 4]),  # as sentences list them
        (["1-2,5"], [3, 4]),
        (["4", "2-4"], [1, 5]),
        (["3-3"], [1, 2, 4, 5]),
    ],
)
def test_runs_are_removed_and_restored_by_ranges_of_ids(five: Cli, refs: list[str], left: list[int]) -> None:
    assert five("rm", *refs).code == 0
    assert listed(five) == left
    assert five("restore", *refs).code == 0
    assert listed(five) == [1, 2, 3, 4, 5]


def test_an_id_of_a_range_that_is_not_there_is_named_and_nothing_is_removed(five: Cli) -> None:
    result = five("rm", "4-7")

    assert (result.code, result.err) == (2, "error: no run 6, of '4-7': see expdb ls\n")
    assert listed(five) == [1, 2, 3, 4, 5]


def test_a_name_like_a_range_wins_over_the_range(five: Cli) -> None:
    five("rename", "5", "1-3")

    five("rm", "1-3")

    assert listed(five) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("4-2", "'4-2' names no runs: write a range as 22-25, the lower id first"),
        ("9", "no run 9: see expdb ls"),
        ("nosuch-1", "unknown run 'nosuch-1'"),
        ("1-999999999", "'1-999999999' names more than 100000 runs"),
    ],
)
def test_what_names_no_runs_is_bad_input(five: Cli, ref: str, message: str) -> None:
    result = five("rm", ref)

    assert result.code == 2
    assert message in result.err


def test_the_command_that_an_import_names_undoes_it(five: Cli, tmp_path: Path) -> None:
    file = tmp_path / "other.md"
    file.write_text(f"# CIFAR-100\n\n| Model | Top-1 |\n|---|---|\n{ROWS}", encoding="utf-8")

    undo = five("import", "report", str(file)).out.splitlines()[-1]

    assert undo == "undo: expdb rm 6-10"
    five(*undo.removeprefix("undo: expdb ").split())
    assert listed(five) == [1, 2, 3, 4, 5]


def test_the_command_that_undoes_an_import_names_the_database(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "study.md"
    file.write_text("# CIFAR-10\n\n| Model | Top-1 |\n|---|---|\n| A | 91.5 |\n", encoding="utf-8")

    told = cli("--db", "other.db", "import", "report", str(file)).out.splitlines()

    assert told[-1] == "undo: expdb --db other.db rm 1"
