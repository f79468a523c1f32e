"""Training recorded runs as a library: without the command line, and without anybody who looks on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from expdb.domain.events import EpochEnded, Event, RunFinished, RunStarted
from expdb.domain.run import Environment
from expdb.errors import SpecError
from expdb.launch.train_runs import TrainingSetup, train_specs
from expdb.store.store import Store
from tests.factories import make_spec

TINY: dict[str, Any] = {"model__name": "test_resnet", "epochs": 1, "data__limit": 32, "device": "cpu"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as opened:
        yield opened


def setup_in(folder: Path, **options: Any) -> TrainingSetup:
    return TrainingSetup(
        url=f"sqlite:///{folder}/runs.db", data_dir=folder, describe=lambda: Environment(host="here"), **options
    )


def test_specs_are_trained_one_after_the_other_with_what_is_said_of_them(store: Store, tmp_path: Path):
    specs = [make_spec(**TINY, seed=seed) for seed in (0, 1)]

    train_specs(store, specs, setup_in(tmp_path), group="pair", tags=("a",))

    assert [(run.fields["seed"], run.status, run.group, run.tags) for run in store.runs()] == [
        (0, "finished", "pair", ("a",)),
        (1, "finished", "pair", ("a",)),
    ]
    assert {run.environment.host for run in map(store.run, (1, 2))} == {"here"}


def test_who_watches_sees_every_event_of_a_run_and_its_end(store: Store, tmp_path: Path):
    seen: list[object] = []

    @contextmanager
    def watch(run_id: int, spec: object, **_: Any) -> Iterator[Callable[[Event], None]]:
        seen.append(run_id)
        yield seen.append
        seen.append("left")

    train_specs(store, [make_spec(**TINY)], setup_in(tmp_path, watch=watch))

    kinds = [type(each) for each in seen if isinstance(each, (RunStarted, EpochEnded, RunFinished))]
    assert (seen[0], seen[-1]) == (1, "left")
    assert kinds == [RunStarted, EpochEnded, RunFinished]


def test_nothing_is_recorded_if_one_of_the_specs_cannot_be_trained_here(store: Store, tmp_path: Path):
    specs = [make_spec(**TINY), make_spec(**TINY, model__init_from=99)]

    with pytest.raises(SpecError, match=r"model\.init_from=99"):
        train_specs(store, specs, setup_in(tmp_path))

    assert store.runs() == []


def test_settings_that_a_process_would_refuse_are_refused_before_there_is_a_run(store: Store, tmp_path: Path):
    with pytest.raises(SpecError, match="sync_bn: torch shares batch norm between GPUs only"):
        train_specs(store, [make_spec(**TINY, gpus=2, sync_bn=True)], setup_in(tmp_path))

    assert store.runs() == []


def test_batch_norm_over_a_part_of_a_step_is_told_before_the_first_run_and_once(store: Store, tmp_path: Path):
    told: list[str] = []

    train_specs(
        store,
        [make_spec(**TINY, grad_accumulation=2, seed=seed) for seed in (0, 1)],
        setup_in(tmp_path, tell=lambda line: told.append(f"{line}; {len(store.runs())} runs")),
    )

    assert told == ["batch norm over 16 of the 32 images of a step; 0 runs"]


def test_a_stop_ends_the_run_at_hand_and_begins_no_other(store: Store, tmp_path: Path):
    @contextmanager
    def watch(*_: Any, **__: Any) -> Iterator[Callable[[Event], None]]:
        def stop(event: Event) -> None:
            if isinstance(event, RunStarted):
                raise KeyboardInterrupt

        yield stop

    with pytest.raises(KeyboardInterrupt):
        train_specs(store, [make_spec(**TINY, seed=seed) for seed in (0, 1)], setup_in(tmp_path, watch=watch))

    assert [(run.status, run.reason) for run in store.runs()] == [("killed", "interrupted")]
