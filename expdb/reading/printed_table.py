"""A comparison table in a notebook or script: shown, written in any format, or as exact values."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expdb.domain.table import TableDefinition
from expdb.domain.validation import checked
from expdb.errors import SpecError
from expdb.reading.opened import DatabaseName, opened_for_reading
from expdb.report.table import Table
from expdb.report.writers.render import render

if TYPE_CHECKING:
    import pandas as pd

    from expdb.store.store import Store

TableOrDefinition = str | os.PathLike[str] | TableDefinition | Mapping[str, Any]


class PrintedTable:
    """A table as it was built: later runs do not change it. A notebook shows it, with its notes.

    Attributes:
        built: its cells, rows, columns and notes.
        definition: what it was built from.
    """

    def __init__(self, built: Table, definition: TableDefinition) -> None:
        self.built, self.definition = built, definition

    def to_latex(self, *, notes_in_caption: bool = False) -> str:
        """Return it as LaTeX, for `booktabs`."""
        return self.to_format("latex-caption" if notes_in_caption else "latex")

    def to_markdown(self) -> str:
        """Return it as Markdown."""
        return self.to_format("md")

    def to_format(self, form: str) -> str:
        """Return it as `expdb table --format` writes it: `html`, `csv`, `typst`, ... Raises NotFoundError."""
        return render(self.built, form)

    def to_dataframe(self) -> "pd.DataFrame":
        """Return the exact values: fractions, seconds and counts, a column a column, by its key.

        Of a mean over seeds, `top1` is the mean, `top1.std` the sample standard deviation, `top1.n` the number of runs
        and `top1.runs` their ids; an interval has `.low` and `.high`. `marks` has the footnotes by column.
        """
        import pandas as pd

        from expdb.reading.frame_columns import common_type
        from expdb.report.writers.csv_json import table_objects

        upright = self.built.upright or self.built
        intervals = {column.key for column in upright.columns if column.has_interval}
        rows = [_flat(record, intervals) for record in table_objects(self.built)]
        names = (
            dict.fromkeys(name for row in rows for name in row) if rows else [column.key for column in upright.columns]
        )
        values = {name: [row.get(name) for row in rows] for name in names}
        return pd.DataFrame({name: pd.Series(known, dtype=common_type(known)) for name, known in values.items()})

    def _repr_html_(self) -> str:
        from expdb.report.writers.html import html_fragment

        return html_fragment(self.built)

    def __str__(self) -> str:
        return self.to_markdown()

    def __repr__(self) -> str:
        shape = f"{len(self.built.rows)} rows, {len(self.built.columns)} columns"
        return f"<expdb table {self.built.name!r}: {shape}>"


def table(which: TableOrDefinition, *, db: DatabaseName = None) -> PrintedTable:
    """Build a comparison table from the runs as they are now.

    Args:
        which: the name of a saved table; or a definition: a `TableDefinition`, its values as a mapping
            (`{"where": "group = main", "columns": ["model_label", "top1"]}`), or the `Path` of a TOML or YAML file.
        db: the database, a path or SQLAlchemy URL; None: EXPDB_URL, else `runs.db` in the working folder.

    Raises:
        NotFoundError: no table was saved under that name, or a column is not known.
        SpecError: the definition cannot be understood.
        StoreError: there is no such database, or it cannot be read.
    """
    from expdb.analysis.correctness import correctness_of
    from expdb.report.tables.build import build_table

    with opened_for_reading(db) as store:
        definition = _definition(store, which)
        return PrintedTable(build_table(store, definition, correct=correctness_of(store)), definition)


def _definition(store: "Store", which: TableOrDefinition) -> TableDefinition:
    if isinstance(which, TableDefinition):
        return which
    if isinstance(which, Mapping):
        return checked(TableDefinition, {"name": "table", **which}, place="the definition")
    if isinstance(which, str):
        return store.table(which)
    from expdb.report.tables.definition_files import read_definitions

    found = read_definitions(Path(which))
    if len(found) != 1:
        names = ", ".join(definition.name for definition in found)
        raise SpecError(f"{os.fspath(which)!r} defines {len(found)} tables ({names}): expdb tables add saves them")
    return found[0]


def _flat(record: Mapping[str, Any], intervals: Collection[str]) -> dict[str, Any]:
    """Return a row with `top1.std` for what is `std` of `top1`, and ends of intervals in the columns that have them."""
    flat: dict[str, Any] = {}
    for key, value in record.items():
        if not isinstance(value, Mapping) or key == "marks":
            flat[key] = value
            continue
        parts = {name: inner for name, inner in value.items() if name not in ("low", "high") or key in intervals}
        flat[key] = parts.pop("value")
        flat |= {f"{key}.{name}": inner for name, inner in parts.items()}
    return flat
