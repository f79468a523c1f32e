"""The fields of the form for a table's definition, each with a place for its error below it."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import pandas as pd
import streamlit as st

from dashboard.data.runs import load_listing
from dashboard.tables_page.draft import GRID, OTHER, columns_of, grid_rows, known_keys
from dashboard.widgets.table import pixels
from expdb.domain.table import CellOf, ColumnChoice, Format, TableDefinition
from expdb.report.columns import COLUMNS

_BY_KEYS = "columns"
_ROWS = {"groups": "seeds together", "runs": "each run", _BY_KEYS: "equal columns"}
_COLUMN_HELP = {
    "place": "order, from the left",
    "key": "what the column shows (expdb table --columns help lists all)",
    "heading": "empty: the column's own",
    "shows": "the value, or its difference to another row with interval or p, or the number of seeds",
    "decimals": "digits after the point",
    "unit": "printed in brackets after the heading",
    "under": "heading shared with the neighbours",
    "at": "last, best, or mean-5: the mean of the last five epochs",
    "spread": "what follows a mean over seeds",
    "against": "which row deltas and tests are taken to",
    "test": "of deltas, intervals and p",
    "best": "which value is best",
    "format": "how values print",
}


def show_fields(base: TableDefinition, prefix: str, slots: dict[str, Any]) -> dict[str, Any]:
    """Show the fields and return what they say; `slots` gets the place for each field's error."""
    keys = known_keys(load_listing(frozenset(("settings", "metrics"))))
    values: dict[str, Any] = {"version": base.version, "specs": base.specs, "footnotes": base.footnotes}
    values["keys"] = base.keys
    with st.grid(3, min_column_width=260, gap="medium"):
        with _field("name", slots):
            values["name"] = st.text_input("Name", base.name, key=f"{prefix}name", max_chars=64)
        with _field("title", slots):
            values["title"] = st.text_input("Title", base.title, key=f"{prefix}title")
        with _field("where", slots):
            values["where"] = _where_field(base, prefix)
        with _field("rows", slots):
            values["rows"] = _rows_field(base, prefix, keys)
        with _field("across", slots):
            values["across"] = _keys_field("Across", base.across, prefix, keys, "columns whose values become columns")
        with _field("sort", slots):
            sorts = [choice.key for choice in base.columns]
            options = list(dict.fromkeys([*base.sort, *sorts, *(f"-{key}" for key in sorts), *keys]))
            about = "- before a column: descending; the first one counts most"
            values["sort"] = _keys_field("Sort by", base.sort, prefix, options, about)
        values |= _row_fields(base, prefix, keys, slots)
    with _field("columns", slots):
        values["columns"] = _columns_field(base, prefix, keys)
    values |= _more(base, prefix, slots)
    slots[OTHER] = st.empty()
    return values


def _row_fields(base: TableDefinition, prefix: str, keys: Sequence[str], slots: dict[str, Any]) -> dict[str, Any]:
    """Show the fields that say how many rows there are, and how they are set off from each other."""
    values: dict[str, Any] = {}
    with _field("limit", slots):
        values["limit"] = st.number_input(
            "Rows at most", min_value=0, value=base.limit, key=f"{prefix}limit", help="0: all, which may take long"
        )
    with _field("baseline", slots):
        about = "a filter that picks the row, or the pivot's column, that others are compared with"
        values["baseline"] = st.text_input("Baseline", base.baseline, key=f"{prefix}baseline", help=about)
    with _field("cell", slots):
        values["cell"] = st.segmented_control(
            "A cell of several groups",
            get_args(CellOf),
            default=base.cell,
            required=True,
            format_func={"one group": "empty", "mean of groups": "their mean"}.__getitem__,
            key=f"{prefix}cell",
            help="of rows of equal columns: groups of seeds that differ in other settings are one cell",
        )
    with _field("section", slots):
        values["section"] = st.selectbox(
            "Section",
            list(dict.fromkeys([*([base.section] if base.section else []), *keys])),
            index=0 if base.section else None,
            key=f"{prefix}section",
            placeholder="none",
            help="rows with another value of this column stand under another heading",
        )
    with _field("emphasis", slots):
        values["emphasis"] = st.segmented_control(
            "Emphasis",
            ("best", "second", "none"),
            default=base.emphasis,
            required=True,
            format_func={"best": "best", "second": "best, second", "none": "none"}.__getitem__,
            key=f"{prefix}emphasis",
        )
    return values


def _field(name: str, slots: dict[str, Any]) -> Any:
    """Return the place of a field; its error stands below it."""
    place = st.container(gap="xxsmall")
    inner = place.container()
    slots[name] = place.empty()
    return inner


def _where_field(base: TableDefinition, prefix: str) -> str:
    if base.specs:
        st.text_input(
            "Filter",
            f"{len(base.specs)} listed specs",
            key=f"{prefix}where",
            disabled=True,
            help="Its rows are listed in its definition: change them in the file (expdb tables export, tables add).",
        )
        return ""
    about = "which runs: empty, or as in: group = report-1 and top1 > 80%"
    return st.text_input("Filter", base.where, key=f"{prefix}where", placeholder="all runs", help=about)


def _rows_field(base: TableDefinition, prefix: str, keys: Sequence[str]) -> Any:
    is_keyed = not isinstance(base.rows, str)
    kind = st.segmented_control(
        "A row is",
        list(_ROWS),
        default=_BY_KEYS if is_keyed else base.rows,
        required=True,
        format_func=_ROWS.__getitem__,
        key=f"{prefix}rows",
        help="equal columns: runs that agree on these are one row; a cell into which several groups fall says so",
    )
    if kind != _BY_KEYS:
        return kind
    chosen = () if isinstance(base.rows, str) else base.rows
    return _keys_field("that agree on", chosen, prefix, keys, "the columns that tell rows apart")


def _keys_field(label: str, chosen: Sequence[str], prefix: str, keys: Sequence[str], about: str) -> list[str]:
    found: list[str] = st.multiselect(
        label,
        list(dict.fromkeys([*chosen, *keys])),
        default=list(chosen),
        key=f"{prefix}{label}",
        format_func=_named,
        accept_new_options=True,
        placeholder="none",
        help=about,
    )
    return found


def _named(key: str) -> str:
    known = COLUMNS.get(key.removeprefix("-"))
    return key if known is None else f"{key} ({known.heading})"


def _columns_field(base: TableDefinition, prefix: str, keys: Sequence[str]) -> list[dict[str, Any]]:
    st.caption("Columns, one a line: change, add or delete lines; the number says the order.")
    fields = ColumnChoice.model_fields
    config: dict[str, Any] = {name: st.column_config.TextColumn(name, help=_COLUMN_HELP[name]) for name in GRID}
    for name in ("shows", "spread", "against", "test", "best"):
        about = f"{_COLUMN_HELP[name]}; empty: {fields[name].default}"
        choices = get_args(fields[name].annotation)
        config[name] = st.column_config.SelectboxColumn(name, options=choices, help=about)
    config["format"] = st.column_config.SelectboxColumn("format", options=get_args(Format), help="how values print")
    options = list(dict.fromkeys([*keys, *(choice.key for choice in base.columns)]))
    config["key"] = st.column_config.SelectboxColumn("column", options=options, help=_COLUMN_HELP["key"], required=True)
    config["decimals"] = st.column_config.NumberColumn("decimals", min_value=0, max_value=12, step=1, width=pixels(9))
    config["place"] = st.column_config.NumberColumn("no.", min_value=0, help=_COLUMN_HELP["place"], width=pixels(6))
    numbers = {"place": "Float64", "decimals": "Float64"}
    edited = st.data_editor(
        _grid(grid_rows(base.columns), ("place", *GRID), numbers),
        num_rows="dynamic",
        hide_index=True,
        column_config=config,
        placeholder="",
        key=f"{prefix}columns",
        alt="The columns of the table",
    )
    return columns_of(_records(edited))


def _more(base: TableDefinition, prefix: str, slots: dict[str, Any]) -> dict[str, Any]:
    """Show the fields that most tables leave alone."""
    values: dict[str, Any] = {}
    with st.expander("Targets, labels, marks, footnotes", key=f"{prefix}more", icon=":material/tune:"):
        with st.grid(2, min_column_width=300, gap="medium"):
            with _field("targets", slots):
                goals = [{"column": key, "goal": goal} for key, goal in base.targets.items()]
                rows = _small_grid("Targets, as in: top1 | > 82%", goals, ("column", "goal"), f"{prefix}targets")
                values["targets"] = {str(row["column"]): row["goal"] for row in rows if len(row) == 2}
            with _field("labels", slots):
                labels = [{"printed": printed, "label": label} for printed, label in base.labels.items()]
                rows = _small_grid(
                    "Labels, as in: crop + flip | Standard", labels, ("printed", "label"), f"{prefix}labels"
                )
                values["labels"] = {str(row["printed"]): row["label"] for row in rows if len(row) == 2}
            with _field("order", slots):
                said = {key: ", ".join(map(str, entries)) for key, entries in base.order.items()}
                orders = [{"column": key, "values": text} for key, text in said.items()]
                rows = _small_grid(
                    "Orders, as in: dataset | cifar100, cifar10", orders, ("column", "values"), f"{prefix}order"
                )
                changed = {str(row["column"]): row["values"] for row in rows if len(row) == 2}
                values["order"] = {
                    key: base.order[key] if text == said.get(key) else _entries(text) for key, text in changed.items()
                }
            with _field("marks", slots):
                marks = [mark.model_dump() for mark in base.marks]
                fields = ("where", "mark", "note")
                rows = _small_grid("Marks, as in: tag = best | * | our choice", marks, fields, f"{prefix}marks")
                values["marks"] = [row for row in rows if len(row) == len(fields)]
        with st.container(horizontal=True, gap="medium"):
            for field, label in (
                ("notes", "Footnotes"),
                ("clear_only", "Bold only where it is told apart"),
                ("rank_reported", "Reported rows compete"),
                ("transpose", "Columns as rows"),
            ):
                values[field] = st.toggle(label, getattr(base, field), key=f"{prefix}{field}")
        with _field("missing", slots):
            values["missing"] = st.text_input("Empty cells", base.missing, key=f"{prefix}missing", width=120)
    return values


def _entries(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",") if entry.strip()]


def _small_grid(label: str, rows: Sequence[Mapping[str, Any]], names: Sequence[str], key: str) -> list[dict[str, Any]]:
    st.caption(label)
    edited = st.data_editor(_grid(rows, names), num_rows="dynamic", hide_index=True, placeholder="", key=key, alt=label)
    return [
        {name: row[name].strip() for name in names if row.get(name)} for row in _records(edited) if any(row.values())
    ]


def _grid(
    rows: Sequence[Mapping[str, Any]], names: Sequence[str], numbers: Mapping[str, str] | None = None
) -> pd.DataFrame:
    kinds = {name: (numbers or {}).get(name, "string") for name in names}
    return pd.DataFrame([dict(row) for row in rows], columns=list(names)).astype(kinds)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a grid with None for what is empty."""
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in frame.to_dict(orient="records")
    ]
