"""Consoles that are not UTF-8: every command prints what their encoding has, and something in place of the rest."""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from expdb.cli.code_page import escaped_json, in_code_page
from expdb.cli.main import COMMANDS, main
from expdb.store.store import Store

EXAMPLE = Path(__file__).parents[2] / "runs.db.example"
NAME = "실험 β ± é 🎉 – “q”"
RUN = "run --dataset digits --model test_resnet --set data.limit=32 --batch-size 32 --epochs 1 --device cpu"
# A call of every command, over the example's runs, of which 152 has NAME for its name.
CALLS = {
    "run": ["run", "--dataset", NAME, "--model", "test_resnet"],  # what it prints as it trains is a test of its own
    "resume": ["resume", "152"],
    "rerun": ["rerun", "152", "--dry-run"],
    "fill": ["fill", "demo", "--dry-run"],
    "demo": ["demo", "--epochs", NAME],
    "evaluate": ["evaluate", NAME],
    "ls": ["ls", "-n", "3"],
    "show": ["show", "152"],
    "diff": ["diff", "151", "152"],
    "log": ["log", "152"],
    "table": ["table", "report-2"],
    "tables": ["tables"],
    "analyze": ["analyze", NAME],
    "check": ["check", "report.md"],
    "import": ["import", "report", "report.md", "--source", NAME, "--group", NAME, "--dry-run"],
    "papers": ["papers"],
    "claims": ["claims"],
    "rm": ["rm", "152", "--dry-run"],
    "restore": ["restore", "152"],
    "tag": ["tag", "152", NAME],
    "note": ["note", "152", NAME],
    "rename": ["rename", "152", NAME],
    "group": ["group", "152", NAME],
    "models": ["models", "resnet18"],
    "datasets": ["datasets"],
    "augs": ["augs"],
    "recipes": ["recipes"],
    "dashboard": ["dashboard", "--port", NAME],
    "db": ["db", "check"],
    "doctor": ["doctor"],
    "worker": ["worker", NAME],
}


class Told(NamedTuple):
    code: object
    out: str
    err: str


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the example's database, in which a run has a name of letters from everywhere."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(EXAMPLE, tmp_path / "runs.db")
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as store:
        store.edits.rename(152, NAME)
    rows = f"| Model | Top-1 (%) |\n| --- | --- |\n| {NAME} | 82.85 ± 0.12 |\n"
    (tmp_path / "report.md").write_text(rows, encoding="utf-8")
    return tmp_path


def words(text: str) -> list[str]:
    return text.split()


def call(monkeypatch: pytest.MonkeyPatch, encoding: str, *arguments: str) -> Told:
    """Run a command with streams as a console of that encoding has them, which fail at a letter they lack."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict", newline="") for _ in range(2)]
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", streams[0])
        patched.setattr(sys, "stderr", streams[1])
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        for stream in streams:
            stream.flush()
    out, err = (stream.buffer.getvalue().decode(encoding) for stream in streams)  # type: ignore[attr-defined]
    return Told(left.value.code, out, err)


def test_a_call_of_every_command_is_tried():
    assert set(CALLS) == {command for commands in COMMANDS.values() for command in commands}


@pytest.mark.parametrize("command", CALLS)
def test_every_command_prints_on_every_console(command: str, house: Path, monkeypatch: pytest.MonkeyPatch):
    for encoding in ("ascii", "cp949"):
        told = call(monkeypatch, encoding, *CALLS[command])

        assert told.out + told.err, encoding
        for wrong in ("unexpected", "Unicode", "PYTHONIOENCODING", "Traceback"):
            assert wrong not in told.out + told.err.replace("PYTHONIOENCODING=utf-8\n", ""), encoding


@pytest.mark.parametrize("command", CALLS)
def test_every_help_prints_on_ascii(command: str, monkeypatch: pytest.MonkeyPatch):
    told = call(monkeypatch, "ascii", command, "--help")

    assert (told.code, told.err) == (0, "")
    assert f"expdb {command}" in told.out


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("ascii", '?? beta +/- e ? - "q"'),
        ("cp949", "실험 β ± e ? - “q”"),
        ("latin-1", '?? beta ± é ? - "q"'),
        ("cp1252", "?? beta ± é ? – “q”"),
        ("euc-kr", "실험 β ± e ? - “q”"),
        ("utf-8", NAME),
    ],
)
def test_a_console_prints_the_letters_that_it_has(
    encoding: str, name: str, house: Path, monkeypatch: pytest.MonkeyPatch
):
    assert f"  name     {name}" in call(monkeypatch, encoding, "show", "152").out


def test_columns_stay_even_where_a_longer_word_stands_for_a_letter(house: Path, monkeypatch: pytest.MonkeyPatch):
    lines = call(
        monkeypatch, "ascii", "ls", "-n", "3", "--where", "id < 153", "--columns", "id,name,top1"
    ).out.splitlines()

    assert '?? beta +/- e ? - "q"' in lines[-1]
    assert len({len(line) for line in lines}) == 1


def test_json_keeps_every_letter_on_every_console(house: Path, monkeypatch: pytest.MonkeyPatch):
    for command in (["ls", "--json", "-n", "1"], ["table", "--rows", "runs", "--columns", "name", "--json"]):
        told = call(monkeypatch, "ascii", *command, "--where", "id < 153")

        assert json.loads(told.out)[-1]["name"] == NAME
        assert "lacks letters" not in told.err
    assert escaped_json("no change") == "no change"


def test_html_keeps_every_letter_on_every_console(house: Path, monkeypatch: pytest.MonkeyPatch):
    told = call(monkeypatch, "cp949", *words("table --rows runs --columns name --limit 0 --format html"))

    assert told.out.isascii()
    assert "&#49892;&#54744; &#946; &#177; &#233; &#127881; &#8211; &#8220;q&#8221;" in told.out
    assert "lacks letters" not in told.err


def test_other_formats_say_that_letters_are_lost(house: Path, monkeypatch: pytest.MonkeyPatch):
    for command in ("table --rows runs --columns name --format csv", "ls --csv --columns name", "table --format md"):
        told = call(monkeypatch, "ascii", *command.split())

        assert told.err.count("standard output is in ascii, which lacks letters of this") == 1, command
    assert call(monkeypatch, "utf-8", *words("ls --csv --columns name")).err == ""


def test_a_file_is_utf_8_whatever_the_console(house: Path, monkeypatch: pytest.MonkeyPatch):
    told = call(monkeypatch, "ascii", *words("table --rows runs --columns name --limit 0 --format csv -o t.csv"))

    assert (told.code, told.out) == (0, "wrote t.csv\n")
    assert "lacks letters" not in told.err
    assert NAME.replace('"', '""') in (house / "t.csv").read_text(encoding="utf-8")


def test_who_chose_how_letters_are_replaced_gets_that():
    command = [sys.executable, "-m", "expdb", "ls", "--where", "한 = 1"]
    environ = os.environ | {"PYTHONIOENCODING": "ascii:replace", "EXPDB_URL": f"sqlite:///{EXAMPLE}"}

    done = subprocess.run(command, env=environ, capture_output=True, check=False)

    assert done.returncode == 2
    assert done.stderr.startswith(b"error: unknown field '?' at position")


@pytest.mark.slow
def test_a_run_prints_its_progress(tmp_path: Path):
    environ = os.environ | {"PYTHONIOENCODING": "cp949", "LC_ALL": "C", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "expdb", *RUN.split(), "--name", NAME]

    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "epoch" in done.stdout.decode("cp949")
    with Store.open(f"sqlite:///{tmp_path}/runs.db", is_read_only=True) as store:
        assert store.run(1).name == NAME


def test_what_stands_for_a_letter_can_be_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))

    assert (
        in_code_page("82.85ᵃ m² ½ ﬁ Å ς Ω × → ≤ 1 ‑ e\u0301 你") == "82.85^a m^2 1/2 fi A sigma omega x -> <= 1 - e ?"
    )
