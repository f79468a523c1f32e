"""Ids of runs in a text, one way everywhere: `3-5, 7`, and read back; other numbers (of rows) are listed alike."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

MOST_SPANS = 8  # of more, sentences say how many
RUN_COLUMNS = frozenset(("id", "init_from", "teacher", "runs"))  # whose cells are numbers of runs
_DATABASE = re.compile(r"\bdatabase ([0-9a-f]{8})\b")
_CITED = re.compile(r"\bruns? (\d{1,9}(?:-\d{1,9})?(?:, \d{1,9}(?:-\d{1,9})?)*)", re.ASCII)
_PART = re.compile(r"(\d{1,9})(?:\s*-\s*(\d{1,9}))?", re.ASCII)


def short(ids: Iterable[int]) -> str:
    """Return ids in short: three or more in a row become a range.

    >>> short([7, 3, 4, 5])
    '3-5, 7'
    """
    return ", ".join(map(_span_text, _spans(ids)))


def runs_text(ids: Iterable[int], *, most: int | None = MOST_SPANS) -> str:
    """Return how a sentence names runs: `run 7`, `runs 3-5, 7`, `runs 1, 3, 5 and 12 more`.

    Args:
        ids: one at least.
        most: ids and ranges that are listed; None: all.
    """
    known = set(ids)
    spans = _spans(known)
    shown = spans[:most]
    num_more = len(known) - sum(map(len, shown))
    more = f" and {num_more} more" if num_more else ""
    return f"run{'' if len(known) == 1 else 's'} {', '.join(map(_span_text, shown))}{more}"


def are_here(ids: Sequence[int], there: Sequence[int]) -> str:
    """Return which runs here are some runs, in their order."""
    if all(one < other for one, other in pairwise(ids)):
        return f"{'is' if len(ids) == 1 else 'are'} {runs_text(ids)} here"
    pairs = [f"{number} is {run_id}" for number, run_id in zip(there, ids, strict=True)]
    more = f" and {len(pairs) - MOST_SPANS} more" if len(pairs) > MOST_SPANS else ""
    return f"are others here: {', '.join(pairs[:MOST_SPANS])}{more}"


def in_order(ids: Iterable[int]) -> str:
    """Return ids in their own order, each once, as an address has them: `7,3,4`."""
    return ",".join(map(str, dict.fromkeys(ids)))


def parse(text: str, *, most: int) -> tuple[list[int], list[str]]:
    """Return the ids that a text lists, as in `3,4 7-9`, in their order, each once, and the parts that are none.

    Args:
        text: what `short` or `in_order` gave, or a person wrote.
        most: ids that a range may have beyond its first one; what is more of it is left out.
    """
    ids: list[int] = []
    odd: list[str] = []
    for part in re.split(r"[,;\s]+", re.sub(r"\s*-\s*", "-", text).strip()):
        match = _PART.fullmatch(part)
        if match is None:
            odd += [part] if part else []
            continue
        first, last = int(match[1]), int(match[2] or match[1])
        ids += range(first, min(last, first + most) + 1)
    return list(dict.fromkeys(ids)), odd


def _spans(ids: Iterable[int]) -> list[list[int]]:
    """Return the ids in order: three or more in a row together, others alone."""
    rows: list[list[int]] = []
    for run_id in sorted(set(ids)):
        if rows and run_id == rows[-1][-1] + 1:
            rows[-1].append(run_id)
        else:
            rows.append([run_id])
    return [span for row in rows for span in ([row] if len(row) > 2 else [[run_id] for run_id in row])]


def _span_text(span: list[int]) -> str:
    return str(span[0]) if len(span) == 1 else f"{span[0]}-{span[-1]}"


def numbering_note(database: str) -> str:
    """Return the note that says whose numbers those of runs are: a database's, by the first digits of its uuid."""
    return f"Runs are numbered as in database {database[:8]}."


def database_named(text: str) -> str | None:
    """Return which database a text says that its numbers of runs are of; None where it says nothing."""
    match = _DATABASE.search(text)
    return match[1] if match else None


def cited(text: str) -> set[int]:
    """Return the ids of the runs that a text names as `runs_text` does."""
    return {run_id for match in _CITED.finditer(text) for run_id in parse(match[1], most=1000)[0]}
