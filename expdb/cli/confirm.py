"""Asking before something is done that concerns many runs, or cannot be undone."""

import sys

import typer

from expdb.cli.output import print_line, printable
from expdb.errors import SpecError


def is_confirmed(question: str, *, is_sure: bool) -> bool:
    """Return whether the user says yes to a question; with `is_sure`, as was said before.

    Raises:
        SpecError: nobody can be asked.
    """
    if is_sure:
        return True
    if not sys.stdin.isatty():
        raise SpecError(f"{question} Nobody can be asked here: give --yes, or --dry-run to see what it would do")
    if typer.confirm(printable(question), err=True):
        return True
    print_line("nothing was changed")
    return False
