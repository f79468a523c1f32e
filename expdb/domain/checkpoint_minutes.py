"""How often a run writes a checkpoint: a setting of where it trains, not of the run, for no result depends on it."""

import math

from expdb.errors import SpecError

DEFAULT_CHECKPOINT_MINUTES = 1.0


def read_checkpoint_minutes(text: str, *, source: str) -> float:
    """Read the least time between two checkpoints, in minutes; 0: one after every epoch.

    Args:
        source: the option or variable that says so.

    Raises:
        SpecError: the text is no number of minutes.
    """
    try:
        minutes = float(text)
    except ValueError:
        minutes = math.nan
    if not 0 <= minutes < math.inf:
        raise SpecError(f"{source} {text!r}: give a number of minutes, as in 0.5, or 0 for after every epoch")
    return minutes
