"""The list of all runs: filters, columns, curves, what may be changed from it."""

from datetime import timedelta

import pandas as pd
import pytest

from dashboard.widgets.run_table import csv_of, load_listed
from expdb.report.columns import COLUMNS
from expdb.report.run_list import column_values
from expdb.store.store import Store
from tests.dashboard.conftest import fill_demo
from tests.dashboard.opened import cells, open_page, shown_text


def mark(app, *run_ids):
    """Mark the rows of these runs, as a click on their boxes does."""
    key = app.dataframe[0].key
    rows = [cells(app, "id").index(run_id) for run_id in run_ids]
    app.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    app.run()
    assert not app.exception


def test_runs_are_listed_newest_first(measured):
    app = open_page()

    assert cells(app, "id") == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert [list(state) for state in cells(app, "state")][:4] == [["finished"]] * 4
    assert app.caption[0].value.startswith("9 of 9 runs")


def test_reported_runs_are_marked(reported):
    assert [list(state) for state in cells(open_page(), "state")] == [["reported"]] * 10


def test_filters_come_from_the_address(measured):
    app = open_page(model="ViT-mini", aug="RandAugment")

    assert app.multiselect(key="model").value == ["ViT-mini"]
    assert cells(app, "id") == [9]
    assert app.caption[0].value.startswith("1 of 9 runs")


@pytest.mark.parametrize(
    ("parameter", "value", "expected"),
    [("status", "failed", [2]), ("tag", "baseline", [9, 8, 7, 6, 5, 4]), ("group", "demo", [9, 8, 7, 6, 5, 4])],
)
def test_a_chosen_value_filters(measured, parameter, value, expected):
    app = open_page()

    app.multiselect(key=parameter).select(value).run()

    assert cells(app, "id") == expected


def test_the_filter_language_selects_runs(reported):
    assert cells(open_page(where="top1 > 82%"), "id") == [4]


def test_a_filter_that_cannot_be_read_is_one_line(reported):
    app = open_page(where="top1 >> 82")

    assert len(app.error) == 1
    assert not app.dataframe


def test_a_filter_that_nothing_passes_says_so(reported):
    app = open_page(where="top1 > 99%")

    assert "No run" in app.info[0].value
    assert "No run has top1 > 99%: it is " in shown_text(app).replace("\\", "")


def test_columns_can_be_chosen(measured):
    app = open_page()

    app.multiselect(key="columns").set_value(["id", "lr", "curve"]).run()

    assert list(app.dataframe[0].value.columns) == ["open", "id", "lr", "curve"]


def test_columns_come_from_the_address(measured):
    assert list(open_page(columns=["id", "lr"]).dataframe[0].value.columns) == ["open", "id", "lr"]


def test_numbers_are_in_the_unit_of_their_heading(measured):
    app = open_page(where="id = 9")
    with Store.open(measured) as store:
        run = store.run(9)

    assert cells(app, "top1")[0] == pytest.approx(100 * run.results.top1)
    assert cells(app, "num_params")[0] == pytest.approx(0.291530)
    assert cells(app, "train_seconds")[0].total_seconds() == round(run.results.train_seconds)


def test_curves_end_with_the_last_epoch_and_runs_without_epochs_have_none(measured):
    app = open_page()
    with Store.open(measured) as store:
        top1 = store.run(9).results.top1

    curves = cells(app, "curve")
    assert len(curves[0]) == 12
    assert curves[0][-1] == pytest.approx(top1)
    assert curves[cells(app, "id").index(3)] is None


def test_a_growing_run_has_a_longer_curve_without_a_restart(measured):
    from tests.store.events import epoch

    app = open_page(where="id = 1")
    before = list(cells(app, "curve")[0])
    with Store.open(measured) as store:
        store.record(1, epoch(6, top1=0.5))

    app.run()

    assert list(cells(app, "curve")[0]) == pytest.approx([*before, 0.5])


@pytest.mark.parametrize("kind", ["measured", "reported"])
def test_every_column_can_be_shown_and_downloaded(kind, request):
    """Only what the columns read is read of the runs."""
    url = request.getfixturevalue(kind)
    keys = list(COLUMNS)
    with Store.open(url) as store:
        whole = store.runs(sort=["-id"])

    app = open_page(columns=keys)
    written = csv_of(load_listed("", keys, archived=False), keys)

    frame = app.dataframe[0].value
    assert list(frame.columns) == ["open", *keys]
    assert written == csv_of(whole, keys)
    for key in set(keys) - {"tags", "state"}:
        for shown, known in zip(frame[key], column_values(whole, key), strict=True):
            if known is None:
                assert pd.isna(shown), key
            elif COLUMNS[key].format in ("time", "duration"):
                assert abs(shown - known) < timedelta(milliseconds=1), key
            else:
                assert shown == pytest.approx(known), key


def test_the_listed_runs_can_be_downloaded(measured):
    assert [button.proto.label for button in open_page().get("download_button")] == ["Download .csv"]


def test_a_removed_run_disappears_without_a_restart(measured):
    app = open_page()
    with Store.open(measured) as store:
        store.edits.remove(4)

    app.run()

    assert 4 not in cells(app, "id")


def test_archived_runs_are_shown_when_asked_for(measured):
    with Store.open(measured) as store:
        store.edits.remove(4)

    app = open_page(archived="true")

    assert list(cells(app, "state")[cells(app, "id").index(4)]) == ["finished", "archived"]


def test_names_are_shown_as_they_are(measured):
    assert cells(open_page(), "name")[-3:-1] == ["이미지 분류 :red[실험] *9*", "|<script>alert(1)</script>"]


def test_two_marked_runs_can_be_compared_and_one_cannot(measured):
    app = open_page()

    mark(app, 9)
    assert app.button(key="compare").disabled
    mark(app, 9, 7)

    assert not app.button(key="compare").disabled
    assert app.button(key="compare").label == "Compare (2)"


def test_marks_stay_with_their_runs_when_a_new_run_comes_first(measured):
    app = open_page()
    mark(app, 9, 7)
    with Store.open(measured) as store:
        fill_demo(store)

    app.run()

    assert app.session_state["runs_marked"] == [9, 7]
    assert cells(app, "id")[0] == 15


def test_marked_runs_are_archived_and_brought_back(measured):
    app = open_page()
    mark(app, 9, 7)

    app.button(key="edit_archive").click().run()
    assert cells(app, "id") == [8, 6, 5, 4, 3, 2, 1]
    app.button(key="edit_undo").click().run()

    assert cells(app, "id") == [9, 8, 7, 6, 5, 4, 3, 2, 1]


def test_an_archived_run_is_restored_from_the_list(measured):
    with Store.open(measured) as store:
        store.edits.remove(4)
    app = open_page(archived="true")
    mark(app, 4)

    app.button(key="edit_restore").click().run()

    with Store.open(measured) as store:
        assert store.run(4).removed_at is None


def test_a_running_run_is_not_archived_and_the_page_says_why(measured):
    app = open_page()
    mark(app, 1)

    app.button(key="edit_archive").click().run()

    assert "run 1 is running" in app.error[0].value.replace("\\", "")
    assert 1 in cells(app, "id")


def test_tags_are_added_and_taken_away(measured):
    app = open_page()
    mark(app, 9, 3)

    app.multiselect(key="edit_tags_add").set_value(["to-print"])
    app.multiselect(key="edit_tags_remove").set_value(["baseline"])
    app.button(key="FormSubmitter:edit_tags_form-Save").click().run()

    with Store.open(measured) as store:
        assert [store.run(run_id).tags for run_id in (9, 3, 8)] == [("to-print",), ("to-print",), ("baseline",)]


def test_a_note_is_saved(measured):
    app = open_page()
    mark(app, 3)

    assert app.text_area[0].value == "한국어 메모"
    app.text_area[0].set_value("a remark")
    app.button(key="FormSubmitter:edit_note_form-Save").click().run()

    with Store.open(measured) as store:
        assert store.run(3).note == "a remark"


def test_read_only_pages_offer_no_changes(measured, monkeypatch):
    monkeypatch.setenv("EXPDB_DASHBOARD_READ_ONLY", "1")
    app = open_page()

    mark(app, 9, 7)

    assert [button.key for button in app.button] == ["compare"]


def test_a_change_asked_of_a_page_that_became_read_only_is_refused(measured, monkeypatch):
    app = open_page()
    mark(app, 9)

    monkeypatch.setenv("EXPDB_DASHBOARD_READ_ONLY", "1")
    app.button(key="edit_archive").click().run()

    assert "nothing was changed" in shown_text(app)
    assert 9 in cells(app, "id")
