"""Which train times were measured while other work held the processors."""

from typing import Any

import pytest

from expdb.domain.contention import is_contended
from tests.factories import make_run

ALONE: dict[str, Any] = {
    "device": "cpu",
    "num_devices": 1,
    "train_seconds": 100.0,
    "cpu_seconds": 99.0,
    "cpu_wait_seconds": 0.5,
}


def contended(**values: Any) -> bool:
    return is_contended(make_run(**(ALONE | values)).fields)


def test_a_run_that_had_the_processors_for_itself_is_not():
    assert not contended()
    assert not contended(cpu_seconds=195.0, cpu_wait_seconds=2.0)  # two threads


def test_a_run_whose_threads_waited_for_processors_is():
    assert contended(cpu_seconds=50.0, cpu_wait_seconds=50.0)
    assert contended(cpu_seconds=32.0, cpu_wait_seconds=144.0)
    assert contended(cpu_seconds=85.0, cpu_wait_seconds=15.0)


def test_where_waiting_is_not_known_what_was_computed_tells():
    assert not contended(cpu_wait_seconds=None)
    assert contended(cpu_seconds=50.0, cpu_wait_seconds=None)
    assert not contended(cpu_seconds=180.0, cpu_wait_seconds=None, num_devices=2)
    assert contended(cpu_seconds=90.0, cpu_wait_seconds=None, num_devices=2)


@pytest.mark.parametrize(
    "values",
    [
        {"cpu_seconds": None, "cpu_wait_seconds": None},
        {"device": "cuda", "cpu_seconds": 5.0, "cpu_wait_seconds": 50.0},
        {"device": None, "cpu_seconds": 5.0, "cpu_wait_seconds": 50.0},
        {"train_seconds": None},
        {"train_seconds": 0.0, "cpu_seconds": 0.0, "cpu_wait_seconds": 0.0},
    ],
    ids=["an old run", "a GPU's", "a document's", "no time", "nothing trained"],
)
def test_a_run_of_which_that_is_not_known_is_not(values: dict[str, Any]):
    assert not contended(**values)
