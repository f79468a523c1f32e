"""What the page of saved tables shows beside the table: copies in every format, gaps, revisions, the runs of a cell."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.data.runs import is_read_only
from dashboard.data.tables import load_explanation, load_gaps, load_history, load_revision
from dashboard.tables_page.form import save
from dashboard.widgets.basics import literal
from dashboard.widgets.run_picker import MOST_RUNS, listed
from dashboard.widgets.sortable_table import Marked
from expdb.domain.table import TableDefinition
from expdb.errors import SpecError
from expdb.report.run_list import plain_table
from expdb.report.table import Table
from expdb.report.tables.definition_files import definition_to_text
from expdb.report.writers.csv_json import to_csv
from expdb.report.writers.render import render

FORMATS = {  # tab: format, ending, language of the highlighting
    "Markdown": ("md", "md", None),
    "LaTeX": ("latex", "tex", "latex"),
    "HTML": ("html", "html", "html"),
    "CSV": ("csv", "csv", None),
    "Typst": ("typst", "typ", None),
    "JSON": ("json", "json", "json"),
}
_MOST_LINKS = 12
_MOST_TITLES = 50  # of revisions
_MOST_LETTERS = 60_000  # of a copy: more is for the file


def show_links(marked: Marked) -> None:
    """Show where the runs behind what is marked can be seen: each of them, and their comparison."""
    words, groups = marked
    ids = list(dict.fromkeys(run_id for group in groups for run_id in group))
    if not ids:
        st.caption("Mark rows, or click into a cell, to open the runs behind it.")
        return
    compared = ids if len(ids) <= MOST_RUNS else [group[0] for group in groups][:MOST_RUNS]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(words, width="content")
        for run_id in ids[:_MOST_LINKS]:
            st.page_link("views/run.py", label=f"Run {run_id}", query_params={"run": str(run_id)})
        where = f"id in ({', '.join(map(str, ids))})"
        if len(where) < 1900:
            st.page_link(
                "views/runs.py", label=f"List {len(ids)}", icon=":material/list:", query_params={"where": where}
            )
        if len(compared) > 1:
            st.page_link(
                "views/compare.py",
                label=f"Compare {len(compared)}",
                icon=":material/compare_arrows:",
                query_params={"runs": listed(compared)},
            )


def show_copies(table: Table, name: str) -> None:
    """Show the table in one format after the other, to copy or to download."""
    with_runs = st.toggle(
        "Say which runs are behind every row", key="link", bind="query-params", help="in a last column"
    )
    tabs = st.tabs(list(FORMATS), key="form", bind="query-params", on_change="rerun")
    for tab, (form, ending, language) in zip(tabs, FORMATS.values(), strict=True):
        if not tab.open:
            continue
        text = render(table, form, link=with_runs)
        with tab:
            st.download_button(
                f"Download .{ending}",
                text,
                file_name=f"{name}.{ending}",
                mime="text/plain",
                on_click="ignore",
                key=f"download_{form}",
            )
            _show_text(text, language)


def show_about(definition: TableDefinition) -> None:
    """Show, each below its heading that opens it: what can be concluded, what is missing, the file, the revisions."""
    parts = {
        "What this table allows to conclude": ("explain", ":material/balance:", _show_explanation),
        "What is missing": ("missing", ":material/playlist_add:", _show_gaps),
        "Definition": ("definition", ":material/data_object:", _show_definition),
        "History": ("history", ":material/history:", _show_history),
    }
    for label, (key, icon, show) in parts.items():
        expander = st.expander(label, key=key, icon=icon, on_change="rerun", bind="query-params")
        if expander.open:
            with expander:
                show(definition)


def _show_explanation(definition: TableDefinition) -> None:
    text = load_explanation(definition)
    _show_text(text, None)
    if len(text) > _MOST_LETTERS:
        name = f"{definition.name}-explained.txt"
        st.download_button("Download .txt", text, file_name=name, on_click="ignore", key="download_explanation")


def _show_text(text: str, language: str | None) -> None:
    """Show text to copy, scrolling where it is long; of more than a browser draws at once, say so."""
    if len(text) > _MOST_LETTERS:
        st.caption(f"{len(text):,} letters are too many to show: download the file.")
        return
    height = 480 if text.count("\n") > 30 else None
    st.code(text.removesuffix("\n"), language=language, wrap_lines=True, height=height)


def _show_gaps(definition: TableDefinition) -> None:
    seeds = int(
        st.number_input(
            "Seeds that every row, or cell of a pivot, shall have",
            min_value=1,
            max_value=100,
            value=3,
            key="seeds",
            bind="query-params",
            width=360,
        )
    )
    found = load_gaps(definition, seeds)
    command = f"expdb fill {definition.name} --seeds {seeds}"
    if found.gaps:
        rows = [(gap.row, gap.cell, ", ".join(map(str, gap.seeds))) for gap in found.gaps]
        _show_list("missing", ("Row", "Of", "Seeds to run"), rows, alt="Runs that the table lacks")
        num_runs = sum(len(gap.seeds) for gap in found.gaps)
        st.caption(f"{num_runs} run{'' if num_runs == 1 else 's'}. --dry-run says how long they will take.")
        st.code(f"{command} --dry-run\n{command}", language="bash")
    elif found.num_groups:
        st.caption(f"Nothing is missing: every row that can be trained has {seeds} seeds.")
    else:
        st.caption("No row of this table can be trained here, so nothing can be filled.")
    remarks = [f"{number} {kind} rows were not trained here." for kind, number in found.untrained.items()]
    remarks += [f"{row} of {cell} cannot be derived: {reason}." for row, cell, reason in found.underivable]
    if found.diverged:
        remarks.append(f"Diverged, and not tried again: run {', '.join(map(str, found.diverged))}.")
    if found.waiting:
        remarks.append(f"Queued or running, counted as there: run {', '.join(map(str, found.waiting))}.")
    if remarks:
        st.caption("  \n".join(map(literal, remarks)))


def _show_definition(definition: TableDefinition) -> None:
    ending = "toml"
    try:
        text = definition_to_text(definition, "toml")
    except SpecError:  # TOML has no null
        ending, text = "yaml", definition_to_text(definition, "yaml")
    st.code(text.removesuffix("\n"), language=ending, wrap_lines=True)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            f"Download .{ending}",
            text,
            file_name=f"{definition.name}.{ending}",
            mime="text/plain",
            on_click="ignore",
            key="download_definition",
        )
        st.caption("expdb tables add FILE reads it back.", width="content")


def _show_history(definition: TableDefinition) -> None:
    history = load_history(definition.name)[::-1]
    zone = st.context.timezone
    titles = [load_revision(definition.name, number).title for number, _ in history[:_MOST_TITLES]]
    numbers, moments = zip(*history, strict=True)
    frame = pd.DataFrame(
        {"Revision": numbers, "Saved": moments, "Title": titles + [None] * (len(history) - len(titles))}
    )
    config: dict[str, Any] = {
        "Revision": st.column_config.NumberColumn(width=80),
        "Saved": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm:ss", timezone=zone, width=170),
    }
    older = history[1:]
    if older and not is_read_only():
        frame.insert(0, "restore", [None, *["Restore"] * len(older)])
        config["restore"] = st.column_config.ButtonColumn(
            "",
            width=90,
            pinned=True,
            key="restore_revision",
            on_click=_restore,
            args=(definition.name, [number for number, _ in history]),
        )
    st.dataframe(frame, hide_index=True, height="content", column_config=config, alt="Revisions of the table")
    if not older:
        st.caption("This is its first revision.")


def _restore(name: str, revisions: Sequence[int]) -> None:
    save(load_revision(name, revisions[st.session_state.restore_revision.row]))


def _show_list(name: str, headings: Sequence[str], rows: Sequence[Sequence[object]], *, alt: str) -> None:
    frame = pd.DataFrame(rows, columns=list(headings), dtype="string")
    st.dataframe(frame, hide_index=True, height="content" if len(rows) <= 12 else 460, alt=alt, key=f"list_{name}")
    st.download_button(
        "Download .csv",
        partial(_csv, name, headings, rows),
        file_name=f"{name}.csv",
        mime="text/csv",
        on_click="ignore",
        key=f"csv_{name}",
    )


def _csv(name: str, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    return to_csv(plain_table(name, headings, rows))
