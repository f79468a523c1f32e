"""What `expdb table` prints where a person looks: aligned and whole; in a pipe, or asked for, Markdown."""

import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "runs.db.example"


def on_terminal(*arguments: str, columns: int = 80, database: Path = EXAMPLE) -> str:
    """Return what a command prints on a terminal of so many columns."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    command = [sys.executable, "-m", "expdb", "--db", str(database), *arguments]
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    with subprocess.Popen(command, stdin=child, stdout=child, stderr=child, env={**environment, "TERM": "xterm"}):
        os.close(child)
        printed = bytearray()
        while True:
            try:
                part = os.read(parent, 65536)
            except OSError:  # Linux says so that the other end is closed
                break
            if not part:
                break
            printed += part
    os.close(parent)
    return printed.decode().replace("\r\n", "\n")


def plain(text: str) -> list[str]:
    return [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()]


def test_a_table_is_aligned_with_its_notes_below():
    lines = plain(on_terminal("table", "tour"))

    assert max(map(len, lines)) <= 80
    (row,) = [line.split() for line in lines if line.startswith("SENet-mini")]
    assert row[1:6] == ["98.80", "±", "0.42", "(3)", "-0.19"]
    assert row[6] == "0.680ᵃ"
    assert any(line.startswith("ᵃ not told apart") for line in lines)
    assert "- Mean ± sample standard deviation (n seeds)." in lines


def test_the_best_is_bold_and_the_second_underlined():
    printed = on_terminal("table", "vit-comer-modules")

    assert "\x1b[1m45.8\x1b[0m" in printed
    assert "\x1b[4m43.3\x1b[0m" in printed


def test_where_numbers_would_be_cut_and_where_it_is_asked_for_a_table_is_markdown():
    assert plain(on_terminal("table", "report-1", columns=40))[0].startswith("| Dataset | Model | Top-1 Acc")
    assert plain(on_terminal("table", "report-1", "--format", "md"))[0].startswith("| Dataset | Model | Top-1 Acc")
    assert plain(on_terminal("table", "report-1"))[1].startswith("Dataset ")


def test_a_long_name_of_a_section_pushes_no_number_out(tmp_path):
    database, file = tmp_path / "runs.db", tmp_path / "s.toml"
    shutil.copy(EXAMPLE, database)
    columns = "['dataset', 'model_label', 'top1', 'num_params', 'train_seconds']"
    file.write_text(f"name = 's'\nwhere = 'group = tour'\nsection = 'settings'\ncolumns = {columns}\n")
    on_terminal("tables", "add", str(file), database=database)

    lines = plain(on_terminal("table", "s", database=database))

    assert max(map(len, lines)) <= 80
    assert [line.endswith("s (3)") for line in lines if "-mini" in line] == [True, True]
    assert not any("…" in line for line in lines)
