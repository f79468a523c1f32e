"""What a stored row says by a word of its user, where its document is read again without that word."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from math import isclose
from typing import Any

from expdb.domain.run import ReportedRun, Run
from expdb.report.columns import COLUMNS

_TYPED = ("top1", "top5", "num_params", "macs", "train_seconds", "epochs", "batch_size", "img_size", "num_devices")
_FACTORS = (1, 0.01, 1e3, 1e6, 1e9, 1e12, 60, 3600, 1 / 3600, 86400)  # of a printed number, in all units of cells
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_BESIDE = ("spread", "n", "low", "high", "delta", "correct", "images")


def with_kept_readings(row: ReportedRun, run: Run, given: Collection[str]) -> tuple[ReportedRun, dict[str, str]]:
    """Return a row with what a stored one says of cells that are the same, where the row says nothing known of them.

    Args:
        row: as the document is read now.
        run: as it is stored.
        given: headings that the user gives a meaning now: these say what they say.

    Returns:
        The row, and the keys that were kept by heading.
    """
    lost: dict[str, Any] = {
        key: value for key in _TYPED if (value := run.fields[key]) is not None and getattr(row, key) is None
    }
    lost |= {key: value for key, value in run.metrics.items() if key in COLUMNS and key not in row.metrics}
    same = [heading for heading, text in row.quote.items() if run.quote.get(heading) == text and heading not in given]
    kept: dict[str, str] = {}
    for key, value in lost.items():
        heading = next((one for one in same if one not in kept and _prints(row.quote[one], value)), None)
        if heading is not None:
            kept[heading] = key
    metrics, settings = dict(row.metrics), dict(row.settings)
    for heading, key in kept.items():
        metrics = _without_own(metrics, heading, run.metrics)
        settings = _without_own(settings, heading, run.settings)
        names = (key, *(f"{key}_{part}" for part in _BESIDE))
        metrics |= {name: run.metrics[name] for name in names if name in run.metrics}
    fields = {key: lost[key] for key in kept.values() if key in _TYPED}
    left = tuple(text for text in row.unparsed if text in run.unparsed or not _is_of(text, kept))
    return replace(row, metrics=metrics, settings=settings, unparsed=left, **fields) if kept else row, kept


def _prints(text: str, value: float) -> bool:
    """Tell whether a cell prints a value, in whatever unit, or the error that it leaves."""
    numbers = [float(number.replace(",", ".")) for number in _NUMBER.findall(text)]
    numbers += [float(number.replace(",", "")) for number in re.findall(r"\d{1,3}(?:,\d{3})+", text)]
    if any(isclose(number * factor, value, rel_tol=1e-6) for number in numbers for factor in _FACTORS):
        return True
    if any(isclose(1 - number * factor, value, abs_tol=1e-9) for number in numbers for factor in (1, 0.01)):
        return True
    sums = [number * factor for number, factor in zip(reversed(numbers), (1, 60, 3600), strict=False)]  # 1h 7m 26s
    return len(numbers) > 1 and isclose(sum(sums), value, rel_tol=1e-6)


def _without_own(values: Mapping[str, Any], heading: str, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return metrics or settings without those that are new and called like a heading."""
    own = "_".join(heading.split())
    return {name: value for name, value in values.items() if name in before or not name.startswith(own)}


def _is_of(text: str, headings: Collection[str]) -> bool:
    return any(text.startswith(f"{heading} ") for heading in headings)
