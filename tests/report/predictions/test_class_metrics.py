"""Metrics of predictions, beside a slow computation from what they are defined as."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expdb.data.predictions import Predictions
from expdb.report.predictions.class_metrics import NUM_BINS, nll_of, prediction_metrics
from expdb.tracking.logged_predictions import predictions_of


def slow_metrics(labels: list[int], logits: list[list[float]]) -> dict[str, float]:
    """Return the metrics of (N, C) logits, image by image and class by class."""
    shares = []
    for row in logits:
        powers = [math.exp(value - max(row)) for value in row]
        shares.append([power / math.fsum(powers) for power in powers])
    guesses = [row.index(max(row)) for row in logits]
    pairs = list(zip(labels, guesses, strict=True))
    recalls, scores = [], []
    for one in range(len(logits[0])):
        hits = sum(label == guess == one for label, guess in pairs)
        occurs, guessed = labels.count(one), guesses.count(one)
        if occurs:
            recalls.append(hits / occurs)
        if occurs or guessed:
            precision, recall = hits / guessed if guessed else 0, hits / occurs if occurs else 0
            scores.append(2 * precision * recall / (precision + recall) if hits else 0)
    gap = 0.0
    for index in range(NUM_BINS):
        low, high = index / NUM_BINS, (index + 1) / NUM_BINS
        # Confidence is stored as float32.
        own = [i for i, row in enumerate(shares) if low < min(1.0, float(np.float32(max(row)))) <= high]
        if own:
            accuracy = sum(labels[i] == guesses[i] for i in own) / len(own)
            gap += len(own) / len(labels) * abs(accuracy - sum(max(shares[i]) for i in own) / len(own))
    losses = [-math.log(share[label]) for share, label in zip(shares, labels, strict=True)]
    return {
        "balanced_accuracy": sum(recalls) / len(recalls),
        "macro_f1": sum(scores) / len(scores),
        "nll": sum(losses) / len(losses),
        "ece": gap,
    }


@st.composite
def labelled_logits(draw: st.DrawFn) -> tuple[list[int], list[list[float]]]:
    num_images, num_classes = draw(st.integers(1, 12)), draw(st.integers(2, 7))
    # Few values, so that ties come up; no higher than 60, of which a float32 holds the probability.
    value = st.one_of(st.integers(-2, 2).map(float), st.floats(-30, 30))
    row = st.lists(value, min_size=num_classes, max_size=num_classes)
    labels = draw(st.lists(st.integers(0, num_classes - 1), min_size=num_images, max_size=num_images))
    return labels, draw(st.lists(row, min_size=num_images, max_size=num_images))


@settings(deadline=None)
@given(labelled_logits())
def test_metrics_are_what_a_slow_computation_gives(given_: tuple[list[int], list[list[float]]]) -> None:
    assert prediction_metrics(predictions_of(*given_)) == pytest.approx(slow_metrics(*given_), abs=1e-6)


def predictions(label: list[int], guess: list[int], confidence: list[float] | None = None) -> Predictions:
    shares = None if confidence is None else np.array(confidence, dtype=np.float32)[:, None]
    return Predictions(
        label=np.array(label, dtype=np.uint16),
        top5=np.array(guess, dtype=np.uint16)[:, None],
        probability=np.full(len(label), 0.5, dtype=np.float32),
        confidence=shares,
    )


def test_a_rare_class_counts_as_much_as_a_frequent_one() -> None:
    found = prediction_metrics(predictions([0] * 9 + [1], [0] * 10))

    assert found["balanced_accuracy"] == 0.5
    assert found["macro_f1"] == pytest.approx((18 / 19 + 0) / 2)


def test_a_class_without_images_counts_for_f1_where_it_is_guessed_and_never_for_balanced_accuracy() -> None:
    found = prediction_metrics(predictions([0, 0, 7], [0, 3, 7]))  # of 3, 0 images; of 1, 2, 4 to 6 nothing

    assert found["balanced_accuracy"] == 0.75
    assert found["macro_f1"] == pytest.approx((2 / 3 + 0 + 1) / 3)


def test_one_class_is_right_all_over() -> None:
    found = prediction_metrics(predictions([0, 0], [0, 0], [1.0, 1.0]))

    assert found == {"balanced_accuracy": 1.0, "macro_f1": 1.0, "nll": pytest.approx(math.log(2)), "ece": 0.0}


def test_a_confidence_on_the_edge_of_bins_is_of_the_lower_one() -> None:
    edge = 5 / 15
    found = prediction_metrics(predictions([0, 0], [0, 1], [edge - 1e-3, np.nextafter(np.float32(edge), 0)]))
    apart = prediction_metrics(predictions([0, 0], [0, 1], [edge - 1e-3, np.nextafter(np.float32(edge), 1)]))

    assert found["ece"] == pytest.approx(abs(1 - 2 * edge) / 2, abs=1e-3)  # right and wrong in one bin
    assert apart["ece"] == pytest.approx((1 - edge + edge) / 2, abs=1e-3)  # each in its own


def test_a_confidence_that_rounding_lifts_over_1_is_of_the_last_bin() -> None:
    assert prediction_metrics(predictions([0], [0], [1.0000001]))["ece"] == pytest.approx(0, abs=1e-6)


def test_predictions_without_confidences_have_no_ece() -> None:
    assert prediction_metrics(predictions([0, 1], [0, 1])).keys() == {"balanced_accuracy", "macro_f1", "nll"}


def test_no_images_have_no_metrics() -> None:
    assert prediction_metrics(predictions([], [], [])) == {}


def test_the_likelihood_of_a_class_that_got_less_than_a_float_holds_is_not_known() -> None:
    lost = predictions_of([0, 1], [[0.0, 200.0], [0.0, 200.0]])

    assert lost.probability.tolist() == [0.0, 1.0]
    assert "nll" not in prediction_metrics(lost)
    assert nll_of(np.array([np.float32(1e-45)])) == pytest.approx(103.28, abs=0.01)
