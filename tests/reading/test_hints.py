"""What finds nothing says so, and names what may be meant: filters, columns and metrics, in Python and as commands."""

from collections.abc import Iterator

import pytest

import expdb
from expdb.domain.events import Logged, MetricsDefined, PointsLogged, RunFinished
from expdb.domain.metric import Metric
from expdb.domain.run import Environment
from expdb.errors import ExpdbError, NotFoundError, SpecError
from expdb.store.store import Store
from tests.cli.conftest import Cli, cli
from tests.factories import tracked_start
from tests.store_runs import add_finished

__all__ = ["cli"]


@pytest.fixture
def made(sqlite_url: str) -> Iterator[Store]:
    """An empty database."""
    with Store.open(sqlite_url) as opened:
        yield opened


@pytest.fixture
def url(made: Store, sqlite_url: str) -> str:
    """A database with a run of a script that has logged `test/miou`, and `val/loss`, which is `val_loss` here."""
    run_id = made.tracked.add(tracked_start())
    made.tracked.begin(run_id, Environment())
    own = Metric(key="test/miou", unit="none", split="test", higher_is_better=True, heading="", is_point=True)
    made.record(run_id, MetricsDefined(metrics=(own,)))
    made.record(run_id, PointsLogged(rows=(Logged(1, None, {"test/miou": 0.5, "val_loss": 1.0}),)))
    made.record(run_id, RunFinished())
    return sqlite_url


FILTERS = {
    "metrics.misspelt > 1": "no document or script states metrics.misspelt, there is metrics.test/miou",
    "metrics.test/mIoU > 0.1": "did you mean metrics.test/miou?",
    "metrics.test/miuo > 0.1": "did you mean metrics.test/miou?",
    "metrics.val/loss > 0": "what scripts log as val/loss is recorded as val_loss, so say val_loss",
    "model = unnet": "did you mean unet?",
    "epochs > 5 and model = unet": "no run has",
}


@pytest.mark.parametrize("where", FILTERS)
def test_a_filter_that_no_run_passes_is_warned_of_with_what_may_be_meant(url: str, where: str):
    with pytest.warns(UserWarning, match="^no run has ") as warned:
        assert expdb.runs(where, db=url).empty

    (one,) = warned
    assert FILTERS[where] in str(one.message)
    assert one.filename == __file__
    with pytest.warns(UserWarning, match="^no run has "):
        assert expdb.history(where=where, db=url).empty


def test_the_command_says_the_same_of_a_filter_as_python(url: str, cli: Cli):
    found = cli("--db", url, "ls", "--where", "metrics.test/miuo > 0.1")

    with pytest.warns(UserWarning, match="^no run has ") as warned:
        expdb.runs("metrics.test/miuo > 0.1", db=url)
    assert found.out.strip() == str(warned[0].message)


def test_what_is_empty_without_a_filter_or_by_its_limit_is_not_warned_of(url: str, made: Store):
    assert len(expdb.runs(db=url)) == 1
    assert expdb.runs("model = unet", limit=0, db=url).empty
    assert expdb.runs(["", " "], db=url).shape[0] == 1


@pytest.mark.parametrize("space", ["metrics", "settings"])
def test_a_filter_without_a_name_behind_the_dot_says_to_give_one(url: str, space: str):
    with pytest.raises(SpecError, match=rf"unknown field '{space}\.' .*: say which: {space}\.NAME"):
        expdb.runs(f"{space}. > 1", db=url)


@pytest.mark.parametrize("name", ["miou", "MIOU", "miuo"])
def test_an_unknown_column_may_be_a_metric_of_a_script(url: str, name: str, cli: Cli):
    said = f"column {name!r}: did you mean metrics.test/miou?"
    with pytest.raises(SpecError, match=f"there is no {said[:-1]}"):
        expdb.runs(columns=[name], db=url)
    for command in ("ls", "table"):
        found = cli("--db", url, command, "--columns", f"model,{name}")
        assert (found.code, f"unknown {said}" in found.err) == (2, True)
    with pytest.raises(NotFoundError, match=f"unknown {said[:-1]}"):
        expdb.table({"columns": ["model", name]}, db=url)


def test_a_metric_that_is_named_without_its_space_is_told_with_it(url: str, cli: Cli):
    with pytest.raises(SpecError, match=r"there is no column 'test/miou': did you mean metrics\.test/miou"):
        expdb.runs(columns=["test/miou"], db=url)
    for command in ("ls", "table"):
        found = cli("--db", url, command, "--columns", "model,test/miou")
        assert (found.code, "a metric of a script is metrics.test/miou" in found.err) == (2, True)


@pytest.mark.parametrize(("name", "meant"), [("test/mIoU", "metrics.test/miou"), ("val/loss", "val_loss")])
def test_a_column_of_a_metric_that_no_run_has_says_which_is_near(
    url: str,
    name: str,
    meant: str,
    cli: Cli,
):
    for command in ("ls", "table"):
        found = cli("--db", url, command, "--columns", f"model,metrics.{name}")
        said = f"metrics.{name}: no run in the database states it: did you mean {meant}?"
        assert (found.code, said in " ".join(found.err.split())) == (0, True)


def test_a_metric_that_is_recorded_under_another_name_is_said_to_be(url: str):
    with pytest.raises(SpecError, match=r"^metric 'val/loss' is recorded as val_loss: ask for 'val_loss'$"):
        expdb.history(1, metrics=["val/loss"], db=url)

    assert expdb.history(1, metrics=["val_loss"], db=url)["value"].tolist() == [1.0]


def test_predictions_that_are_not_there_say_why_by_what_the_run_is(url: str, made: Store):
    queued, running = add_finished(made, status="queued"), made.tracked.add(tracked_start(seed=1))
    made.tracked.begin(running, Environment())
    why = {}
    for run_id in (1, queued, running):
        with pytest.raises(ExpdbError) as refused:
            expdb.run(run_id, db=url).predictions()
        why[run_id] = str(refused.value).partition(": ")[2]

    assert why == {
        1: "its script kept none (run.log_predictions does)",
        queued: "they are kept at the end, and it is queued",
        running: "it is running",
    }
