"""The page of one run: results, curves, settings, predictions, seeds, what it builds on."""

import re
from dataclasses import replace

import numpy as np
import pytest

from dashboard.text import literal
from expdb.catalog.reported import reported_runs
from expdb.data.predictions import Predictions, read_predictions, write_predictions
from expdb.store.store import Store
from tests.dashboard.conftest import add_measured
from tests.dashboard.opened import open_page, shown_text
from tests.factories import make_spec
from tests.store.events import silence
from tests.store_runs import add_finished


@pytest.fixture
def predicted(url) -> str:
    """Three seeds of one spec; the first one (run 1) keeps predictions of 40 images, a quarter of them wrong."""
    with Store.open(url) as store:
        for seed in range(3):
            add_measured(store, make_spec(seed=seed, epochs=4), epochs=4)
        label = np.arange(40, dtype=np.uint16) % 10
        first = np.where(np.arange(40) % 4 == 3, (label + 1) % 10, label)
        predictions = Predictions(
            label=label,
            top5=((first[:, None] + np.arange(5)) % 10).astype(np.uint16),
            probability=np.linspace(0.4, 0.1, 40, dtype=np.float32),
            confidence=np.linspace(0.6, 0.45, 40, dtype=np.float32)[:, None] / 2 ** np.arange(5, dtype=np.float32),
        )
        run = store.run(1)
        write_predictions(predictions, store.artifact_dir(1, create=True) / run.predictions_file)
    return url


@pytest.fixture
def predicted_earlier(predicted) -> str:
    """The same, but run 1's file is of a version that kept the probability of the true class only."""
    with Store.open(predicted) as store:
        path = store.artifact_dir(1) / store.run(1).predictions_file
    write_predictions(replace(read_predictions(path), confidence=None), path)
    return predicted


def tab_labels(app):
    return [tab.label for tab in app.tabs]


def frames(app):
    """Return the page's tables by their first heading."""
    return {element.value.columns[0]: element.value for element in app.dataframe}


def test_a_finished_run_shows_results_curves_settings_and_its_command(measured):
    app = open_page("views/run.py", run="4")

    assert app.title[0].value == "Run 4"
    assert {metric.label: metric.value for metric in app.metric}["Params"] == "0.38M"
    assert len(app.get("plotly_chart")) == 5
    assert app.code[0].value == (
        "expdb run --dataset digits --model resnet_mini --epochs 12 --set data.val_fraction=0.1"
        " --group demo --tag baseline"
    )
    assert {"Settings", "Results", "Epochs", "Environment", "Packages", "Uncommitted changes"} <= set(tab_labels(app))
    settings = app.dataframe[0].value
    assert dict(zip(settings["Setting"], settings["Value"], strict=True))["data.val_fraction"] == "0.1"
    assert "chosen on the validation split" in app.caption[0].value


def test_a_failed_run_says_why(measured):
    app = open_page("views/run.py", run="2")

    assert app.error[0].value == "This run did not finish:"
    assert app.code[0].value.splitlines() == [
        "failed (diverged)",
        "TrainingError: the loss of epoch 2 is nan: lower --lr (50)",
    ]
    assert "Traceback" in tab_labels(app)
    assert "so the number is optimistic" in app.caption[0].value


def test_a_running_run_shows_what_is_there(measured):
    app = open_page("views/run.py", run="still running")

    assert "running" in shown_text(app)
    assert len(app.get("plotly_chart")) == 5


def test_a_queued_run_has_no_curves_yet(measured):
    app = open_page("views/run.py", run="3")

    assert "No epoch is recorded yet." in shown_text(app)
    assert "이미지 분류 :red[실험] *9*" in app.text[0].value
    assert "한국어 메모" in app.text[0].value


def test_a_reported_run_says_so_and_shows_the_cells_as_printed(reported):
    app = open_page("views/run.py", run="10")

    assert "copied from a document, never measured here" in shown_text(app)
    assert "Source: " in shown_text(app)
    assert {metric.label for metric in app.metric} == {"Top-1 (last, %)", "Train time"}
    assert "As printed" in tab_labels(app)
    assert not app.get("plotly_chart")
    assert not app.code


def test_a_reported_run_whose_document_was_corrected_shows_both_values(reported):
    with Store.open(reported) as store, store.reported.entering() as rows:
        rows.change(10, replace(reported_runs()[-1], top1=0.78), old_values={"top1": 0.7725}, new_values={"top1": 0.78})
    app = open_page("views/run.py", run="10", part="Changes")

    assert "Changes" in tab_labels(app)
    assert "Changes" not in tab_labels(open_page("views/run.py", run="9"))
    assert list(app.dataframe[0].value["Change"]) == ["top-1 77.25 → 78.00"]


@pytest.mark.parametrize("run", ["99", "nobody", "-1", "1 or 1=1", "<script>", "9" * 30])
def test_an_unknown_run_is_one_line(measured, run):
    app = open_page("views/run.py", run=run)

    assert len(app.error) == 1
    assert not app.title


def test_without_a_run_the_page_says_how_to_open_one(measured):
    assert "?run=ID" in open_page("views/run.py").info[0].value


def test_scale_and_smoothing_come_from_the_address(measured):
    app = open_page("views/run.py", run="4", log="true", smooth="0.6")

    assert app.toggle(key="log").value is True
    assert app.slider(key="smooth").value == 0.6


def test_only_the_open_tab_is_drawn(measured):
    app = open_page("views/run.py", run="4", part="Environment")

    assert list(frames(app)) == ["Field"]
    assert "workstation" in set(frames(app)["Field"]["Value"])


def test_times_are_in_the_zone_of_the_viewer(measured):
    app = open_page("views/run.py", run="4", part="History")

    history = dict(frames(app)["Field"].itertuples(index=False))
    assert history["Created"].endswith("UTC")


def test_predictions_show_the_matrix_the_classes_and_the_mistakes(predicted):
    app = open_page("views/run.py", run="1", part="Predictions")

    assert len(app.get("plotly_chart")) == 6
    classes = frames(app)["Class"]
    assert sorted(classes["Class"]) == [str(digit) for digit in range(10)]
    assert list(classes["Top-1"]) == sorted(classes["Top-1"])
    assert "10 of 40 test images are wrong here" in shown_text(app)


def test_mistakes_are_narrowed_by_classes_in_the_address(predicted):
    app = open_page("views/run.py", run="1", part="Predictions", true="3", taken="4")

    assert "2 of 40 test images are wrong here" in shown_text(app)


def test_mistakes_come_in_two_orders_with_both_probabilities(predicted):
    worst = open_page("views/run.py", run="1", part="Predictions")
    confident = open_page("views/run.py", run="1", part="Predictions", order="Most confident")

    assert worst.segmented_control(key="order").value == "worst"
    assert "whose true class got the least probability" in shown_text(worst)
    assert confident.segmented_control(key="order").value == "most confident"
    assert "whose wrong class got the highest probability" in shown_text(confident)
    assert "9 (10.0%), taken for 0 (45.0%)" in shown_text(worst)
    text = shown_text(confident)
    assert text.index("3 (37.7%), taken for 4 (58.8%)") < text.index("9 (10.0%), taken for 0 (45.0%)")


def test_predictions_of_an_earlier_version_show_the_worst_mistakes_only(predicted_earlier):
    app = open_page("views/run.py", run="1", part="Predictions", order="Most confident")

    assert not app.segmented_control
    assert "runs recorded by an earlier version did not keep" in shown_text(app)
    assert "9 (10.0%), taken for 0\n" in shown_text(app)


def test_mistakes_without_images_are_a_table(predicted, monkeypatch):
    import dashboard.run_page.predictions

    monkeypatch.setattr(dashboard.run_page.predictions, "load_images", lambda run, positions: None)
    app = open_page("views/run.py", run="1", part="Predictions")

    first = frames(app)["Image"].iloc[0]
    assert (first["Image"], first["Probability of that"]) == (39, pytest.approx(0.45))
    assert first["Most probable classes"] == "0 (45.0%), 1 (22.5%), 2 (11.2%), 3 (5.6%), 4 (2.8%)"
    assert "not on this machine" in shown_text(app)


def test_a_run_whose_predictions_are_elsewhere_has_no_such_tab(measured):
    assert "Predictions" not in tab_labels(open_page("views/run.py", run="4"))


def test_seeds_are_listed_with_their_mean(predicted):
    app = open_page("views/run.py", run="1", part="Seeds")

    mean, seeds = (element.value for element in app.dataframe)
    assert "±" in mean.iloc[0, 0]
    assert "(3)" in mean.iloc[0, 0]
    assert len(seeds) == 3


def test_a_run_links_to_what_it_starts_from_and_to_what_builds_on_it(measured):
    with Store.open(measured) as store:
        add_measured(store, make_spec(model__init_from=4, seed=5), epochs=2)

    child = open_page("views/run.py", run="10")
    parent = open_page("views/run.py", run="4")

    assert "Starts from the weights of run 4" in {link.proto.label for link in child.get("page_link")}
    assert "Built upon by run 10" in {link.proto.label for link in parent.get("page_link")}


def test_of_many_runs_that_build_on_one_the_first_are_linked_and_the_rest_listed(measured):
    with Store.open(measured) as store:
        for seed in range(13):
            store.add_run(make_spec(model__init_from=4, seed=seed))

    labels = [link.proto.label for link in open_page("views/run.py", run="4").get("page_link")]

    assert sum(label.startswith("Built upon by") for label in labels) == 12
    assert "All 13 built upon it" in labels


def test_a_crashed_run_says_when_it_showed_itself_last(measured):
    with Store.open(measured) as store:
        silence(store, *store.ids("status = running"))
        [run] = store.runs("status = crashed")

    app = open_page("views/run.py", run=str(run.id))

    assert re.fullmatch(r"crashed \(last sign of life .*, 2 min ago\)", app.code[0].value)


def test_a_resumed_run_shows_its_attempts(measured):
    from tests.dashboard.conftest import ENVIRONMENT

    with Store.open(measured) as store:
        store.resume_run(2, ENVIRONMENT)

    app = open_page("views/run.py", run="2", part="Attempts")

    assert list(app.dataframe[0].value["Attempt"]) == [1, 2]


def test_a_run_is_archived_from_its_page_and_brought_back(measured):
    app = open_page("views/run.py", run="4")

    app.button(key="edit_archive").click().run()
    with Store.open(measured) as store:
        assert store.run(4).removed_at is not None
    app.button(key="edit_undo").click().run()

    with Store.open(measured) as store:
        assert store.run(4).removed_at is None


def test_a_run_is_put_into_another_group_from_its_page(measured):
    app = open_page("views/run.py", run="4")

    [field] = [each for each in app.text_input if each.label == "Group"]
    field.set_value("elsewhere")
    app.button(key="FormSubmitter:edit_group_form-Save").click().run()

    with Store.open(measured) as store:
        assert store.run(4).group == "elsewhere"


@pytest.mark.parametrize(("limit", "is_told"), [(10, True), (None, False)])
def test_a_result_on_a_part_of_the_test_images_says_so(url, limit, is_told):
    with Store.open(url) as store:
        run_id = add_finished(store, data__test_limit=limit)

    app = open_page("views/run.py", run=str(run_id))

    told = literal("Evaluated on 10 of 360 test images: not comparable with whole test splits.")
    assert (told in [caption.value for caption in app.caption]) == is_told
