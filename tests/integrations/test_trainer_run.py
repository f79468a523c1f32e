"""What callbacks of all trainers share: when a run begins and ends, and what its parameters are.

With the trainers themselves: `tests/extras` (`make test-extras`).
"""

import importlib
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import expdb
from expdb.integrations.trainer_run import TrainerRun


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPDB_URL", f"sqlite:///{tmp_path / 'runs.db'}")


def recorded(*columns: str) -> list[list[Any]]:
    return expdb.runs(columns=columns).values.tolist()


def test_what_the_user_states_stands_before_what_the_trainer_knows():
    with TrainerRun({"model": "mlp", "lr": None}, group="width") as tracked:
        tracked.begin({"model": "Classifier", "optimizer": {"name": "sgd"}}, {"lr": 0.1, "optimizer.name": "adamw"})

    assert recorded("model", "lr", "optimizer", "group") == [["mlp", 0.1, "adamw", "width"]]


def test_a_parameter_that_no_text_names_is_told_of_and_the_others_are_recorded():
    with TrainerRun({}) as tracked, pytest.warns(RuntimeWarning, match="not recorded: parameter 'hook' is an object"):
        tracked.begin({"hook": object(), "lr": 0.1})

    assert recorded("status", "lr") == [["finished", 0.1]]


def train_until(tracked: TrainerRun, error: BaseException) -> None:
    with tracked:
        tracked.begin()
        raise error


@pytest.mark.parametrize(
    ("error", "end"),
    [(ValueError("no images"), ["failed", "error"]), (KeyboardInterrupt(), ["killed", "interrupted"])],
)
def test_a_block_that_fails_ends_its_run_so(error: BaseException, end: list[str]):
    with pytest.raises(type(error)):
        train_until(TrainerRun({}), error)

    assert recorded("status", "reason") == [end]


def test_a_run_goes_on_after_training_until_another_one_begins():
    first, second = TrainerRun({"seed": 0}), TrainerRun({"seed": 1})
    with warnings.catch_warnings(action="error"):  # such as that it was not finished
        first.begin()
        first.trained()
        assert first.run is not None
        first.run.log(epoch=1, top1=0.5)
        second.begin()
        second.end("killed")

    assert first.run is None
    assert recorded("seed", "status", "top1")[0] == [0, "finished", 0.5]
    assert recorded("seed", "status")[1] == [1, "killed"]


def test_a_training_that_begins_again_before_it_ended_had_failed():
    tracked = TrainerRun({})
    tracked.begin()
    tracked.begin()
    tracked.end("finished")

    assert recorded("status") == [["failed"], ["finished"]]


def test_what_a_script_tracks_within_the_block_does_not_end_its_run():
    with TrainerRun({"seed": 0}) as tracked:
        run = tracked.begin()
        with expdb.track(seed=1):
            run.log(epoch=1, top1=0.5)

    assert recorded("seed", "status", "top1")[0] == [0, "finished", 0.5]


@pytest.mark.parametrize(("module", "package"), [("lightning", "lightning"), ("hugging_face", "transformers")])
@pytest.mark.skipif(find_spec("transformers") is not None, reason="the trainers are installed")
def test_a_trainer_that_is_not_installed_is_named_with_what_to_install(module: str, package: str):
    with pytest.raises(ImportError, match=f"cannot be imported .*: install {package}$"):
        importlib.import_module(f"expdb.integrations.{module}")
