"""The table of all runs: built by column and kept, so that ten thousand rows are there at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import streamlit as st

from dashboard.data.runs import load_curves, load_listing
from dashboard.data.store import store_version
from dashboard.navigation import open_run
from dashboard.widgets.arrow_table import arrow_table, taken_rows
from dashboard.widgets.status import STATUS_COLORS
from dashboard.widgets.table import LINK, Links, ListColumn, show_table
from expdb.domain.run import RunPart
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.report.columns import COLUMNS, Column
from expdb.report.run_list import ARCHIVED, column_values, facet_values, narrowed
from expdb.report.tables.build import table_of_runs
from expdb.report.writers.csv_json import to_csv

CURVE = "curve"  # the one column that is no column of tables
CURVE_HEADING = "Top-1 by epoch"
DEFAULT_KEYS = (
    *("id", "name", "state", "dataset", "model_label", "aug_label", "epochs", "top1", "top5"),
    *(CURVE, "num_params", "train_seconds", "tags"),
)
FACETS = ("dataset", "model_label", "aug_label", "state", "optimizer", "tags", "group")  # that filters choose from
_ALWAYS = frozenset({"epochs_done"})  # what is read of a run besides its columns
HEADINGS = {"top1": "Top-1 (%)", "top5": "Top-5 (%)"}  # the caption says of which epoch
_CURVE_POINTS = 12
_MOST_CURVES = 50_000
_LETTERS_A_LINE, _LETTERS_OF_A_NAME = 42, 14
_COLORS = {"green": "#00805A", "blue": "#0B6FA4", "red": "#C0392B", "orange": "#B35A00", "gray": "#6B7680"}
_STATES = {
    **{status: _COLORS[color] for status, color in STATUS_COLORS.items()},
    "reported": "#7A4FA3",
    ARCHIVED: "#444",
}
# Of the units that the headings name (see `report.run_list`).
_NUMBER_FORMATS = {"percent": "%.2f", "gigas": "%.2f", "integer": "%,d"}


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A table to show and the runs in its rows.

    Attributes:
        rows: a column for each key, and one of buttons.
        letters: the width by key of a text column.
        key: another one where other runs are in the rows: what is marked there must not stay marked.
    """

    runs: tuple[RunPart, ...]
    rows: pa.Table
    letters: Mapping[str, int]
    key: str


def prepare_listing() -> None:
    """Read what the page of all runs shows at first, before anyone opens it."""
    choices_of(FACETS, archived=False)
    make_listing("", {}, DEFAULT_KEYS, archived=False)


def make_listing(where: str, chosen: Mapping[str, Sequence[str]], keys: Sequence[str], *, archived: bool) -> Listing:
    """Return the runs that pass the filters, newest first, with the columns of these keys."""
    picked = tuple((key, tuple(values)) for key, values in chosen.items() if values)
    return _listing(*store_version(), where, picked, tuple(dict.fromkeys(keys)), archived=archived)


def choices_of(keys: Sequence[str], *, archived: bool) -> dict[str, tuple[str, ...]]:
    """Return the values that the filters on these columns choose from."""
    return _choices(*store_version(), tuple(keys), archived=archived)


def load_listed(where: str, keys: Sequence[str], *, archived: bool) -> tuple[RunPart, ...]:
    """Return the runs that pass a filter, newest first; what these columns and the page's buttons need is known."""
    columns = (COLUMNS[key] for key in (*FACETS, *keys) if key in COLUMNS)
    fields = frozenset(field for column in columns for field in column.fields)
    return load_listing(_ALWAYS | fields, where, with_archived=archived)


def csv_of(runs: Sequence[RunPart], keys: Sequence[str]) -> str:
    """Return listed runs with these columns, in full precision."""
    choices = tuple(ColumnChoice(key=key, heading=HEADINGS.get(key)) for key in keys if key != CURVE)
    return to_csv(table_of_runs(runs, TableDefinition(name="runs", columns=choices)))


def show_listing(listing: Listing, *, alt: str) -> list[RunPart]:
    """Show the table and return the runs that are marked in it; pressing a row's button opens its run."""
    position = {run.id: index for index, run in enumerate(listing.runs)}
    marked = [position[run_id] for run_id in st.session_state.get("runs_marked", ()) if run_id in position]
    columns = {
        key: _shown_column(COLUMNS[key], listing.letters.get(key))
        for key in listing.rows.column_names
        if key in COLUMNS
    }
    about = "test top-1 from the first epoch to the last, each run between its own extremes"
    columns[CURVE] = ListColumn(heading=CURVE_HEADING, kind="curve", about=about)
    places = show_table(
        listing.rows,
        columns,
        alt=alt,
        links=Links(key="runs_open", open=lambda row: open_run(listing.runs[row].id)),
        height=600,
        key=f"runs_{listing.key}",
        marks=("multi-row",),
        marked=marked,
    ).rows
    runs = [listing.runs[row] for row in sorted(places) if row < len(listing.runs)]
    st.session_state.runs_marked = [run.id for run in runs]
    return runs


def _shown_column(column: Column, letters: int | None) -> ListColumn:
    heading, about = HEADINGS.get(column.key, column.heading), column.description
    if column.key == "state":
        return ListColumn(heading=heading, kind="labels", about=about, colors=_STATES)
    if column.key == "tags":
        return ListColumn(heading=heading, kind="labels", about=about, colors=_COLORS["gray"])
    match column.format:
        case "duration":
            words = f"{about} (h:min:s)"
            return ListColumn(heading=heading, kind="number", about=words, form="compact", align="right")
        case "time":
            zone = st.context.timezone or "UTC"
            return ListColumn(heading=heading, kind="time", about=about, form="YYYY-MM-DD HH:mm", zone=zone)
        case "text" | "tick":
            width = min(letters or 0, _LETTERS_OF_A_NAME) if column.key == "name" else letters
            return ListColumn(heading=heading, about=about, letters=width)
        case "number":
            is_id = column.key == "id"
            digits = "%d" if is_id else "%.6g" if column.decimals is None else f"%.{column.decimals}f"
            return ListColumn(heading=heading, kind="number", about=about, form=digits, is_pinned=is_id)
        case "millions" | "millions_cut":
            width = _letters(heading, ["0.2915M"])
            return ListColumn(heading=heading, kind="number", about=about, form="%.4gM", letters=width)
        case form:
            return ListColumn(heading=heading, kind="number", about=about, form=_NUMBER_FORMATS[form])


@st.cache_resource(max_entries=16, show_spinner=False)
def _choices(url: str, token: int | str, keys: tuple[str, ...], *, archived: bool) -> dict[str, tuple[str, ...]]:  # noqa: ARG001 - key
    return facet_values(load_listed("", DEFAULT_KEYS, archived=archived), keys)


@st.cache_resource(max_entries=16, show_spinner=False)
def _listing(
    url: str,
    token: int | str,
    where: str,
    picked: tuple[tuple[str, tuple[str, ...]], ...],
    keys: tuple[str, ...],
    *,
    archived: bool,
) -> Listing:
    # Runs and rows both from here: the database may have changed since, and a row would open another run.
    whole = _whole(url, token, keys, archived=archived)
    passing = {run.id for run in narrowed(load_listed(where, keys, archived=archived), dict(picked))}
    places = [place for place, run in enumerate(whole.runs) if run.id in passing]
    runs = tuple(whole.runs[place] for place in places)
    rows = whole.rows if len(runs) == len(whole.runs) else taken_rows(whole.rows, places)
    return Listing(runs=runs, rows=rows, letters=whole.letters, key=f"{hash(tuple(run.id for run in runs)):x}")


@st.cache_resource(max_entries=8, show_spinner=False)
def _whole(url: str, token: int | str, keys: tuple[str, ...], *, archived: bool) -> Listing:  # noqa: ARG001 - key
    """Return the listing of all runs, of which filters take rows."""
    runs = load_listed("", keys, archived=archived)
    columns: dict[str, Any] = {LINK: ["Open"] * len(runs)}
    columns |= {key: _curves(url, runs) if key == CURVE else column_values(runs, key) for key in keys}
    rows = arrow_table(columns, {key: _type(key) for key in columns})
    texts = {key: columns[key] for key in keys if key in COLUMNS and COLUMNS[key].format == "text"}
    letters = {key: _letters(HEADINGS.get(key, COLUMNS[key].heading), values) for key, values in texts.items()}
    return Listing(runs=runs, rows=rows, letters=letters, key="")


def _type(key: str) -> pa.DataType:
    if key == CURVE:
        return pa.list_(pa.float32())
    if key in ("tags", "state"):
        return pa.list_(pa.string())
    if key not in COLUMNS:
        return pa.string()
    match COLUMNS[key].format:
        case "text" | "tick":
            return pa.string()
        case "duration":
            return pa.duration("s")
        case "time":
            return pa.timestamp("ms", tz="UTC")
    return pa.int64() if key == "id" else pa.float64()


def _letters(heading: str, values: Sequence[Any]) -> int:
    # The browser measures only the first rows, and would cut the others.
    longest = max((len(value) for value in values if isinstance(value, str)), default=0)
    return min(max(longest, len(heading)), _LETTERS_A_LINE)


def _curves(url: str, runs: Sequence[RunPart]) -> list[tuple[float, ...] | None]:
    """Return the curve of each run; only those that have grown since they were read are read again."""
    known = _known_curves(url)
    if len(known) > _MOST_CURVES:
        known.clear()
    stale = [
        run for run in runs if run.fields["epochs_done"] and known.get(run.id, (0, ()))[0] != run.fields["epochs_done"]
    ]
    if stale:
        found = load_curves([run.id for run in stale], "top1", _CURVE_POINTS).values
        known.update({run.id: (run.fields["epochs_done"], tuple(found.get(run.id, {}).values())) for run in stale})
    return [known[run.id][1] if run.fields["epochs_done"] else None for run in runs]


@st.cache_resource(max_entries=2, show_spinner=False)
def _known_curves(url: str) -> dict[int, tuple[int, tuple[float, ...]]]:  # noqa: ARG001 - the key
    return {}
