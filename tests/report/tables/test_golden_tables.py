"""Every example table in every format, as files to read. `EXPDB_GOLDEN=1` writes them anew."""

import os
from pathlib import Path

import pytest

from expdb.catalog.reported import example_tables, paper_runs, report_tables, reported_runs
from expdb.report.tables.build import build_table
from expdb.report.writers.render import FORMATS, render
from expdb.store.store import Store

GOLDEN = Path(__file__).parents[1] / "golden" / "tables"
DEFINITIONS = {definition.name: definition for definition in (*report_tables(), *example_tables())}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A database of what the examples are about."""
    with Store.open(f"sqlite:///{tmp_path_factory.mktemp('golden') / 'runs.db'}") as store:
        for run in (*reported_runs(), *paper_runs()):
            store.add_reported(run)
        yield store


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", DEFINITIONS)
def test_example_table_is_printed_as_in_its_file(store, name, form):
    text = render(build_table(store, DEFINITIONS[name]), form)
    file = GOLDEN / f"{name}.{form}"
    if os.environ.get("EXPDB_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")

    assert text == file.read_text(encoding="utf-8")


def test_every_golden_file_is_of_an_example():
    assert {path.name for path in GOLDEN.iterdir()} == {f"{name}.{form}" for name in DEFINITIONS for form in FORMATS}
