"""What a run belongs to: its seeds and their mean, the runs it builds on, the stretches it was trained in."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.data.runs import load_runs, load_segments
from dashboard.data.tables import load_table
from dashboard.run_page.parts import offer_csv
from dashboard.widgets.lists import show_table
from expdb.domain.run import Run, Segment
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.report.run_list import in_zone

_OF_GROUP = ("top1", "top5", "best_top1", "test_loss", "train_seconds")
_OF_SEED = ("id", "seed", "state", "epochs_done", "top1", "top5", "best_top1", "train_seconds")
_SEED_KEY = "same_group"
_MOST_DEPENDENTS = 12  # linked to one by one


def has_seeds(run: Run) -> bool:
    """Return whether other runs differ from this one only in the seed."""
    return run.group_digest is not None and len(load_runs(_same_group(run))) > 1


def show_seeds(run: Run) -> None:
    """Show the runs that differ from this one only in the seed, and their mean."""
    mean = load_table(_definition(run, "groups", _OF_GROUP))
    texts = {column.heading: [cell.text] for column, cell in zip(mean.columns, mean.rows[0].cells, strict=True)}
    st.dataframe(pd.DataFrame(texts), hide_index=True, alt=f"Mean over the seeds of run {run.id}")
    st.caption("Mean ± sample standard deviation (number of finished runs) of the runs that differ only in the seed.")
    table = load_table(_definition(run, "runs", _OF_SEED))
    show_table(table, key=_SEED_KEY, alt=f"Runs that differ from run {run.id} only in the seed", on_open=_open_seed)
    rows = [[cell.value for cell in row.cells] for row in table.rows]
    offer_csv(f"run-{run.id}-seeds", [column.heading for column in table.columns], rows)
    ids = [run_id for row in table.rows for run_id in row.run_ids]
    if len(ids) > 1:
        st.button("Compare them", icon=":material/compare_arrows:", on_click=_compare, args=(ids[:20],))


def show_sources(run: Run) -> None:
    """Link to the runs that this one starts from or learns from, and to those that build on it."""
    sources = {"Starts from the weights of": run.init_from, "Learns from": run.teacher}
    where = f"init_from = {run.id} or teacher = {run.id}"
    dependents = [other.id for other in load_runs(where)]
    links = [(words, run_id) for words, run_id in sources.items() if run_id is not None]
    links += [("Built upon by", run_id) for run_id in dependents[:_MOST_DEPENDENTS]]
    if not links:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        for words, run_id in links:
            st.page_link("views/run.py", label=f"{words} run {run_id}", query_params={"run": str(run_id)})
        if len(dependents) > _MOST_DEPENDENTS:
            label = f"All {len(dependents):,} built upon it"
            st.page_link("views/runs.py", label=label, icon=":material/list:", query_params={"where": where})


def resumed(run: Run) -> tuple[Segment, ...]:
    """Return the stretches of a run that was resumed; none where it was trained in one."""
    segments = load_segments(run.id)
    return segments if len(segments) > 1 else ()


def show_segments(run: Run, segments: Sequence[Segment], zone: str | None) -> None:
    """Show the stretches that a resumed run was trained in."""
    headings = ("Stretch", "Started", "Ended", "First epoch", "Host", "Device", "Devices", "Commit", "Command")
    rows = [
        (
            *(segment.number, in_zone(segment.started_at, zone)),
            *(None if segment.ended_at is None else in_zone(segment.ended_at, zone), segment.first_epoch, segment.host),
            *(segment.device_name, segment.num_devices, segment.git_commit, segment.command),
        )
        for segment in segments
    ]
    frame = pd.DataFrame(rows, columns=headings).dropna(axis="columns", how="all")
    st.dataframe(frame, hide_index=True, placeholder="–", alt=f"Stretches that run {run.id} was trained in")
    offer_csv(f"run-{run.id}-stretches", headings, rows)


def _same_group(run: Run) -> str:
    return f"group_digest = {run.group_digest}"


def _definition(run: Run, rows: str, keys: Sequence[str]) -> TableDefinition:
    return TableDefinition.model_validate(
        {
            "name": _SEED_KEY,
            "where": _same_group(run),
            "rows": rows,
            "columns": [ColumnChoice(key=key) for key in keys],
            "emphasis": "none",
            "notes": False,
        }
    )


def _open_seed(run_ids: Sequence[int]) -> None:
    row = st.session_state[f"{_SEED_KEY}_open"].row
    st.switch_page("views/run.py", query_params={"run": str(run_ids[row])})


def _compare(run_ids: Sequence[int]) -> None:
    st.switch_page("views/compare.py", query_params={"runs": ",".join(map(str, run_ids))})
