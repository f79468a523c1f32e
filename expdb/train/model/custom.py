"""Networks that are built by a function known by its name, `package.module:function`: the zoo's and people's own."""

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from torch import nn
from torch.nn.parameter import is_lazy

from expdb.errors import SpecError

# What other people's code raises: anything. `sys.exit`, argparse and `unittest.main` raise what is no Exception.
RAISED_BY_OTHERS: Final = (Exception, SystemExit)


def build_by_name(builder: str, arguments: dict[str, Any]) -> nn.Module:
    """Call `package.module:function`, looked for in the current folder first, then in what is installed.

    Raises:
        SpecError: there is no such module or function, it fails, or it returns something other than a network
            with all its weights.
    """
    with current_folder_first():
        function = _find(builder)
        try:
            model = function(**arguments)
        except RAISED_BY_OTHERS as error:
            given = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
            raise SpecError(
                f"model {builder} {what_happened(error, 'failed', where=f'when called with {given}')}"
            ) from error
    if not isinstance(model, nn.Module):
        raise SpecError(f"model {builder} returned {type(model).__name__}: a torch.nn.Module is needed")
    if any(is_lazy(parameter) for parameter in model.parameters()):
        raise SpecError(f"model {builder} has lazy layers, which have no weights yet: give their numbers of inputs")
    return model


def what_happened(error: BaseException, verb: str, *, where: str) -> str:
    """Say what other people's code did, with the way out where it ended the program.

    Args:
        verb: for any other error, such as `fails`.
        where: or when, such as `in training`.
    """
    if isinstance(error, SystemExit):
        return (
            f"ended the program (SystemExit: {error_line(error)}) {where}: keep what a script does under "
            "`if __name__ == '__main__'`"
        )
    return f"{verb} {where}: {type(error).__name__}: {error_line(error)}"


def error_line(error: BaseException) -> str:
    """Return the first line of an error's message, or its type where there is none."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _find(builder: str) -> Callable[..., object]:
    module_name, _, function_name = builder.partition(":")
    try:
        module = importlib.import_module(module_name)
    except RAISED_BY_OTHERS as error:
        if isinstance(error, ModuleNotFoundError) and f"{module_name}.".startswith(f"{error.name}."):
            raise SpecError(
                f"model {builder}: no module {error.name!r} in the folder {str(Path.cwd())!r} or among the installed "
                "packages"
            ) from error
        if isinstance(error, SystemExit):
            told = what_happened(error, "fails", where=f"when {module_name} was imported")
            raise SpecError(f"model {builder} {told}") from error
        raise SpecError(
            f"model {builder}: {module_name} cannot be imported: {type(error).__name__}: {error_line(error)}"
        ) from error
    function = getattr(module, function_name, None)
    if not callable(function):
        raise SpecError(f"model {builder}: the module {module_name} has no function {function_name!r}")
    found: Callable[..., object] = function
    return found


@contextmanager
def current_folder_first() -> Iterator[None]:
    """Find modules in the current folder first, for the duration of the block.

    Not for longer: a `queue.py` or `profile.py` of the user's would stand in for Python's wherever that is imported
    later.
    """
    folder = ""
    with suppress(FileNotFoundError):  # deleted during a run, which goes on without it
        folder = str(Path.cwd())
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        with suppress(ValueError):  # their code may have taken it away
            sys.path.remove(folder)
