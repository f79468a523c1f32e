"""A run as plain data, and what differs between two runs."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from expdb.domain.run import Environment, Run
from expdb.domain.spec import flatten
from expdb.report.compare.differences import REPORTED, model_factors, stated_facts

# Fields that a spec decides: with two specs at hand, their dotted keys say more.
_FROM_SPEC = frozenset(
    (
        "dataset", "num_classes", "img_size", "normalize", "val_fraction", "model", "arch", "stem", "aug", "crop",
        "crop_padding", "hflip_prob", "policy", "autoaugment_policy", "randaugment_num_ops", "randaugment_magnitude",
        "color_jitter", "random_erasing_prob", "mixup_alpha", "cutmix_alpha", "label_smoothing", "optimizer", "lr",
        "momentum", "weight_decay", "schedule", "warmup_epochs", "warmup_lr", "decay_rate", "epochs", "batch_size",
        "seed", "drop_path", "pretrained", "init_from", "crop_min_scale", "timm_policy", "cutout_size",
        "clip_grad_norm", "min_lr", "milestones", "teacher", "grad_accumulation", "ema_decay", "sync_bn", "progressive",
    )
)  # fmt: skip
# What a document says of a run beside its settings.
_DOCUMENTED = (
    *("parallel", "extends_another", "unparsed", "kind", "group"),
    *("top1", "top5", "num_params", "macs", "train_seconds"),
)
# Fields that differ between any two runs, or say nothing of what was computed.
_NOT_COMPARED = frozenset(
    (
        "id", "name", "tags", "note", "created_at", "started_at", "ended_at", "heartbeat_at", "removed_at", "spec_json",
        "digest", "group_digest", "environment", "traceback", "artifact_dir", "weights_file", "predictions_file",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """One thing that two runs do not share; None where a run does not know it."""

    field: str
    a: Any
    b: Any


def run_record(run: Run) -> dict[str, Any]:
    """Return everything recorded of a run as plain JSON data: fractions, seconds, UTC times, null where not known."""
    values = {field.name: _plain(getattr(run, field.name)) for field in fields(run) if field.name != "spec_json"}
    return {**values, "spec": _plain(run.spec)}


def stated_settings(run: Run) -> list[tuple[str, Any]]:
    """Return all that a document states of how a run was done, in its order, by name."""
    names = ("dataset", "model", "optimizer", "batch_size", "epochs", "num_devices", "parallel", "img_size")
    stated = {name: value for name in names if (value := getattr(run, name)) is not None} | dict(run.settings)
    extended = [("extends", "another row, which it does not name")] if run.extends_another else []
    return [*stated.items(), *extended, *(("unparsed", text) for text in run.unparsed)]


def run_differences(a: Run, b: Run) -> list[Difference]:
    """Return the settings, results and environment in which two runs differ; of a reported one, what can be stated."""
    if "reported" in (a.kind, b.kind):
        left, right = _documented(a, b), _documented(b, a)
    else:
        left, right = _comparable(a, with_spec=b.spec is not None), _comparable(b, with_spec=a.spec is not None)
    names = [*left, *(name for name in right if name not in left)]
    return [Difference(name, left.get(name), right.get(name)) for name in names if left.get(name) != right.get(name)]


def _comparable(run: Run, *, with_spec: bool) -> dict[str, Any]:
    values: dict[str, Any] = {}
    skipped = _NOT_COMPARED
    if run.spec is not None and with_spec:
        values |= flatten(run.spec)
        skipped = _NOT_COMPARED | _FROM_SPEC
    values |= {field.name: _plain(getattr(run, field.name)) for field in fields(run) if field.name not in skipped}
    return values | _environment(run.environment)


def _documented(run: Run, other: Run) -> dict[str, Any]:
    """Return what is stated of a run, setting by setting. Its quote says the same, and its source names the row."""
    # The name says it all: what it is made of would only repeat it.
    of_name = (*model_factors(run.model), "model variant")
    facts = {key: value for key, value in stated_facts(run, other).items() if key not in of_name}
    place = "settings." if run.kind == other.kind else ""
    return {
        "model": run.model,
        **{key if key in REPORTED else f"{place}{key}": _plain(value) for key, value in facts.items()},
        **{name: _plain(getattr(run, name)) for name in _DOCUMENTED},
        **{f"metrics.{name}": value for name, value in run.metrics.items()},
    }


def _environment(environment: Environment) -> dict[str, Any]:
    diff = environment.git_diff
    return {
        "git_commit": environment.git_commit,
        "git_dirty": environment.git_dirty,
        "git_diff": diff and f"{diff.count(chr(10)) + 1} lines, sha256 {hashlib.sha256(diff.encode()).hexdigest()[:8]}",
        "host": environment.host,
        "user": environment.user,
        "python_version": environment.python_version,
        **{f"package {name}": version for name, version in sorted(environment.packages.items())},
    }


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Environment):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
