"""A run that is stopped in order trains no epoch twice, wherever it is stopped: real signals, real processes."""

import signal
from pathlib import Path
from typing import Any

import pytest

from expdb.launch.read_log import LOG_FILE
from expdb.store.store import Store
from tests.train.forked import Trainer
from tests.train.test_resume import SPECS, Bench

SPEC = SPECS["cnn"]
LAST = SPEC.epochs
# At the first, in the middle, at the last of each kind.
STOPS: list[tuple[str, int]] = [
    ("RunStarted", 1),
    *(("Progress train", event) for event in (1, 7, 5 * LAST)),
    *(("Progress test", event) for event in (1, 4, 6 * LAST)),
    *(("EpochEnded", event) for event in range(1, LAST + 1)),
    ("RunFinished", 1),
]
ONE_OF_EACH = [("Progress train", 7), ("Progress test", 4), ("EpochEnded", 2), ("EpochEnded", LAST), ("RunFinished", 1)]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, trainer: Trainer) -> Bench:
    return Bench(tmp_path_factory.mktemp("stops"), trainer)


def stop_and_go_on(bench: Bench, told: Path, stops: list[tuple[str, int]], number: int, minutes: float) -> int:
    """Stop a run at each of some events, one an attempt, and let it end; return its id."""
    run_id = bench.add(SPEC)
    options: dict[str, Any] = {"told": str(told), "minutes": minutes}
    for attempt, (kind, event) in enumerate(stops):
        codes = bench.train(run_id, resume=attempt > 0, kind=kind, event=event, signal=number, **options)
        assert codes == [128 + number]
    if not bench.has_finished(run_id):
        assert bench.train(run_id, resume=True, **options) == [0]
    return run_id


@pytest.mark.slow
@pytest.mark.parametrize("minutes", [0.0, 600.0])
@pytest.mark.parametrize(
    ("kind", "event"),
    [pytest.param(*stop, marks=[] if stop in ONE_OF_EACH else [pytest.mark.long]) for stop in STOPS],
)
def test_every_epoch_is_trained_once_and_the_result_is_the_same(
    bench: Bench, tmp_path: Path, kind: str, event: int, minutes: float
) -> None:
    number = (signal.SIGINT, signal.SIGTERM)[event % 2]

    run_id = stop_and_go_on(bench, tmp_path / "told", [(kind, event)], number, minutes)

    assert (tmp_path / "told").read_text().split() == [str(epoch) for epoch in range(1, LAST + 1)]
    assert bench.outcome(run_id) == bench.whole(SPEC).outcome


@pytest.mark.slow
def test_stopped_again_and_again_also_where_only_the_results_are_left(bench: Bench, tmp_path: Path) -> None:
    stops = [("EpochEnded", 2), ("Progress test", 1), ("EpochEnded", LAST - 2), ("Progress test", 3), ("RunStarted", 1)]

    run_id = stop_and_go_on(bench, tmp_path / "told", stops, signal.SIGTERM, 600.0)

    assert (tmp_path / "told").read_text().split() == [str(epoch) for epoch in range(1, LAST + 1)]
    assert bench.outcome(run_id) == bench.whole(SPEC).outcome
    assert bench.first_epochs(run_id) == [1, 3, 3, LAST + 1, LAST + 1, LAST + 1]
    with Store.open(bench.url) as store:
        log = (store.artifact_dir(run_id) / LOG_FILE).read_text()
    assert log.count(f"run {run_id} finished: top-1 ") == 1
    assert log.rpartition("(resumed)")[2].count("img/s") == 0  # no headings over no epochs
