"""Everything expdb raises on purpose.

    ExpdbError                     exit 1: the work failed
    ├── SpecError(ValueError)      exit 2: a setting is unknown, out of range or has no effect
    │   └── FilterError            exit 2: a filter of runs cannot be understood, or could only mislead
    ├── NotFoundError(KeyError)    exit 2: no run, table, model or column of that name
    ├── StoreError                 exit 2: the database cannot be opened, read or written
    │   ├── SchemaError            exit 2: the database is of another revision
    │   ├── RefusedValueError      exit 2: the database does not take a value
    │   ├── EventGapError          exit 2: events of a run that come before are not recorded yet
    │   └── ReplacedError          exit 2: the database was deleted, or another one is in its place
    ├── RunFinishedError           exit 2: a finished run cannot be changed
    ├── DataError                  exit 1: images are missing, unreadable or broken
    ├── NotRecordedError           exit 1: what was trained is not in the database yet
    ├── LaunchError                exit 1: the run could not be started here
    │   ├── FolderInUseError       exit 1: another process trains it, or may do so
    │   └── TakenOverError         exit 1: another attempt of the run took it over
    └── TrainingError              exit 1: training itself failed (its loss diverged, say)
        └── UnwrittenError         exit 1: a file of the run cannot be written (the disk is full, say)

A message names what was wrong, the offending value, and what to do.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class ExpdbError(Exception):
    """Base of all errors that a user can act on. `exit_code` is what the command line returns."""

    exit_code = 1


class SpecError(ExpdbError, ValueError):
    """A setting is unknown, out of its range, or would have no effect."""

    exit_code = 2


class FilterError(SpecError):
    """A filter of runs cannot be understood, or means something else than it seems to.

    Attributes:
        reason: what is wrong with a value, without the place where it stands; None: it is none.
        lone: a word that is compared with nothing, and its place from 1; None: there is none.
        unknown: a word that names no field, and its place from 1; None: there is none.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str | None = None,
        lone: tuple[str, int] | None = None,
        unknown: tuple[str, int] | None = None,
    ) -> None:
        super().__init__(message)
        self.reason, self.lone, self.unknown = reason, lone, unknown


class NotFoundError(ExpdbError, KeyError):
    """Nothing of that name or id exists."""

    exit_code = 2

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""  # KeyError would add quotes


class StoreError(ExpdbError):
    """The database cannot be opened, read or written."""

    exit_code = 2


class SchemaError(StoreError):
    """The database is at another revision than this version of expdb."""


class RefusedValueError(StoreError):
    """The database works, but does not take a value."""


class EventGapError(StoreError):
    """An event comes before others of its attempt. `last` is the number of the last one that was recorded."""

    def __init__(self, message: str, *, last: int) -> None:
        super().__init__(message)
        self.last = last


class ReplacedError(StoreError):
    """The database was deleted, or another one is in its place."""


class RunFinishedError(ExpdbError):
    """A finished run was asked to change."""

    exit_code = 2


class DataError(ExpdbError):
    """Images are missing, unreadable or broken."""


class LaunchError(ExpdbError):
    """A run could not be started on this machine."""


class FolderInUseError(LaunchError):
    """Another process trains the run, or showed signs of life so late that it may."""


class TakenOverError(LaunchError):
    """Another attempt took the run over: this process may not change it any more."""


class NotRecordedError(ExpdbError):
    """A run is trained, but not all of it is recorded yet; it is kept in the run's folder."""


class TrainingError(ExpdbError):
    """Training failed. `reason` is what the run's row records (`diverged`, ...)."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class UnwrittenError(TrainingError):
    """A file of a run cannot be written.

    Attributes:
        way_out: what to do about it, as an order.
        is_lack_of_space: whether it helps to delete something.
    """

    def __init__(self, message: str, *, reason: str, way_out: str, is_lack_of_space: bool) -> None:
        super().__init__(message, reason=reason)
        self.way_out, self.is_lack_of_space = way_out, is_lack_of_space


class TrainingWarning(RuntimeWarning):
    """What does not go as it should while a run trains on: one line for whoever looks at it."""


def unknown(kind: str, value: str, choices: Iterable[str], *, listing: str) -> str:
    """Return the message for an unknown name: the value, the nearest names, and the command that lists all.

    >>> unknown("dataset", "cifar", ["cifar10", "cifar100", "digits"], listing="expdb datasets")
    "unknown dataset 'cifar': did you mean cifar10, cifar100? (all: expdb datasets)"
    """
    near = get_close_matches(value.lower(), sorted(set(choices)), n=3, cutoff=0.6)
    hint = f"did you mean {', '.join(near)}? (all: {listing})" if near else f"see {listing}"
    return f"unknown {kind} {value!r}: {hint}"
