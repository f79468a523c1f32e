"""What tables tell of several fields of a run, or otherwise than it is recorded: columns print it, filters find it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from expdb.catalog import labels
from expdb.domain.known import Fields
from expdb.domain.run import Status
from expdb.domain.table import Format


@dataclass(frozen=True, kw_only=True)
class ToldField:
    """One of them.

    Attributes:
        key, heading, description: of the column.
        value: reads it from the fields of a run; None where it is not known.
        fields: what `value` reads of a run that no document states.
        format: how it prints.
        decimals: digits after the point; None: the format's own.
        choices: its values, where they are few.
    """

    key: str
    heading: str
    description: str
    value: Callable[[Fields], Any]
    fields: tuple[str, ...]
    format: Format = "text"
    decimals: int | None = None
    choices: tuple[str, ...] = ()


def gpu_hours_a_second(run: Fields) -> float | None:
    """Return how many GPU-hours a second of training is; None where no GPU is known to have trained."""
    return None if run["device"] != "cuda" or run["num_devices"] is None else run["num_devices"] / 3600


def _gpu_hours(run: Fields) -> float | None:
    factor = gpu_hours_a_second(run)
    return None if factor is None or run["train_seconds"] is None else run["train_seconds"] * factor


def _state(run: Fields) -> str:
    return str(run["kind"] if run["kind"] == "reported" else run["status"])


_ALL = (
    ToldField(
        key="state",
        heading="Status",
        description="the status; `reported` where a row was copied from a document",
        value=_state,
        fields=("kind", "status"),
        choices=("reported", *get_args(Status)),
    ),
    ToldField(
        key="tags",
        heading="Tags",
        description="the run's tags",
        value=lambda run: ", ".join(run["tags"]) or None,
        fields=("tags",),
    ),
    ToldField(
        key="model_label",
        heading="Model",
        description="model as papers print it, with what it starts or learns from; reported: as printed",
        value=labels.model_label_of,
        fields=labels.MODEL_FIELDS,
    ),
    ToldField(
        key="model_aug",
        heading="Model",
        description="model + augmentation; reported: as printed",
        value=labels.model_aug,
        fields=(*labels.MODEL_FIELDS, *labels.POLICY_FIELDS),
    ),
    ToldField(
        key="aug_label",
        heading="Augmentation",
        description="augmentation in a few words",
        value=labels.aug_label,
        fields=labels.AUG_FIELDS,
    ),
    ToldField(
        key="settings",
        heading="Settings",
        description="augmentation and optimizer settings in one line",
        value=labels.settings,
        fields=labels.SETTINGS,
    ),
    ToldField(
        key="optimizer_batch",
        heading="Optimizer / batch size",
        description="both, batch over all devices",
        value=labels.optimizer_batch,
        fields=("optimizer", "batch_size"),
    ),
    ToldField(
        key="gpus",
        heading="GPUs",
        description="devices trained on: DDP - 2, 1, or CPU",
        value=labels.gpus,
        fields=("device", "num_devices", "parallel"),
    ),
    ToldField(
        key="gpu_hours",
        heading="GPU-hours",
        description="train time x GPUs",
        value=_gpu_hours,
        fields=("device", "num_devices", "train_seconds"),
        format="number",
        decimals=2,
    ),
)
TOLD: Mapping[str, ToldField] = {told.key: told for told in _ALL}
