"""What is wrong with the marks of a text, gathered so that all of it can be said at once."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from expdb.errors import NotFoundError, SpecError

_LINE = re.compile(r"line (\d+)")


class BadMarksError(SpecError):
    """Several marks of a text are wrong.

    Attributes:
        reasons: what is wrong with each, with its line.
    """

    def __init__(self, reasons: tuple[str, ...]) -> None:
        """Begin with the reasons, in the order of the text."""
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class BadMarks:
    """Gathers what is wrong, and raises it in the end."""

    def __init__(self) -> None:
        """Begin with nothing wrong."""
        self._problems: dict[str, SpecError | NotFoundError] = {}

    def add(self, problem: SpecError | NotFoundError) -> None:
        """Remember a problem; one that says several is as many."""
        for reason in reasons_of(problem):
            self._problems.setdefault(reason, problem)

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Remember the problem that ends the block."""
        try:
            yield
        except (SpecError, NotFoundError) as problem:
            self.add(problem)

    def raise_any(self) -> None:
        """Raise what was gathered: one problem as it was, several as BadMarksError."""
        if len(self._problems) == 1:
            raise next(iter(self._problems.values()))
        if self._problems:
            raise BadMarksError(tuple(sorted(self._problems, key=_line)))


def reasons_of(problem: SpecError | NotFoundError) -> tuple[str, ...]:
    """Return what is wrong, one text a mark."""
    return problem.reasons if isinstance(problem, BadMarksError) else (str(problem),)


def _line(reason: str) -> int:
    match = _LINE.match(reason)
    return int(match[1]) if match else 0
