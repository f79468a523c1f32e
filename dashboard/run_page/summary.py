"""What a run is and how it ended, in its headline numbers."""

from datetime import UTC, datetime

import streamlit as st

from dashboard.text import literal
from dashboard.widgets.status import show_status
from expdb.domain.run import Run
from expdb.domain.value_text import format_value
from expdb.report.columns import COLUMNS
from expdb.report.last_sign import last_sign_text, status_text
from expdb.report.measures import part_caveat
from expdb.report.run_list import ARCHIVED

_METRICS = ("top1", "best_top1", "top5", "num_params", "train_seconds", "images_per_second")


def show_summary(run: Run) -> None:
    """Show the headline numbers, and why the run ended where it failed."""
    show_status(run)
    if run.removed_at is not None:
        st.badge(ARCHIVED, color="gray", icon=":material/archive:")
    if run.status in ("failed", "killed", "crashed"):
        st.error("This run did not finish:")
        told = [status_text(run, datetime.now(UTC), st.context.timezone)]
        told += [f"{run.error_type}: {run.error_message}"] if run.error_type else []
        st.code("\n".join(told), language=None, wrap_lines=True)
    elif (sign := last_sign_text(run, datetime.now(UTC), st.context.timezone)) is not None:
        st.caption(literal(sign[0].upper() + sign[1:]))
    with st.grid(6, min_column_width=130):
        for column in (COLUMNS[key] for key in _METRICS):
            is_unknown = column.value(run.fields) is None
            if is_unknown and (run.kind == "reported" or (column.key == "top5" and run.results.top1 is not None)):
                continue  # the source says nothing of it, or there are too few classes
            text = format_value(column.value(run.fields), column.format, column.decimals)
            st.metric(column.heading, text, help=column.description, border=True)
    if run.results.top1 is not None and (caveat := part_caveat(run)) is not None:
        st.caption(literal(f"{caveat[0].upper()}{caveat[1:]}."))
    if run.results.best_epoch is not None:
        remark = (
            "the validation split" if run.results.best_by == "val" else "the test split, so the number is optimistic"
        )
        st.caption(f"The best top-1 is that of epoch {run.results.best_epoch}, chosen on {remark}.")
