"""What else is recorded of a run, a tab each: settings, results, epochs, history, environment."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from dashboard.data.free_metrics import load_metrics, load_summaries
from dashboard.data.runs import load_changes, load_epochs
from dashboard.widgets.download import offer_csv
from dashboard.widgets.table import ListColumn, show_table
from expdb.data.picture_counts import counts_text
from expdb.domain.run import Epoch, Run
from expdb.domain.settings import told_settings
from expdb.domain.spec import spec_fields
from expdb.domain.value_text import format_value
from expdb.report.columns import COLUMNS
from expdb.report.compare.row_changes import row_changes
from expdb.report.local_time import in_zone
from expdb.report.measured_rows import MEASURED_HEADINGS, measured_cells

_RESULTS = (
    *("top1", "top5", "val_top1", "best_top1", "best_epoch", "best_by", "train_loss", "test_loss", "epochs_done"),
    *("num_params", "num_trainable_params", "macs", "num_train_images", "num_val_images", "num_test_images"),
    *("train_seconds", "cpu_seconds", "cpu_wait_seconds", "eval_seconds", "wall_seconds", "gpu_hours"),
    *("images_per_second", "peak_memory_bytes"),
)
_HISTORY = (
    *("kind", "status", "reason", "group", "tags", "note", "digest", "group_digest", "code_digest"),
    *("data_digest", "earlier_data_digest"),
)
_TIMES = ("created_at", "started_at", "ended_at", "removed_at")
_ENVIRONMENT = (
    *("device", "device_name", "num_devices", "num_threads", "driver", "precision", "host", "python_version"),
    *("git_commit", "git_dirty"),
)
_EPOCH = {
    "epoch": ListColumn(heading="Epoch"),
    "train_loss": ListColumn(heading="Train loss", kind="number", form="%.4f"),
    "test_loss": ListColumn(heading="Test loss", kind="number", form="%.4f"),
    "val_loss": ListColumn(heading="Val loss", kind="number", form="%.4f"),
    "top1": ListColumn(heading="Top-1", kind="number", form="percent"),
    "top5": ListColumn(heading="Top-5", kind="number", form="percent"),
    "val_top1": ListColumn(heading="Val top-1", kind="number", form="percent"),
    "lr": ListColumn(heading="LR", kind="number", form="%.4g"),
    "train_seconds": ListColumn(heading="Train (s)", kind="number", form="%.1f"),
    "eval_seconds": ListColumn(heading="Eval (s)", kind="number", form="%.1f"),
    "images_per_second": ListColumn(heading="Images/s", kind="number", form="%,d"),
    "peak_memory_bytes": ListColumn(heading="Peak memory", kind="number", form="bytes"),
}


def show_settings(run: Run) -> None:
    """Show the resolved settings of a run, or what the source of a reported one states."""
    if run.spec is not None:
        _show_pairs(told_settings(run.spec), names="Setting", run=run, about=spec_fields())
        return
    stated = {**run.settings, **{f"also stated ({n})": text for n, text in enumerate(run.unparsed, start=1)}}
    _show_pairs(stated, names="Setting", run=run)


def details_of(run: Run, zone: str | None) -> dict[str, Callable[[], object]]:
    """Return a function that shows each kind of what is recorded, by the title of its tab; what there is none of: none.

    Args:
        run: the run.
        zone: IANA name of the viewer's time zone.
    """
    epochs = load_epochs(run.id)
    times = {COLUMNS[key].heading if key in COLUMNS else "Archived": run.fields[key] for key in _TIMES}
    history = (
        _texts(run, _HISTORY)
        | {heading: in_zone(time, zone) for heading, time in times.items() if time is not None}
        | ({"Source": run.source} if run.source else {})
    )
    environment = _texts(run, _ENVIRONMENT) | ({"Command": run.environment.command} if run.environment.command else {})
    packages, diff, trace = run.environment.packages, run.environment.git_diff, run.traceback
    changes, measured = _changes(run, zone), _measured(run)
    files = {"Pictures": counts_text(run.results.picture_counts)} if run.results.picture_counts else {}
    parts: dict[str, tuple[object, Callable[[], object]]] = {
        "Settings": (run.spec or run.settings or run.unparsed, lambda: show_settings(run)),
        "Results": (
            run.kind != "reported",
            lambda: _show_pairs(_texts(run, _RESULTS) | files, names="Result", run=run),
        ),
        "Measured": (measured, lambda: _show_measured(run, measured)),
        "As printed": (run.quote, lambda: _show_pairs(run.quote, names="Cell", run=run)),
        "Changes": (changes, lambda: _show_changes(run, changes)),
        "Epochs": (epochs, lambda: _show_epochs(run, epochs)),
        "History": (True, lambda: _show_pairs(history, names="Field", run=run)),
        "Environment": (environment, lambda: _show_pairs(environment, names="Field", run=run)),
        "Packages": (packages, lambda: _show_pairs(packages, names="Package", run=run)),
        "Uncommitted changes": (diff, lambda: st.code(diff, language="diff", height=500)),
        "Traceback": (trace, lambda: st.code(trace, language=None)),
    }
    return {title: draw for title, (content, draw) in parts.items() if content}


def _show_pairs(pairs: Mapping[str, object], *, names: str, run: Run, about: Mapping[str, str] | None = None) -> None:
    """Show names and values in two columns, and in a third what the names mean; all of it as text."""
    rows = [(name, format_value(value, "text")) for name, value in pairs.items()]
    columns = {names: ListColumn(heading=names, letters=27), "Value": ListColumn(heading="Value")}
    alt = f"{names} and value"
    if about is None:
        show_table(rows, columns, alt=alt)
    else:
        explained = [(name, text, about.get(name, "")) for name, text in rows]
        show_table(explained, columns | {"Meaning": ListColumn(heading="Meaning")}, alt=alt)
    offer_csv(f"run-{run.id}-{names.lower()}s", (names, "Value"), rows)


def _changes(run: Run, zone: str | None) -> list[tuple[str, str]]:
    """Return when the document of a reported run was found to say something else, and what."""
    return [
        (in_zone(change.changed_at, zone), text)
        for change in (load_changes(run.id) if run.kind == "reported" else ())
        for text in row_changes(change.old_values, change.new_values)
    ]


def _show_changes(run: Run, changes: Sequence[tuple[str, str]]) -> None:
    columns = {"Imported": ListColumn(heading="Imported", letters=27), "Change": ListColumn(heading="Change")}
    show_table(changes, columns, alt="Changes of the row")
    offer_csv(f"run-{run.id}-changes", tuple(columns), changes)


def _measured(run: Run) -> list[list[str]]:
    """Return what was measured of a run and has no column of its own."""
    summaries = load_summaries(run.id)
    shown = frozenset(summaries).intersection(COLUMNS)
    return measured_cells(summaries, load_metrics(), but=shown) if summaries else []


def _show_measured(run: Run, rows: Sequence[Sequence[str]]) -> None:
    headings = [heading.capitalize() for heading in MEASURED_HEADINGS]
    show_table(rows, {heading: ListColumn(heading=heading) for heading in headings}, alt="What the run measured")
    offer_csv(f"run-{run.id}-measured", headings, rows)


def _show_epochs(run: Run, epochs: Sequence[Epoch]) -> None:
    values = {key: [getattr(epoch, key) for epoch in epochs] for key in _EPOCH}
    known = {key: of_key for key, of_key in values.items() if any(value is not None for value in of_key)}
    show_table(
        list(zip(*known.values(), strict=True)),
        {key: _EPOCH[key] for key in known},
        alt="Epochs of the run",
        height=400,
    )
    offer_csv(f"run-{run.id}-epochs", list(values), list(zip(*values.values(), strict=True)))


def _texts(run: Run, keys: Sequence[str]) -> dict[str, object]:
    """Return heading and text of the columns that are known of a run."""
    columns = [COLUMNS[key] for key in keys]
    return {
        column.heading: format_value(column.value(run.fields), column.format, column.decimals)
        for column in columns
        if column.value(run.fields) is not None
    }
