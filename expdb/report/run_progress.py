"""How far runs are, and when they will be done: from the epochs that they have recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean

from expdb.domain.run import Epoch, Run
from expdb.domain.value_text import format_value

_PACE_EPOCHS = 5  # the last so many say how fast it is now, of those that are evaluated


@dataclass(frozen=True, kw_only=True)
class RunProgress:
    """How far a run is.

    Attributes:
        share: of its epochs, in [0, 1].
        seconds_an_epoch: of training and evaluation, over the last epochs; None before the first is recorded.
        seconds_left: until the last epoch is done; None where nothing tells.
    """

    epochs_done: int
    epochs: int | None
    share: float
    seconds_an_epoch: float | None
    seconds_left: float | None

    @property
    def text(self) -> str:
        """The progress in words: `epoch 5 of 12, 41.7 %, 2.0s an epoch, 14s left`."""
        words = [f"epoch {self.epochs_done} of {self.epochs if self.epochs is not None else '?'}"]
        if self.epochs:
            words.append(f"{format_value(self.share, 'percent', 1)} %")
        if self.seconds_an_epoch is not None:
            words.append(f"{_duration(self.seconds_an_epoch)} an epoch")
        if self.seconds_left is not None:
            words.append(f"{_duration(self.seconds_left)} left")
        return ", ".join(words)

    def ends_at(self, now: datetime) -> datetime | None:
        """Return when the last epoch will be done at this pace; None where nothing tells."""
        return None if self.seconds_left is None else now + timedelta(seconds=self.seconds_left)


def progress_of(run: Run, epochs: Sequence[Epoch]) -> RunProgress:
    """Return how far a run is.

    Args:
        run: the run.
        epochs: what it has recorded, in order; the last few are enough.
    """
    done = max(run.results.epochs_done, epochs[-1].epoch if epochs else 0)
    num_told = _PACE_EPOCHS * (run.fields["eval_every"] or 1)  # as often with as without an evaluation as all epochs
    # A script's epochs may have no times.
    timed = [(each.train_seconds or 0) + (each.eval_seconds or 0) for each in epochs[-num_told:] if each.train_seconds]
    pace = fmean(timed) if timed else None
    left = None
    if run.status == "running" and pace is not None and run.fields["epochs"] is not None:
        left = pace * max(0, run.fields["epochs"] - done)
    return RunProgress(
        epochs_done=done,
        epochs=run.fields["epochs"],
        share=min(1.0, done / run.fields["epochs"]) if run.fields["epochs"] else 0.0,
        seconds_an_epoch=pace,
        seconds_left=left,
    )


def total_left(found: Sequence[RunProgress]) -> float | None:
    """Return the longest time left among runs that train side by side, in seconds; None where nothing tells."""
    known = [each.seconds_left for each in found if each.seconds_left is not None]
    return max(known, default=None)


def _duration(seconds: float) -> str:
    return format_value(seconds, "number", 1) + "s" if seconds < 10 else format_value(seconds, "duration")
