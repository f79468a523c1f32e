"""Disagreement, run in process on an empty database, on reported runs, and on measured ones with predictions."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import dashboard
from expdb.data.predictions import Predictions, write_predictions
from expdb.store.store import Store
from tests.dashboard.conftest import add_measured
from tests.factories import make_spec

APP = Path(dashboard.__file__).parent / "app.py"
NUM_IMAGES = 60
CONFIDENCE = np.array([0.5, 0.25, 0.125, 0.0625, 0.03125], dtype=np.float32)


@pytest.fixture
def predicted(url) -> str:
    """Runs 1 to 3 with predictions: run N has the first 10 N of 60 images and the last one wrong; run 4 has none.

    Run 2 alone keeps the probabilities of its top 5.
    """
    label = np.arange(NUM_IMAGES) % 10
    with Store.open(url) as store:
        for number, model in enumerate(("resnet_mini", "senet_mini", "vit_mini", "resnet_mini"), start=1):
            run_id = add_measured(store, make_spec(model__name=model, epochs=1, seed=number), epochs=1)
            top5 = (label[:, None] + np.arange(5)) % 10
            wrong = np.arange(NUM_IMAGES) < 10 * number
            wrong[-1] = True
            top5[wrong] = (top5[wrong] + 1 + (number == 3)) % 10
            found = Predictions(
                label=label.astype(np.uint16),
                top5=top5.astype(np.uint16),
                probability=np.full(NUM_IMAGES, 0.5, np.float32),
                confidence=np.tile(CONFIDENCE, (NUM_IMAGES, 1)) if number == 2 else None,
            )
            if number < 4:
                write_predictions(found, store.artifact_dir(run_id, create=True) / "predictions.parquet")
    return url


def open_disagreement(**query):
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.switch_page("views/disagreement.py")
    app.query_params.update(query)
    app.run()
    assert not app.exception
    return app


def numbers(app):
    return {metric.label: metric.value for metric in app.metric}


def shown(elements):
    return "\n".join(element.value.replace("\\", "") for element in elements)


def test_an_empty_database_says_how_to_begin(empty):
    app = open_disagreement()

    assert "No run has kept its predictions" in app.info[0].value
    assert "expdb run" in app.code[0].value


def test_reported_runs_have_no_predictions(reported):
    app = open_disagreement(runs="1,2")

    assert "No predictions on this machine" in shown(app.warning)
    assert "expdb run" in app.code[0].value


def test_without_runs_those_with_predictions_are_offered(predicted):
    app = open_disagreement()

    assert "Choose two runs" in app.info[0].value
    assert list(app.dataframe[0].value["Run"]) == [4, 3, 2]  # of the two seeds of one model, the newer one


def test_two_runs_are_counted_against_each_other(predicted):
    assert numbers(open_disagreement(runs="1,2")) == {
        "Both right (n₁₁)": "39",
        "A right, B wrong (n₁₀)": "10",
        "A wrong, B right (n₀₁)": "0",
        "Both wrong (n₀₀)": "11",
        "McNemar, p": "0.002",
        "Error consistency, κ": "0.59",
    }


def test_both_models_come_from_the_address(predicted):
    app = open_disagreement(runs="1,2,3", a="3", b="1")

    assert (app.selectbox(key="a").value, app.selectbox(key="b").value) == ("3", "1")
    assert numbers(app)["A wrong, B right (n₀₁)"] == "20"


def test_the_opposite_kind_is_always_beside_the_chosen_one(predicted):
    headings = shown(open_disagreement(runs="1,2", kind="A right, B wrong").markdown)

    assert "A right, B wrong: 10 images" in headings
    assert "A wrong, B right: 0 images" in headings
    assert "A random sample of all images: 12" in headings


def test_images_are_chosen_by_kind_and_class(predicted):
    app = open_disagreement(runs="1,2", kind="both wrong, same answer", **{"class": "9"})

    assert "both wrong, same answer: 2 images" in shown(app.markdown)
    frame = app.dataframe[0].value
    assert list(frame["place"]) == [9, 59]
    assert list(frame["label"]) == ["9", "9"]
    assert list(frame["A"]) == ["✗ 0, 1, 2, 3, 4"] * 2


def test_answers_have_their_probabilities_where_they_were_kept(predicted):
    app = open_disagreement(runs="1,2", kind="both wrong, same answer", **{"class": "9"})

    answers = app.dataframe[0].value.iloc[0]
    assert answers["A"] == "✗ 0, 1, 2, 3, 4"
    assert answers["B"] == "✗ 0 (50.0%), 1 (25.0%), 2 (12.5%), 3 (6.3%), 4 (3.1%)"


def test_a_run_without_probabilities_of_its_top_5_is_named(predicted):
    named = next(line for line in shown(open_disagreement(runs="1,2").caption).splitlines() if "earlier" in line)

    assert named.endswith("its top 5: 1 ResNet-mini.")


def test_the_same_sample_number_draws_the_same_images(predicted):
    def drawn(sample):
        app = open_disagreement(runs="1,2", kind="both right", sample=sample)
        return list(app.dataframe[1].value["place"])

    assert drawn("3") == drawn("3") != drawn("4")


def test_several_runs_make_a_matrix(predicted):
    app = open_disagreement(runs="1,2,3", agreement="error consistency")

    assert len(app.get("plotly_chart")) == 1
    assert "Cohen's kappa" in shown(app.caption)
    assert not open_disagreement(runs="1,2").get("plotly_chart")


def test_lost_predictions_are_named(predicted):
    app = open_disagreement(runs="1,2,4")

    assert "4 ResNet-mini" in shown(app.warning)
    assert app.metric


def test_runs_of_other_datasets_are_not_held_against_each_other(predicted):
    with Store.open(predicted) as store:
        other = add_measured(store, make_spec(data__dataset="cifar10", epochs=1), epochs=1)
        source = store.artifact_dir(1) / "predictions.parquet"
        (store.artifact_dir(other, create=True) / "predictions.parquet").write_bytes(source.read_bytes())

    app = open_disagreement(runs=f"1,{other}")

    assert "other datasets" in shown(app.error)
    assert not app.metric
