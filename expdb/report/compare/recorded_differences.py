"""All that is recorded of two runs and not the same: settings, results, environment."""

import hashlib
from dataclasses import dataclass
from typing import Any

from expdb.catalog.promoted import promoted
from expdb.domain.own_package import comparable_packages
from expdb.domain.run import ENVIRONMENT_FIELDS, Environment, Run, field_names
from expdb.domain.settings import told_settings
from expdb.domain.spec import RunSpec
from expdb.domain.task import FREE, metrics_by_key
from expdb.report.compare.differences import REPORTED, model_factors, stated_facts
from expdb.report.run_data import plain_value

# Fields that a spec decides: with two specs at hand, their dotted keys say more.
_FROM_SPEC = frozenset(promoted(RunSpec()))
# What a document says of a run beside its settings.
_DOCUMENTED = (
    *("parallel", "extends_another", "unparsed", "kind", "group"),
    *("top1", "top5", "num_params", "macs", "train_seconds"),
)
# Fields that differ between any two runs, or say nothing of what was computed.
_NOT_COMPARED = frozenset(
    (
        "id", "name", "tags", "note", "created_at", "started_at", "ended_at", "heartbeat_at", "removed_at", "spec_json",
        "digest", "group_digest", *ENVIRONMENT_FIELDS, "traceback", "artifact_dir", "weights_file", "predictions_file",
        "uuid", "settings", "metrics",  # the last two are told name by name
    )
)  # fmt: skip
_OURS = frozenset(metrics_by_key())  # metrics whose columns are called as they are


@dataclass(frozen=True)
class Difference:
    """One thing that two runs do not share; None where a run does not know it."""

    field: str
    a: Any
    b: Any


def recorded_differences(a: Run, b: Run) -> list[Difference]:
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
        values |= told_settings(run.spec)
        skipped = _NOT_COMPARED | _FROM_SPEC
    values |= {name: plain_value(run.fields[name]) for name in field_names() if name not in skipped}
    # What a script calls as we do is a field already; else a seed would be told twice.
    values |= {f"settings.{name}": value for name, value in run.settings.items() if run.fields.get(name) != value}
    values |= {name if name in _OURS else f"{FREE}{name}": value for name, value in run.fields["metrics"].items()}
    return values | _environment(run.environment)


def _documented(run: Run, other: Run) -> dict[str, Any]:
    """Return what is stated of a run, setting by setting. Its quote says the same, and its source names the row."""
    # The name says it all: what it is made of would only repeat it.
    of_name = (*model_factors(run.model), "model variant")
    facts = {key: value for key, value in stated_facts(run, other).items() if key not in of_name}
    place = "settings." if run.kind == other.kind else ""
    return {
        "model": run.model,
        **{key if key in REPORTED else f"{place}{key}": plain_value(value) for key, value in facts.items()},
        **{name: plain_value(run.fields[name]) for name in _DOCUMENTED},
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
        **{f"package {name}": version for name, version in sorted(comparable_packages(environment.packages).items())},
    }
