"""Runs and curves as DataFrames."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import expdb
from expdb.domain.events import Logged, PointsLogged
from expdb.domain.run import Environment, ReportedRun
from expdb.errors import NotFoundError, SpecError, StoreError
from expdb.store.store import Store
from tests.factories import tracked_start
from tests.store.events import epoch, failed, running, started
from tests.store_runs import add_finished, add_seeds


def test_a_frame_has_a_row_a_run_and_columns_called_as_filters_call_them(store: Store, database_url: str):
    first, second = add_seeds(store, [0.5, 0.75], optim__lr=0.2, tags=["best", "a"])
    queued = add_finished(store, status="queued", optim__lr=0.3)

    frame = expdb.runs(db=database_url)

    assert frame["id"].tolist() == [first, second, queued]
    assert frame["lr"].tolist() == [0.2, 0.2, 0.3]
    assert frame["seed"].tolist() == [0, 1, 0]
    assert frame["tags"].tolist() == [("a", "best"), ("a", "best"), ()]
    assert frame["top1"].tolist()[:2] == [0.5, 0.75]
    assert np.isnan(frame["top1"].iloc[2])
    assert set(expdb.runs("lr = 0.3", db=database_url)["id"]) == {queued}


def test_a_column_has_the_same_type_whether_its_values_are_known_or_not(store: Store, database_url: str):
    empty = expdb.runs(db=database_url)
    add_finished(store)
    add_finished(store, status="queued")

    filled = expdb.runs(db=database_url)

    assert empty.dtypes.to_dict() == filled.dtypes.to_dict()
    kinds = {str(filled[name].dtype) for name in ("epochs", "num_params", "best_epoch", "init_from")}
    assert kinds == {"Int64"}
    assert {str(filled[name].dtype) for name in ("pretrained", "git_dirty")} == {"boolean"}
    assert {str(filled[name].dtype) for name in ("created_at", "ended_at")} == {"datetime64[us, UTC]"}
    assert {str(filled[name].dtype) for name in ("top1", "lr", "test_loss")} == {"float64"}
    assert {str(filled[name].dtype) for name in ("name", "model", "parallel")} == {"str"}
    assert filled["best_epoch"].isna().tolist() == [False, True]
    assert filled["ended_at"].isna().tolist() == [False, True]


def test_columns_are_those_asked_for_by_any_name_that_filters_take(store: Store, database_url: str):
    add_finished(store, start={"device": "cuda", "num_devices": 2}, last={"train_seconds": 1800.0}, optim__lr=0.5)

    frame = expdb.runs(columns=["optim.lr", "gpu_hours", "tag", "Image size", "metrics.miou"], db=database_url)

    assert list(frame) == ["optim.lr", "gpu_hours", "tag", "Image size", "metrics.miou"]
    assert frame.iloc[0].tolist()[:2] == [0.5, 1.0]
    assert frame["metrics.miou"].isna().all()


@pytest.mark.parametrize("name", ["accuracy", "text", "", "metrics"])
def test_a_column_that_is_none_is_refused_by_its_name(sqlite_url: str, name: str):
    Store.open(sqlite_url).close()
    with pytest.raises(SpecError, match=f"no column {name!r}"):
        expdb.runs(columns=[name], db=sqlite_url)


def test_what_documents_state_stands_in_columns_of_its_own(store: Store, database_url: str):
    add_finished(store)
    common = {"group": "paper", "source": "A Paper, p. 3", "quote": {}, "dataset": "ade20k", "model": "Net"}
    stated = [{"crops": 10, "ema": True, "pretrain": "IN-22K"}, {"crops": 1, "pretrain": 5}]
    for number, settings in enumerate(stated):
        metrics = {"miou": 47.5 + number}
        store.add_reported(ReportedRun(name=f"paper/{number}", settings=settings, metrics=metrics, **common))

    frame = expdb.runs(db=database_url)

    assert frame["metrics.miou"].tolist()[1:] == [47.5, 48.5]
    assert frame["settings.crops"].dtype == "Int64"
    assert frame["settings.ema"].dtype == "boolean"
    assert frame["settings.pretrain"].tolist()[1:] == ["IN-22K", 5]
    assert expdb.runs("kind = measured", db=database_url).filter(regex=r"^(settings|metrics)\.").shape == (1, 0)


def test_runs_are_sorted_limited_and_removed_ones_are_asked_for(store: Store, database_url: str):
    low, high, middle = add_seeds(store, [0.1, 0.9, 0.5])
    store.edits.remove(high)

    assert expdb.runs(sort="-top1", columns=["id"], db=database_url)["id"].tolist() == [middle, low]
    assert expdb.runs(sort=["top1"], limit=1, columns=["id"], db=database_url)["id"].tolist() == [low]
    assert expdb.runs(sort="-top1", limit=1, include_removed=True, db=database_url)["id"].tolist() == [high]


def test_history_is_long_and_leaves_out_what_was_not_measured(store: Store, database_url: str):
    one = add_finished(store, curve=[0.25, 0.5], last={"test_loss": None})

    frame = expdb.history(one, db=database_url)

    assert list(frame) == ["run", "attempt", "epoch", "step", "metric", "value"]
    assert [str(dtype) for dtype in frame.dtypes] == ["int64", "int64", "Int64", "Int64", "str", "float64"]
    assert frame[frame["metric"] == "top1"]["value"].tolist() == [0.25, 0.5]
    assert frame[frame["metric"] == "test_loss"]["epoch"].tolist() == [1]
    assert "val_top1" not in set(frame["metric"])


def test_history_takes_ids_names_columns_and_filters_in_the_order_given(store: Store, database_url: str):
    first = add_finished(store, curve=[0.1, 0.2], name="one")
    second = add_finished(store, curve=[0.3, 0.4], seed=1)
    frame = expdb.runs(sort="-id", db=database_url)

    assert expdb.history(frame["id"], metrics=["top1"], db=database_url)["value"].tolist() == [0.3, 0.4, 0.1, 0.2]
    assert expdb.history("one", metrics="top1", db=database_url)["value"].tolist() == [0.1, 0.2]
    assert set(expdb.history([first, "one"], db=database_url)["run"]) == {first}
    assert set(expdb.history(where="seed = 1", db=database_url)["run"]) == {second}
    assert expdb.history([], db=database_url).empty
    metrics = expdb.history(first, metrics=["train_loss", "top1"], db=database_url)["metric"]
    assert metrics.tolist() == ["train_loss", "top1"] * 2


def test_history_counts_an_epoch_once_that_was_done_again(store: Store, database_url: str):
    run_id = running(store, epochs=3)
    store.record(run_id, started())
    store.record(run_id, epoch(1, top1=0.1))
    store.record(run_id, epoch(2, top1=0.2))
    store.record(run_id, failed())
    store.resume_run(run_id, Environment())
    store.record(run_id, started(first_epoch=2))
    store.record(run_id, epoch(2, top1=0.7))

    frame = expdb.history(run_id, metrics=["top1"], db=database_url)

    assert frame[["attempt", "epoch", "value"]].to_numpy().tolist() == [[1, 1, 0.1], [2, 2, 0.7]]


def test_what_a_script_logged_is_in_frame_and_history(store: Store, database_url: str):
    run_id = store.tracked.add(tracked_start(settings={"width": 16, "lr": "cosine"}))
    store.tracked.begin(run_id, Environment())
    rows = [Logged(None, 10, {"loss": 0.5}), Logged(1, 20, {"loss": math.nan}), Logged(1, None, {"top1": 0.75})]
    store.record(run_id, PointsLogged(rows=(*rows, Logged(2, None, {"test/miou": 0.5}))))

    frame = expdb.runs(db=database_url)
    curves = expdb.history(run_id, db=database_url)

    assert frame[["settings.width", "settings.lr", "metrics.test/miou", "top1"]].iloc[0].tolist() == [
        *(16, "cosine", 0.5, 0.75)
    ]
    places = curves.sort_values(["metric", "step"])[["metric", "epoch", "step"]].fillna(-1)
    assert places.to_numpy().tolist() == [*(["loss", -1, 10], ["loss", 1, 20], ["test/miou", 2, -1], ["top1", 1, -1])]
    assert np.isnan(curves[(curves["metric"] == "loss") & (curves["step"] == 20)]["value"].iloc[0])
    for name in ("test/miou", "metrics.test/miou"):
        assert expdb.history(run_id, metrics=name, db=database_url)["value"].tolist() == [0.5]
    assert expdb.run(run_id, db=database_url).results["test/miou"] == 0.5


def test_history_refuses_what_it_does_not_understand(store: Store, database_url: str):
    run_id = add_finished(store)

    with pytest.raises(SpecError, match="takes runs, as history"):
        expdb.history(db=database_url)
    with pytest.raises(SpecError, match="takes runs, as history"):
        expdb.history(run_id, where="top1 > 50%", db=database_url)
    with pytest.raises(SpecError, match="unknown metric 'miou'"):
        expdb.history(run_id, metrics=["miou"], db=database_url)
    with pytest.raises(NotFoundError, match="no run 99"):
        expdb.history([run_id, 99], db=database_url)


def test_the_database_is_the_one_named_else_that_of_the_environment_else_the_one_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    for number, name in enumerate(("runs.db", "environment.db", "named.db"), start=1):
        with Store.open(f"sqlite:///{name}") as made:
            add_seeds(made, [0.5] * number)

    assert len(expdb.runs()) == 1
    monkeypatch.setenv("EXPDB_URL", "environment.db")
    assert len(expdb.runs()) == 2
    assert len(expdb.runs(db=tmp_path / "named.db")) == len(expdb.runs(db="sqlite:///named.db")) == 3


def test_a_database_that_is_not_there_is_said_and_not_made(tmp_path: Path):
    for read in (expdb.runs, lambda db: expdb.history(1, db=db), lambda db: expdb.table("a", db=db)):
        with pytest.raises(StoreError, match=r"no database at .*none\.db"):
            read(db=tmp_path / "none.db")
    assert list(tmp_path.iterdir()) == []


def test_reading_sees_what_another_process_records_meanwhile_and_changes_nothing(store: Store, database_url: str):
    run_id = running(store)
    store.record(run_id, started())
    assert expdb.history(run_id, db=database_url).empty

    store.record(run_id, epoch(1, top1=0.5))

    assert expdb.history(run_id, metrics=["top1"], db=database_url)["value"].tolist() == [0.5]
    assert expdb.runs(db=database_url)["status"].tolist() == ["running"]


def test_a_frame_goes_into_parquet_and_back(store: Store, database_url: str, tmp_path: Path):
    add_finished(store)
    frame = expdb.runs(db=database_url)

    frame.to_parquet(tmp_path / "runs.parquet")

    again = pd.read_parquet(tmp_path / "runs.parquet")
    assert again["top1"].tolist() == frame["top1"].tolist()
    assert again["created_at"].tolist() == frame["created_at"].tolist()
