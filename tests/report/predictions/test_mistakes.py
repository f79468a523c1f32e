import numpy as np
import pytest

from expdb.report.predictions.mistakes import (
    class_results,
    confusion,
    find_mistakes,
    guesses_text,
    num_classes_of,
)

LABELS = np.array([0, 0, 0, 1, 1, 2], dtype=np.uint16)
TOP5 = np.array([[0, 1], [1, 0], [1, 2], [1, 0], [2, 1], [2, 0]], dtype=np.uint16)
PROBABILITY = np.array([0.9, 0.4, 0.05, 0.8, 0.3, 0.7], dtype=np.float32)
CONFIDENCE = np.array([[0.9, 0.1], [0.6, 0.4], [0.5, 0.45], [0.8, 0.1], [0.6, 0.3], [0.7, 0.2]], dtype=np.float32)


def positions(found):
    return [mistake.position for mistake in found]


def test_the_confusion_matrix_counts_true_classes_down_and_guesses_across():
    assert confusion(LABELS, TOP5, 3).tolist() == [[1, 2, 0], [0, 1, 1], [0, 0, 1]]


def test_every_class_has_its_accuracy_precision_and_what_it_is_taken_for():
    first, second, third = class_results(LABELS, TOP5, 3)

    assert (first.num_images, first.top1) == (3, pytest.approx(1 / 3))
    assert first.taken_for == (1, 2)
    assert (second.top1, second.precision) == (0.5, pytest.approx(1 / 3))
    assert (third.top1, third.precision, third.taken_for) == (1.0, 0.5, None)


@pytest.mark.parametrize(("num_classes", "top5"), [(5, None), (6, pytest.approx(2 / 3))])
def test_five_classes_or_fewer_have_no_top5(num_classes, top5):
    assert class_results(LABELS, TOP5, num_classes)[0].top5 == top5


def test_a_class_without_images_has_no_accuracy():
    result = class_results(LABELS, TOP5, 4)[3]

    assert (result.num_images, result.top1, result.top5, result.precision, result.taken_for) == (
        0,
        None,
        None,
        None,
        None,
    )


def test_the_accuracies_of_the_classes_average_to_the_accuracy_of_the_images():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 1000).astype(np.uint16)
    top5 = np.argsort(rng.random((1000, 10)), axis=1)[:, :5].astype(np.uint16)

    results = class_results(labels, top5, 10)

    assert sum(result.top1 * result.num_images for result in results) == pytest.approx((top5[:, 0] == labels).sum())
    assert sum(result.top5 * result.num_images for result in results) == pytest.approx(
        (top5 == labels[:, None]).any(axis=1).sum()
    )


def test_mistakes_come_by_the_probability_of_the_true_class():
    found = find_mistakes(LABELS, TOP5, PROBABILITY, CONFIDENCE)

    assert [(mistake.position, mistake.label, mistake.guesses) for mistake in found] == [
        (2, 0, (1, 2)),
        (4, 1, (2, 1)),
        (1, 0, (1, 0)),
    ]
    assert found[0].probability == pytest.approx(0.05)
    assert found[0].confidence == pytest.approx((0.5, 0.45))


def test_mistakes_come_by_the_probability_of_the_wrong_class_and_then_of_the_true_one():
    assert positions(find_mistakes(LABELS, TOP5, PROBABILITY, CONFIDENCE, order="most confident")) == [4, 1, 2]


def test_without_confidences_mistakes_come_by_the_true_class_only():
    found = find_mistakes(LABELS, TOP5, PROBABILITY, None)

    assert [(mistake.position, mistake.confidence) for mistake in found] == [(2, None), (4, None), (1, None)]
    with pytest.raises(ValueError, match="were not kept"):
        find_mistakes(LABELS, TOP5, PROBABILITY, None, order="most confident")


def test_mistakes_are_narrowed_by_class_and_guess():
    arrays = (LABELS, TOP5, PROBABILITY, CONFIDENCE)

    assert positions(find_mistakes(*arrays, label=1)) == [4]
    assert positions(find_mistakes(*arrays, taken_for=1)) == [2, 1]
    assert positions(find_mistakes(*arrays, order="most confident", taken_for=1)) == [1, 2]
    assert find_mistakes(*arrays, label=2) == []


def test_guesses_are_named_with_their_probabilities_where_they_were_kept():
    assert guesses_text((1, 0, 2), (0.8125, 0.1, 0.0001), ("cat", "dog")) == (
        "dog (81.3%), cat (10.0%), class 2 (0.0%)"
    )
    assert guesses_text((1, 2), None, ("cat", "dog")) == "dog, class 2"


def test_there_are_as_many_classes_as_stated_or_needed():
    assert num_classes_of(LABELS, TOP5, 100) == 100
    assert num_classes_of(LABELS, TOP5, None) == 3
    assert num_classes_of(LABELS[:0], TOP5[:0], None) == 1
