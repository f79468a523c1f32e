"""The values of an analysis, how they were made, and which runs it was not made of."""

from collections.abc import Sequence

import streamlit as st

from dashboard.text import literal
from dashboard.widgets.copies import offer_copies
from dashboard.widgets.sortable_table import show_built
from expdb.catalog.analyses import AnalysisEntry
from expdb.domain.run import Run
from expdb.report.compare.analysed import AnalysedRun, how_made, not_analysable, unlike_reasons, values_table
from expdb.report.compare.side_by_side import line_label


def show_missing(entry: AnalysisEntry, runs: Sequence[Run]) -> None:
    """Name the runs that were not analysed so, with the command that does it."""
    refused = {run.id: reason for run in runs if (reason := not_analysable(run, entry)) is not None}
    for run in runs:
        if run.id in refused:
            st.info(literal(f"{line_label(run)}: {refused[run.id]}."))
    if todo := [run for run in runs if run.id not in refused]:
        names = ", ".join(map(line_label, todo))
        st.info(literal(f"Not analysed so yet: {names}. This does it, and the page shows it as soon as it is done:"))
        st.code(f"expdb analyze {entry.name} {' '.join(str(run.id) for run in todo)}", language="bash")


def show_values(entry: AnalysisEntry, analysed: Sequence[AnalysedRun]) -> None:
    """Show the values of runs with their intervals, and warn of those that were made otherwise."""
    if reasons := unlike_reasons(analysed):
        lead = "Not analysed alike: values that are made otherwise say little of each other."
        st.warning("  \n".join(map(literal, [lead, *reasons])), icon=":material/warning:")
    table = values_table(entry.name, analysed)
    if table.rows:
        show_built(table, key="values", alt=f"Values of {entry.title} of {len(analysed)} runs", pin=0)
        offer_copies(table, name=table.name)
    words = ["95 % intervals are over images (n), not over seeds."] if table.rows else []
    if any(column.heading == "Its seeds here" for column in table.columns):
        words.append("Seeds: mean ± standard deviation (number) of these runs that differ in the seed only.")
    st.caption(
        "  \n".join(map(literal, [" ".join(words), *map(how_made, analysed)] if words else map(how_made, analysed)))
    )


def show_notes_of(analysed: Sequence[AnalysedRun]) -> None:
    """Show what belongs below whatever is shown of results, each sentence once, with the runs that it is about."""
    notes: dict[str, list[Run]] = {}
    for one in analysed:
        for note in one.result.notes:
            notes.setdefault(note, []).append(one.run)
    if not notes:
        return
    st.subheader("What belongs to it", anchor=False)
    for note, runs in notes.items():
        whose = "" if len(runs) == len(analysed) else f"{', '.join(map(line_label, runs))}: "
        st.markdown(f"- {literal(whose + note)}")
