"""`expdb fill`: three tiny runs are trained in this file, everything else is recorded without training."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from expdb.domain.codec import digest
from expdb.domain.run import Environment, Run
from expdb.domain.spec import RunSpec
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.store.store import Store
from tests.cli.conftest import Cli
from tests.factories import make_spec
from tests.store.events import FINISHED, epoch, failed, started

TINY = {"epochs": 1, "batch_size": 32, "data__limit": 64, "data__img_size": 8, "device": "cpu"}
COLUMNS = (ColumnChoice(key="model_label"), ColumnChoice(key="lr"), ColumnChoice(key="top1"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The store of the folder that commands run in."""
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as opened:
        yield opened


def tiny(**settings: Any) -> RunSpec:
    return make_spec(**(TINY | settings))


def add_finished(store: Store, spec: RunSpec, **labels: Any) -> Run:
    run_id = store.add_run(spec, **({"group": "g"} | labels))
    store.start_run(run_id, Environment())
    for event in (started(num_train_images=64), epoch(1), FINISHED):
        store.record(run_id, event)
    return store.run(run_id)


def save(store: Store, **parts: Any) -> None:
    store.saved_tables.save(TableDefinition(**({"name": "t", "where": "group = g", "columns": COLUMNS} | parts)))


def test_the_missing_seed_is_trained_and_then_nothing_is_missing(cli: Cli, store: Store):
    for seed in (0, 2):
        add_finished(store, tiny(seed=seed), tags=("a",))
    save(store)

    filled = cli("fill", "t")
    again = cli("fill", "t")

    assert filled.code == 0, filled.err
    assert "1 run, about" in filled.out
    run = store.run(3)
    assert (run.status, run.digest) == ("finished", digest(tiny(seed=1)))
    assert (run.group, run.tags, run.note) == ("g", ("a",), "fills table t")
    assert re.search(r"^\S+ .*\d ± \d.* \(3\)", filled.out, re.MULTILINE)  # the table's row, now of three seeds
    assert again.code == 0
    assert again.out == "nothing is missing: every row of t has 3 seeds\n"
    assert len(store.runs()) == 3


def test_a_run_that_fails_keeps_no_other_from_being_trained(cli: Cli, store: Store):
    add_finished(store, tiny(optim__lr=1e30))
    add_finished(store, tiny())
    save(store, where="group = g and device_name = 'a processor'")  # no machine's, whatever this one is called

    result = cli("fill", "t", "--seeds", "2")

    assert result.code == 1
    assert [run.status for run in store.runs()] == ["finished", "finished", "failed", "finished"]
    assert "warning: run 3: " in result.err
    assert (
        """warning: run 4 is not in table t: its filter is "group = g and device_name = 'a processor'\"""" in result.err
    )
    assert result.err.endswith("warning: 1 run is still missing\n")


def test_a_dry_run_shows_seeds_and_estimates_and_trains_nothing(cli: Cli, store: Store):
    add_finished(store, tiny())
    add_finished(store, tiny(model__name="senet_mini", seed=1))
    save(store)

    result = cli("fill", "t", "--seeds", "4", "--dry-run")

    assert result.code == 0, result.err
    lines = [line.split() for line in result.out.splitlines()]
    assert lines[2][:5] == ["ResNet-mini", "digits", "1,", "2,", "3"]
    assert lines[3][:5] == ["SENet-mini", "digits", "0,", "2,", "3"]
    assert result.out.splitlines()[-1].startswith("6 runs, about ")
    assert max(len(line) for line in result.out.splitlines()) <= 80
    assert len(store.runs()) == 2


def test_as_json_every_run_has_spec_digest_and_estimate(cli: Cli, store: Store):
    past = [add_finished(store, tiny(seed=seed)) for seed in (0, 1)]
    ended = store.add_run(tiny(seed=2), group="g")
    store.record(ended, failed())
    save(store)

    told = json.loads(cli("fill", "t", "--seeds", "4", "--dry-run", "--json").out)

    first, second = told["runs"]
    assert [one["digest"] for one in (first, second)] == [digest(tiny(seed=seed)) for seed in (2, 3)]
    assert RunSpec.model_validate(first["spec"]) == tiny(seed=2)
    assert (first["row"], first["group"], first["ended_run"], second["ended_run"]) == ("ResNet-mini", "g", ended, None)
    mean = sum(run.results.wall_seconds for run in past) / 2
    assert first["estimated_seconds"] == pytest.approx(mean)
    assert told["estimated_seconds"] == pytest.approx(2 * mean)
    assert (told["num_runs"], told["num_without_estimate"]) == (2, 0)


def test_without_a_run_of_the_row_the_time_an_image_and_epoch_is_taken(cli: Cli, store: Store):
    past = add_finished(store, tiny())
    base = {"model.name": "resnet_mini", "data.dataset": "digits", "data.img_size": 8, "device": "cpu"}
    save(store, where="", specs=({**base, "epochs": 5}, {**base, "model.name": "senet_mini"}))

    result = cli("fill", "t", "--seeds", "1", "--dry-run", "--json")
    told = json.loads(result.out)

    similar, unknown = told["runs"]
    images = 1437 / 64  # of the whole split, against those of the past run
    seconds = [run.results.wall_seconds for run in store.runs("model = resnet_mini")]
    assert seconds == [past.results.wall_seconds]
    assert similar["estimated_seconds"] == pytest.approx(
        past.results.wall_seconds / past.results.epochs_done * images * 5
    )
    assert unknown["estimated_seconds"] is None
    assert told["num_without_estimate"] == 1
    text = cli("fill", "t", "--seeds", "1", "--dry-run").out
    assert "2 runs, at least " in text
    assert "(no past run to estimate 1 of them from)" in text


def test_the_remarks_say_what_is_left_alone_and_why(cli: Cli, store: Store):
    add_finished(store, tiny())
    add_finished(store, tiny(seed=1), group="other")
    add_finished(store, tiny(epochs=2, data__limit=32), group="h")
    ended = store.add_run(tiny(seed=2), group="g")
    store.record(ended, failed(status="killed"))
    waiting = store.add_run(tiny(seed=3), group="g")
    save(store, where="group in (g, h)", rows=("model_label",), across=("group",))

    result = cli("fill", "t", "--seeds", "4", "--dry-run")

    assert f"run {ended} ended early; to go on with it instead: expdb resume {ended}" in result.out
    assert f"run {waiting} is queued or running: counted as there" in result.out
    assert "ResNet-mini of g: run 2 is counted as there, but table t does not show it" in result.err
    assert "cannot be derived" not in result.err

    add_finished(store, tiny(model__name="senet_mini"))
    again = cli("fill", "t", "--seeds", "4", "--dry-run")
    assert "SENet-mini of h cannot be derived: no setting decides group; use expdb run" in again.err


def test_what_cannot_be_trained_here_is_said_before_anything_is_recorded(cli: Cli, store: Store, tmp_path: Path):
    folder = tmp_path / "clothes"
    for name in ("coat", "shoe"):
        (folder / "train" / name).mkdir(parents=True)
    add_finished(store, make_spec(data__dataset=f"folder:{folder}"))
    save(store)
    shutil.rmtree(folder)

    result = cli("fill", "t", "--seeds", "2")

    assert result.code in (1, 2)
    assert str(folder) in result.err
    assert len(store.runs()) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nothing",), "unknown table 'nothing'"),
        (("t", "--seeds", "0"), "--seeds"),
        (("t", "--json"), "--json goes with --dry-run"),
    ],
)
def test_bad_input_is_one_line(cli: Cli, store: Store, arguments: tuple[str, ...], message: str):
    save(store)
    result = cli("fill", *arguments)

    assert result.code == 2
    assert message in result.err
    assert result.err.count("\n") == 1


def test_a_table_without_trained_rows_says_so(cli: Cli, store: Store):
    save(store)
    assert cli("fill", "t").out == "table t has no row that could be trained: there are no runs yet\n"


@pytest.mark.parametrize("where", ["name = foo", "id in (1, 3)", "group = g and seed = 0", "created_at < 2020-01-01"])
def test_runs_that_the_table_could_not_show_are_refused_before_training(cli: Cli, store: Store, where: str):
    add_finished(store, tiny(), name="foo")
    save(store, where=where if "2020" not in where else f"name = foo or {where}")
    planned, refused = cli("fill", "t", "--dry-run"), cli("fill", "t")

    assert planned.code == 0
    assert "warning: table t would not show 2 of 2 runs: its filter" in planned.err
    assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1)
    assert "expdb table t --where FILTER --save t" in refused.err
    assert len(store.runs()) == 1


@pytest.mark.parametrize(
    "parts", [{"where": "group = g and top1 > 99%"}, {"where": "", "specs": ({"data.dataset": "digits"},)}]
)
def test_runs_that_the_table_may_show_are_planned_without_a_warning(cli: Cli, store: Store, parts: dict[str, Any]):
    run_id = add_finished(store, tiny()).id
    save(store, **parts)

    assert run_id == 1
    assert cli("fill", "t", "--dry-run").err == ""


def test_the_analyses_that_columns_show_are_made_and_then_nothing_is_missing(cli: Cli, store: Store):
    settings = ["--set", "data.limit=64", "--epochs", "1", "--batch-size", "32", "--img-size", "8", "--device", "cpu"]
    assert cli("run", "--dataset", "digits", "--model", "resnet_mini", "--group", "g", *settings).code == 0
    add_finished(store, tiny(optim__lr=0.7))  # its weights are nowhere
    save(store, columns=(*COLUMNS, ColumnChoice(key="shift_consistency")))

    planned = cli("fill", "t", "--seeds", "1", "--dry-run", "--json")
    filled = cli("fill", "t", "--seeds", "1")
    again = cli("fill", "t", "--seeds", "1")

    lacking = json.loads(planned.out)["analyses"]
    assert [(one["analysis"], one["run"], one["num_forward"]) for one in lacking] == [
        ("shift", 1, 360 * 17),
        ("shift", 2, 360 * 17),
    ]
    assert "shift is missing of runs 1, 2: 12,240 forward passes of an image" in filled.out
    assert (filled.code, again.code) == (1, 1)
    assert "shift of run 2: run 2: its weights" in filled.err
    assert "1 analysis is still missing" in filled.err
    assert store.run(1).fields["shift_consistency"] is not None
    assert "shift is missing of run 2: " in again.out
