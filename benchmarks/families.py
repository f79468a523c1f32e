"""The smallest architecture of every family at small and usual sizes: what it costs, or the line that refuses it."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import torch

from benchmarks.print_results import heading, table
from expdb.catalog.compose_spec import compose_spec
from expdb.catalog.models import Architecture, architectures
from expdb.domain.spec import RunSpec
from expdb.errors import ExpdbError
from expdb.train.model.build import build_model
from expdb.train.model.count import describe_model
from expdb.train.model.first_pass import pass_forward

SIDES = (32, 64, 224)
_MOST_PARAMS = 15_000_000  # of a network that computes for real here; others are only described
_MOST_MACS = 2_000_000_000
_ACTIONABLE = re.compile(r".*does not take images of data\.img_size=\d+: use \d+ .*")


def measure_families(*, sides: Sequence[int] = SIDES, only: Iterable[str] | None = None) -> tuple[str, bool]:
    """Try the smallest of every family at every side; return a table, and whether no line of it is a raw one."""
    wanted = set(only) if only is not None else None
    counts: dict[int, Counter[str]] = {side: Counter() for side in sides}
    rows = []
    for entry in _smallest():
        if wanted is not None and entry.family not in wanted:
            continue
        cells = []
        for side in sides:
            kind, text = _tried(entry, side)
            counts[side][kind] += 1
            cells.append(text)
        rows.append([entry.family, entry.name, *cells])
    sums = [
        f"{side} px: " + ", ".join(f"{number} {kind}" for kind, number in sorted(counts[side].items()))
        for side in sides
    ]
    text = heading(f"{len(rows)} families: million MACs of the smallest, or why it is refused", torch.device("cpu"))
    text += "\n" + table(["family", "architecture", *(f"{side} px" for side in sides)], rows) + "\n" + "\n".join(sums)
    return text, not any(count["raw"] for count in counts.values())


def _smallest() -> list[Architecture]:
    smallest: dict[str, Architecture] = {}
    for entry in architectures().values():
        if entry.family not in smallest or entry.num_params < smallest[entry.family].num_params:
            smallest[entry.family] = entry
    return [smallest[family] for family in sorted(smallest)]


def _tried(entry: Architecture, side: int) -> tuple[str, str]:
    """Return how it went, in a word, and the cell of the table."""
    try:
        spec = compose_spec({"data.dataset": "cifar10", "data.img_size": side, "model.name": entry.name})
        summary = describe_model(spec)
        is_small = entry.num_params <= _MOST_PARAMS and (summary.macs or 0) <= _MOST_MACS
        if is_small:
            _compute(spec)
    except ExpdbError as error:
        return ("refused", f"refused: {error}") if _ACTIONABLE.fullmatch(str(error)) else ("raw", f"RAW: {error}")
    except Exception as error:  # noqa: BLE001 - that anything else comes is what is looked for
        return "raw", f"RAW: {type(error).__name__}: {error}"
    macs = "not counted" if summary.macs is None else f"{summary.macs / 1e6:,.1f}"
    return ("computed", macs) if is_small else ("described", f"{macs} (only described)")


def _compute(spec: RunSpec) -> None:
    cpu = torch.device("cpu")
    with torch.no_grad():
        pass_forward(build_model(spec, cpu).eval(), spec, cpu)
