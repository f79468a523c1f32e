"""What texts ask for the rows of a table by: a key that its definition gives, or what its rows are made of."""

import re
from collections.abc import Sequence

from expdb.domain.table import TableDefinition
from expdb.errors import SpecError
from expdb.report.columns import column
from expdb.report.run_ids import runs_text
from expdb.report.source import TableSource
from expdb.report.tables.row_names import names_of
from expdb.report.tables.shown_columns import shown_columns
from expdb.report.tables.table_row import TableRow
from expdb.report.value_text import format_value

_MOST_NAMED = 5


def keys_of_lines(source: TableSource, definition: TableDefinition, lines: Sequence[TableRow]) -> list[str | None]:
    """Return the key of each row: never a label, which prints as it pleases. None: the definition gives it none.

    Raises:
        SpecError: a key's filter picks no row, several, or one that has a key; or two rows have the same; or rows are
            groups and none has a key.
    """
    given = _given_keys(source, definition, lines)
    if definition.rows == "groups" and not given and lines:
        raise SpecError(
            f"the rows of table {definition.name!r} are groups, which a text cannot ask for: give them keys in its "
            f"definition (expdb tables export {definition.name}), as in {_example(lines[0])}"
        )
    keys = [given.get(place) or _own_key(definition, line) for place, line in enumerate(lines)]
    first: dict[str, int] = {}
    for place, key in enumerate(keys):
        if key is not None and first.setdefault(key, place) != place:
            names = _names(definition, lines, [first[key], place])
            raise SpecError(
                f"two rows of table {definition.name!r} would be asked for by {key!r} ({names}): give one another key "
                f"in its definition, as in {_example(lines[place])}"
            )
    return keys


def _given_keys(source: TableSource, definition: TableDefinition, lines: Sequence[TableRow]) -> dict[int, str]:
    """Return the keys that the definition gives, by the place of their row."""
    found: dict[int, str] = {}
    for key, where in definition.keys.items():
        ids = source.ids(where)
        places = [place for place, line in enumerate(lines) if ids & set(line.run_ids)]
        told = f"key {key!r} ({where}) of table {definition.name!r}"
        if not places:
            raise SpecError(f"{told} picks none of its rows: change the key's filter, or the table's, until it does")
        if len(places) > 1:
            names = _names(definition, lines, places)
            raise SpecError(f"{told} picks {len(places)} rows ({names}): add to its filter what tells them apart")
        if places[0] in found:
            names = _names(definition, lines, places)
            raise SpecError(f"{told} picks the row of key {found[places[0]]!r} ({names}): leave one of the two out")
        found[places[0]] = key
    return found


def _own_key(definition: TableDefinition, line: TableRow) -> str | None:
    run = line.lead.run
    if definition.rows == "runs":
        return run.name or str(run.id)
    if definition.rows == "groups":
        return None
    keys = map(column, definition.rows)
    return "/".join(format_value(key.value(run), key.format, key.decimals) for key in keys)


def _names(definition: TableDefinition, lines: Sequence[TableRow], places: Sequence[int]) -> str:
    """Return how a sentence calls rows, with the runs behind them."""
    names = names_of(lines, shown_columns(definition, []))
    told = [
        f"{names[place]}: {runs_text(lines[place].run_ids)}" if lines[place].run_ids else names[place]
        for place in places[:_MOST_NAMED]
    ]
    return ", ".join(told + ([f"{len(places) - _MOST_NAMED} more"] if len(places) > _MOST_NAMED else []))


def _example(line: TableRow) -> str:
    """Return how a definition gives a row a key, in TOML."""
    run = line.lead.run
    words = {"model": run.model, "aug": run.aug}
    where = " and ".join(f"{key} = {_quoted(value)}" for key, value in words.items() if value)
    return f"keys.ours = {(where or f'id = {run.id}')!r}"


def _quoted(value: str) -> str:
    return value if re.fullmatch(r"[\w.-]+", value) else f'"{value}"'
