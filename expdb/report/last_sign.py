"""A run's status with its last sign of life, where that says something: of a crashed run, and of one gone quiet."""

from datetime import datetime

from expdb.domain.run import Run
from expdb.report.local_time import in_zone

QUIET_SECONDS = 30.0  # a running run shows itself every ten seconds: what is older may be the last one


def status_text(run: Run, now: datetime, zone: str | None = None) -> str:
    """Return a run's status as a sentence has it: `crashed (last sign of life 2026-11-30 15:02:07 UTC, 12 min ago)`.

    Args:
        run: as it was read just now.
        now: the time to judge by.
        zone: IANA name of the reader's time zone; None: UTC.
    """
    told = list(filter(None, (run.reason, last_sign_text(run, now, zone))))
    return f"{run.status} ({', '.join(told)})" if told else run.status


def last_sign_text(run: Run, now: datetime, zone: str | None = None) -> str | None:
    """Return when a run showed itself last; None where it has ended, or shows itself as it should."""
    if run.heartbeat_at is None or run.status not in ("queued", "running", "crashed"):
        return None
    seconds = max(0.0, (now - run.heartbeat_at).total_seconds())
    if run.status != "crashed" and seconds <= QUIET_SECONDS:
        return None
    return f"last sign of life {in_zone(run.heartbeat_at, zone)}, {_age(seconds)} ago"


def _age(seconds: float) -> str:
    """Return how long ago something was, in the unit that says it shortest."""
    for unit, length, least in (("days", 86400, 2), ("h", 3600, 2), ("min", 60, 2)):
        if seconds >= least * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
