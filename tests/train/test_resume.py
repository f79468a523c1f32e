"""A run that was killed and resumed ends as if nothing had been: kills at random points, real processes."""

import random
import signal
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from expdb.domain.codec import spec_to_json
from expdb.domain.spec import RunSpec
from expdb.errors import RunFinishedError
from expdb.store.store import Store
from tests.factories import make_spec
from tests.train.forked import Job, Trainer

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
TIMES = (
    *("attempt", "train_seconds", "eval_seconds", "images_per_second", "peak_memory_bytes"),
    *("cpu_seconds", "cpu_wait_seconds"),
)


Outcome = tuple[list[dict[str, Any]], bytes]  # every epoch's row without its times, and the final weights


class Whole(NamedTuple):
    """What a run that was not killed came to."""

    outcome: Outcome
    seconds: float


class Bench:
    """Trains runs of one database, whole or killed on the way."""

    def __init__(self, folder: Path, trainer: Trainer) -> None:
        self.url, self.trainer = f"sqlite:///{folder / 'runs.db'}", trainer
        self._whole: dict[str, Whole] = {}

    def add(self, spec: RunSpec) -> int:
        with Store.open(self.url) as store:
            return store.add_run(spec)

    def train(self, run_id: int, *, resume: bool, num_processes: int = 1, **kill: Any) -> list[int]:
        job: Job = {"url": self.url, "run_id": run_id, "resume": resume, "num_processes": num_processes}
        return self.trainer.run(job | kill)  # type: ignore[operator]

    def whole(self, spec: RunSpec) -> "Whole":
        """Train a run that nobody kills, once for all tests."""
        key = spec_to_json(spec)
        if key not in self._whole:
            run_id = self.add(spec)
            began = time.perf_counter()
            assert self.train(run_id, resume=False, num_processes=spec.gpus) == [0] * spec.gpus
            self._whole[key] = Whole(self.outcome(run_id), time.perf_counter() - began)
        return self._whole[key]

    def outcome(self, run_id: int) -> "Outcome":
        """Return what a finished run came to."""
        with Store.open(self.url) as store:
            run = store.run(run_id)
            assert run.status == "finished", run
            rows = [asdict(epoch) for epoch in store.epochs(run_id)]
            folder = store.artifact_dir(run_id)
        files = ["lock", "log.txt", "predictions.npz", "system.csv", "weights.safetensors"]
        assert sorted(path.name for path in folder.iterdir() if not path.name.startswith("events-")) == files
        return [{name: value for name, value in row.items() if name not in TIMES} for row in rows], (
            folder / "weights.safetensors"
        ).read_bytes()

    def has_finished(self, run_id: int) -> bool:
        with Store.open(self.url) as store:
            return store.run(run_id).status == "finished"

    def first_epochs(self, run_id: int) -> list[int | None]:
        """Return the epoch that each attempt began with."""
        with Store.open(self.url) as store:
            return [attempt.first_epoch for attempt in store.attempts.of(run_id)]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, trainer: Trainer) -> Bench:
    return Bench(tmp_path_factory.mktemp("resume"), trainer)


# By an event's number, or after a share of the time that the whole run takes. Each way to die once for the ordinary
# tests: in the third epoch at once and in order, and at a moment that no event names.
KILLS: list[dict[str, Any]] = [
    {"event": 31, "signal": signal.SIGKILL},
    {"event": 27, "signal": signal.SIGTERM},
    {"share": 0.6},
]


def random_kills(name: str) -> list[dict[str, Any]]:
    draw = random.Random(name)
    return [
        [
            {"event": draw.randint(1, NUM_EVENTS), "signal": signal.SIGKILL},
            {"event": draw.randint(2, NUM_EVENTS), "signal": signal.SIGTERM},
            {"share": draw.uniform(0.2, 1.0)},
        ][point % 3]
        for point in range(10)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", SPECS)
def test_killed_in_each_way_it_ends_as_if_nothing_had_been(bench: Bench, name: str) -> None:
    assert_ends_as_the_whole(bench, SPECS[name], KILLS)


@pytest.mark.long
@pytest.mark.parametrize("name", SPECS)
def test_killed_at_ten_random_points_it_ends_as_if_nothing_had_been(bench: Bench, name: str) -> None:
    assert_ends_as_the_whole(bench, SPECS[name], random_kills(name))


def assert_ends_as_the_whole(bench: Bench, spec: RunSpec, kills: list[dict[str, Any]]) -> None:
    expected, seconds = bench.whole(spec)
    resumed_at = []
    for kill in kills:
        how = {"seconds": kill["share"] * seconds} if "share" in kill else kill
        run_id = bench.add(spec)
        codes = bench.train(run_id, resume=False, **how)
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
@pytest.mark.parametrize(
    ("event", "number"),
    [(30, signal.SIGKILL), (15, signal.SIGTERM), pytest.param(40, signal.SIGKILL, marks=pytest.mark.long)],
)
def test_two_processes_that_are_killed_end_as_if_nothing_had_been(bench: Bench, event: int, number: int) -> None:
    spec = SPECS["vit"].model_copy(update={"gpus": 2, "amp": False})
    run_id = bench.add(spec)

    first, second = bench.train(run_id, resume=False, num_processes=2, event=event, signal=number)
    assert first == (143 if number == signal.SIGTERM else -number)
    assert second == 1  # it has lost the other
    assert bench.train(run_id, resume=True, num_processes=2) == [0, 0]

    assert bench.outcome(run_id) == bench.whole(spec).outcome
    assert len(bench.first_epochs(run_id)) == 2


@pytest.mark.slow
def test_stopped_in_order_it_goes_on_with_the_next_epoch_and_may_be_stopped_again(bench: Bench) -> None:
    run_id = bench.add(SPECS["cnn"])

    assert bench.train(run_id, resume=False, event=20, signal=signal.SIGTERM) == [143]
    assert bench.train(run_id, resume=True, event=20, signal=signal.SIGINT) == [130]
    assert bench.train(run_id, resume=True) == [0]

    assert bench.outcome(run_id) == bench.whole(SPECS["cnn"]).outcome
    with Store.open(bench.url) as store:
        last = [epoch.epoch for epoch in store.epochs(run_id)]
        with pytest.raises(RunFinishedError):
            store.resume_run(run_id, store.run(run_id).environment)
    assert last == [1, 2, 3, 4, 5]
    assert bench.first_epochs(run_id) == [1, 2, 3]
