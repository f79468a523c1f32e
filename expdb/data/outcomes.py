"""What a run got of every single item of its test split, for metrics of any kind: what paired tests compare.

One small file a run. Imports numpy only, so that readers stay light.
"""

import hashlib
import io
import json
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from expdb.data.atomic_files import write_whole
from expdb.data.run_files import open_run_file
from expdb.domain.scripts.metric_names import fault_of_name
from expdb.errors import DataError

OUTCOMES_FILE: Final = "outcomes.npz"


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """What one metric is of every item.

    Attributes:
        values: (N,) float64, finite, in the order of the items: 1 or 0 for right and wrong, or a score.
        items: names the items, by their ids in order: equal digests, equal items. Empty: only how many there are is
            known.
    """

    values: npt.NDArray[np.float64]
    items: str = ""

    @property
    def is_binary(self) -> bool:
        """Whether every item is right or wrong."""
        return bool(np.isin(self.values, (0.0, 1.0)).all())

    @property
    def mean(self) -> float:
        """Over all items."""
        return float(self.values.mean())


def outcomes_of(values: npt.NDArray[Any], items: npt.NDArray[Any] | None = None) -> Outcomes:
    """Return outcomes as they are kept.

    Args:
        values: (N,) numbers or booleans, one an item.
        items: (N,) ids or file names, each once, in the same order; None: nothing tells other items of the same number.

    Raises:
        DataError: they are of another form or not finite, or an item stands twice.
    """
    if values.ndim != 1 or not values.size or values.dtype.kind not in "biuf":
        raise DataError(f"outcomes have the shape {values.shape} of {values.dtype}: give one number an item, (items,)")
    num_bad = int((~np.isfinite(values)).sum())
    if num_bad:
        raise DataError(f"the outcomes of {num_bad:,} of {values.size:,} items are not finite: leave these items out")
    if items is None:
        return Outcomes(values=values.astype(np.float64))
    if items.shape != values.shape or items.dtype.kind not in "biuSU":
        raise DataError(
            f"{values.size:,} outcomes, and items of the shape {items.shape} of {items.dtype}: give an id of each "
            "item, as text or a whole number"
        )
    names = [str(item) for item in items.tolist()]
    if len(set(names)) < len(names):
        name, number = Counter(names).most_common(1)[0]
        raise DataError(
            f"item {name[:40]!r} stands there {number:,} times: name each item once, by its id or file name (where a "
            "sampler of several processes repeats some, leave the repetitions out)"
        )
    told = json.dumps(names)
    return Outcomes(values=values.astype(np.float64), items=hashlib.sha256(told.encode()).hexdigest()[:16])


def write_outcomes(folder: Path, name: str, outcomes: Outcomes) -> None:
    """Keep the outcomes of a metric in a run's folder, in place of earlier ones of that name.

    Raises:
        DataError: no metric can be called so, or the file that is there holds something else.
        UnwrittenError: it cannot be written.
    """
    if (fault := fault_of_name(name)) is not None:
        raise DataError(fault)
    path = folder / OUTCOMES_FILE
    known = {**(read_outcomes(folder) if path.exists() else {}), name: outcomes}
    about = json.dumps([{"metric": metric, "items": one.items} for metric, one in known.items()])
    file = io.BytesIO()
    arrays: dict[str, Any] = {f"values_{place}": one.values for place, one in enumerate(known.values())}
    np.savez(file, about=np.array(about), **arrays)
    write_whole(file.getvalue(), path)


def read_outcomes(folder: Path) -> Mapping[str, Outcomes]:
    """Return the outcomes that a run keeps, by the names that they were logged under.

    Raises:
        DataError: the file is missing or holds something else.
    """
    path = folder / OUTCOMES_FILE
    try:
        with open_run_file(path) as file, np.load(file, allow_pickle=False) as arrays:
            about = json.loads(str(arrays["about"]))
            return {
                entry["metric"]: _read(arrays[f"values_{place}"], entry["items"]) for place, entry in enumerate(about)
            }
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"no outcomes in {str(path)!r}: {error}") from error


def _read(values: npt.NDArray[Any], items: object) -> Outcomes:
    """Return outcomes that were read. Raises ValueError for what is none."""
    if values.dtype != np.float64 or values.ndim != 1 or not values.size or not isinstance(items, str):
        raise ValueError(f"values of {values.dtype} and shape {values.shape} are no outcomes")
    if not np.isfinite(values).all():
        raise ValueError("its values are not finite")
    return Outcomes(values=values, items=items)
