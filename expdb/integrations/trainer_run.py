"""The tracked run behind a callback of somebody else's trainer: begun when training begins, ended by its block.

A trainer's end is not yet the run's: who tests after training logs to the same run. So a run ends with the callback's
`with` block, with its `finish`, when another training begins, or with the process; at once where training is known to
have failed.
"""

import warnings
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Final, Literal, Self
from weakref import WeakSet

import expdb
from expdb.domain.scripts.parameters import Plain, flat_parameters
from expdb.errors import SpecError
from expdb.tracking.tracked_run import TrackedRun

Resume = Literal["never", "allow", "must"]


class TrainerRun:
    """Begins a run with what the user stated and what the trainer knows, and ends it.

    Attributes:
        run: the run, once it is begun and until it is ended.
    """

    def __init__(self, stated: Mapping[str, Any], **how: Any) -> None:
        """Begin nothing yet.

        Args:
            stated: parameters that the user gave; they stand before others of the same name.
            how: what `expdb.track` takes beside parameters: `group`, `name`, `resume`.
        """
        self.run: TrackedRun | None = None
        self._stated = flat_parameters({name: value for name, value in stated.items() if value is not None})
        self._how = {name: value for name, value in how.items() if value is not None}
        self._is_in_block = False

    def begin(self, *found: Mapping[str, Any]) -> TrackedRun:
        """Begin the run with what was found beside what is stated, the later of these before the earlier ones.

        One of this callback that is still there is ended before: it failed, unless its training had ended. So are those
        of others whose training has.
        """
        for trained in list(_TRAINED):
            trained.end("finished")
        self.end("failed")
        parameters: dict[str, Plain] = {}
        for some in found:
            parameters |= {name: value for name, value in _recordable(some) if value is not None}
        self.run = expdb.track(parameters | self._stated, **self._how)
        if self._is_in_block:
            self.run.__enter__()
        return self.run

    def trained(self) -> None:
        """Keep in mind that training ended well."""
        if self.run is not None:
            _TRAINED.add(self)

    def end(self, how: Literal["finished", "failed", "killed"] | BaseException) -> None:
        """End the run, if there is one, with a status or by what was raised."""
        run, self.run = self.run, None
        _TRAINED.discard(self)
        if run is None:
            return
        if isinstance(how, BaseException):
            run.__exit__(type(how), how, how.__traceback__)
        else:
            run.finish(status=how)

    def __enter__(self) -> Self:
        self._is_in_block = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the run as `with expdb.track(...)` ends one."""
        self._is_in_block = False
        self.end("finished" if error is None else error)


def missing_trainer(trainer: str, package: str, error: ImportError) -> ImportError:
    """Return what to raise where a trainer cannot be imported."""
    return ImportError(f"{trainer} cannot be imported ({error}): install {package}", name=package)


_TRAINED: Final[WeakSet[TrainerRun]] = WeakSet()


def _recordable(found: Mapping[str, Any]) -> Iterator[tuple[str, Plain]]:
    """Yield parameters that a trainer hands on, flat; those that no text names are told of and left out."""
    for name, value in found.items():
        try:
            yield from flat_parameters({name: value}).items()
        except SpecError as error:
            warnings.warn(f"not recorded: {error}", RuntimeWarning, stacklevel=4)
