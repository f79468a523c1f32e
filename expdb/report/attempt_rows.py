"""The attempts of a run as its views list them: when, how each ended, and which of its epochs count."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from expdb.domain.run import Attempt, Epoch, Run
from expdb.report.run_data import plain_value


@dataclass(frozen=True, kw_only=True)
class AttemptRow:
    """An attempt with what the run says of it.

    Attributes:
        last_sign_at: when it ended, or of one that did not say so, the last sign of life.
        outcome: how it ended, or how it stands.
        num_counted: its epochs that count.
        num_superseded: its epochs that a later attempt did again: kept, and counted nowhere.
    """

    attempt: Attempt
    last_sign_at: datetime | None
    outcome: str
    num_counted: int
    num_superseded: int


def attempt_rows(
    run: Run, attempts: Sequence[Attempt], epochs: Sequence[Epoch], superseded: Sequence[Epoch]
) -> list[AttemptRow]:
    """Return the attempts of a run in order.

    Args:
        run: the run.
        attempts: all of them.
        epochs: those of the run that count.
        superseded: those that later attempts did again.
    """
    counted, again = (Counter(epoch.attempt for epoch in some) for some in (epochs, superseded))
    return [
        AttemptRow(
            attempt=attempt,
            last_sign_at=attempt.ended_at or (run.heartbeat_at if attempt.number == run.attempt else None),
            outcome=_outcome(run, attempt),
            num_counted=counted[attempt.number],
            num_superseded=again[attempt.number],
        )
        for attempt in attempts
    ]


def attempt_records(rows: Sequence[AttemptRow], superseded: Sequence[Epoch]) -> list[dict[str, Any]]:
    """Return attempts as plain JSON data, each with its epochs that a later one did again."""
    return [
        {
            **{name: plain_value(value) for name, value in vars(row.attempt).items() if name != "process"},
            **asdict(row.attempt.process),
            "last_sign_at": plain_value(row.last_sign_at),
            "outcome": row.outcome,
            "num_counted": row.num_counted,
            "num_superseded": row.num_superseded,
            "superseded_epochs": [asdict(epoch) for epoch in superseded if epoch.attempt == row.attempt.number],
        }
        for row in rows
    ]


def superseded_text(rows: Sequence[AttemptRow]) -> str | None:
    """Return how many epochs of which attempts were thrown away; None where none were."""
    number = sum(row.num_superseded for row in rows)
    if not number:
        return None
    of = [str(row.attempt.number) for row in rows if row.num_superseded]
    epochs, are = ("epoch", "is") if number == 1 else ("epochs", "are")
    attempts = "attempt" if len(of) == 1 else "attempts"
    return f"{number:,} {epochs} of {attempts} {', '.join(of)} {are} kept that a later attempt did again"


def _outcome(run: Run, attempt: Attempt) -> str:
    """Return how an attempt ended; of one that did not say so, how the run stands or that it was left behind."""
    if attempt.status is not None:
        return f"{attempt.status} ({attempt.reason})" if attempt.reason else attempt.status
    return run.status if attempt.number == run.attempt else "not known"
