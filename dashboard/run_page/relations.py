"""What a run belongs to: its seeds and their mean, the runs it builds on, the attempts it was trained in."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from dashboard.data.runs import load_attempts, load_epochs, load_runs, load_superseded
from dashboard.data.tables import load_table
from dashboard.navigation import MOST_COMPARED, link_to_run, link_to_runs, open_comparison, open_run
from dashboard.widgets.download import offer_csv
from dashboard.widgets.sortable_table import show_built
from dashboard.widgets.table import Links, ListColumn, show_table
from expdb.domain.run import Run
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.report.attempt_rows import AttemptRow, attempt_rows, superseded_text
from expdb.report.local_time import in_zone

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
    columns = {column.heading: ListColumn(heading=column.heading) for column in mean.columns}
    show_table([[cell.text for cell in mean.rows[0].cells]], columns, alt=f"Mean over the seeds of run {run.id}")
    st.caption("Mean ± sample standard deviation (number of finished runs) of the runs that differ only in the seed.")
    table = load_table(_definition(run, "runs", _OF_SEED))
    ids = [run_id for row in table.rows for run_id in row.run_ids]
    links = Links(key=f"{_SEED_KEY}_open", open=lambda row: open_run(ids[row]))
    alt = f"Runs that differ from run {run.id} only in the seed"
    show_built(table, key=_SEED_KEY, alt=alt, height=600, links=links)
    rows = [[cell.value for cell in row.cells] for row in table.rows]
    offer_csv(f"run-{run.id}-seeds", [column.heading for column in table.columns], rows)
    if len(ids) > 1:
        compared = ids[:MOST_COMPARED]
        st.button("Compare them", icon=":material/compare_arrows:", on_click=open_comparison, args=(compared,))


def show_sources(run: Run) -> None:
    """Link to the runs that this one starts from or learns from, and to those that build on it."""
    sources = {"Starts from the weights of": run.fields["init_from"], "Learns from": run.fields["teacher"]}
    where = f"init_from = {run.id} or teacher = {run.id}"
    dependents = [other.id for other in load_runs(where)]
    links = [(words, run_id) for words, run_id in sources.items() if run_id is not None]
    links += [("Built upon by", run_id) for run_id in dependents[:_MOST_DEPENDENTS]]
    if not links:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        for words, run_id in links:
            link_to_run(run_id, f"{words} run {run_id}")
        if len(dependents) > _MOST_DEPENDENTS:
            link_to_runs(where, f"All {len(dependents):,} built upon it")


def resumed(run: Run) -> list[AttemptRow]:
    """Return the attempts of a run that was resumed; none where it was trained in one."""
    attempts = load_attempts(run.id)
    if len(attempts) < 2:
        return []
    return attempt_rows(run, attempts, load_epochs(run.id), load_superseded(run.id))


def show_attempts(run: Run, rows: Sequence[AttemptRow], zone: str | None) -> None:
    """Show the attempts of a resumed run, and the epochs that a later one did again."""
    attempts = [row.attempt for row in rows]

    def local(moment: datetime | None) -> str | None:
        return None if moment is None else in_zone(moment, zone)

    values: dict[str, list[object]] = {
        "Attempt": [attempt.number for attempt in attempts],
        "Started": [local(attempt.started_at) for attempt in attempts],
        "Last sign": [local(row.last_sign_at) for row in rows],
        "How it ended": [row.outcome for row in rows],
        "First epoch": [attempt.first_epoch for attempt in attempts],
        "Epochs": [row.num_counted for row in rows],
        "Done again": [row.num_superseded for row in rows],
        "Host": [attempt.process.host for attempt in attempts],
        "Device": [attempt.device_name for attempt in attempts],
        "Devices": [attempt.num_devices for attempt in attempts],
        "Commit": [attempt.git_commit for attempt in attempts],
        "Command": [attempt.command for attempt in attempts],
    }
    known = {name: of_name for name, of_name in values.items() if any(value is not None for value in of_name)}
    columns = {name: ListColumn(heading=name) for name in known}
    show_table(list(zip(*known.values(), strict=True)), columns, alt=f"Attempts of run {run.id}", height=400)
    if (text := superseded_text(rows)) is not None:
        st.caption(f"{text}.")
        _show_superseded(run)
    offer_csv(f"run-{run.id}-attempts", list(values), list(zip(*values.values(), strict=True)))


def _show_superseded(run: Run) -> None:
    """Show the epochs that were thrown away, by attempt."""
    headings = ("Attempt", "Epoch", "Train loss", "Test loss", "Top-1")
    rows = [
        (epoch.attempt, epoch.epoch, epoch.train_loss, epoch.test_loss, epoch.top1) for epoch in load_superseded(run.id)
    ]
    forms = ("%d", "%d", "%.4f", "%.4f", "percent")
    columns = {
        name: ListColumn(heading=name, kind="number", form=form) for name, form in zip(headings, forms, strict=True)
    }
    show_table(rows, columns, alt=f"Epochs of run {run.id} that were done again", height=400)


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
