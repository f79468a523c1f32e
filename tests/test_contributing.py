"""CONTRIBUTING.md names files and tests that exist, and the commands that make knows."""

import re
from pathlib import Path

from tests.source_names import names_in

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ")][2:]


def test_every_row_says_what_to_edit_and_names_a_test():
    assert len(ROWS) >= 20
    assert [
        row for row in ROWS if not re.fullmatch(r"\| [^|]+ \| [^|]+ \| (`tests/[\w/]+\.py::test_\w+`(, )?)+ \|", row)
    ] == []


def test_every_file_and_folder_that_it_names_exists():
    named = set(re.findall(r"`(\.?[\w./-]+(?:/|\.\w+))`", PAGE))

    assert {"expdb/report/columns.py", "migrations/versions/", "pyproject.toml", "requirements.lock"} <= named
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_every_test_that_it_names_exists():
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)

    assert len(named) > len(ROWS)
    assert [(file, test) for file, test in named if not is_test(ROOT / file, test)] == []


def test_a_renamed_test_would_be_noticed():
    assert is_test(Path(__file__), "test_a_renamed_test_would_be_noticed")
    assert not is_test(Path(__file__), "test_of_another_name")
    assert not is_test(ROOT / "tests" / "test_of_another_file.py", "test_of_another_name")


def is_test(file: Path, name: str) -> bool:
    """Whether a file of tests has this one."""
    return file.is_file() and name in names_in(file)
