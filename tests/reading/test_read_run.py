"""One run in a notebook."""

import numpy as np
import pytest

import expdb
from expdb.domain.run import ReportedRun
from expdb.errors import DataError, NotFoundError
from expdb.report.run_data import run_record
from expdb.store.store import Store
from tests.store_runs import add_finished

REPORTED = ReportedRun(
    name="paper/1",
    group="paper",
    source="A <Paper>, p. 3",
    quote={},
    dataset="cifar100",
    model="Net",
    batch_size=128,
    settings={"crops": 10},
    metrics={"miou": 47.5},
)


@pytest.fixture
def made(sqlite_url: str) -> Store:
    with Store.open(sqlite_url) as store:
        yield store


def test_a_run_has_its_settings_and_results_by_the_names_of_filters(made: Store, sqlite_url: str):
    run_id = add_finished(made, top1=0.75, name="mine", optim__lr=0.25)

    run = expdb.run("mine", db=sqlite_url)

    assert (run.id, run.name, run.status) == (run_id, "mine", "finished")
    assert (run.settings["lr"], run.settings["dataset"], run.settings["aug"]) == (0.25, "digits", "standard")
    assert (run.results["top1"], run.results["num_params"]) == (0.75, 467_474)
    assert None not in {*run.settings.values(), *run.results.values()}
    assert run.record == run_record(made.run(run_id))
    assert repr(run) == f"<expdb run {run_id} 'mine': finished, resnet_mini on digits>"


def test_a_row_of_a_document_has_what_the_document_states(made: Store, sqlite_url: str):
    run = expdb.run(made.add_reported(REPORTED), db=sqlite_url)

    assert run.settings == {"dataset": "cifar100", "model": "Net", "batch_size": 128, "crops": 10}
    assert run.results == {"epochs_done": 0, "miou": 47.5}
    assert run.history().empty
    with pytest.raises(NotFoundError, match="copied from a document"):
        run.folder  # noqa: B018
    with pytest.raises(NotFoundError, match="has no predictions: it is copied from a document"):
        run.predictions()


def test_the_curves_of_a_run_are_read_anew(made: Store, sqlite_url: str):
    run = expdb.run(add_finished(made, curve=[0.1, 0.3]), db=sqlite_url)

    assert run.history("top1")["value"].tolist() == [0.1, 0.3]


def test_predictions_are_rows_in_the_order_of_the_test_split(made: Store, sqlite_url: str):
    right = np.array([True, False, True])
    run = expdb.run(add_finished(made, correct=right), db=sqlite_url)

    predictions = run.predictions()

    assert (predictions.top5[:, 0] == predictions.label).tolist() == right.tolist()
    assert [path.name for path in run.folder.iterdir()] == ["predictions.npz"]


def test_predictions_that_are_not_on_this_machine_are_said_to_be_missing(made: Store, sqlite_url: str):
    run = expdb.run(add_finished(made), db=sqlite_url)

    with pytest.raises(DataError, match="predictions"):
        run.predictions()
    with pytest.raises(NotFoundError, match="no run 77"):
        expdb.run(77, db=sqlite_url)


def test_a_notebook_shows_a_run_escaped(made: Store, sqlite_url: str):
    run_id = add_finished(made, name="<b>mine</b>")

    shown = expdb.run(run_id, db=sqlite_url)._repr_html_()

    assert "&lt;b&gt;mine&lt;/b&gt;" in shown
    assert "<b>" not in shown
    assert "<th>lr</th><td>0.1</td>" in shown
