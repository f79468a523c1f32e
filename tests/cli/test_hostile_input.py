"""What nobody would type on purpose: one printable line and exit code 2, or it works."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.fuzz_commands import fuzz_commands
from tests.cli.conftest import Cli

SURROGATE = os.fsdecode(b"\xff")


def test_hostile_command_lines_end_as_they_should():
    counts = fuzz_commands(150)

    assert counts.faults == []
    assert counts.num_commands == 150
    assert counts.codes[0] > 10


@pytest.mark.parametrize(
    "database",
    [
        SURROGATE,
        f"sqlite:///{SURROGATE}",
        f"postgresql://ann@host/{SURROGATE}",
        "a\nb.db",
        "a\x1b[31m.db",
        "x" * 100_000,
        "sqlite:///" + "x/" * 5000,
        "x" * 300,
        "~no_such_user/runs.db",
        "sqlite:///~no_such_user/runs.db",
        "sqlite:///a\0b",
        ".",
        "/dev/null",
    ],
)
@pytest.mark.parametrize("way", ["option", "environment"])
def test_a_database_that_cannot_be_one_is_one_printable_line(cli: Cli, tmp_path: Path, monkeypatch, database, way):
    commands = (("ls",), ("db", "check"), ("db", "upgrade"), ("tag", "1", "x"), ("db", "backup", "copy.db"))
    if way == "environment" and "\0" in database:
        pytest.skip("the environment holds no zero byte")
    for command in commands:
        if way == "environment":
            monkeypatch.setenv("EXPDB_URL", database)
        result = cli(*(["--db", database] if way == "option" else []), *command)

        assert result.code == 2, result
        assert result.out == ""
        assert result.err.startswith("error: ")
        assert result.err.count("\n") == 1
        assert result.err.removesuffix("\n").isprintable()
    assert list(tmp_path.iterdir()) == []


def test_bytes_that_are_no_utf8_are_refused_by_the_program_itself(tmp_path: Path):
    for arguments in ([b"--db", b"\xff.db", b"ls"], [b"run", b"--name", b"\xff", b"--dry-run", b"--spec", b"\xff"]):
        done = subprocess.run(
            [sys.executable.encode(), b"-m", b"expdb", *arguments], cwd=tmp_path, capture_output=True, env={"PATH": ""}
        )

        assert done.returncode == 2
        assert done.stdout == b""
        assert done.stderr.startswith(b"error: ")
        assert done.stderr.count(b"\n") == 1
        assert done.stderr.decode().removesuffix("\n").isprintable()


@pytest.mark.parametrize(
    "arguments",
    [
        ("note", "1", SURROGATE),
        ("tag", "1", SURROGATE),
        ("rename", "1", SURROGATE),
        ("ls", "--where", f"model = {SURROGATE}"),
        ("ls", "--where", SURROGATE),
        ("ls", "--sort", SURROGATE),
        ("ls", "--columns", SURROGATE),
        ("show", SURROGATE),
        ("log", SURROGATE),
        ("diff", SURROGATE, "1"),
        ("table", SURROGATE),
        ("table", "--where", f"tags has {SURROGATE}"),
        ("table", "--save", SURROGATE),
        ("check", SURROGATE),
        ("import", "report", SURROGATE),
        ("import", "papers", SURROGATE),
        ("db", "backup", SURROGATE),
        ("run", "--dry-run", "--spec", SURROGATE),
        ("run", "--dry-run", "--set", f"model.name={SURROGATE}"),
        ("run", "--dry-run", "--set", f"{SURROGATE}=1"),
        ("run", "--dry-run", "--dataset", SURROGATE),
        ("run", "--dry-run", "--recipe", SURROGATE),
        ("models", SURROGATE),
    ],
    ids=lambda arguments: " ".join(arguments[:3]).replace(SURROGATE, "?"),
)
def test_bytes_that_are_no_utf8_are_one_printable_line(cli: Cli, arguments):
    cli("db", "upgrade")

    result = cli(*arguments)

    assert result.code == 2, result
    assert result.err.startswith("error: ")
    assert result.err.count("\n") == 1
    assert result.err.removesuffix("\n").isprintable()


@pytest.mark.parametrize("depth", [150, 2000, 100_000])
@pytest.mark.parametrize("key", ["model.kwargs", "progressive", "seed"])
def test_settings_nested_deeply_are_one_line(cli: Cli, tmp_path: Path, key, depth):
    nested = "[" * depth + "]" * depth
    (tmp_path / "spec.toml").write_text(f"{key} = {nested}\n")

    for arguments in (("--set", f"{key}={nested}"), ("--set", f"{key}={{a = {nested}}}"), ("--spec", "spec.toml")):
        result = cli("run", "--dry-run", *arguments)

        assert result.code == 2, result
        assert "are nested more than 100 deep" in result.err
        assert result.err.count("\n") == 1
        assert len(result.err) < 300


@pytest.mark.parametrize("depth", [150, 2000, 100_000])
@pytest.mark.parametrize(
    ("command", "name"),
    [
        (("import", "report"), "rows.yaml"),
        (("import", "papers"), "papers.yaml"),
        (("import", "claims"), "claims.toml"),
        (("tables", "add"), "tables.toml"),
        (("tables", "add"), "tables.json"),
        (("check", "--headings"), "words.toml"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_documents_nested_deeply_are_one_line(cli: Cli, tmp_path: Path, command, name, depth):
    cli("db", "upgrade")
    nested = "[" * depth + "]" * depth
    texts = {".toml": f"x = {nested}\n", ".yaml": f"x: {nested}\n", ".json": nested}
    (tmp_path / name).write_text(texts[Path(name).suffix])
    (tmp_path / "report.md").write_text("| Model | Top-1 |\n|---|---|\n| ResNet18 | 77 |\n")

    result = cli(*command, name, *(["report.md"] if "--headings" in command else []))

    assert result.code == 2, result
    assert result.err.startswith("error: ")
    assert result.err.count("\n") == 1
    assert len(result.err) < 400


def test_a_document_that_holds_itself_is_one_line(cli: Cli, tmp_path: Path):
    cli("db", "upgrade")
    (tmp_path / "rows.yaml").write_text("a: &a [*a]\n")

    assert "nested more than 100 deep" in cli("import", "papers", "rows.yaml").err


def test_settings_file_without_an_end_is_refused(cli: Cli):
    result = cli("run", "--dry-run", "--spec", "/dev/zero")

    assert (result.code, result.err) == (2, "error: cannot read '/dev/zero': it is no file but a pipe or a device\n")
