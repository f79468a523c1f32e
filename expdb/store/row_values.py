"""Between the domain's values and the columns of `runs` and `epochs`."""

import json
import math
from dataclasses import asdict, fields
from typing import Any

from expdb.catalog.promoted import promoted
from expdb.domain.events import EpochEnded, Evaluated, RunFailed, RunStarted
from expdb.domain.known import RunFields
from expdb.domain.masking.mask import has_secret, mask_secrets
from expdb.domain.run import ENVIRONMENT_FIELDS, Attempt, Environment, Epoch, ProcessIdentity, ReportedRun
from expdb.domain.spec import RunSpec, flatten
from expdb.domain.tracked import TrackedStart
from expdb.errors import SpecError
from expdb.store.name_rules import storable
from expdb.store.tables import runs

Values = dict[str, Any]

_PROCESS = tuple(field.name for field in fields(ProcessIdentity))
_FROM_DOCUMENT: Values = {"quote": {}, "settings": {}, "unparsed": [], "extends_another": False}
_OF_EVERY_ROW: Values = {"kind": "reported", "epochs_done": 0, "packages": {}}
# A run that goes on says nothing any more of how it ended before.
NOT_ENDED: Values = dict.fromkeys(("reason", "ended_at", "wall_seconds", "error_type", "error_message", "traceback"))
# A reported row's settings that have a column of their own.
_REPORTED_COLUMNS = {
    "lr": "lr",
    "warmup_lr": "warmup_lr",
    "momentum": "momentum",
    "weight_decay": "weight_decay",
    "cutmix": "cutmix_alpha",
    "color_jitter": "color_jitter",
    "smoothing": "label_smoothing",
    "decay_rate": "decay_rate",
}


def spec_values(spec: RunSpec) -> Values:
    """Return a measured run's columns: the spec whole, and what is promoted of it. Raises SpecError for a secret in it.

    A masked spec could not be trained, so there is none.
    """
    for key, value in flatten(spec).items():
        if isinstance(value, (str, dict)) and has_secret(json.dumps({key: value})):
            raise SpecError(f"{key} holds what looks like a secret, and is recorded: give that as environment variable")
    columns = {name: value for name, value in promoted(spec).items() if name in runs.c}
    return {**columns, "kind": "measured", "epochs_done": 0, "packages": {}, **_FROM_DOCUMENT}


def tracked_values(start: TrackedStart) -> Values:
    """Return a tracked run's columns. Raises SpecError for a parameter that looks like a secret."""
    for key, value in start.settings.items():
        if has_secret(json.dumps({key: value}, default=str)):
            raise SpecError(f"parameter {key} holds what looks like a secret, and is recorded: leave it out")
    return {
        **start.columns,
        **_OF_EVERY_ROW,
        **_FROM_DOCUMENT,
        "kind": "tracked",
        "dataset": start.dataset,
        "model": start.model,
        "settings": dict(start.settings),
        "digest": start.digest,
        "group_digest": start.group_digest,
        "seed": start.seed,
    }


def reported_values(run: ReportedRun) -> Values:
    """Return a reported run's columns: as stated, with the settings that have a column filled in there too."""
    stated = {field.name: getattr(run, field.name) for field in fields(run)}
    values: Values = {
        column: float(stated["settings"][key])
        for key, column in _REPORTED_COLUMNS.items()
        if _is_number(stated["settings"].get(key))
    }
    if stated["settings"].get("mean_std") == 0.5:
        values["normalize"] = "half"
    if stated["settings"].get("auto_augment"):
        values["policy"] = "autoaugment"  # which table is not said, or (`v0`) not one of ours
    return {
        **_OF_EVERY_ROW,
        **stated,
        "document": run.document or None,
        "row_key": run.row_key or None,
        "quote": dict(run.quote),
        "settings": dict(run.settings),
        "metrics": dict(run.metrics) or None,
        "unparsed": list(run.unparsed),
        **values,
    }


def changed_reported_values(run: ReportedRun) -> Values:
    """Return the columns of a reported run that says something else now; those that are not stated any more too."""
    from_settings = dict.fromkeys((*_REPORTED_COLUMNS.values(), "normalize", "policy"))
    values = from_settings | reported_values(run)
    return {column: value for column, value in values.items() if column not in ("name", "group", *_OF_EVERY_ROW)}


def environment_values(environment: Environment) -> Values:
    """Return the columns of where and from what code a run was started."""
    values = {
        name: _recordable(value) if isinstance(value, str) else value
        for name in ENVIRONMENT_FIELDS
        if (value := getattr(environment, name)) is not None
    }
    return {**dict.fromkeys(ENVIRONMENT_FIELDS), **values, "packages": dict(environment.packages)}


def started_values(event: RunStarted) -> Values:
    """Return the columns that a built model and read data fill."""
    values = asdict(event)
    values["picture_counts"] = dict(event.picture_counts) if event.picture_counts else None
    del values["first_epoch"], values["why_not_more_threads"]  # of this attempt, not of the run
    return {**values, "parallel": "DDP" if event.num_devices > 1 else None}


def attempt_values(environment: Environment, process: ProcessIdentity) -> Values:
    """Return the columns of an attempt that a process begins."""
    return {
        **asdict(process),
        "command": _recordable(environment.command),
        "git_commit": environment.git_commit,
        "git_dirty": environment.git_dirty,
    }


def failed_values(event: RunFailed) -> Values:
    """Return the columns that say why a run ended early."""
    return {
        "status": event.status,
        "reason": event.reason,
        "error_type": storable(event.error_type),
        "error_message": _recordable(event.message),
        "traceback": _recordable(event.traceback),
    }


def evaluated_values(event: Evaluated) -> Values:
    """Return the columns that an evaluation without training fills; a loss that is not finite becomes NULL."""
    return {**vars(event), "test_loss": event.test_loss if math.isfinite(event.test_loss) else None}


def epoch_values(event: EpochEnded) -> Values:
    """Return an epoch's columns; a loss that is not finite becomes NULL, alike on every back end."""
    values = dict(vars(event))
    for name in ("train_loss", "test_loss", "val_loss"):
        if values[name] is not None and not math.isfinite(values[name]):
            values[name] = None
    return values


def fields_of(values: Values) -> RunFields:
    """Return the columns of `runs`, with `tags`, that are known, as the fields of a run."""
    found = RunFields(values)
    if "unparsed" in found:
        found["unparsed"] = tuple(found["unparsed"])
    if "metrics" in found:
        found["metrics"] = found["metrics"] or {}
    return found


def epoch_from_row(row: Values) -> Epoch:
    """Return the snapshot of a row of `epochs`."""
    return Epoch(**{name: value for name, value in row.items() if name != "run_id"})


def attempt_from_row(row: Values) -> Attempt:
    """Return the snapshot of a row of `attempts`."""
    process = ProcessIdentity(**{name: row.pop(name) for name in _PROCESS})
    return Attempt(process=process, **{name: value for name, value in row.items() if name != "run_id"})


def _recordable(text: str | None) -> str | None:
    """Return machine-made text as every database takes it, secrets masked, whoever it comes from."""
    return None if text is None else storable(mask_secrets(text))


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
