"""The README's commands: those that can run do, in its order and in one folder; the others say what they need."""

import gc
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from expdb.cli.main import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
# What may stand in brackets at the end of a comment. A command without such a mark has to run here, in seconds.
MINUTES = "minutes"  # `make test-long` runs these too
MARKS = ("GPU", MINUTES, "your file", "your run", "your server", "until Ctrl-C")
_COMMENT = re.compile(r"\s+# .*$", re.MULTILINE)
_MARK = re.compile(r"\[([^\]]+)\]$")


class Line(NamedTuple):
    """Commands that stand on one line, or on several that end in a backslash, and their mark."""

    text: str
    mark: str | None

    def commands(self) -> Iterator[list[str]]:
        """Yield the words of every command, as a shell would hand them over."""
        words: list[str] = []
        for word in shlex.split(self.text):
            if word == ";":
                yield words
                words = []
            else:
                words.append(word)
        yield words


def lines() -> Iterator[Line]:
    """Yield the indented lines of the README that are typed into a shell."""
    for block in re.findall(r"(?<=\n\n)(?: {4}.*\n)+(?=\n)", README):
        for typed in re.sub(r"\\\n", "", block).splitlines():
            mark = _MARK.search(typed)
            yield Line(_COMMENT.sub("", typed).strip(), mark and mark[1])


Typed = Callable[[list[str]], None]


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Typed]:
    """Run a command in an empty folder that all of a test share, as its own process would; it must end well."""
    monkeypatch.chdir(tmp_path)
    for name in ("EXPDB_URL", "EXPDB_DATA_DIR", "EXPDB_ARTIFACT_DIR", "EXPDB_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    thresholds = gc.get_threshold()

    def run(words: list[str]) -> None:
        with pytest.raises(SystemExit) as left:
            main(words[1:])
        out, err = capfd.readouterr()
        assert left.value.code == 0, f"{shlex.join(words)}\n{out}{err}"

    yield run
    gc.set_threshold(*thresholds)


def test_every_line_is_a_command_and_every_mark_is_known():
    assert [line.text for line in lines() if line.text.split()[0] not in ("expdb", "make", "export")] == []
    assert {line.mark for line in lines()} == {None, *MARKS}


def test_the_marks_are_explained():
    assert [mark for mark in MARKS if f"`[{mark}]`" not in README.replace("\n", " ")] == []


def test_a_line_fits_a_terminal():
    blocks = re.findall(r"(?<=\n\n)(?: {4}.*\n)+(?=\n)", README)
    assert [row for block in blocks for row in block.splitlines() if len(row) > 80] == []


@pytest.mark.slow
def test_every_command_without_a_mark_runs_in_order(typed: Typed):
    for line in lines():
        if line.text.startswith("expdb") and line.mark is None:
            for words in line.commands():
                typed(words)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_those_that_take_minutes_run_too(typed: Typed):
    for line in lines():
        if line.text.startswith("expdb") and line.mark in (None, MINUTES):
            for words in line.commands():
                typed(words)
