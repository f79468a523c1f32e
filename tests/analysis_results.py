"""Results of analyses as they are stored, without a network."""

from datetime import UTC, datetime
from typing import Any

from expdb.catalog.analyses import ANALYSES
from expdb.domain.analyses.result import AnalysisResult, Chart, Estimate, Line


def analysis_result(name: str = "shift", *, values: dict[str, float] | None = None, **changes: Any) -> AnalysisResult:
    """Return a result of an analysis at its default settings: its first metric is 0.75, of 100 images."""
    entry = ANALYSES[name]
    measured = {entry.metrics[0]: 0.75} if values is None and entry.metrics else values or {}
    line = Line(label="the network", x=(1, 2), y=(0.8, 0.7), low=(0.77, 0.67), high=(0.83, 0.73))
    chart = Chart(key=name, title=entry.title, x_label="moved by (px)", y_label="(%)", percent=True, lines=(line,))
    given = {
        "name": name,
        "version": entry.version,
        "package": "0.1.0",
        "settings": entry.settings().model_dump(mode="json"),
        "dataset": "digits",
        "data_digest": "0123456789abcdef",
        "num_images": 100,
        "num_forward": 1700,
        "seconds": 1.5,
        "device": "cpu",
        "made_at": datetime(2026, 12, 1, 5, tzinfo=UTC),
        "values": {key: Estimate(value=one, n=100, low=one - 0.03, high=one + 0.03) for key, one in measured.items()},
        "charts": (chart,),
        "notes": ("of a test",),
    }
    return AnalysisResult.model_validate({**given, **changes})
