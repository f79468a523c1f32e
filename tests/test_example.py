"""`runs.db.example`, as it is in the repository."""

import shutil
from pathlib import Path

import pytest

from expdb.report.markdown import to_markdown
from expdb.report.table import build_table
from expdb.store import schema
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

    assert schema.current_revision(url) == schema.head_revision()
    assert schema.check(url) == []


def test_it_holds_the_reports_runs_and_the_demos(example: Store):
    assert [run.status for run in example.runs()] == ["finished"] * 16
    assert len(example.runs("kind = reported")) == 10
    assert len(example.runs("kind = measured and group = demo and top1 > 90%")) == 6


@pytest.mark.parametrize("name", ["report-1", "report-2"])
def test_its_tables_come_out_as_the_report_printed_them(example: Store, name: str):
    definition = example.table(name)
    table = build_table(example.runs(definition.where), definition)

    golden = ROOT / "tests" / "report" / "golden" / f"{name}.md"
    assert to_markdown(table) == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["demo", "report-1"])
def test_the_readme_shows_its_tables(example: Store, name: str):
    definition = example.table(name)
    table = to_markdown(build_table(example.runs(definition.where), definition))

    assert table in (ROOT / "README.md").read_text(encoding="utf-8")


def test_it_says_nothing_of_the_machine_it_was_made_on(example: Store):
    for run in example.runs("kind = measured"):
        environment = run.environment
        assert (environment.host, environment.user, environment.git_commit) == (None, None, None)
        assert environment.command == "expdb demo"
