"""A run as plain data."""

import math
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from expdb.domain.run import ENVIRONMENT_FIELDS, Environment, Run, field_names


def run_record(run: Run) -> dict[str, Any]:
    """Return everything recorded of a run as plain JSON data: fractions, seconds, UTC times, null where not known."""
    apart = ("spec_json", *ENVIRONMENT_FIELDS)
    values = {name: plain_value(run.fields[name]) for name in field_names() if name not in apart}
    return {**values, "environment": plain_value(run.environment), "spec": plain_value(run.spec)}


def stated_settings(run: Run) -> list[tuple[str, Any]]:
    """Return all that a document states of how a run was done, in its order, by name."""
    names = ("dataset", "model", "optimizer", "batch_size", "epochs", "num_devices", "parallel", "img_size")
    stated = {name: value for name in names if (value := run.fields[name]) is not None} | dict(run.settings)
    extended = [("extends", "another row, which it does not name")] if run.extends_another else []
    return [*stated.items(), *extended, *(("unparsed", text) for text in run.unparsed)]


def plain_value(value: object) -> object:
    """Return a value as JSON knows it; None for a number that is not finite."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Environment):
        return {field.name: plain_value(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain_value(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain_value(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
