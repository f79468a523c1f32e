"""The table of all runs: built by column and kept, so that ten thousand rows are there at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import streamlit as st

from dashboard.data.runs import load_curves, load_listing, store_version
from dashboard.widgets.arrow import arrow_table, taken_rows
from dashboard.widgets.basics import STATUS_COLORS
from expdb.domain.run import Run
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
_ALWAYS = frozenset({"status", "seed", "note", "epochs_done"})  # what is read of a run besides its columns
HEADINGS = {"top1": "Top-1 (%)", "top5": "Top-5 (%)"}  # the caption says of which epoch
_CURVE_POINTS = 12
_MOST_CURVES = 50_000
_PIXELS_A_LETTER, _LETTERS_A_LINE = 6.6, 42
_COLORS = {"green": "#00805A", "blue": "#0B6FA4", "red": "#C0392B", "orange": "#B35A00", "gray": "#6B7680"}
_STATES = {
    **{status: _COLORS[color] for status, color in STATUS_COLORS.items()},
    "reported": "#7A4FA3",
    ARCHIVED: "#444",
}
# Of the units that the headings name (see `report.listing`).
_NUMBER_FORMATS = {"percent": "%.2f", "gigas": "%.2f", "integer": "%,d"}


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A table to show and the runs in its rows.

    Attributes:
        rows: a column for each key, and `open`, the label of a button.
        widths: pixels by key of a text column.
        key: another one where other runs are in the rows: what is marked there must not stay marked.
    """

    runs: tuple[Run, ...]
    rows: pa.Table
    widths: Mapping[str, int]
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


def load_listed(where: str, keys: Sequence[str], *, archived: bool) -> tuple[Run, ...]:
    """Return the runs that pass a filter, newest first; what these columns and the page's buttons need is known."""
    columns = (COLUMNS[key] for key in (*FACETS, *keys) if key in COLUMNS)
    fields = frozenset(field for column in columns for field in column.fields)
    return load_listing(where, with_archived=archived, fields=_ALWAYS | fields)


def csv_of(runs: Sequence[Run], keys: Sequence[str]) -> str:
    """Return listed runs with these columns, in full precision."""
    choices = tuple(ColumnChoice(key=key, heading=HEADINGS.get(key)) for key in keys if key != CURVE)
    return to_csv(table_of_runs(runs, TableDefinition(name="runs", columns=choices)))


def show_listing(listing: Listing, *, alt: str) -> list[Run]:
    """Show the table and return the runs that are marked in it; pressing a row's button opens its run."""
    position = {run.id: index for index, run in enumerate(listing.runs)}
    marked = [position[run_id] for run_id in st.session_state.get("runs_marked", ()) if run_id in position]
    state = st.dataframe(
        listing.rows,
        column_config=_config(listing),
        hide_index=True,
        height="content" if len(listing.runs) <= 15 else 600,
        placeholder="–",
        key=f"runs_{listing.key}",
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": marked}},
        alt=alt,
    )
    runs = [listing.runs[row] for row in sorted(state.selection.rows) if row < len(listing.runs)]
    st.session_state.runs_marked = [run.id for run in runs]
    return runs


def open_run(run_ids: Sequence[int]) -> None:
    """Go to the page of the run whose button was pressed."""
    st.switch_page("views/run.py", query_params={"run": str(run_ids[st.session_state.runs_open.row])})


def _config(listing: Listing) -> dict[str, Any]:
    configs = {
        key: _column_config(COLUMNS[key], listing.widths.get(key))
        for key in listing.rows.column_names
        if key in COLUMNS
    }
    configs[CURVE] = st.column_config.LineChartColumn(
        CURVE_HEADING, width=104, help="test top-1 from the first epoch to the last, each run between its own extremes"
    )
    configs["open"] = st.column_config.ButtonColumn(
        "", width=68, pinned=True, on_click=open_run, args=([run.id for run in listing.runs],), key="runs_open"
    )
    return configs


def _column_config(column: Column, width: int | None) -> Any:
    heading, about, configs = HEADINGS.get(column.key, column.heading), column.description, st.column_config
    if column.key == "state":
        return configs.MultiselectColumn(heading, help=about, options=list(_STATES), color=list(_STATES.values()))
    if column.key == "tags":
        return configs.MultiselectColumn(heading, help=about, color="#6B7680")
    match column.format:
        case "duration":
            return configs.NumberColumn(heading, help=f"{about} (h:min:s)", format="compact", alignment="right")
        case "time":
            return configs.DatetimeColumn(
                heading, help=about, format="YYYY-MM-DD HH:mm", timezone=st.context.timezone or "UTC"
            )
        case "text" | "tick":
            return configs.TextColumn(
                heading, help=about, width=min(width or 0, 112) if column.key == "name" else width
            )
        case "number":
            digits = "%.6g" if column.decimals is None else f"%.{column.decimals}f"
            is_id = column.key == "id"
            return configs.NumberColumn(heading, help=about, format="%d" if is_id else digits, pinned=is_id)
        case "millions" | "millions_cut":
            return configs.NumberColumn(heading, help=about, format="%.4gM", width=_width(heading, ["0.2915M"]))
        case form:
            return configs.NumberColumn(heading, help=about, format=_NUMBER_FORMATS[form])


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
    return Listing(runs=runs, rows=rows, widths=whole.widths, key=f"{hash(tuple(run.id for run in runs)):x}")


@st.cache_resource(max_entries=8, show_spinner=False)
def _whole(url: str, token: int | str, keys: tuple[str, ...], *, archived: bool) -> Listing:  # noqa: ARG001 - key
    """Return the listing of all runs, of which filters take rows."""
    runs = load_listed("", keys, archived=archived)
    columns: dict[str, Any] = {"open": ["Open"] * len(runs)}
    columns |= {key: _curves(url, runs) if key == CURVE else column_values(runs, key) for key in keys}
    rows = arrow_table(columns, {key: _type(key) for key in columns})
    texts = {key: columns[key] for key in keys if key in COLUMNS and COLUMNS[key].format == "text"}
    widths = {key: _width(HEADINGS.get(key, COLUMNS[key].heading), values) for key, values in texts.items()}
    return Listing(runs=runs, rows=rows, widths=widths, key="")


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


def _width(heading: str, values: Sequence[Any]) -> int:
    # The browser measures only the first rows, and would cut the others.
    longest = max((len(value) for value in values if isinstance(value, str)), default=0)
    return round(_PIXELS_A_LETTER * min(max(longest, len(heading)), _LETTERS_A_LINE)) + 20


def _curves(url: str, runs: Sequence[Run]) -> list[tuple[float, ...] | None]:
    """Return the curve of each run; only those that have grown since they were read are read again."""
    known = _known_curves(url)
    if len(known) > _MOST_CURVES:
        known.clear()
    stale = [run for run in runs if run.epochs_done and known.get(run.id, (0, ()))[0] != run.epochs_done]
    if stale:
        found = load_curves([run.id for run in stale], "top1", _CURVE_POINTS)
        known.update({run.id: (run.epochs_done, found.get(run.id, ())) for run in stale})
    return [known[run.id][1] if run.epochs_done else None for run in runs]


@st.cache_resource(max_entries=2, show_spinner=False)
def _known_curves(url: str) -> dict[int, tuple[int, tuple[float, ...]]]:  # noqa: ARG001 - the key
    return {}
