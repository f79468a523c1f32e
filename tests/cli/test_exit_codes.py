import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import expdb.cli
import expdb.errors
from expdb.cli import exit_codes
from expdb.cli.exit_codes import CODE_MEANINGS
from tests.cli.conftest import Cli

ROOT = Path(expdb.cli.__file__).parent


def codes_in(file: Path) -> Iterator[int]:
    """Yield the codes that are written in a module: in Exit, exit, `_fail` and as `exit_code = ...`."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        given: list[ast.expr] = []
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("typer.Exit", "sys.exit", "_fail"):
            given = node.args[-1:]
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "exit_code":
            given = [node.value]
        for part in (part for value in given for part in ast.walk(value)):
            if isinstance(part, ast.Constant) and isinstance(part.value, int):
                yield int(part.value)
            elif isinstance(part, ast.Name) and isinstance(known := getattr(exit_codes, part.id, None), int):
                yield known


def test_every_exit_code_in_the_code_is_described_and_no_other() -> None:
    files = [*ROOT.rglob("*.py"), Path(expdb.errors.__file__)]

    assert {code for file in files for code in codes_in(file)} == set(CODE_MEANINGS)


def test_the_reference_has_one_table_of_the_exit_codes_of_every_command() -> None:
    text = (Path(__file__).parents[2] / "docs" / "reference.md").read_text(encoding="utf-8")
    part = text.partition("## Exit codes\n")[2].partition("\n## ")[0]

    assert [code for code, about in CODE_MEANINGS.items() if f"| {code} | {about} |" not in part] == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("models",), 0),
        (("--help",), 0),
        (("rm",), 2),
        (("run", "--lr", "-1"), 2),
        (("show", "7"), 2),
        (("check", "nosuch.md"), 2),
        (("check", "wrong.md"), 1),
        (("check", "empty.md"), 3),
        (("check", "empty.md", "--allow-empty"), 0),
    ],
)
def test_a_command_ends_with_the_code_of_the_table(cli: Cli, tmp_path: Path, arguments: tuple[str, ...], code: int):
    table = "# CIFAR-10\n\n| Model | Top-1 |\n|---|---|\n| A | 91.5 |\n"
    (tmp_path / "wrong.md").write_text(table, encoding="utf-8")
    cli("import", "report", "wrong.md")
    (tmp_path / "wrong.md").write_text(table.replace("91.5", "92.5"), encoding="utf-8")
    (tmp_path / "empty.md").write_text("no table", encoding="utf-8")

    assert cli(*arguments).code == code
