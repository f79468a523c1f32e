"""`expdb show`: all about one run."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from expdb.catalog.datasets import tested_part
from expdb.cli.arguments import JsonFlag, RunRef
from expdb.cli.context import context_of
from expdb.cli.output import Align, plain_text, print_json, print_line, print_pairs, print_table, write_text
from expdb.domain.contention import is_contended
from expdb.domain.own_package import DISTRIBUTION, comparable_packages
from expdb.domain.run import ReportedChange, Run
from expdb.domain.scripts.tracked_params import left_out_parameters
from expdb.domain.settings import told_settings
from expdb.domain.task import LOAD, metrics_by_key
from expdb.errors import SpecError

if TYPE_CHECKING:
    from expdb.report.attempt_rows import AttemptRow


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Look")(show)


def show(
    ctx: typer.Context,
    ref: RunRef,
    as_json: JsonFlag = False,
    per_class: Annotated[
        bool, typer.Option("--per-class", help="its results by class instead, the worst first, from its predictions")
    ] = False,
    confusion: Annotated[
        bool, typer.Option("--confusion", help="its confusion matrix instead, as CSV: a row a true class")
    ] = False,
) -> None:
    """Show everything about a run, and the command that repeats it."""
    if per_class or confusion:
        _show_predictions(ctx, ref, per_class=per_class, has_confusion=confusion, as_json=as_json)
        return
    from expdb.report.attempt_rows import attempt_records, attempt_rows
    from expdb.report.columns import COLUMNS
    from expdb.report.epoch_rows import epoch_cells
    from expdb.report.measured_rows import MEASURED_HEADINGS, measured_cells
    from expdb.report.run_command import command_of
    from expdb.report.run_data import plain_value, run_record
    from expdb.tracking.artifact_files import artifact_lines

    with context_of(ctx).open_store(is_read_only=True) as store:
        run = store.run(ref)
        epochs = store.epochs(run.id)
        superseded = store.attempts.superseded_epochs(run.id)
        attempts = attempt_rows(run, store.attempts.of(run.id), epochs, superseded)
        changes = store.reported.changes(run.id)
        folder = store.artifact_dir(run.id) if run.artifact_dir else None
        measured = store.points.summaries([run.id]).get(run.id, {})
        metrics = {**store.points.metrics(), **metrics_by_key()}
    if as_json:
        said_before = {"changes": [plain_value(asdict(change)) for change in changes]} if changes else {}
        rows = {
            "epoch_rows": [asdict(epoch) for epoch in epochs],
            "attempts": attempt_records(attempts, superseded),
        }
        print_json({**run_record(run), "is_contended": is_contended(run.fields), **said_before, **rows})
        return
    sections = {
        f"run {run.id}": _about(run),
        "settings": _settings(run),
        "results": _results(run),
        "quote": list(run.quote.items()),
        "changes of its row": _changes(changes),
        "environment": _environment(run),
        "failure": _failure(run),
        "files": [
            (label, f"{folder / name}{_doubt(folder, name)}")
            for label, name in (("weights", run.weights_file), ("predictions", run.predictions_file))
            if folder and name
        ]
        + (artifact_lines(folder) if folder else []),
    }
    for title, pairs in sections.items():
        stated = [(name, value) for name, value in pairs if value]
        if stated:
            print_pairs(title, stated)
    if len(attempts) > 1:
        _show_attempts(attempts)
    if epochs:
        headings, cells = epoch_cells(epochs, is_tracked=run.kind == "tracked")
        print_table(headings, cells, ["right"] * len(headings))
    beside = measured_cells(measured, metrics, but=frozenset(name for name in measured if name in COLUMNS))
    if beside:
        aligns: list[Align] = ["left", "right", "right", "left", "left", "left", "left"]
        print_table(MEASURED_HEADINGS, beside, aligns, optional=("values", "at"))
    if run.kind == "tracked" and run.status in ("crashed", "failed", "killed"):
        print_line(f'go on with it in its script: expdb.track(..., resume="must", run={run.id})')
    if run.kind == "measured" and run.status in ("crashed", "failed", "killed"):
        print_line(f"go on from its last checkpoint, where there is one: expdb resume {run.id}")
    if run.spec is not None:
        again = " --again" if run.status in ("finished", "running", "queued") else ""  # else it would be refused
        print_line(f"run it again:\n  {command_of(run.spec)}{again}")


def _show_predictions(ctx: typer.Context, ref: str, *, per_class: bool, has_confusion: bool, as_json: bool) -> None:
    """Show results by class or the confusion matrix; as JSON perhaps both."""
    from expdb.analysis.stored_predictions import stored_predictions
    from expdb.catalog.class_names import names_of_classes
    from expdb.report.predictions.class_table import (
        class_cells,
        classes_record,
        classes_worst_first,
        confusion_table,
        metrics_lines,
    )
    from expdb.report.predictions.mistakes import num_classes_of
    from expdb.report.writers.csv_json import to_csv

    if per_class and has_confusion and not as_json:
        raise SpecError("--per-class and --confusion are two tables: ask for one of them, or for both as --json")
    with context_of(ctx).open_store(is_read_only=True) as store:
        run = store.run(ref)
        predictions = stored_predictions(store, run)
    num_classes = num_classes_of(predictions.label, predictions.top5, run.fields["num_classes"])
    names = names_of_classes(run.dataset, num_classes)
    if as_json:
        print_json(classes_record(run.id, predictions, names, has_classes=per_class, has_confusion=has_confusion))
    elif has_confusion:
        write_text(to_csv(confusion_table(predictions, names)), None)
    else:
        headings, rows = class_cells(classes_worst_first(predictions, num_classes), names)
        aligns: list[Align] = ["left", "right", "right", "right", "right", "right", "left"]
        print_table(headings, rows, aligns, optional=("95 % interval",))
        for line in metrics_lines(predictions):
            print_line(line)


def _doubt(folder: Path, name: str) -> str:
    """Return what is to be said of a run's file that cannot be read, in brackets."""
    from expdb.data.run_files import run_file

    try:
        run_file(folder, name)
    except FileNotFoundError:
        return " (not on this machine)"
    except OSError as error:
        return f" ({error.strerror})"
    return ""


def _about(run: Run) -> list[tuple[str, str]]:
    from expdb.report.compare.reproduction import data_words
    from expdb.report.last_sign import status_text

    return [
        ("name", run.name or ""),
        ("status", "" if run.kind == "reported" else status_text(run, datetime.now(UTC))),
        ("kind", run.kind),
        ("source", run.source or ""),
        ("group", run.group or ""),
        ("tags", ", ".join(run.tags)),
        ("note", run.note or ""),
        *(
            (label, f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "")
            for label, moment in (
                ("created", run.created_at),
                ("started", run.started_at),
                ("ended", run.ended_at),
                ("removed", run.removed_at),
            )
        ),
        ("digest", run.digest or ""),
        ("data", data_words(run)),
        ("uuid", run.uuid),
    ]


def _settings(run: Run) -> list[tuple[str, str]]:
    from expdb.domain.value_text import format_value
    from expdb.report.run_data import stated_settings

    if run.spec is not None:
        return [(key, plain_text(value)) for key, value in told_settings(run.spec).items() if value is not None]
    stated = [(name, format_value(value, "text")) for name, value in stated_settings(run)]
    own = left_out_parameters(run.settings) if run.kind == "tracked" else ()
    return [*stated, ("left out", ", ".join(own))]  # of what tells it from others: see docs/tracking.md


def _results(run: Run) -> list[tuple[str, str]]:
    from expdb.data.picture_counts import counts_text
    from expdb.domain.value_text import format_value
    from expdb.report.columns import COLUMNS
    from expdb.report.load_text import load_text

    points = [key for key, metric in metrics_by_key().items() if metric.is_point and metric not in LOAD.metrics]
    keys = (
        *("num_params", "num_trainable_params", "macs", "num_train_images", "num_val_images", "num_test_images"),
        *("epochs_done", "top1", "top5", "val_top1", "best_top1", "best_epoch", "best_by", "train_loss", "test_loss"),
        *points,
        *(
            "train_seconds",
            "cpu_seconds",
            "cpu_wait_seconds",
            "eval_seconds",
            "wall_seconds",
            "images_per_second",
            "peak_memory_bytes",
        ),
    )
    doubt = (
        {"train_seconds": " (threads had to wait for processors that something else used: slower than alone)"}
        if is_contended(run.fields)
        else {}
    )
    if (part := tested_part(run.dataset, run.fields["test_limit"])) is not None:
        doubt |= {key: f" (on {part})" for key, metric in metrics_by_key().items() if metric.split == "test"}
    return (
        [
            (
                column.heading,
                format_value(column.value(run.fields), column.format, column.decimals) + doubt.get(column.key, ""),
            )
            for column in (COLUMNS[key] for key in keys)
            if column.value(run.fields) is not None and not (run.kind == "reported" and column.key == "epochs_done")
        ]
        + [("Load", load_text(run.fields))]
        + [("pictures", counts_text(run.results.picture_counts or {}))]
        + [(name, format_value(value, "number")) for name, value in run.metrics.items() if run.kind == "reported"]
    )


def _changes(changes: Sequence[ReportedChange]) -> list[tuple[str, str]]:
    """Return when the document was found to say something else, and what."""
    from expdb.report.compare.row_changes import row_changes

    return [
        (f"{change.changed_at:%Y-%m-%d %H:%M} UTC", text)
        for change in changes
        for text in row_changes(change.old_values, change.new_values)
    ]


def _environment(run: Run) -> list[tuple[str, str]]:
    environment = run.environment
    packages = comparable_packages(environment.packages)
    versions = [f"{name} {packages[name]}" for name in ("torch", "timm", DISTRIBUTION) if name in packages]
    dirty = " + uncommitted changes" if environment.git_dirty else ""
    return [
        (
            "device",
            " ".join(
                filter(
                    None,
                    (
                        run.machine.device_name,
                        run.machine.device and f"({run.machine.device}, {run.machine.precision})",
                    ),
                )
            ),
        ),
        ("driver", run.machine.driver or ""),
        ("threads", str(run.machine.num_threads or "")),
        ("host", " ".join(filter(None, (environment.user and f"{environment.user} at", environment.host)))),
        ("git commit", f"{environment.git_commit}{dirty}" if environment.git_commit else ""),
        ("code", (run.fields["code_digest"] or "") if run.kind == "tracked" else ""),
        ("python", environment.python_version or ""),
        ("packages", f"{', '.join(versions)} ({len(packages)} in all: --json)" if versions else ""),
        ("command", environment.command or ""),
    ]


def _failure(run: Run) -> list[tuple[str, str]]:
    return [
        ("error", f"{run.error_type}: {run.error_message}" if run.error_type else ""),
        ("traceback", run.traceback or ""),
    ]


def _show_attempts(rows: "Sequence[AttemptRow]") -> None:
    from expdb.report.attempt_rows import superseded_text

    print_line("attempts (starts and resumes; times are UTC)")
    headings = ("#", "began", "until", "end", "from", "epochs", "redone", "host")
    cells, aligns = [_attempt_cells(row) for row in rows], (*["left"] * 4, *["right"] * 3, "left")
    print_table(headings, cells, aligns, optional=("host", "redone"))  # type: ignore[arg-type]
    if (text := superseded_text(rows)) is not None:
        print_line(text)


def _attempt_cells(row: "AttemptRow") -> list[str]:
    attempt = row.attempt
    return [
        str(attempt.number),
        f"{attempt.started_at:%m-%d %H:%M:%S}",
        f"{row.last_sign_at:%m-%d %H:%M:%S}" if row.last_sign_at else "",
        row.outcome,
        str(attempt.first_epoch or ""),
        str(row.num_counted),
        str(row.num_superseded),
        attempt.process.host or "",
    ]
