"""Events of attempts that come twice, too early or late, on every back end; and what recording one costs."""

import random
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from expdb.domain.run import Environment
from expdb.errors import EventGapError, NotFoundError, RunFinishedError, StoreError
from expdb.store.attempts.summary import summary_of
from expdb.store.lifecycle import _BEAT
from expdb.store.store import Store
from expdb.store.tables import epochs, runs
from tests.store.conftest import BACK_ENDS
from tests.store.events import FINISHED, epoch, failed, running, silence, started


def counted(store: Store, run_id: int) -> list[tuple[int, int]]:
    """The epochs that count, each with its attempt."""
    return [(one.epoch, one.attempt) for one in store.epochs(run_id)]


def taken_over(store: Store, run_id: int) -> None:
    """Let a run go silent, and begin its next attempt."""
    silence(store, run_id)
    store.resume_run(run_id, Environment())


def record_all(store: Store, run_id: int, attempt: int, events: list) -> list[str]:
    return [
        store.record(run_id, event, attempt=attempt, sequence=sequence)
        for sequence, event in enumerate(events, start=1)
    ]


def summary(store: Store, run_id: int) -> tuple[dict, dict]:
    """The run's columns that follow from its epochs: as they are, and as all epochs say."""
    with store._database.reading() as connection:
        anew = summary_of(connection, run_id)
        kept = connection.execute(sa.select(*(runs.c[name] for name in anew)).where(runs.c.id == run_id))
        return dict(kept.mappings().one()), anew


def assert_kept_well(store: Store, run_id: int) -> None:
    kept, anew = summary(store, run_id)
    assert kept == {
        name: pytest.approx(value, rel=1e-12) if isinstance(value, float) else value for name, value in anew.items()
    }


def test_event_that_comes_twice_changes_nothing(store):
    run_id = running(store, epochs=4)
    events = [started(), epoch(1, top1=0.25), epoch(2), failed()]

    assert record_all(store, run_id, 1, events[:3]) == ["recorded"] * 3
    before = store.run(run_id)
    assert record_all(store, run_id, 1, [events[0], epoch(1, top1=0.75), events[2]]) == ["known"] * 3
    assert store.run(run_id) == before

    store.record(run_id, events[3], attempt=1, sequence=4)
    ended = store.run(run_id)
    assert record_all(store, run_id, 1, events) == ["known"] * 4
    assert store.run(run_id) == ended


@pytest.mark.parametrize("event", [started(), epoch(2), FINISHED, failed()], ids=lambda event: type(event).__name__)
def test_event_that_comes_too_early_says_which_was_the_last_and_changes_nothing(store, event):
    run_id = running(store, epochs=4)
    record_all(store, run_id, 1, [started(), epoch(1)])
    before = store.run(run_id)

    with pytest.raises(EventGapError, match="event 4 of attempt 1 comes before 3: expdb db sync") as caught:
        store.record(run_id, event, attempt=1, sequence=4)

    assert caught.value.last == 2
    assert (store.run(run_id), counted(store, run_id)) == (before, [(1, 1)])


def test_events_that_name_no_attempt_are_of_the_current_one(store):
    run_id = running(store, epochs=4)
    record_all(store, run_id, 1, [started(), epoch(1)])
    taken_over(store, run_id)

    assert store.record(run_id, started(first_epoch=2)) == "recorded"
    assert store.record(run_id, epoch(2)) == "recorded"

    assert counted(store, run_id) == [(1, 1), (2, 2)]
    assert store.record(run_id, epoch(3), attempt=2, sequence=3) == "recorded"


def test_late_epochs_of_an_older_attempt_count_only_from_before_the_later_one(store):
    run_id = running(store, epochs=4)
    record_all(store, run_id, 1, [started()])
    taken_over(store, run_id)
    record_all(store, run_id, 2, [started(first_epoch=3), epoch(3, top1=0.5)])

    late = [store.record(run_id, epoch(n, top1=0.9), attempt=1, sequence=n + 1) for n in (1, 2, 3, 4)]

    assert late == ["late"] * 4
    assert counted(store, run_id) == [(1, 1), (2, 1), (3, 2)]
    assert [(one.epoch, one.attempt) for one in store.attempts.superseded_epochs(run_id)] == [(3, 1), (4, 1)]
    run = store.run(run_id)
    assert (run.results.epochs_done, run.results.best_epoch, run.results.top1) == (3, 1, 0.5)
    assert_kept_well(store, run_id)


@pytest.mark.parametrize("event", [FINISHED, failed()], ids=lambda event: type(event).__name__)
def test_late_end_of_an_older_attempt_leaves_the_run_going(store, event):
    run_id = running(store, epochs=4)
    record_all(store, run_id, 1, [started()])
    taken_over(store, run_id)

    assert store.record(run_id, event, attempt=1, sequence=2) == "late"

    assert store.run(run_id).status == "running"
    first, second = store.attempts.of(run_id)
    assert (first.status, second.status) == ("finished" if event is FINISHED else "failed", None)
    assert not store.heartbeat(run_id, attempt=1)
    assert store.heartbeat(run_id, attempt=2)


def test_attempts_that_there_are_not_record_nothing(store):
    run_id = running(store, epochs=4)

    for attempt in (0, 2):
        with pytest.raises(NotFoundError, match=f"no attempt {attempt} of run 1: see expdb show 1"):
            store.record(run_id, epoch(1), attempt=attempt, sequence=1)
    with pytest.raises(NotFoundError, match="run 7"):
        store.record(7, epoch(1))
    with pytest.raises(NotFoundError, match="run 7"):
        store.record(7, epoch(1), attempt=1, sequence=1)
    for unknown, attempt in ((7, None), (run_id, 2)):  # nobody took it over: the database may have lost it
        with pytest.raises(NotFoundError, match=f"run {unknown}"):
            store.heartbeat(unknown, attempt=attempt)
    assert counted(store, run_id) == []


def test_number_of_another_run_is_not_taken_for_the_run_of_a_uuid(store):
    run_id = running(store, epochs=4)
    uuid, other = store.run(run_id).uuid, "0b3f4c1c-55a4-4a83-a7a1-6d3a4a0b5a11"

    with pytest.raises(NotFoundError):
        store.record(run_id, started(), attempt=1, sequence=1, uuid=other)
    with pytest.raises(NotFoundError):
        store.heartbeat(run_id, attempt=1, uuid=other)
    assert store.record(run_id, started(), attempt=1, sequence=1, uuid=uuid) == "recorded"
    assert store.heartbeat(run_id, attempt=1, uuid=uuid)


def test_refused_event_takes_no_number(store):
    run_id = running(store, epochs=4)
    record_all(store, run_id, 1, [started(), epoch(1)])

    with pytest.raises(StoreError, match="top1"):
        store.record(run_id, epoch(2, top1=50.0), attempt=1, sequence=3)

    assert store.record(run_id, epoch(2), attempt=1, sequence=3) == "recorded"
    store.record(run_id, FINISHED, attempt=1, sequence=4)
    with pytest.raises(RunFinishedError, match="run 1 is finished"):
        store.record(run_id, epoch(3), attempt=1)
    for sequence, event in ((5, epoch(3)), (6, FINISHED)):  # whose numbers hold nothing up
        assert store.record(run_id, event, attempt=1, sequence=sequence) == "known"
    assert store.attempts.of(run_id)[0].status == "finished"
    assert counted(store, run_id) == [(1, 1), (2, 1)]


@pytest.fixture(scope="module", params=BACK_ENDS)
def lasting(request, tmp_path_factory):
    """A store for many runs, on each back end in turn."""
    folder = tmp_path_factory.mktemp("lasting")
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{folder}/runs.db" if is_sqlite else request.getfixturevalue("new_postgres_url")()
    with Store.open(url, artifact_root=folder) as store:
        yield store


def _epochs_of(numbers: range) -> st.SearchStrategy[list]:
    tenths = st.integers(0, 10).map(lambda tenths: tenths / 10)
    values = st.fixed_dictionaries(
        {
            # What is not evaluated has none of them; with five classes there is no top-5.
            "top1": st.none() | tenths,
            "top5": st.none() | tenths,
            "test_loss": st.none() | st.floats(0, 10),
            "val_top1": st.none() | tenths,
            "cpu_seconds": st.none() | st.floats(0, 1e6),
            "cpu_wait_seconds": st.none() | st.floats(0, 1e6),
            "train_seconds": st.floats(0.001, 1e5),
            "eval_seconds": st.floats(0.0, 1e4),
            "images_per_second": st.floats(0.1, 1e6),
            "train_loss": st.just(float("nan")) | st.floats(0, 10),
            "peak_memory_bytes": st.none() | st.integers(0, 1 << 40),
        }
    )
    return st.tuples(*(values.map(lambda chosen, n=number: epoch(n, **chosen)) for number in numbers)).map(list)


@st.composite
def two_attempts(draw):
    """What two attempts say, and in which order it comes: of each attempt in order, any of it again later."""
    done, goes_on_with = draw(st.integers(0, 5)), draw(st.integers(1, 6))
    says_start = draw(st.booleans())
    first = [started(), *draw(_epochs_of(range(1, done + 1)))]
    second = draw(_epochs_of(range(goes_on_with, 7)))
    second = [started(first_epoch=goes_on_with), *second] if says_start else second
    order = draw(st.permutations([1] * len(first) + [2] * len(second)))
    repeats = draw(st.lists(st.integers(0, 12), max_size=len(order)))
    return first, second, order, repeats, goes_on_with


@settings(max_examples=30)
@given(case=two_attempts())
def test_any_order_of_two_attempts_gives_the_rows_that_all_epochs_say(lasting, case):
    first, second, order, repeats, goes_on_with = case
    run_id = running(lasting, epochs=6)
    said, next_of = {1: first, 2: second}, {1: 1, 2: 1}
    repeats = iter(repeats)
    for attempt in order:
        if attempt == 2 and next_of[2] == 1:
            taken_over(lasting, run_id)
        sequence = next_of[attempt]
        answer = lasting.record(run_id, said[attempt][sequence - 1], attempt=attempt, sequence=sequence)
        assert answer == ("late" if attempt == 1 and next_of[2] > 1 else "recorded")
        next_of[attempt] += 1
        again = next(repeats, 0) % next_of[attempt]
        if again:
            assert lasting.record(run_id, said[attempt][again - 1], attempt=attempt, sequence=again) == "known"
        assert_kept_well(lasting, run_id)

    with lasting._database.reading() as connection:
        stored = connection.execute(
            sa.select(epochs.c.attempt, epochs.c.epoch, epochs.c.superseded_by).where(epochs.c.run_id == run_id)
        )
        found = sorted(tuple(row) for row in stored)
    has_begun = bool(second)
    assert found == sorted(
        [(1, one.epoch, 2 if has_begun and one.epoch >= goes_on_with else None) for one in first[1:]]
        + [(2, one.epoch, None) for one in second if one != second[0] or not isinstance(one, type(first[0]))],
        key=lambda row: row[:2],
    )


def test_run_that_is_evaluated_now_and_then_keeps_what_the_last_evaluation_said(store):
    run_id = running(store, epochs=6, eval__every=3)
    store.record(run_id, started())
    nothing = {"test_loss": None, "top1": None, "top5": None}
    said = []
    for number in range(1, 7):
        evaluated = {"test_loss": 0.1 * number, "top1": 1 - 0.1 * number, "top5": 0.9, "val_top1": 0.1 * number}
        store.record(run_id, epoch(number, train_loss=float(number), **(nothing if number % 3 else evaluated)))
        assert_kept_well(store, run_id)
        run = store.run(run_id)
        said.append(
            (
                run.results.train_loss,
                run.results.top1 and round(run.results.top1, 6),
                run.results.best_epoch,
                run.results.best_by,
            )
        )

    assert said == [
        (1.0, None, None, None),
        (2.0, None, None, None),
        (3.0, 0.7, 3, "val"),
        (4.0, 0.7, 3, "val"),
        (5.0, 0.7, 3, "val"),
        (6.0, 0.4, 6, "val"),
    ]
    assert [one.top5 for one in store.epochs(run_id)] == [None, None, 0.9, None, None, 0.9]


def test_sums_of_a_long_run_are_those_of_all_its_epochs(store):
    run_id = running(store, epochs=200)
    store.record(run_id, started())
    draws = random.Random(0)
    for number in range(1, 201):
        seconds = draws.lognormvariate(0, 3)
        values = {"train_seconds": seconds, "eval_seconds": seconds / 7, "images_per_second": 1e5 * draws.random()}
        store.record(run_id, epoch(number, top1=draws.random(), **values))

    assert_kept_well(store, run_id)
    assert store.run(run_id).results.epochs_done == 200


@contextmanager
def traced(store: Store):
    """Write down the statements that SQLite runs for a store's writes, and how many steps of its machine they take."""
    statements, steps = [], []
    with store._database.writing() as connection:
        driver = connection.connection.driver_connection
    driver.set_trace_callback(statements.append)
    driver.set_progress_handler(lambda: steps.append(1) and None, 1)
    yield statements, steps
    driver.set_trace_callback(None)
    driver.set_progress_handler(None, 1)


def test_epoch_costs_three_statements_and_the_same_steps_whatever_came_before(sqlite_url):
    with Store.open(sqlite_url) as store:
        run_id = running(store, epochs=1000)
        store.record(run_id, started(), attempt=1, sequence=1)
        costs = []
        for number in range(1, 601):
            event = epoch(number, val_top1=0.5)
            if number in (10, 600):
                with traced(store) as (statements, steps):
                    store.record(run_id, event, attempt=1, sequence=number + 1)
                costs.append(len(steps))
                assert [statement.split()[0] for statement in statements] == [
                    "BEGIN", "UPDATE", "INSERT", "UPDATE", "COMMIT"
                ]  # fmt: skip
            else:
                store.record(run_id, event, attempt=1, sequence=number + 1)

    assert costs[1] <= 1.1 * costs[0]


def test_heartbeat_costs_one_statement(sqlite_url):
    with Store.open(sqlite_url) as store:
        run_id = running(store)
        with traced(store) as (statements, _):
            assert store.heartbeat(run_id, attempt=1)

    assert [statement.split()[0] for statement in statements] == ["BEGIN", "UPDATE", "COMMIT"]


@pytest.mark.postgres
def test_event_after_a_lost_session_has_a_new_one(new_postgres_url, postgres_url, tmp_path):
    with Store.open(new_postgres_url(), artifact_root=tmp_path) as store:
        run_id = running(store, epochs=4)
        store.record(run_id, started(), attempt=1, sequence=1)

        with store._database.writing() as connection:
            pid = connection.connection.driver_connection.info.backend_pid
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 10000)", (pid,))

        assert store.record(run_id, epoch(1), attempt=1, sequence=2) == "recorded"


@pytest.mark.postgres
def test_session_that_is_lost_within_a_transaction_is_one_error(new_postgres_url, postgres_url, tmp_path):
    with Store.open(new_postgres_url(), artifact_root=tmp_path) as store:
        run_id = running(store, epochs=4)
        beat = store._database.prepared(_BEAT).bind({"of_run": run_id, "of_attempt": 1})

        def lose() -> None:
            with store._database.writing() as connection, psycopg.connect(postgres_url, autocommit=True) as other:
                pid = connection.connection.driver_connection.info.backend_pid
                other.execute("SELECT pg_terminate_backend(%s, 10000)", (pid,))
                beat.count(connection)

        with pytest.raises(StoreError, match=r"cannot use the database .*: (the connection is lost|terminating)"):
            lose()

        assert store.heartbeat(run_id, attempt=1)


def test_event_that_was_said_a_while_ago_takes_no_sign_of_life_back(store):
    run_id = running(store, epochs=4)
    now = store.run(run_id).heartbeat_at
    silence(store, run_id, seconds=1000)
    silent_at = store.run(run_id).heartbeat_at
    past, older = now - timedelta(seconds=500), now - timedelta(seconds=600)

    store.record(run_id, epoch(1), at=silent_at - timedelta(seconds=1))
    assert store.run(run_id).heartbeat_at == silent_at
    store.record(run_id, epoch(2), at=past)
    assert (store.run(run_id).heartbeat_at, store.run(run_id).status) == (past, "crashed")
    store.record(run_id, epoch(3), at=older)
    assert store.run(run_id).heartbeat_at == past
    store.record(run_id, epoch(4), at=now + timedelta(days=1))
    assert now - timedelta(seconds=1) <= store.run(run_id).heartbeat_at <= now + timedelta(hours=1)
