"""Which of several columns is the quantity or the model: the one that says more, or none."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

from expdb.errors import SpecError
from expdb.report.written.reading.cell_words import cell_words
from expdb.report.written.reading.heading import Heading
from expdb.report.written.tables.columns import Coordinate, ReadColumn, Role

_SHARED_ROLES = ("metric", "setting", "tick", "links", "nothing")  # of which a table may have several
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")

Own = Callable[[ReadColumn, str], ReadColumn]


def settled(columns: Sequence[ReadColumn], own: Own) -> list[ReadColumn]:
    """Return the columns with at most one for each quantity; the others are quantities of their own, and say why.

    Args:
        columns: of a table, in order.
        own: makes a column one of its own, for a reason.

    Raises:
        SpecError: a user gave two headings one meaning.
    """
    groups: dict[tuple[Role, tuple[Coordinate, ...]], list[ReadColumn]] = defaultdict(list)
    for column in columns:
        if column.role not in _SHARED_ROLES:
            groups[column.role, column.of].append(column)
    replaced: dict[int, ReadColumn] = {}
    for (role, _), rivals in groups.items():
        if len(rivals) > 1:
            given = _given(rivals)
            chosen = _model(given or rivals) if role == "model" else _most_said(given or rivals)
            for rival in rivals:
                if rival is not chosen:
                    demoted = own(rival, _reason(rival, chosen, rivals))
                    replaced[id(rival)] = replace(demoted, is_rival=chosen is None)
    return [replaced.get(id(column), column) for column in columns]


def _given(rivals: Sequence[ReadColumn]) -> list[ReadColumn]:
    """Return the columns that a user gave this meaning. Raises SpecError where more than one `TEXT=KEY` did."""
    found = [column for column in rivals if column.heading.given_by]
    pairs = list(dict.fromkeys(column.heading.given_by for column in found))
    if len(pairs) > 1:
        told = " and ".join(f"--heading {pair!r}" for pair in pairs)
        raise SpecError(f"{told} are of columns of one table: one of them can be {found[0].role}, say which")
    return found


def model_rank(heading: Heading) -> int:
    """Return how surely a heading names the model of a row: 0 is the surest."""
    bare = _BRACKETS.sub("", heading.text).casefold() or heading.text.casefold()
    nouns = cell_words().model_nouns
    return next((rank for rank, noun in enumerate(nouns) if noun.search(bare)), len(nouns))


def _model(rivals: Sequence[ReadColumn]) -> ReadColumn | None:
    return _single_best(rivals, lambda column: (-model_rank(column.heading), -_num_words(column.heading)))


def _most_said(rivals: Sequence[ReadColumn]) -> ReadColumn | None:
    """Return the column that says more: which images, which epochs, then in more words. An error rate says less."""
    return _single_best(rivals, lambda column: (not column.is_error, *_said(column.heading)))


def _said(heading: Heading) -> tuple[int, int]:
    return (heading.split is not None) + (heading.at is not None), _num_words(heading)


def _single_best(rivals: Sequence[ReadColumn], key: Callable[[ReadColumn], tuple[int, ...]]) -> ReadColumn | None:
    best = max(map(key, rivals))
    found = [column for column in rivals if key(column) == best]
    return found[0] if len(found) == 1 else None


def _num_words(heading: Heading) -> int:
    return len(re.findall(r"[^\W\d_]+", _BRACKETS.sub("", heading.text)))


def _reason(rival: ReadColumn, chosen: ReadColumn | None, rivals: Sequence[ReadColumn]) -> str:
    if chosen is not None and chosen.heading.given_by:
        return f"“{chosen.heading.text}” is {chosen.role}, as --heading says"
    if chosen is not None:
        return f"“{chosen.heading.text}” is {chosen.role}: it says more"
    others = [f"“{other.heading.text}”" for other in rivals if other is not rival]
    return f"{', '.join(others)} may be the same quantity"
