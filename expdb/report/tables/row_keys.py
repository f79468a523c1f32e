"""What texts ask for the rows of a table by: a key that its definition gives, or what its rows are made of."""

import re
from collections.abc import Sequence
from dataclasses import replace

from expdb.errors import SpecError
from expdb.report.run_ids import runs_text
from expdb.report.source import TableSource
from expdb.report.tables.plan import Plan
from expdb.report.tables.table_row import TableRow
from expdb.report.value_text import format_value

_MOST_NAMED = 5


def with_keys(source: TableSource, plan: Plan, lines: Sequence[TableRow]) -> list[TableRow]:
    """Return the rows with their keys: never a label, which prints as it pleases. None: the definition gives it none.

    Raises:
        SpecError: a key's filter picks no row, several, or one that has a key; or two rows have the same; or rows are
            groups and none has a key.
    """
    given = _given_keys(source, plan, lines)
    if plan.rows == "groups" and not given and lines:
        raise SpecError(
            f"the rows of table {plan.name!r} are groups, which a text cannot ask for: give them keys in its "
            f"definition (expdb tables export {plan.name}), as in {_example(lines[0])}"
        )
    keys = [given.get(place) or _own_key(plan, line) for place, line in enumerate(lines)]
    first: dict[str, int] = {}
    for place, key in enumerate(keys):
        if key is not None and first.setdefault(key, place) != place:
            names = _names([lines[first[key]], lines[place]])
            raise SpecError(
                f"two rows of table {plan.name!r} would be asked for by {key!r} ({names}): give one another key "
                f"in its definition, as in {_example(lines[place])}"
            )
    return [replace(line, key=key) for line, key in zip(lines, keys, strict=True)]


def _given_keys(source: TableSource, plan: Plan, lines: Sequence[TableRow]) -> dict[int, str]:
    """Return the keys that the definition gives, by the place of their row."""
    found: dict[int, str] = {}
    for key, where in plan.keys.items():
        ids = source.ids(where)
        places = [place for place, line in enumerate(lines) if ids & set(line.run_ids)]
        told = f"key {key!r} ({where}) of table {plan.name!r}"
        if not places:
            raise SpecError(f"{told} picks none of its rows: change the key's filter, or the table's, until it does")
        if len(places) > 1:
            names = _names([lines[place] for place in places])
            raise SpecError(f"{told} picks {len(places)} rows ({names}): add to its filter what tells them apart")
        if places[0] in found:
            names = _names([lines[place] for place in places])
            raise SpecError(f"{told} picks the row of key {found[places[0]]!r} ({names}): leave one of the two out")
        found[places[0]] = key
    return found


def _own_key(plan: Plan, line: TableRow) -> str | None:
    run = line.lead.run
    if plan.is_single:
        return run.name or str(run.id)
    if plan.rows == "groups":
        return None
    return "/".join(format_value(key.value(run.fields), key.format, key.decimals) for key in plan.row_keys)


def _names(lines: Sequence[TableRow]) -> str:
    """Return how a sentence calls rows, with the runs behind them."""
    told = [f"{line.name}: {runs_text(line.run_ids)}" if line.run_ids else line.name for line in lines[:_MOST_NAMED]]
    return ", ".join(told + ([f"{len(lines) - _MOST_NAMED} more"] if len(lines) > _MOST_NAMED else []))


def _example(line: TableRow) -> str:
    """Return how a definition gives a row a key, in TOML."""
    run = line.lead.run
    words = {"model": run.model, "aug": run.fields["aug"]}
    where = " and ".join(f"{key} = {_quoted(value)}" for key, value in words.items() if value)
    return f"keys.ours = {(where or f'id = {run.id}')!r}"


def _quoted(value: str) -> str:
    return value if re.fullmatch(r"[\w.-]+", value) else f'"{value}"'
