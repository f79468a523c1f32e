"""Results of analyses, as if they had been computed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from expdb.domain.analyses.result import AnalysisResult, Estimate


def make_result(name: str = "shift", *, values: Mapping[str, float] | None = None, **given: Any) -> AnalysisResult:
    """A result of 200 images of digits; keywords replace fields.

    Args:
        name: of the analysis.
        values: by metric; each with an interval of a hundredth to either side.
        **given: fields of `AnalysisResult`.
    """
    estimates = {
        key: Estimate(value=value, n=200, low=value - 0.01, high=value + 0.01) for key, value in (values or {}).items()
    }
    defaults: dict[str, Any] = {
        "version": 1,
        "package": "0.1.0",
        "settings": {"images": 200, "seed": 0},
        "dataset": "digits",
        "data_digest": "0123456789abcdef",
        "num_images": 200,
        "num_forward": 3400,
        "seconds": 2.5,
        "device": "cpu",
        "made_at": datetime(2026, 12, 1, tzinfo=UTC),
    }
    return AnalysisResult(name=name, values=estimates, **(defaults | given))
