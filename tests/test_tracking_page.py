"""docs/tracking.md: its scripts run, its commands do, and its words are those of the code."""

import re
import runpy
import shlex
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from expdb.domain.scripts.metric_names import HIGHER_WORDS, LOWER_WORDS, OTHER_WORDS, SPLIT_WORDS
from expdb.domain.scripts.tracked_params import COLUMNS_BY_NAME, OWN_LAST_WORDS, OWN_NAMES, is_own
from expdb.store.store import Store
from tests.cli.conftest import Cli, cli  # noqa: F401 - a fixture

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
def test_every_script_and_command_of_the_page_runs_in_order(
    cli: Cli,  # noqa: F811 - makes an empty folder the current one
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told, num_processes = "", 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing on the page is odd
        for script, typed in PARTS:
            named = re.match(r"# (\w+\.py)\n", script)
            if named is not None:
                (tmp_path / named[1]).write_text(script, encoding="utf-8")
            elif script:
                exec(compile(script, "a block of the page", "exec"), {"__name__": "__main__"})
            for words in map(shlex.split, typed.splitlines()):
                if words[0] == "expdb":
                    result = cli(*words[1:])
                    assert result.code == 0, f"{shlex.join(words)}\n{result}"
                    told += result.out
                elif num_processes == 0:  # one as its own process, the others faster
                    num_processes += 1
                    subprocess.run([sys.executable, *words[1:]], cwd=tmp_path, check=True)
                else:
                    monkeypatch.setattr(sys, "argv", words[1:])
                    runpy.run_path(words[1], run_name="__main__")

    with Store.open(f"sqlite:///{tmp_path / 'runs.db'}", is_read_only=True) as store:
        assert {run.status for run in store.runs()} == {"finished"}
        assert [len(group.seeds) for group in store.groups("group = 'first tries'")] == [3, 3]
        assert [epoch.top1 for epoch in store.epochs(store.run("long").id)] == [0.5, 0.6]
        assert store.points.metrics()["reward"].heading == "Reward"
    assert "confirmed by tracked runs\n" in told
    assert "left out" in told
    assert "output_dir" in told
