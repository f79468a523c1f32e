"""Predictions of labels and logits that somebody gives."""

from typing import Any

import numpy as np
import pytest

from expdb.data.predictions import predictions_of_logits
from expdb.errors import SpecError

LOGITS = [[1.0, 3.0, 2.0], [5.0, 5.0, 0.0]]


def test_guesses_are_the_best_first_and_of_equal_ones_the_lower_class() -> None:
    found = predictions_of_logits([2, 1], LOGITS)

    assert found.top5.tolist() == [[1, 2, 0], [0, 1, 2]]
    assert found.label.tolist() == [2, 1]
    shares = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.probability, [shares[0, 2], shares[1, 1]], rtol=1e-6)
    np.testing.assert_allclose(found.confidence, -np.sort(-shares, axis=1), rtol=1e-6)


def test_five_of_many_classes_are_kept_and_large_logits_are_no_overflow() -> None:
    logits = np.random.default_rng(0).normal(size=(5000, 12)) * 1000  # more images than are looked at in one go

    found = predictions_of_logits(np.arange(5000) % 12, logits)

    assert found.top5.shape == (5000, 5)
    assert (found.top5[:, 0] == logits.argmax(axis=1)).all()
    assert np.isfinite(found.confidence).all()


def test_tensors_are_taken_as_they_are() -> None:
    torch = pytest.importorskip("torch")
    logits = torch.tensor(LOGITS, dtype=torch.bfloat16, requires_grad=True)

    found = predictions_of_logits(torch.tensor([2, 1]), logits)

    assert found.top5.tolist() == predictions_of_logits([2, 1], LOGITS).top5.tolist()


@pytest.mark.parametrize(
    ("labels", "logits", "said"),
    [
        ([0], LOGITS, r"not of shapes \(1,\) and \(2, 3\)"),
        ([0, 1], [1.0, 2.0], r"not of shapes \(2,\) and \(2,\)"),
        ([0, 3], LOGITS, "label 3 is none of the 3 classes of the logits, 0 to 2"),
        ([0, -1], LOGITS, "label -1 is none of the 3 classes"),
        ([0.0, 1.5], LOGITS, "labels are whole numbers, the classes from 0 on, not float64"),
        ([0, 1], [[1.0, np.nan, 0.0], [1.0, 2.0, 3.0]], "the logits of 1 of 2 images are not finite"),
        ([0, 1], [[1.0, np.inf, 0.0], [-np.inf, 2.0, 3.0]], "the logits of 2 of 2 images are not finite"),
        ([0, 1], [["a", "b"], ["c", "d"]], "logits are numbers, not <U1"),
        ([0, 1], [[1.0, 2.0], [1.0]], "logits: no array can be made of them"),
        ([0, 1], [[1.0, None], [1.0, 2.0]], "logits: no array of numbers can be made of list"),
        ([], np.zeros((0, 70_000)), "at most 65,536 classes"),
    ],
)
def test_what_is_no_prediction_is_refused_in_one_line(labels: Any, logits: Any, said: str) -> None:
    with pytest.raises(SpecError, match=said) as caught:
        predictions_of_logits(labels, logits)
    assert "\n" not in str(caught.value)
