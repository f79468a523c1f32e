"""A run that was killed and resumed ends as if nothing had been: kills at random points, real processes."""

import random
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from expdb.domain.spec import RunSpec
from expdb.errors import RunFinishedError
from expdb.store.store import Store
from tests.factories import make_spec
from tests.train.kills import Job, Trainer

SMALL = {"data__limit": 66, "data__img_size": 8, "batch_size": 16, "epochs": 5, "device": "cpu"}
SPECS = {
    "cnn": make_spec(
        **SMALL,
        aug__preset="autoaugment",
        aug__mixup_alpha=0.8,
        data__val_fraction=0.05,
        ema_decay=0.9,
        schedule__name="cosine",
        schedule__warmup_epochs=1,
    ),
    "vit": make_spec(
        **SMALL,
        model__name="vit_mini",
        model__drop_path=0.2,
        optim__name="adamw",
        optim__lr=0.003,
        optim__clip_grad_norm=1.0,
        schedule__name="plateau",
        schedule__patience=1,
        schedule__decay_rate=0.5,
        aug__preset="trivialaugment",
        aug__cutmix_alpha=1.0,
        aug__random_erasing_prob=0.5,
        ema_decay=0.9,
        grad_accumulation=2,
    ),
}
NUM_EVENTS = 5 * (5 + 6 + 1) + 2  # at least: steps, evaluation steps and the end of each epoch, start and finish
TIMES = ("train_seconds", "eval_seconds", "images_per_second", "peak_memory_bytes")


@pytest.fixture(scope="module")
def trainer() -> Iterator[Trainer]:
    trainer = Trainer()
    yield trainer
    trainer.close()


class Bench:
    """Trains runs of one database, whole or killed on the way."""

    def __init__(self, folder: Path, trainer: Trainer) -> None:
        self.url, self.trainer = f"sqlite:///{folder / 'runs.db'}", trainer

    def add(self, spec: RunSpec) -> int:
        with Store.open(self.url) as store:
            return store.add_run(spec)

    def train(self, run_id: int, *, resume: bool, num_processes: int = 1, **kill: Any) -> list[int]:
        job: Job = {"url": self.url, "run_id": run_id, "resume": resume, "num_processes": num_processes}
        return self.trainer.run(job | kill)  # type: ignore[operator]

    def outcome(self, run_id: int) -> tuple[list[dict[str, Any]], bytes]:
        """Return every epoch's row without its times, and the final weights."""
        with Store.open(self.url) as store:
            run = store.run(run_id)
            assert run.status == "finished", run
            rows = [asdict(epoch) for epoch in store.epochs(run_id)]
            folder = store.artifact_dir(run_id)
        assert sorted(path.name for path in folder.iterdir()) == ["log.txt", "predictions.npz", "weights.safetensors"]
        return [{name: value for name, value in row.items() if name not in TIMES} for row in rows], (
            folder / "weights.safetensors"
        ).read_bytes()

    def has_finished(self, run_id: int) -> bool:
        with Store.open(self.url) as store:
            return store.run(run_id).status == "finished"

    def first_epochs(self, run_id: int) -> list[int | None]:
        """Return the epoch that each segment began with."""
        with Store.open(self.url) as store:
            return [segment.first_epoch for segment in store.segments(run_id)]


@pytest.fixture
def bench(tmp_path: Path, trainer: Trainer) -> Bench:
    return Bench(tmp_path, trainer)


@pytest.mark.slow
@pytest.mark.parametrize("name", SPECS)
def test_killed_at_ten_random_points_it_ends_as_if_nothing_had_been(bench: Bench, name: str) -> None:
    whole = bench.add(SPECS[name])
    began = time.perf_counter()
    assert bench.train(whole, resume=False) == [0]
    seconds = time.perf_counter() - began
    expected = bench.outcome(whole)
    draw = random.Random(name)
    resumed_at = []
    for point in range(10):
        kill: dict[str, Any] = [
            {"event": draw.randint(1, NUM_EVENTS), "signal": signal.SIGKILL},
            {"event": draw.randint(2, NUM_EVENTS), "signal": signal.SIGTERM},
            {"seconds": draw.uniform(0.2, 1.0) * seconds},
        ][point % 3]
        run_id = bench.add(SPECS[name])
        codes = bench.train(run_id, resume=False, **kill)
        if codes == [0]:
            continue  # the clock was slower than the run
        assert codes in ([-signal.SIGKILL], [143], [-signal.SIGALRM])
        if bench.has_finished(run_id):
            pass  # killed between its last event and its end
        elif len(bench.first_epochs(run_id)):
            assert bench.train(run_id, resume=True) == [0], kill
        else:
            assert bench.train(run_id, resume=False) == [0], kill  # killed before it began
        assert bench.outcome(run_id) == expected, kill
        resumed_at += [epoch for epoch in bench.first_epochs(run_id)[1:] if epoch]
    assert max(resumed_at) > 1


@pytest.mark.slow
def test_two_processes_that_are_killed_end_as_if_nothing_had_been(bench: Bench) -> None:
    spec = SPECS["vit"].model_copy(update={"gpus": 2, "amp": False})
    whole = bench.add(spec)
    assert bench.train(whole, resume=False, num_processes=2) == [0, 0]
    expected = bench.outcome(whole)
    for event, number in ((30, signal.SIGKILL), (15, signal.SIGTERM), (40, signal.SIGKILL)):
        run_id = bench.add(spec)
        first, second = bench.train(run_id, resume=False, num_processes=2, event=event, signal=number)
        assert first == (143 if number == signal.SIGTERM else -number)
        assert second == 1  # it has lost the other
        assert bench.train(run_id, resume=True, num_processes=2) == [0, 0]

        assert bench.outcome(run_id) == expected
        assert len(bench.first_epochs(run_id)) == 2


@pytest.mark.slow
def test_stopped_in_order_it_goes_on_with_the_next_epoch_and_may_be_stopped_again(bench: Bench) -> None:
    whole = bench.add(SPECS["cnn"])
    assert bench.train(whole, resume=False) == [0]
    run_id = bench.add(SPECS["cnn"])

    assert bench.train(run_id, resume=False, event=20, signal=signal.SIGTERM) == [143]
    assert bench.train(run_id, resume=True, event=20, signal=signal.SIGINT) == [130]
    assert bench.train(run_id, resume=True) == [0]

    assert bench.outcome(run_id) == bench.outcome(whole)
    with Store.open(bench.url) as store:
        last = [epoch.epoch for epoch in store.epochs(run_id)]
        with pytest.raises(RunFinishedError):
            store.resume_run(run_id, store.run(run_id).environment)
    assert last == [1, 2, 3, 4, 5]
    assert bench.first_epochs(run_id) == [1, 2, 3]
