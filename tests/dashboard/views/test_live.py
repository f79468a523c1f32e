"""The page of what is running, waiting or has crashed, run in process."""

import re

from dashboard.data.machine import machine_load
from expdb.store.store import Store
from tests.dashboard.conftest import add_measured
from tests.dashboard.test_pages import open_page, shown_text
from tests.factories import make_spec
from tests.killed import mark_as_gone
from tests.store.events import epoch, running, silence, started

UNKNOWN = {"test_loss": None, "top1": None, "top5": None}


def open_live():
    return open_page("views/live.py")


def test_an_empty_database_says_how_to_start_a_run(empty):
    app = open_live()

    assert "Nothing is running" in app.info[0].value
    assert app.code[0].value == "expdb run --dataset digits --model resnet_mini --epochs 10"


def test_reported_runs_are_not_live(reported):
    app = open_live()

    assert app.info
    assert not app.dataframe


def test_a_running_run_shows_how_far_it_is_and_a_queued_one_is_named(measured):
    app = open_live()

    [progress] = app.get("progress")
    assert progress.proto.text.startswith("epoch 5 of 12, 41.7 %")
    assert "1 running; the last of them is done in about" in shown_text(app)
    assert app.subheader[0].value == "Queued (1)"
    assert list(app.dataframe[0].value["id"]) == [3]


def test_a_run_without_an_epoch_foretells_nothing(measured):
    with Store.open(measured) as store:
        add_measured(store, make_spec(epochs=3, seed=8), epochs=0, is_finished=False)

    app = open_live()

    assert "How long it takes is known after the first epoch." in shown_text(app)


def test_a_run_whose_last_epoch_was_not_evaluated_shows_the_accuracy_of_before(measured):
    with Store.open(measured) as store:
        run_id = running(store, epochs=9, eval__every=2, seed=8)
        store.record(run_id, started())
        for number in (1, 2, 3):
            store.record(run_id, epoch(number, **({"top1": 0.625} if number == 2 else UNKNOWN)))

    assert "62.50" in [metric.value for metric in open_live().metric if metric.label == "Top-1 (%)"]


def test_crashed_runs_are_named_with_the_way_on(measured):
    with Store.open(measured) as store:
        silence(store, *store.ids("status = running"))

    app = open_live()

    assert "Nothing is running" in app.info[0].value
    assert app.subheader[0].value == "Crashed (1)"
    assert "expdb resume RUN" in shown_text(app)


def test_a_run_whose_process_died_is_crashed_without_anybody_having_written_it(measured):
    assert "1 running" in shown_text(open_live())

    with Store.open(measured) as store:
        [run_id] = store.ids("status = running")
        mark_as_gone(store, run_id)

    app = open_live()
    assert "Nothing is running" in app.info[0].value
    assert app.subheader[0].value == "Crashed (1)"


def test_a_running_run_that_has_gone_quiet_says_so(measured):
    with Store.open(measured) as store:
        silence(store, *store.ids("status = running"), seconds=60)

    text = shown_text(open_live())

    assert "1 running" in text
    assert re.search(r"Last sign of life .*, 6\d s ago", text)


def test_a_name_is_never_markup(measured):
    with Store.open(measured) as store:
        store.edits.rename(1, "**bold** :red[x]")

    app = open_live()

    labels = [link.proto.label for link in app.get("page_link")]
    assert r"Run 1\: \*\*bold\*\* \:red\[x\]" in labels


def test_the_machine_tells_how_busy_its_processors_are():
    [cpu, *_] = machine_load()

    assert cpu.busy is not None
    assert 0 <= cpu.memory_used <= cpu.memory_total
