"""docs/tracking.md: its scripts run, its commands do, and its words are those of the code."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from expdb.domain.scripts.metric_names import HIGHER_WORDS, LOWER_WORDS, OTHER_WORDS, SPLIT_WORDS
from expdb.domain.scripts.tracked_params import COLUMNS_BY_NAME, OWN_LAST_WORDS, OWN_NAMES, is_own
from expdb.store.store import Store

PAGE = (Path(__file__).parents[1] / "docs" / "tracking.md").read_text(encoding="utf-8")
# Scripts and commands, as they stand.
PARTS = re.findall(r"```python\n(.*?)```|(?<=\n\n)((?: {4}[^\n]*\n)+)", PAGE, re.DOTALL)


def words_of(row: str) -> tuple[str, ...]:
    line = re.search(rf"^\| {row} \| (.*) \|$", PAGE, re.MULTILINE)
    assert line is not None
    return tuple(re.findall(r"`([^`]+)`", line[1]))


def test_the_tables_of_words_are_those_of_the_code() -> None:
    assert words_of("higher is better") == HIGHER_WORDS
    assert words_of("lower is better") == LOWER_WORDS
    assert words_of("something else") == OTHER_WORDS
    named = {"test split": "test", "validation split": "val", "training split": "train"}
    for row, split in named.items():
        assert words_of(row) == tuple(word for word, of_split in SPLIT_WORDS.items() if of_split == split)


def test_what_the_page_names_as_left_out_is() -> None:
    section = PAGE[PAGE.index("## Which runs are one row") : PAGE.index("Of a path that a run starts from")]
    names = re.findall(r"`(\w+)`", section[section.index("what has one of these names") :])

    assert [name for name in names if name not in (*OWN_NAMES, *OWN_LAST_WORDS)] == []
    assert all(is_own(name, "x") for name in names)
    assert {"seed", "random_seed", "random_state"} <= {*COLUMNS_BY_NAME["seed"]}


@pytest.mark.slow
def test_every_script_and_command_of_the_page_runs_in_order(tmp_path: Path) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "80"}
    blocks: list[str] = []  # of scripts without a name, whose processes would take long: all in one

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}{done.stderr}"
        assert "Warning" not in done.stderr
        return done.stdout

    def run_blocks() -> None:
        if blocks:
            run("-c", "\n".join(blocks))
            blocks.clear()

    told = ""
    for script, typed in PARTS:
        named = re.match(r"# (\w+\.py)\n", script)
        if named is not None:
            (tmp_path / named[1]).write_text(script, encoding="utf-8")
        elif script:
            blocks.append(script)
        for command in map(shlex.split, typed.splitlines()):
            run_blocks()
            told += run(*command[1:]) if command[0] == "python" else run("-m", *command)
    run_blocks()

    with Store.open(f"sqlite:///{tmp_path / 'runs.db'}", is_read_only=True) as store:
        assert {run.status for run in store.runs()} == {"finished"}
        assert [len(group.seeds) for group in store.groups("group = 'first tries'")] == [3, 3]
        assert [epoch.top1 for epoch in store.epochs(store.run("long").id)] == [0.5, 0.6]
        assert store.points.metrics()["reward"].heading == "Reward"
    assert "left out" in told
    assert "output_dir" in told
