"""What the headings of a written table ask for, where no saved table has them."""

from dataclasses import replace

from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.report.columns import column
from expdb.report.written.reading.headings import BY_EPOCH, SEEDS, heading_units, keys_of
from expdb.report.written.reading.numbers import is_blank, read_cell
from expdb.report.written.written_table import WrittenTable

_OF_ONE_RUN = frozenset(("seed", "id", "name", "created_at", "started_at", "ended_at", "digest"))
_OF_SEEDS = frozenset(("seeds", "seed", "runs"))  # the mean of 3 seeds is none of epochs


def definition_of_headings(table: WrittenTable) -> TableDefinition | None:
    """Return the table of all runs that a written one's headings ask for; None where none of them is a result.

    A table that names single runs (by seed, say), or has rows of the same words and no ±, has one row a run.
    """
    choices: dict[str, ColumnChoice] = {}
    places: dict[str, int] = {}
    has_counts = False
    for place, heading in enumerate(table.headings):
        key = next(iter(keys_of(heading)), None)
        if key == SEEDS:
            has_counts = True
        elif key is not None and key not in choices:
            choices[key] = ColumnChoice(
                key=key, heading=heading or None, at=(epochs_said(heading) or "last") if key in BY_EPOCH else "last"
            )
            places[key] = place
    measured = [key for key in choices if column(key).measure is not None]
    if not measured:
        return None
    described = [places[key] for key in choices if key not in measured]
    rows = [tuple(row.cells[place].text for place in described) for row in table.rows]
    has_spread = any("±" in cell.text for row in table.rows for cell in row.cells)
    is_per_run = bool(_OF_ONE_RUN & set(choices)) or (len(set(rows)) < len(rows) and not has_spread)
    counts = [ColumnChoice(key=measured[0], shows="n")] if has_counts else []
    return TableDefinition(
        name="check",
        where="status = finished" if is_per_run else "",
        rows="runs" if is_per_run else "groups",
        columns=(*choices.values(), *counts),
        emphasis="none",
        notes=False,
    )


def with_models(table: WrittenTable) -> WrittenTable:
    """Return a table that says that its first column names models, if that has no heading and no other one does."""
    says_so = any("model" in keys_of(heading) for heading in table.headings)
    return table if table.headings[0] or says_so else replace(table, headings=("Model", *table.headings[1:]))


def has_results_in_rows(table: WrittenTable) -> bool:
    """Tell whether a table lies on its side: the first row that is named as a result holds nothing but numbers."""
    for row in table.rows:
        key = next(iter(keys_of(row.cells[0].text)), None)
        known = column(key) if key is not None and key != SEEDS else None
        cells = [cell.text for cell in row.cells[1:] if not is_blank(cell.text)]
        if known is not None and known.measure is not None and cells:
            return all(read_cell(text, known.format, heading_units(row.cells[0].text)) is not None for text in cells)
    return False


def epochs_said(heading: str) -> str | None:
    """Return which epochs a heading says that a result is of, as a column's `at`; None where it does not say."""
    words = [word.casefold() for word in heading_units(heading)]
    count = next((word for word in words if word.isdecimal()), None)
    if "best" in words:
        return "best"
    if "mean" in words and count and not _OF_SEEDS & set(words):
        return f"mean-{count}"
    return "last" if "last" in words else None
