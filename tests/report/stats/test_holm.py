"""Holm's correction, held against a worked example."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expdb.report.stats.holm import holm


def test_holm_is_the_worked_example_in_any_order():
    assert holm([0.0001, 0.012, 0.03, 0.04, 0.2]) == pytest.approx([0.0005, 0.048, 0.09, 0.09, 0.2])
    assert holm([0.2, 0.03, 0.0001, 0.04, 0.012]) == pytest.approx([0.2, 0.09, 0.0005, 0.09, 0.048])
    assert holm([]) == []


@given(ps=st.lists(st.floats(0, 1), min_size=1, max_size=10))
def test_holm_raises_every_p_and_keeps_their_order(ps):
    adjusted = holm(ps)

    for p, found in zip(ps, adjusted, strict=True):
        assert p <= found <= 1
    assert min(adjusted) == min(1.0, len(ps) * min(ps))
    assert [adjusted[i] for i in sorted(range(len(ps)), key=ps.__getitem__)] == sorted(adjusted)


@pytest.mark.parametrize(("ps", "value"), [([0.1, 1.5], "1.5"), ([math.nan], "nan")])
def test_a_p_outside_of_0_to_1_is_refused_with_its_value(ps, value):
    with pytest.raises(ValueError, match=value):
        holm(ps)
