"""A document that was printed from another database: its numbers of runs are not taken for those here."""

from pathlib import Path

import pytest

from expdb.domain.table import TableDefinition
from expdb.report.check.check import check_text
from expdb.report.tables.build import build_table
from expdb.report.writers.render import render
from expdb.store.merging.other_database import open_other
from expdb.store.store import Store
from tests.store_runs import add_finished, add_seeds

FILES = {"md": "report.md", "html": "report.html", "latex": "report.tex"}
PER_RUN = TableDefinition(name="per-run", columns=("id", "model", "dataset", "seed", "top1"), rows="runs", sort=("id",))
GROUPS = TableDefinition(name="groups", columns=("model", "dataset", "top1", "images_per_second"))


@pytest.fixture
def stores(tmp_path: Path):
    with (
        Store.open(f"sqlite:///{tmp_path}/laptop.db") as there,
        Store.open(f"sqlite:///{tmp_path}/here.db") as here,
    ):
        add_seeds(there, [0.5, 0.625, 0.75])
        add_seeds(here, [0.125, 0.25, 0.375, 0.4], model__name="vit_mini")
        yield here, there


def merge(here: Store, there: Store, tmp_path: Path) -> None:
    with open_other(f"sqlite:///{tmp_path}/laptop.db") as other:
        here.merging.merge(other)


def printed(store: Store, definition: TableDefinition, form: str, *, link: bool = False) -> str:
    text = render(build_table(store, definition), form, link=link)
    return f"<html><body>{text}</body></html>" if form == "html" else text


@pytest.mark.parametrize("form", FILES)
def test_numbers_of_runs_are_those_that_the_runs_have_here(stores, tmp_path, form):
    here, there = stores
    text = printed(there, PER_RUN, form)
    assert f"database {there.uuid[:8]}" in text
    before = check_text(text, here, [], name=FILES[form])

    merge(here, there, tmp_path)
    (table,) = check_text(text, here, [], name=FILES[form])

    assert not any(one.status == "confirmed" for one in before[0].findings)
    assert "which was not merged here" in before[0].readings[-1]
    assert {one.status for one in table.findings} == {"confirmed"}
    assert [one.run_ids for one in table.findings if one.column.startswith("Top-1")] == [(5,), (6,), (7,)]
    assert table.readings[-1] == f"runs 1-3 of database {there.uuid[:8]} (laptop.db) are runs 5-7 here"


@pytest.mark.parametrize("form", FILES)
def test_runs_of_notes_and_of_the_last_column_are_told(stores, tmp_path, form):
    here, there = stores
    add_finished(there, seed=9, last={"images_per_second": 0.0, "train_seconds": 0.0})  # whose rate is not known
    text = printed(there, GROUPS, form, link=True)

    merge(here, there, tmp_path)
    (table,) = check_text(text, here, [], name=FILES[form])

    assert all(one.status != "contradicted" for one in table.findings)
    assert table.readings[-1] == f"runs 1-4 of database {there.uuid[:8]} (laptop.db) are runs 5-8 here"


def test_tables_of_several_databases_are_told_apart(stores, tmp_path):
    here, there = stores
    merge(here, there, tmp_path)
    own = PER_RUN.model_copy(update={"where": "id < 5"})
    text = f"{printed(here, own, 'md')}\n\nAnd:\n\n{printed(there, PER_RUN, 'md')}"

    first, second = check_text(text, here, [])

    assert {one.status for table in (first, second) for one in table.findings} == {"confirmed"}
    assert first.readings == ()
    assert "runs 1-3 of database" in second.readings[-1]


def test_run_that_was_not_merged_is_told(stores, tmp_path):
    here, there = stores
    merge(here, there, tmp_path)
    add_finished(there, seed=7, top1=0.875)

    (table,) = check_text(printed(there, PER_RUN, "md"), here, [])

    assert table.readings[-1] == f"run 4 of database {there.uuid[:8]} (laptop.db) is not here"


def test_table_that_names_no_run_says_nothing_of_its_database(stores):
    here, _ = stores
    plain = TableDefinition(name="plain", columns=("model", "top1"))
    assert here.uuid[:8] not in printed(here, plain, "md")
    assert here.uuid[:8] not in printed(here, PER_RUN.model_copy(update={"notes": False}), "md")
