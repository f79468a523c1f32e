"""Networks that are built by a function known by its name, `package.module:function`: the zoo's and people's own."""

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch import nn
from torch.nn.parameter import is_lazy

from expdb.errors import SpecError


def build_by_name(builder: str, arguments: dict[str, Any]) -> nn.Module:
    """Call `package.module:function`, looked for in the current folder first, then in what is installed.

    Raises:
        SpecError: there is no such module or function, it fails, or it returns something other than a network
            with all its weights.
    """
    with _current_folder_first():
        function = _find(builder)
        try:
            model = function(**arguments)
        except Exception as error:  # other people's code raises anything
            given = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
            raise SpecError(
                f"model {builder} failed when called with {given}: {type(error).__name__}: {error_line(error)}"
            ) from error
    if not isinstance(model, nn.Module):
        raise SpecError(f"model {builder} returned {type(model).__name__}: a torch.nn.Module is needed")
    if any(is_lazy(parameter) for parameter in model.parameters()):
        raise SpecError(f"model {builder} has lazy layers, which have no weights yet: give their numbers of inputs")
    return model


def error_line(error: Exception) -> str:
    """Return the first line of an error's message, or its type where there is none."""
    return (str(error) or type(error).__name__).strip().splitlines()[0]


def _find(builder: str) -> Callable[..., object]:
    module_name, _, function_name = builder.partition(":")
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # other people's code raises anything
        if isinstance(error, ModuleNotFoundError) and f"{module_name}.".startswith(f"{error.name}."):
            raise SpecError(
                f"model {builder}: no module {error.name!r} in the folder {str(Path.cwd())!r} or among the installed "
                "packages"
            ) from error
        raise SpecError(
            f"model {builder}: {module_name} cannot be imported: {type(error).__name__}: {error_line(error)}"
        ) from error
    function = getattr(module, function_name, None)
    if not callable(function):
        raise SpecError(f"model {builder}: the module {module_name} has no function {function_name!r}")
    found: Callable[..., object] = function
    return found


@contextmanager
def _current_folder_first() -> Iterator[None]:
    folder = str(Path.cwd())
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)
