"""What a trained network makes of images of other sizes than its own: accuracy, work, memory, time, or a refusal.

Source: Touvron et al. 2019, "Fixing the train-test resolution discrepancy" (accuracy over test sizes).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch.utils.flop_counter import FlopCounterMode

from expdb.analysis.estimates import share
from expdb.analysis.network import Network
from expdb.analysis.parts.chart_lines import line_of
from expdb.analysis.parts.tensor_memory import TensorMemory
from expdb.analysis.subject import Found, Subject
from expdb.catalog.analysis_settings import SizeSettings
from expdb.domain.analyses.result import Chart, Estimate, Listing
from expdb.domain.spec import RunSpec
from expdb.errors import SpecError
from expdb.train.model.custom import RAISED_BY_OTHERS, error_line

TIMING = "timing"  # key of the listing that is another on every machine
_OF_OWN = (0.5, 0.75, 1.0, 1.5, 2.0)
_MOST_SIDE = 4096
_MOST_WORDS = 100  # of a network's own, about why


@dataclass(frozen=True, kw_only=True)
class AtSide:
    """A network on images of one side.

    Attributes:
        accuracy: None where it refuses them.
        macs: multiply-accumulates of an image; None where they cannot be counted.
        memory_bytes: most that the tensors of one image's pass hold at once.
        milliseconds: of an image, in batches; of this machine.
        refusal: why it does not take them, in a line.
    """

    side: int
    accuracy: Estimate | None = None
    macs: int | None = None
    memory_bytes: int | None = None
    milliseconds: float | None = None
    refusal: str = ""


def sides_of_size(settings: SizeSettings, spec: RunSpec) -> tuple[int, ...]:
    """Return the sides that are tried, in pixels, from small to large.

    Raises:
        SpecError: one is none that an image can have.
    """
    for side in settings.sides:
        if not 1 <= side <= _MOST_SIDE:
            raise SpecError(f"sides: {side} is no side of an image: choose 1 to {_MOST_SIDE:,} px")
    own = spec.data.img_size
    return tuple(sorted({*settings.sides} or {max(1, round(own * factor)) for factor in _OF_OWN}))


def num_forward_size(settings: SizeSettings, num_images: int, *, spec: RunSpec) -> int:
    """Return how many images go through the network, where it takes every size: two of each are to count its work."""
    return (num_images + 2) * len(sides_of_size(settings, spec))


def analyse_size(subject: Subject, settings: SizeSettings) -> Found:
    """Ask about the same images at several sizes."""
    network = subject.network
    found = [_at_side(network, side) for side in sides_of_size(settings, subject.spec)]
    own, stored = subject.spec.data.img_size, network.images.shape[-1]
    notes = [
        f"its own size is {own} px; images are stored at {stored} px: larger ones hold nothing that these do not",
        "memory is of the tensors of one image's pass, without parameters; time is of this machine, as busy as it was",
    ]
    refused = [one for one in found if one.refusal]
    if refused:
        notes.append(f"it refuses {', '.join(str(one.side) for one in refused)} px: the table says why")
    return Found(
        charts=_charts([one for one in found if not one.refusal]),
        listings=(_table_of_sides(found), _timing(found)),
        notes=tuple(notes),
    )


def _at_side(network: Network, side: int) -> AtSide:
    data = network.spec.data.model_copy(update={"img_size": side})
    at_side = replace(network, spec=network.spec.model_copy(update={"data": data}))
    one = at_side.prepared(network.images[:1].float() / 255)
    try:
        with torch.no_grad():
            with TensorMemory() as memory:
                at_side.model(one)
            macs = _macs(at_side, one)
    except RAISED_BY_OTHERS as error:
        return AtSide(side=side, refusal=f"{type(error).__name__}: {error_line(error)}"[:_MOST_WORDS])
    network.count(2)
    at_side.num_forward = network.num_forward
    started = time.perf_counter()
    hits = at_side.clean_hits()
    seconds = time.perf_counter() - started
    network.num_forward = at_side.num_forward
    return AtSide(
        side=side,
        accuracy=share(hits),
        macs=macs,
        memory_bytes=memory.peak,
        milliseconds=1000 * seconds / len(hits),
    )


def _macs(network: Network, one: torch.Tensor) -> int | None:
    try:
        with FlopCounterMode(display=False) as counter:
            network.model(one)
    except Exception:  # noqa: BLE001 - that the counter fails says nothing about the network
        return None
    return int(counter.get_total_flops()) // 2


def _charts(taken: Sequence[AtSide]) -> tuple[Chart, ...]:
    if not taken:
        return ()
    sides = [one.side for one in taken]
    accuracy = Chart(
        key="accuracy",
        title="Accuracy by the side of the images",
        x_label="side (px)",
        y_label="accuracy (%)",
        percent=True,
        lines=(line_of("accuracy", sides, [one.accuracy for one in taken]),),
    )
    work = Chart(
        key="macs",
        title="Work by the side of the images",
        x_label="side (px)",
        y_label="multiply-accumulates of an image (M)",
        lines=(line_of("MACs", sides, [None if one.macs is None else _million(one.macs) for one in taken]),),
    )
    return accuracy, work


def _million(macs: int) -> Estimate:
    return Estimate(value=macs / 1e6, n=1, low=macs / 1e6, high=macs / 1e6)


def _table_of_sides(found: Sequence[AtSide]) -> Listing:
    rows: list[tuple[str | int | float | None, ...]] = []
    for one in found:
        accuracy = one.accuracy
        shares = (None,) * 3 if accuracy is None else (accuracy.value, accuracy.low or 0, accuracy.high or 0)
        rows.append(
            (
                one.side,
                *(None if value is None else round(100 * value, 2) for value in shares),
                None if one.macs is None else round(one.macs / 1e6, 3),
                None if one.memory_bytes is None else round(one.memory_bytes / 1e6, 3),
                one.refusal or None,
            )
        )
    headings: tuple[str, ...] = ("side (px)", "right (%)", "low", "high", "MMACs", "memory (MB)", "refused")
    if not any(one.refusal for one in found):
        headings, rows = headings[:-1], [row[:-1] for row in rows]
    return Listing(key="sides", title="By the side of the images", headings=headings, rows=tuple(rows))


def _timing(found: Sequence[AtSide]) -> Listing:
    return Listing(
        key=TIMING,
        title="Time of this machine",
        headings=("side (px)", "ms an image"),
        rows=tuple((one.side, round(one.milliseconds, 3)) for one in found if one.milliseconds is not None),
    )
