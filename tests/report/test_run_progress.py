"""How far runs are, from their epochs."""

from dataclasses import replace
from datetime import timedelta

import pytest

from expdb.domain.run import Epoch
from expdb.report.run_progress import progress_of, total_left
from tests.factories import NOW, make_run


def make_epochs(*seconds):
    """Epochs that took so long, of which evaluation is one second."""
    rest = {"train_loss": 1.0, "test_loss": 1.0, "top1": 0.5, "top5": 0.9, "val_loss": None, "val_top1": None}
    return [
        Epoch(
            epoch=number,
            lr=0.1,
            train_seconds=each - 1,
            eval_seconds=1.0,
            images_per_second=1.0,
            peak_memory_bytes=None,
            **rest,
        )
        for number, each in enumerate(seconds, start=1)
    ]


def running(**values):
    return make_run(**{"status": "running", "epochs": 20, "epochs_done": 4, "heartbeat_at": NOW, **values})


def test_the_time_left_is_that_of_the_epochs_to_come_at_the_pace_of_the_last_five():
    found = progress_of(running(epochs_done=6), make_epochs(100, 10, 10, 10, 10, 10))

    assert (found.seconds_an_epoch, found.seconds_left, found.share) == (10.0, 140.0, 0.3)
    assert found.ends_at(NOW) == NOW + timedelta(seconds=140)
    assert found.text == "epoch 6 of 20, 30.0 %, 10s an epoch, 2m 20s left"


def test_before_the_first_epoch_nothing_is_foretold():
    found = progress_of(running(epochs_done=0), [])

    assert (found.share, found.seconds_left, found.ends_at(NOW)) == (0.0, None, None)
    assert found.text == "epoch 0 of 20, 0.0 %"


def test_a_run_without_a_planned_end_has_a_pace_and_no_share():
    found = progress_of(running(epochs=None), make_epochs(2, 2))

    assert (found.share, found.seconds_left) == (0.0, None)
    assert found.text == "epoch 4 of ?, 2.0s an epoch"


@pytest.mark.parametrize("status", ["queued", "crashed", "finished"])
def test_what_does_not_run_has_no_time_left(status):
    assert progress_of(running(status=status), make_epochs(2)).seconds_left is None


def test_runs_side_by_side_are_done_with_the_slowest():
    found = [progress_of(running(), make_epochs(seconds)) for seconds in (2, 5)]

    assert total_left(found) == 80.0
    assert total_left([]) is None


def test_pace_of_a_run_that_is_evaluated_now_and_then_has_its_share_of_evaluations():
    epochs = [
        replace(epoch, train_seconds=10.0, eval_seconds=10.0 if epoch.epoch % 5 == 0 else 0.0)
        for epoch in make_epochs(*[10] * 9)
    ]

    assert progress_of(running(epochs_done=9, eval_every=5), epochs[:9]).seconds_an_epoch == pytest.approx(10 + 10 / 9)
    assert progress_of(running(epochs_done=4, eval_every=5), epochs[:4]).seconds_an_epoch == 10
