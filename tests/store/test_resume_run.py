"""A run that goes on after it ended early, on every back end."""

import pytest

from expdb.domain.run import Environment, ProcessIdentity, ReportedRun
from expdb.errors import LaunchError, NotFoundError, RunFinishedError
from expdb.store.store import Store
from tests.factories import make_spec
from tests.store.events import FINISHED, epoch, failed, running, silence, started


def killed(store: Store) -> int:
    """A run that was killed after two of four epochs; returns its id."""
    run_id = running(store, epochs=4)
    store.record(run_id, started())
    for number in (1, 2):
        store.record(run_id, epoch(number))
    store.record(run_id, failed(status="killed", reason="terminated"))
    return run_id


def test_killed_run_is_running_again_in_an_attempt_of_its_own(store):
    run_id = killed(store)
    before = store.run(run_id)

    spec, number = store.resume_run(
        run_id,
        Environment(command="expdb resume 1", host="there", git_commit="abc"),
        ProcessIdentity(host="there", pid=3),
    )
    store.record(run_id, started(first_epoch=2, device_name="another", num_devices=2))

    run = store.run(run_id)
    assert (spec, number, run.status, run.started_at) == (before.spec, 2, "running", before.started_at)
    assert (run.reason, run.ended_at, run.error_type, run.error_message, run.traceback) == (None,) * 5
    assert (run.environment, run.results.epochs_done) == (before.environment, 1)
    first, second = store.attempts.of(run_id)
    assert (first.number, first.first_epoch, first.started_at, first.ended_at) == (
        1,
        1,
        before.started_at,
        before.ended_at,
    )
    assert (second.number, second.first_epoch, second.ended_at) == (2, 2, None)
    assert (second.command, second.process.host, second.git_commit) == ("expdb resume 1", "there", "abc")
    assert (second.device_name, second.num_devices) == ("another", 2)


def test_epochs_done_again_count_once_and_pauses_do_not_count(store):
    run_id = killed(store)
    store.resume_run(run_id, Environment())
    for number in (2, 3, 4):
        store.record(run_id, epoch(number, train_seconds=3.0))
    store.record(run_id, FINISHED)

    run = store.run(run_id)

    assert (run.status, run.results.epochs_done, run.results.train_seconds) == ("finished", 4, 2.0 + 3 * 3.0)
    seconds = [(attempt.ended_at - attempt.started_at).total_seconds() for attempt in store.attempts.of(run_id)]
    assert run.results.wall_seconds == pytest.approx(sum(seconds))
    assert run.results.wall_seconds <= (run.ended_at - run.started_at).total_seconds()


def test_repeated_epochs_after_a_resume_change_nothing_but_the_status(store):
    run_id = killed(store)
    before = store.run(run_id)

    store.resume_run(run_id, Environment())
    store.record(run_id, epoch(2))
    store.record(run_id, failed(status="killed", reason="terminated"))

    again = store.run(run_id)
    times = {name: before.fields[name] for name in ("ended_at", "heartbeat_at", "wall_seconds")}
    assert again.changed(attempt=1, **times) == before


def test_failed_and_crashed_runs_go_on(store):
    silent, broken = running(store), running(store)
    store.record(broken, failed())
    silence(store, silent)
    heartbeat = store.run(silent).heartbeat_at

    for run_id in (silent, broken):
        store.resume_run(run_id, Environment())
        assert store.run(run_id).status == "running"

    assert store.attempts.of(silent)[0].ended_at == heartbeat


def test_run_that_failed_before_it_began_starts_now(store):
    run_id = store.add_run(make_spec())
    store.record(run_id, failed())

    store.resume_run(run_id, Environment(host="here"))

    run = store.run(run_id)
    assert run.started_at == run.heartbeat_at
    assert run.environment.host == "here"
    assert len(store.attempts.of(run_id)) == 1


def test_run_whose_process_is_gone_goes_on_at_once(store):
    run_id = running(store)
    with pytest.raises(LaunchError, match=f"run {run_id} is running \\(last sign of life \\d+ s ago\\): stop it first"):
        store.resume_run(run_id, Environment())

    gone = f"{store.run(run_id).uuid}.1"
    store._database.gone = frozenset([gone])
    assert store.run(run_id).status == "crashed"
    store.resume_run(run_id, Environment())

    with pytest.raises(LaunchError):  # attempt 1 is not its last one any more
        store.resume_run(run_id, Environment())
    assert [attempt.number for attempt in store.attempts.of(run_id)] == [1, 2]


def test_run_that_is_silent_for_long_goes_on(store):
    run_id = running(store)

    silence(store, run_id)
    store.resume_run(run_id, Environment())

    assert len(store.attempts.of(run_id)) == 2


def test_what_cannot_go_on_is_refused(store):
    finished = running(store)
    store.record(finished, FINISHED)
    with pytest.raises(RunFinishedError, match=f"is finished: to train it anew, expdb rerun {finished}"):
        store.resume_run(finished, Environment())
    with pytest.raises(LaunchError, match="is queued"):
        store.resume_run(store.add_run(make_spec()), Environment())
    removed = killed(store)
    store.edits.remove(removed)
    with pytest.raises(LaunchError, match="was removed"):
        store.resume_run(removed, Environment())
    reported = store.add_reported(
        ReportedRun(name="r/1", group="r", source="s", quote={}, dataset="cifar100", model="ResNet50")
    )
    with pytest.raises(RunFinishedError, match="is reported"):
        store.resume_run(reported, Environment())
    for missing in (99, -1):
        with pytest.raises(NotFoundError):
            store.resume_run(missing, Environment())
        with pytest.raises(NotFoundError):
            store.attempts.of(missing)


def test_settings_of_the_second_version_have_columns(store):
    spec = make_spec(
        epochs=9, ema_decay=0.99, grad_accumulation=2, optim__clip_grad_norm=1.0, progressive=[8, 16], seed=4
    )
    run = store.run(store.add_run(spec))

    assert (
        run.fields["ema_decay"],
        run.fields["grad_accumulation"],
        run.fields["clip_grad_norm"],
        run.fields["progressive"],
    ) == (0.99, 2, 1.0, "8:16")
    assert (
        run.fields["pretrained"],
        run.fields["sync_bn"],
        run.fields["drop_path"],
        run.fields["milestones"],
        run.fields["teacher"],
    ) == (
        False,
        False,
        0.0,
        None,
        None,
    )
    assert [found.id for found in store.runs("ema_decay > 0.9 and pretrained = false")] == [run.id]
