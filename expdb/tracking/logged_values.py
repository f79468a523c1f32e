"""What scripts log, kept as it is at the call, and as numbers later, beside training.

A tensor on a GPU is copied there, without waiting for it; the thread that writes waits, for the copy alone.
"""

import sys
from collections.abc import Iterator
from typing import Any, Final

_NUMBERS: Final = (float, int, bool)  # these never change


class _OnDevice:
    """A copy of a tensor on a GPU, and the moment when it is made."""

    def __init__(self, tensor: Any) -> None:
        """Copy a tensor of one value."""
        cuda = sys.modules["torch"].cuda
        self._copy = tensor.detach().clone()
        self._made = cuda.Event()
        self._made.record(cuda.current_stream(tensor.device))

    def number(self) -> Any:
        """Wait for the copy, and for nothing that the GPU was told to do after it."""
        cuda = sys.modules["torch"].cuda
        self._made.synchronize()
        with cuda.stream(cuda.Stream(self._copy.device)):
            return self._copy.item()


def keep_values(values: dict[str, Any]) -> dict[str, Any]:
    """Return values that the script cannot change any more; the mapping itself is kept and changed."""
    for name, value in values.items():
        if type(value) not in _NUMBERS:
            values[name] = _kept(value)
    return values


def named_numbers(values: dict[str, Any], above: str = "") -> Iterator[tuple[Any, Any]]:
    """Yield names and values, of tables below a name with a slash between; what is no number as it is."""
    for name, value in values.items():
        full = f"{above}/{name}" if above and isinstance(name, str) else name
        if isinstance(value, dict) and isinstance(name, str):
            yield from named_numbers(value, full)
        else:
            yield full, value


def logged_number(value: Any) -> float:
    """Return a value as a number.

    Raises:
        TypeError: it is none; the message says what it is.
        OverflowError: it is too large; the message says so.
    """
    if isinstance(value, _OnDevice):
        value = value.number()
    if isinstance(value, (str, bytes, bytearray)) or value is None:
        raise TypeError("nothing" if value is None else f"text ({str(value)[:20]!r})")
    if isinstance(value, complex):
        raise TypeError("a complex number")
    size = _num_values(value)
    if size is not None and size != 1:
        raise TypeError(f"{size} values: log their mean, or each under a name of its own")
    try:
        return float(value.item() if hasattr(value, "item") else value)
    except OverflowError as error:
        raise OverflowError("too large for a number of 64 bits (1.8e308 is the largest)") from error
    except Exception as error:
        raise TypeError(f"of {type(value).__module__}.{type(value).__qualname__}") from error


def _kept(value: Any) -> Any:
    if isinstance(value, dict):
        return keep_values(dict(value))
    if type(value).__module__ in ("numpy", "builtins") and not hasattr(value, "setflags"):
        return value  # numpy's scalars never change, nor do texts
    if _num_values(value) != 1:
        return value  # is refused later; copying what is large would take time
    if hasattr(value, "detach"):
        return _OnDevice(value) if getattr(value, "is_cuda", False) else value.detach().clone()
    return value.copy() if hasattr(value, "setflags") else value  # an array of numpy


def _num_values(value: Any) -> int | None:
    """Return how many values an array or tensor has; None: it is none."""
    if hasattr(value, "numel"):
        return int(value.numel())
    size = getattr(value, "size", None)
    return size if isinstance(size, int) else None
