"""With how many CPU threads a run computes: a setting of where it trains, though results depend on it to the bit."""

from expdb.errors import SpecError

MOST_THREADS = 1024


def read_threads(text: str, *, source: str) -> int:
    """Read a number of CPU threads, from 1 to `MOST_THREADS`.

    Args:
        source: the option or variable that says so.

    Raises:
        SpecError: the text is none.
    """
    # Of `int` alone, "1_0" and digits of other scripts would be numbers.
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MOST_THREADS)) else 0
    if not 1 <= number <= MOST_THREADS:
        raise SpecError(f"{source} {text!r}: give a number of threads from 1 to {MOST_THREADS}, as in 2")
    return number
