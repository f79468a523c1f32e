"""A run that is there already is not trained once more by accident."""

import json
from pathlib import Path

import pytest

from expdb.domain.run import Environment
from expdb.domain.spec import RunSpec
from expdb.store.store import Store
from tests.cli.conftest import Cli
from tests.factories import make_spec
from tests.store.events import FINISHED, epoch, failed, started

SETTINGS = ("--dataset", "digits", "--model", "test_resnet", "--epochs", "1", "--set", "data.limit=32")
HINT = ": --again trains it once more, --seeds +2 takes the next two"


def spec_of(seed: int) -> RunSpec:
    return make_spec(model__name="test_resnet", epochs=1, data__limit=32, seed=seed)


@pytest.fixture
def store(tmp_path: Path):
    with Store.open(f"sqlite:///{tmp_path / 'runs.db'}") as opened:
        yield opened


def add(store: Store, seed: int, status: str, reason: str = "error") -> int:
    """Record a run of these settings as far as a status."""
    run_id = store.add_run(spec_of(seed), is_awaited=True)
    if status != "queued":
        _, attempt = store.start_run(run_id, Environment())
        store.record(run_id, started(), attempt=attempt, sequence=1)
        if status == "finished":
            store.record(run_id, epoch(1), attempt=attempt, sequence=2)
            store.record(run_id, FINISHED, attempt=attempt, sequence=3)
        elif status == "failed":
            store.record(run_id, failed(reason=reason), attempt=attempt, sequence=2)
    assert store.run(run_id).status == status
    return run_id


@pytest.mark.parametrize("how", [(), ("--dry-run",)], ids=["run", "dry run"])
@pytest.mark.parametrize("status", ["queued", "running", "finished"])
def test_what_is_there_with_the_same_settings_and_seed_is_refused(
    cli: Cli, store: Store, status: str, how: tuple[str, ...]
):
    add(store, 0, status)

    result = cli("run", *SETTINGS, *how)

    assert (result.code, result.out) == (2, "")
    assert result.err == f"error: run 1 is {status} with the same settings and seed{HINT}\n"
    assert len(store.runs()) == 1


def test_a_run_that_ended_early_or_was_removed_or_differs_does_not_stand_in_the_way(cli: Cli, store: Store):
    add(store, 0, "failed")
    add(store, 0, "failed", "diverged")
    store.edits.remove(add(store, 0, "finished"))
    add(store, 1, "finished")

    assert cli("run", *SETTINGS, "--dry-run").code == 0
    assert cli("run", *SETTINGS, "--seed", "1", "--lr", "0.2", "--dry-run").code == 0


def test_of_several_seeds_those_that_are_there_are_named(cli: Cli, store: Store):
    add(store, 0, "finished")
    add(store, 2, "running")

    result = cli("run", *SETTINGS, "--seeds", "4")

    assert result.code == 2
    told = "run 1 (seed 0, finished), run 2 (seed 2, running)"
    assert result.err == f"error: of these 4 runs there are with the same settings and seed: {told}{HINT}\n"
    assert len(store.runs()) == 2


def test_again_trains_it_once_more(cli: Cli, store: Store):
    add(store, 0, "finished")

    result = cli("run", *SETTINGS, "--again", "--device", "auto")

    assert result.code == 0, result.err
    assert [(run.fields["seed"], run.status) for run in store.runs()] == [(0, "finished"), (0, "finished")]


def test_the_next_seeds_are_the_lowest_that_no_run_has_or_will_have(cli: Cli, store: Store):
    for seed, status in enumerate(("finished", "failed", "running", "queued")):
        add(store, seed, status)
    add(store, 4, "failed", "diverged")  # it would end so again

    result = cli("run", *SETTINGS, "--seeds", "+3", "--dry-run", "--json")

    assert [each["spec"]["seed"] for each in json.loads(result.out)] == [1, 5, 6], result.err


def test_without_a_database_the_next_seeds_are_the_first(cli: Cli, tmp_path: Path):
    result = cli("run", *SETTINGS, "--seeds", "+2", "--dry-run", "--json")

    assert [each["spec"]["seed"] for each in json.loads(result.out)] == [0, 1], result.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("seeds", ["+", "+0", "+x", "+1,2", "++1", "+-1", "+99999"])
def test_other_words_for_next_seeds_are_not_understood(cli: Cli, tmp_path: Path, seeds: str):
    result = cli("run", *SETTINGS, "--seeds", seeds)

    assert result.code == 2
    assert f"--seeds {seeds!r}: " in result.err  # as it was typed
    assert list(tmp_path.iterdir()) == []


def test_the_command_that_is_shown_of_a_finished_run_trains_it_again(cli: Cli, store: Store):
    add(store, 0, "finished")
    add(store, 1, "failed")

    assert cli("show", "1").out.rstrip().endswith(" --again")
    assert not cli("show", "2").out.rstrip().endswith(" --again")
