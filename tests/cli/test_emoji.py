"""What rich knows as an emoji's code is printed as it stands in names and messages: `model:x:`."""

import ast

import pytest

from expdb.cli.output import console, print_line, print_pairs, print_table, remark, warn
from tests.cli.conftest import Cli
from tests.source_names import ROOT

NAME = "a:x: b"


@pytest.mark.parametrize("is_error", [False, True])
def test_a_console_prints_the_code_of_an_emoji_as_it_is(capsys: pytest.CaptureFixture[str], is_error: bool) -> None:
    console(is_error=is_error).print(NAME)

    assert "".join(capsys.readouterr()) == f"{NAME}\n"


def test_every_way_to_print_leaves_the_code_of_an_emoji(capsys: pytest.CaptureFixture[str]) -> None:
    print_line(NAME)
    warn(NAME)
    remark(NAME)
    print_pairs(NAME, [(NAME, NAME)])
    print_table([NAME], [[NAME]], ["left"])

    assert "".join(capsys.readouterr()).count(NAME) == 8


def test_every_console_of_the_project_has_no_emoji() -> None:
    made = [
        (path.name, {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords})
        for folder in ("expdb", "dashboard", "benchmarks", "docs")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "Console"
    ]

    assert made
    assert [each for each in made if each[1].get("emoji") != "False"] == []


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--dataset", "digits", "--model", "vit_tiny:x:", "--dry-run"),
        ("run", "--dataset", "folder:a:x:b", "--dry-run"),
        ("run", "--set", "a:x:b", "--dry-run"),
        ("ls", "--a:x:b"),
        ("a:x:b",),
        ("check", "a:x:b"),
    ],
)
def test_an_error_shows_the_code_of_an_emoji_as_it_was_typed(cli: Cli, words: tuple[str, ...]) -> None:
    result = cli(*words)

    assert result.code == 2
    assert ":x:" in result.err
