"""What a saved table lacks for every row to have enough seeds."""

import streamlit as st

from dashboard.data.tables import load_gaps
from dashboard.text import literal
from dashboard.widgets.download import offer_csv
from dashboard.widgets.table import ListColumn, show_table
from expdb.domain.table import TableDefinition
from expdb.report.run_ids import runs_text
from expdb.report.tables.missing_runs import Gaps


def show_missing(definition: TableDefinition) -> None:
    """Show the runs that a table lacks for every row to have so many seeds, and the command that trains them."""
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
        columns = {heading: ListColumn(heading=heading) for heading in ("Row", "Of", "Seeds to run")}
        show_table(rows, columns, alt="Runs that the table lacks", height=460, key="list_missing")
        offer_csv("missing", list(columns), rows)
        num_runs = sum(len(gap.seeds) for gap in found.gaps)
        st.caption(f"{num_runs} run{'' if num_runs == 1 else 's'}. --dry-run says how long they will take.")
        st.code(f"{command} --dry-run\n{command}", language="bash")
    elif found.num_groups:
        st.caption(f"Nothing is missing: every row that can be trained has {seeds} seeds.")
    else:
        st.caption("No row of this table can be trained here, so nothing can be filled.")
    if remarks := _remarks(found):
        st.caption("  \n".join(map(literal, remarks)))


def _remarks(found: Gaps) -> list[str]:
    """Return what cannot be filled, and why."""
    remarks = [f"{number} {kind} rows were not trained here." for kind, number in found.untrained.items()]
    remarks += [f"{row} of {cell} cannot be derived: {reason}." for row, cell, reason in found.underivable]
    if found.diverged:
        remarks.append(f"Diverged, and not tried again: {runs_text(found.diverged)}.")
    if found.waiting:
        remarks.append(f"Queued or running, counted as there: {runs_text(found.waiting)}.")
    return remarks
