"""A part of the test split to be evaluated on: fixed, and of all classes."""

import numpy as np
import pytest

from expdb.data.test_limit import choose_test
from expdb.domain.spec import DataSpec
from expdb.errors import SpecError

LABELS = np.repeat(np.arange(10), 100)


def test_whole_split_is_in_its_own_order() -> None:
    assert choose_test(LABELS, DataSpec()).tolist() == list(range(1000))


def test_part_of_the_test_split_has_its_classes_in_proportion_and_in_order() -> None:
    chosen = choose_test(LABELS, DataSpec(test_limit=200))

    assert (np.diff(chosen) > 0).all()
    assert np.bincount(LABELS[chosen]).tolist() == [20] * 10


def test_smaller_part_is_within_the_larger_one() -> None:
    small, large = (set(choose_test(LABELS, DataSpec(test_limit=number)).tolist()) for number in (50, 300))

    assert small < large


def test_part_does_not_depend_on_what_trains() -> None:
    one, other = DataSpec(test_limit=50), DataSpec(test_limit=50, limit=7, val_fraction=0.2, img_size=64)

    assert choose_test(LABELS, one).tolist() == choose_test(LABELS, other).tolist()


@pytest.mark.parametrize("number", [1000, 1001])
def test_part_that_is_the_whole_or_more_is_refused(number: int) -> None:
    with pytest.raises(SpecError, match=f"data.test_limit={number} has no effect: .* has 1000 test images"):
        choose_test(LABELS, DataSpec(test_limit=number))
