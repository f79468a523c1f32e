"""Where two models differ, counted on small vectors by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expdb.report.predictions.disagreement import (
    KINDS,
    agreement_matrix,
    answers_table,
    by_class,
    kind_of_words,
    kinds_of,
    other_labels,
    pair_of,
    positions_of,
    random_positions,
)
from tests.factories import make_run

LABEL = np.array([0, 0, 1, 1, 2, 2])
A = np.array([0, 1, 1, 0, 1, 1])  # right, wrong, right, wrong, wrong, wrong
B = np.array([0, 0, 2, 0, 0, 1])  # right, right, wrong, wrong alike, wrong differently, wrong alike

answers = st.integers(1, 40).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(0, 3), min_size=n, max_size=n).map(np.array)] * 3)
)


def test_every_image_is_of_one_kind():
    assert [list(KINDS)[kind] for kind in kinds_of(LABEL, A, B)] == [
        "both-right",
        "b-right",
        "a-right",
        "wrong-alike",
        "wrong-differently",
        "wrong-alike",
    ]


def test_a_pair_counts_tests_and_compares_errors():
    pair = pair_of(LABEL, A, B)

    assert pair.num_by_kind == {
        "b-right": 1,
        "a-right": 1,
        "wrong-alike": 2,
        "wrong-differently": 1,
        "both-right": 1,
    }
    assert (pair.num_images, pair.num_both_wrong) == (6, 3)
    assert (pair.test.p, pair.test.difference) == (1.0, 0.0)
    assert pair.consistency == pytest.approx((4 / 6 - 20 / 36) / (1 - 20 / 36))


@given(answers)
def test_swapping_the_models_swaps_the_kinds(found):
    label, a, b = found

    one, other = pair_of(label, a, b), pair_of(label, b, a)

    assert one.num_images == label.size
    assert one.num_by_kind["b-right"] == other.num_by_kind["a-right"]
    assert one.num_both_wrong == other.num_both_wrong
    assert one.test.difference == -other.test.difference


def test_images_are_found_by_kind_and_class():
    kinds = kinds_of(LABEL, A, B)

    assert list(positions_of(kinds, LABEL, "wrong-alike")) == [3, 5]
    assert list(positions_of(kinds, LABEL, "wrong-alike", 2)) == [5]
    assert list(positions_of(kinds, LABEL, None, 0)) == [0, 1]


def test_a_random_sample_is_repeated_by_its_seed():
    everything = np.arange(1000)

    assert list(random_positions(everything, 5, seed=1)) == list(random_positions(everything, 5, seed=1))
    assert list(random_positions(everything, 5, seed=1)) != list(random_positions(everything, 5, seed=2))
    assert list(random_positions(np.array([7, 3]), 5, seed=0)) == [3, 7]
    assert random_positions(np.array([], dtype=np.intp), 5, seed=0).size == 0


def test_other_numbers_of_images_are_refused():
    with pytest.raises(ValueError, match="not the same images"):
        kinds_of(LABEL, A, B[:3])


def test_words_name_kinds():
    assert kind_of_words("A right, B wrong") == "a-right"
    with pytest.raises(ValueError, match="sideways"):
        kind_of_words("sideways")


@pytest.mark.parametrize(
    ("values", "labels", "words"),
    [
        ({}, LABEL, None),
        ({"dataset": "cifar10"}, LABEL, "other datasets"),
        ({"data_digest": "b"}, LABEL, "digests"),
        ({"data_digest": None}, LABEL, None),
        ({"data_digest": "b", "img_size": 64}, LABEL, None),  # the same images, at another size
        ({}, A, "labels"),
        ({}, LABEL[:3], "labels"),
    ],
)
def test_runs_of_other_images_are_told_apart(values, labels, words):
    a, b = make_run(data_digest="a"), make_run(**({"id": 2, "data_digest": "a"} | values))

    reason = other_labels(a, b, LABEL, labels)

    assert (reason is None) == (words is None)
    assert words is None or words in str(reason)


def test_classes_are_listed_by_how_much_the_models_differ():
    table = by_class(LABEL, A, B, names=("cat", "dog"))

    assert [[cell.value for cell in row.cells] for row in table.rows] == [
        ["cat", 2, 1, 2, 0, 1, 1],
        ["dog", 2, 1, 0, 1, 0, -1],
        ["class 2", 2, 0, 0, 0, 0, 0],
    ]


def test_answers_are_listed_by_image():
    best_a, best_b = (np.stack([first, (first + 1) % 3], axis=1).astype(np.uint16) for first in (A, B))
    confidence = np.tile(np.array([0.75, 0.125], dtype=np.float32), (6, 1))

    table = answers_table(np.array([1, 4]), LABEL, (best_a, confidence), (best_b, None), names=("cat", "dog"))

    assert [[cell.value for cell in row.cells] for row in table.rows] == [
        ["cat", "dog", "cat", "dog (75.0%), class 2 (12.5%)", "cat, dog", 1],
        ["class 2", "dog", "cat", "dog (75.0%), class 2 (12.5%)", "cat, dog", 4],
    ]


def test_agreement_is_symmetric_with_one_on_the_diagonal():
    same = agreement_matrix(LABEL, [A, B, LABEL], "same answer")
    errors = agreement_matrix(LABEL, [A, B, LABEL], "error consistency")

    assert same[0][1] == same[1][0] == pytest.approx(3 / 6)
    assert same[0][2] == pytest.approx(2 / 6)
    assert [row[index] for index, row in enumerate(errors)] == [1.0, 1.0, 1.0]
    assert errors[1][0] == pytest.approx(pair_of(LABEL, A, B).consistency)
