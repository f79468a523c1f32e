"""A run's status with its last sign of life, and the attempts of a run as views list them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from expdb.domain.run import Attempt, ProcessIdentity
from expdb.report.attempt_rows import attempt_rows, superseded_text
from expdb.report.last_sign import last_sign_text, status_text
from tests.factories import NOW, make_run
from tests.report.test_run_progress import make_epochs


@pytest.mark.parametrize(
    ("seconds", "age"),
    [(0, "0 s"), (119, "119 s"), (720, "12 min"), (7200, "2 h"), (86_400, "24 h"), (200_000, "2 days"), (-5, "0 s")],
)
def test_a_crashed_run_says_when_it_showed_itself_last(seconds: int, age: str):
    run = make_run(status="crashed", heartbeat_at=NOW)

    assert status_text(run, NOW + timedelta(seconds=seconds)) == (
        f"crashed (last sign of life 2026-11-21 12:00:00 UTC, {age} ago)"
    )


@pytest.mark.parametrize(
    ("status", "age", "is_told"),
    [("running", 30, False), ("running", 31, True), ("queued", 31, True), ("finished", 999, False)],
)
def test_only_a_run_that_should_show_itself_and_does_not_says_so(status: str, age: int, is_told: bool):
    run = make_run(status=status, heartbeat_at=NOW)

    assert (last_sign_text(run, NOW + timedelta(seconds=age)) is not None) == is_told


def test_what_never_showed_itself_has_a_status_alone():
    assert status_text(make_run(status="queued", heartbeat_at=None), NOW) == "queued"
    assert status_text(make_run(status="crashed", heartbeat_at=None), NOW) == "crashed"
    assert status_text(make_run(status="failed", reason="data", heartbeat_at=NOW), NOW) == "failed (data)"


def test_attempts_are_listed_with_how_each_ended_and_which_epochs_count():
    blank = dict.fromkeys(("device_name", "num_devices", "command", "git_commit", "git_dirty", "data_digest"))
    first = Attempt(
        **blank,
        number=1,
        started_at=NOW,
        ended_at=NOW,
        first_epoch=1,
        last_sequence=4,
        status="killed",
        reason="terminated",
        process=ProcessIdentity(host="a"),
    )
    second = replace(first, number=2, ended_at=None, status=None, reason=None, first_epoch=2)
    run = make_run(status="crashed", attempt=2, heartbeat_at=NOW + timedelta(seconds=9))
    epochs = [replace(epoch, attempt=min(2, epoch.epoch)) for epoch in make_epochs(1, 1, 1)]
    superseded = [replace(epoch, superseded_by=2) for epoch in make_epochs(1, 1)[1:]]

    rows = attempt_rows(run, [first, second], epochs, superseded)

    assert [row.outcome for row in rows] == ["killed (terminated)", "crashed"]
    assert [row.last_sign_at for row in rows] == [NOW, NOW + timedelta(seconds=9)]
    assert [(row.num_counted, row.num_superseded) for row in rows] == [(1, 1), (2, 0)]
    assert superseded_text(rows) == "1 epoch of attempt 1 is kept that a later attempt did again"
    assert superseded_text(attempt_rows(run, [first, second], epochs, [])) is None
