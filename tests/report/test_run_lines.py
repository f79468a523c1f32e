"""What is said of a run when it starts."""

import pytest

from expdb.report.run_lines import RunLines
from tests.factories import make_spec
from tests.store.events import started


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"num_threads": 1}, "a processor (cpu, fp32, 1 thread)"),
        ({"num_threads": 8}, "a processor (cpu, fp32, 8 threads)"),
        (
            {"num_threads": 1, "why_not_more_threads": "of 2: others keep the rest busy"},
            "a processor (cpu, fp32, 1 thread of 2: others keep the rest busy)",
        ),
        ({"num_threads": 8, "device": "cuda"}, "a processor (cuda, fp32)"),
    ],
)
def test_a_run_on_processors_says_its_threads_and_why_they_are_not_more(fields: dict[str, object], said: str):
    assert RunLines(1, make_spec()).of(started(**fields))[-1] == said
