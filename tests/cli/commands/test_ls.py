"""`expdb ls` on more runs than it shows."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from expdb.catalog.reported import reported_runs
from expdb.cli.commands import ls
from expdb.store.store import Store
from tests.cli.conftest import Cli
from tests.cli.test_table_view import on_terminal, plain
from tests.factories import make_spec
from tests.store_runs import add_finished

NUM_RUNS = 60


@pytest.fixture
def many(cli: Cli, tmp_path: Path) -> Cli:
    """The command line on 60 queued runs, the first of them removed, and one that was copied from a document."""
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as store:
        for seed in range(NUM_RUNS):
            store.add_run(make_spec(seed=seed), name=f"run-{seed}")
        store.edits.remove(1)
        store.add_reported(reported_runs()[0])
    return cli


@pytest.fixture
def in_small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ls, "BLOCK", 7)


def ids(text: str) -> list[int]:
    return [int(words[0]) for line in text.splitlines() if (words := line.split()) and words[0].isdecimal()]


def test_the_newest_fifty_are_shown_the_newest_last(many: Cli):
    shown = many("ls")

    assert ids(shown.out) == list(range(12, 62))
    assert shown.err == "note: 10 more runs are not shown: -n 0 lists all\n"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("-n", "3"), [59, 60, 61]),
        (("-n", "0"), list(range(2, 62))),
        (("--all",), list(range(1, 62))),
        (("--all", "-n", "2"), [60, 61]),
        (("--sort", "seed", "-n", "2"), [2, 3]),
        (("--where", "id < 5"), [2, 3, 4]),
    ],
)
@pytest.mark.usefixtures("in_small_blocks")
def test_so_many_are_shown_as_one_asks_for(many: Cli, options: tuple[str, ...], expected: list[int]):
    assert ids(many("ls", *options).out) == expected


@pytest.mark.parametrize("options", [("-n", "0"), ("--all",), ("--where", "id < 5"), ("--json",), ("--csv",)])
def test_nothing_is_said_where_nothing_is_left_out(many: Cli, options: tuple[str, ...]):
    assert many("ls", *options).err == ""


def test_a_negative_number_is_bad_input(many: Cli):
    refused = many("ls", "-n", "-1")

    assert (refused.code, refused.out) == (2, "")
    assert "--limit" in refused.err


@pytest.mark.usefixtures("in_small_blocks")
def test_json_is_complete_and_written_as_a_whole_array_would_be(many: Cli):
    text = many("ls", "--json").out

    assert [run["id"] for run in json.loads(text)] == list(range(2, 62))
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"
    assert many("ls", "--json", "--model", "none").out == "[]\n"


@pytest.mark.parametrize("columns", [(), ("--columns", "id,model,top1")])
def test_csv_is_complete_and_the_same_in_blocks_as_in_one(
    many: Cli, monkeypatch: pytest.MonkeyPatch, columns: tuple[str, ...]
):
    whole = many("ls", "--csv", *columns).out
    monkeypatch.setattr(ls, "BLOCK", 7)

    assert many("ls", "--csv", *columns).out == whole
    assert [int(row["id"]) for row in csv.DictReader(io.StringIO(whole))] == list(range(2, 62))


@pytest.mark.usefixtures("in_small_blocks")
def test_a_long_table_has_its_headings_once_and_columns_that_only_grow(many: Cli):
    lines = many("ls", "--all").out.splitlines()
    statuses = [line.index("queued") for line in lines if "queued" in line]

    assert sum("status" in line for line in lines) == 1
    assert statuses == sorted(statuses)


def test_no_more_is_read_than_is_shown(many: Cli, monkeypatch: pytest.MonkeyPatch):
    read: list[int] = []
    runs = Store.runs

    def counted(self: Store, *arguments: object, **options: object):
        found = runs(self, *arguments, **options)
        read.append(len(found))
        return found

    monkeypatch.setattr(Store, "runs", counted)
    many("ls", "-n", "5")

    assert read == [5]


@pytest.mark.usefixtures("in_small_blocks")
@pytest.mark.parametrize("form", ["--json", "--csv", "--all"])
def test_the_first_lines_are_written_before_the_last_runs_are_read(
    many: Cli, monkeypatch: pytest.MonkeyPatch, form: str
):
    runs = Store.runs

    def failing(self: Store, *arguments: object, **options: object):
        found = runs(self, *arguments, **options)
        if found[-1].id == 61:
            raise RuntimeError
        return found

    monkeypatch.setattr(Store, "runs", failing)
    stopped = many("ls", form)

    assert stopped.code == 1
    assert "run-20" in stopped.out


@pytest.mark.parametrize("options", [(), ("--csv",), ("--json",), ("--all",)], ids=" ".join)
def test_a_pipe_that_nobody_reads_ends_it_as_it_ends_other_programs(
    many: Cli, tmp_path: Path, options: tuple[str, ...]
):
    command = [sys.executable, "-m", "expdb", "--db", str(tmp_path / "runs.db"), "ls", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()

    assert process.returncode == 141
    assert "Error" not in said


def test_no_number_is_cut_where_columns_can_be_left_out():
    lines = plain(on_terminal("ls", "--dataset", "digits", "--sort", "-top1"))

    assert max(map(len, lines)) <= 80
    assert "…" not in "".join(lines)
    assert lines[-1].startswith("no room for: ")


@pytest.fixture
def with_parts(cli: Cli, tmp_path: Path) -> Cli:
    """Five runs, of which the second, third and fifth were evaluated on ten test images, and a queued one."""
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as store:
        for seed in range(5):
            add_finished(store, seed=seed, **({"data__test_limit": 10} if seed in (1, 2, 4) else {}))
        add_finished(store, seed=5, status="queued", data__test_limit=10)  # has no result yet
    return cli


@pytest.mark.parametrize(
    ("options", "runs"),
    [
        ((), "runs 2, 3, 5"),
        (("--csv",), "runs 2, 3, 5"),
        (("-n", "2"), "run 5"),
        (("-n", "1"), None),
        (("--columns", "id,best_top1"), "runs 2, 3, 5"),
        (("--where", "id < 2"), None),
        (("--columns", "id,top1,test_limit"), None),
        (("--columns", "id,model"), None),
        (("--json",), None),
    ],
)
def test_accuracies_on_a_part_of_the_test_images_are_told(
    with_parts: Cli, options: tuple[str, ...], runs: str | None
) -> None:
    listed = with_parts("ls", *options)

    note = f"note: evaluated on a part of the test images (--columns test_limit): {runs}\n"
    assert [line for line in listed.err.splitlines(keepends=True) if "part" in line] == ([note] if runs else [])


def test_show_says_of_how_many_test_images_accuracies_are(with_parts: Cli) -> None:
    whole, part = (with_parts("show", ref).out for ref in ("1", "2"))

    assert "50.00 (on 10 of 360 test images)" in part
    assert "test images)" not in whole
