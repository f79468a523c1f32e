"""The Pareto front, held against the definition."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expdb.report.stats.pareto import pareto_front

points = st.lists(st.tuples(st.integers(1, 9).map(float), st.integers(0, 9).map(float)), max_size=25)


def is_beaten(one, by, sign):
    as_good = by[0] <= one[0] and sign * by[1] >= sign * one[1]
    return as_good and by != one


@given(points, st.booleans())
def test_the_front_is_what_no_point_beats(found, is_higher_better):
    sign = 1 if is_higher_better else -1

    front = pareto_front(found, is_higher_better=is_higher_better)

    assert set(front) == {
        index for index, one in enumerate(found) if not any(is_beaten(one, other, sign) for other in found)
    }


@given(points)
def test_the_front_is_in_the_order_of_cost_and_quality_rises_with_it(found):
    front = [found[index] for index in pareto_front(found)]

    assert front == sorted(front)
    assert [quality for _, quality in front] == sorted(quality for _, quality in front)


def test_equal_points_are_all_on_the_front():
    assert pareto_front([(1.0, 0.9), (1.0, 0.9), (2.0, 0.9)]) == [0, 1]


def test_of_losses_the_lower_one_is_better():
    assert pareto_front([(1.0, 0.5), (2.0, 0.7), (3.0, 0.4)], is_higher_better=False) == [0, 2]


@pytest.mark.parametrize("point", [(math.nan, 1.0), (1.0, math.inf)])
def test_numbers_that_are_not_finite_are_refused(point):
    with pytest.raises(ValueError, match="finite"):
        pareto_front([point])
