"""The views that other programs read, on every back end, by a driver alone."""

import math
import re
import shutil
import sqlite3
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psycopg
import pytest

from expdb.domain.events import Logged, PointsLogged
from expdb.domain.fields import run_fields
from expdb.domain.group import Measure
from expdb.domain.run import Environment, ReportedRun
from expdb.report.tables.build import build_table
from expdb.report.writers.csv_json import table_objects
from expdb.store.database.upgrade import upgrade_database
from expdb.store.database.views import AVERAGED, views
from expdb.store.store import Store
from tests.factories import tracked_start
from tests.store.database.test_upgrade import ASSETS, load, path_of
from tests.store.events import FINISHED, epoch, failed, running, silence, started
from tests.store_runs import add_finished, add_seeds

PAGE = (ASSETS.parents[2] / "docs" / "sql.md").read_text(encoding="utf-8")
NAMES = ("v_runs", "v_epochs", "v_points", "v_groups")
REPORTED = ReportedRun(
    name="paper/1",
    group="paper",
    source="A Paper, p. 3",
    quote={"Top-1": "79.1"},
    dataset="cifar100",
    model="Net",
    top1=0.791,
    settings={"crops": 10},
    metrics={"miou": 47.5},
)


def read(url: str, query: str) -> list[dict[str, Any]]:
    """Run a query as any program would, without expdb."""
    if url.startswith("sqlite"):
        lite = sqlite3.connect(f"file:{path_of(url)}?mode=ro", uri=True)
        lite.row_factory = sqlite3.Row
        rows = [dict(row) for row in lite.execute(query)]
        lite.close()
        return rows
    with psycopg.connect(url.replace("+psycopg", ""), row_factory=psycopg.rows.dict_row) as server:
        return server.execute(query).fetchall()


def tracked(store: Store, *rows: Logged, seed: int = 0, is_finished: bool = True) -> int:
    run_id = store.tracked.add(tracked_start(model="mine", seed=seed))
    store.tracked.begin(run_id, Environment())
    store.record(run_id, PointsLogged(rows=rows))
    if is_finished:
        store.record(run_id, FINISHED)
    return run_id


@pytest.fixture
def filled(store: Store) -> Store:
    """Groups of every kind: seeds, one that was run again, those that failed or were removed, rows of documents."""
    add_seeds(store, [0.5, 0.75, 0.8], group="a", tags=["best", "a"], last={"cpu_seconds": 2.0})
    add_finished(store, top1=0.6, seed=1, group="a")  # the seed again
    add_finished(store, top1=0.1, seed=7, status="failed")
    store.edits.remove(add_finished(store, top1=0.2, seed=8))
    add_seeds(store, [0.3, 0.3], model__name="senet_mini", optim__lr=0.3)
    add_finished(store, status="queued", seed=9)
    store.add_reported(REPORTED)
    for seed, value in enumerate((0.25, 0.5)):
        tracked(store, Logged(1, None, {"top1": value, "test/miou": value / 2, "loss": math.nan}), seed=seed)
    return store


def test_groups_are_averaged_as_tables_average_them(filled: Store, database_url: str):
    rows = read(database_url, "SELECT * FROM v_groups")
    measures = [Measure(name) for name in AVERAGED] + [Measure("metrics.test/miou")]

    expected = {
        (group.key, measure.field.removeprefix("metrics.")): (sample.n, sample.mean, sample.std)
        for group in filled.groups("", measures)
        for measure, sample in group.samples.items()
    }
    found = {(row["group_key"], row["metric"]): (row["n"], row["mean"], row["std"]) for row in rows}

    assert found.keys() == expected.keys()
    for key, numbers in expected.items():
        assert [value is None for value in found[key]] == [value is None for value in numbers], key
        assert [*filter(None, found[key])] == pytest.approx([*filter(None, numbers)], rel=1e-12), key
    top1 = [row for row in rows if row["metric"] == "top1"]
    assert sorted((row["model"], row["kind"], row["n"]) for row in top1) == [
        *(("Net", "reported", 1), ("mine", "tracked", 2), ("resnet_mini", "measured", 3), ("senet_mini", "measured", 2))
    ]


def test_groups_have_the_numbers_that_a_table_prints(filled: Store, database_url: str):
    from expdb.domain.table import TableDefinition

    definition = TableDefinition(name="main", columns=("model", "top1", "train_seconds"), where="kind != reported")
    printed = {row["model"]: row for row in table_objects(build_table(filled, definition))}

    for metric in ("top1", "train_seconds"):
        rows = read(database_url, f"SELECT * FROM v_groups WHERE metric = '{metric}' AND kind <> 'reported'")
        assert {row["model"] for row in rows} == {name for name, row in printed.items() if row[metric]["n"]}
        for row in rows:
            expected = printed[row["model"]][metric]
            assert [row["n"], row["mean"], row["std"]] == pytest.approx(
                [expected[key] for key in ("n", "value", "std")]
            )
            assert row["newest_run_id"] in expected["runs"]


def test_runs_are_those_that_lists_show_with_what_is_recorded(filled: Store, database_url: str):
    rows = {row["id"]: row for row in read(database_url, "SELECT * FROM v_runs")}
    known = {run.id: run for run in filled.runs()}

    assert rows.keys() == known.keys()
    for run_id, run in known.items():
        for name in ("name", "kind", "status", "group", "dataset", "model", "lr", "seed", "top1", "num_params", "uuid"):
            assert rows[run_id][name] == run.fields[name], name
        assert rows[run_id]["tags"] == (", ".join(run.tags) or None)
    assert "removed_at" not in rows[1]


def test_a_run_whose_heartbeat_stopped_is_called_crashed(store: Store, database_url: str):
    alive, silent = running(store), running(store, seed=1)
    silence(store, silent)

    rows = read(database_url, "SELECT id, status FROM v_runs ORDER BY id")

    assert [tuple(row.values()) for row in rows] == [(alive, "running"), (silent, "crashed")]


def test_documents_are_json(filled: Store, database_url: str):
    value = "settings ->> '$.crops'" if database_url.startswith("sqlite") else "settings ->> 'crops'"
    (row,) = read(database_url, f"SELECT {value} AS crops, source FROM v_runs WHERE kind = 'reported'")

    assert (int(row["crops"]), row["source"]) == (10, "A Paper, p. 3")


def test_epochs_are_those_that_count_of_trained_and_tracked_runs(store: Store, database_url: str):
    trained = running(store, epochs=3)
    store.record(trained, started())
    store.record(trained, epoch(1))
    store.record(trained, epoch(2, top1=0.1))
    store.record(trained, failed())
    store.resume_run(trained, Environment())
    store.record(trained, started(first_epoch=2))
    store.record(trained, epoch(2, top1=0.7, test_loss=None))
    script = tracked(
        store,
        *(Logged(1, None, {"top1": 0.25, "train_loss": 2.0}), Logged(2, 10, {"train_loss": 1.5})),
        *(Logged(2, 20, {"train_loss": 1.25}), Logged(2, None, {"top1": 0.5, "f1": 0.5})),
    )

    for run_id in (trained, script):
        rows = read(database_url, f"SELECT * FROM v_epochs WHERE run_id = {run_id} ORDER BY epoch")
        expected = [asdict(one) | {"run_id": run_id} for one in store.epochs(run_id)]
        assert [{key: one[key] for key in rows[0]} for one in expected] == rows
        assert len(rows) == 2


def test_points_are_those_that_count_with_what_is_known_of_their_metric(store: Store, database_url: str):
    run_id = tracked(store, Logged(1, None, {"test/miou": 0.5}), Logged(None, 10, {"loss": math.inf}))
    store.edits.remove(tracked(store, Logged(1, None, {"gone": 1.0}), seed=1))

    rows = read(database_url, "SELECT * FROM v_points ORDER BY metric")

    assert [
        [row[key] for key in ("run_id", "metric", "attempt", "epoch", "step", "value", "special")] for row in rows
    ] == [
        [run_id, "loss", 1, None, 10, None, "inf"],
        [run_id, "test/miou", 1, 1, None, 0.5, None],
    ]
    assert len(rows) == len(store.points.of([run_id]))


def test_a_view_cannot_be_written(store: Store, database_url: str):
    add_finished(store)
    with pytest.raises((sqlite3.OperationalError, psycopg.errors.Error)):
        _write(database_url, "INSERT INTO v_groups (n) VALUES (1)")
    with pytest.raises((sqlite3.OperationalError, psycopg.errors.Error)):
        _write(database_url, "UPDATE v_epochs SET top1 = 1")


def _write(url: str, statement: str) -> None:
    if url.startswith("sqlite"):
        lite = sqlite3.connect(path_of(url))
        try:
            lite.execute(statement)
        finally:
            lite.close()
        return
    with psycopg.connect(url) as server:
        server.execute(statement)


@pytest.mark.parametrize("asset", sorted(ASSETS.glob("*.sql")), ids=lambda path: path.stem)
def test_an_old_database_has_the_views_once_it_is_upgraded(asset, sqlite_url: str):
    load(asset, path_of(sqlite_url))
    upgrade_database(sqlite_url)

    with Store.open(sqlite_url) as store:
        assert len(read(sqlite_url, "SELECT * FROM v_runs")) == len(store.runs())
    for name in NAMES[1:]:
        read(sqlite_url, f"SELECT * FROM {name}")


@pytest.mark.postgres
def test_an_upgraded_server_has_the_views_of_a_new_one(new_postgres_url):
    upgraded, created = new_postgres_url(), new_postgres_url()
    upgrade_database(upgraded)
    Store.open(created).close()

    assert _definitions(upgraded) == _definitions(created)
    assert tuple(_definitions(created)) == tuple(sorted(NAMES))


def _definitions(url: str) -> dict[str, str]:
    query = "SELECT viewname, definition FROM pg_views WHERE schemaname = current_schema() ORDER BY viewname"
    return {row["viewname"]: row["definition"] for row in read(url, query)}


def test_the_page_names_every_column_of_every_view(sqlite_url: str):
    Store.open(sqlite_url).close()
    lite = sqlite3.connect(path_of(sqlite_url))
    fields = " ".join(f"`{name}`" for name in run_fields())

    assert tuple(views("sqlite")) == NAMES
    for name in NAMES:
        columns = [str(column) for column, *_ in lite.execute(f"SELECT * FROM {name}").description]
        part = PAGE.partition(f"## {name}\n")[2].partition("\n## ")[0] + (fields if name == "v_runs" else "")
        assert [column for column in columns if f"`{column}`" not in part] == [], name
    lite.close()


@pytest.mark.parametrize("query", re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL))
def test_every_query_of_the_page_finds_rows_in_the_example(query: str, tmp_path: Path):
    shutil.copy(ASSETS.parents[2] / "runs.db.example", tmp_path / "runs.db")
    assert read(f"sqlite:///{tmp_path}/runs.db", query)
