"""`runs.db.example`, as it is in the repository."""

import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from expdb.catalog.reported import paper_runs, reported_runs
from expdb.report.library.claims import claim_verdict
from expdb.report.tables.build import build_table
from expdb.report.tables.definition_files import definitions_from_text
from expdb.report.writers.markdown import to_markdown
from expdb.store.database.check import check_database
from expdb.store.database.upgrade import current_revision, head_revision
from expdb.store.store import Store

ROOT = Path(__file__).parents[1]


@pytest.fixture
def example(tmp_path: Path):
    shutil.copy(ROOT / "runs.db.example", tmp_path / "example.db")
    with Store.open(f"sqlite:///{tmp_path / 'example.db'}", is_read_only=True) as store:
        yield store


def test_it_is_sound_and_at_this_revision(tmp_path: Path):
    shutil.copy(ROOT / "runs.db.example", tmp_path / "example.db")
    url = f"sqlite:///{tmp_path / 'example.db'}"

    assert current_revision(url) == head_revision()
    assert check_database(url) == []


def test_it_holds_reported_rows_and_the_runs_of_demo_and_tour(example: Store):
    num_reported = len([*reported_runs(), *paper_runs()])
    assert [run.status for run in example.runs()] == ["finished"] * (num_reported + 12 + 9 + 2)
    assert len(example.runs("kind = reported")) == num_reported
    assert len(example.runs("kind = measured and group = demo and top1 > 90%")) == 6
    assert [sorted(group.seeds.values()) for group in example.groups("group = tour")] == [[0, 1, 2]] * 2


def test_it_holds_the_small_scale_study(example: Store):
    networks = example.groups("tag = small-scale")
    assert [sorted(group.seeds.values()) for group in networks] == [[0, 1, 2]] * 3
    ids = [run_id for group in networks for run_id in group.seeds]
    for found in example.analyses.of(ids).values():
        assert {"noise", "shape", "frequency", "agreement", "shift"} <= found.keys()
    text = (ROOT / "docs" / "small-scale-conclusion.toml").read_text(encoding="utf-8")
    assert [example.table("conclusion")] == definitions_from_text(text, "toml")


def test_what_it_says_at_small_scale_is_what_the_page_says(example: Store):
    page = " ".join((ROOT / "docs" / "analyses.md").read_text(encoding="utf-8").split())
    small = [one for claim in example.library.claims() for one in claim_verdict(example, claim).small]

    assert len(small) == 7
    assert all(f"{one.test.says}: **{one.answer}**" in page for one in small)


def test_it_names_no_machine(tmp_path: Path):
    connection = sqlite3.connect(ROOT / "runs.db.example")
    for table in ("runs", "attempts"):
        assert connection.execute(f"SELECT count(*) FROM {table} WHERE host IS NOT NULL").fetchone() == (0,)
    assert connection.execute('SELECT count(*) FROM runs WHERE "user" IS NOT NULL').fetchone() == (0,)
    connection.close()
    assert (ROOT / "runs.db.example").stat().st_size <= 2_000_000


def test_it_holds_papers_and_claims(example: Store):
    assert (len(example.library.papers()), len(example.library.claims())) == (25, 23)


def test_every_table_in_it_can_be_built(example: Store):
    assert all(build_table(example, definition).rows for definition in example.saved_tables.all())


@pytest.mark.parametrize("name", ["report-1", "report-2"])
def test_its_tables_come_out_as_the_report_printed_them(example: Store, name: str):
    definition = example.table(name)
    table = build_table(example, definition)

    golden = ROOT / "tests" / "report" / "golden" / f"{name}.md"
    assert to_markdown(table) == golden.read_text(encoding="utf-8")


def test_the_page_of_analyses_shows_the_conclusion(example: Store):
    table = to_markdown(build_table(example, example.table("conclusion")))

    assert table in (ROOT / "docs" / "analyses.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["demo", "tour", "report-1"])
def test_the_readme_shows_its_tables(example: Store, name: str):
    definition = example.table(name)
    table = to_markdown(build_table(example, definition))

    assert table in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_number_of_the_readme_is_confirmed(tmp_path: Path):
    shutil.copy(ROOT / "runs.db.example", tmp_path / "example.db")
    command = [sys.executable, "-m", "expdb", "--db", str(tmp_path / "example.db"), "check", str(ROOT / "README.md")]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    *_, summary = done.stdout.splitlines()
    total, confirmed, reported = map(int, re.findall(r"\d+", summary))
    assert done.returncode == 0, done.stdout
    assert re.fullmatch(r"\d+ numbers: \d+ confirmed, \d+ as reported.*", summary), done.stdout
    assert (total, reported) == (confirmed + reported, 16)


def test_it_says_nothing_of_the_machine_it_was_made_on(example: Store):
    for run in example.runs("kind = measured"):
        environment = run.environment
        assert (environment.host, environment.user, environment.git_commit) == (None, None, None)
        assert environment.command.split()[1] in ("demo", "run", "evaluate")
        assert "/" not in environment.command
        assert "/" not in str(run.spec.model.weights_path)
