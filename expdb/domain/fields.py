"""The fields of a run that people see: how each is called and printed, in tables, filters, differences and the docs.

Settings follow from their metadata (`domain.settings`), metrics from their entries (`domain.task`); what was recorded
beside them stands here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from expdb.domain.metric import Metric
from expdb.domain.settings import settings_by_name
from expdb.domain.table import Format
from expdb.domain.task import metrics_by_key


@dataclass(frozen=True, kw_only=True)
class RunField:
    """One field.

    Attributes:
        key: its name, of the run and of the column and filter field too.
        heading: of its column, with its unit if it has one.
        description: what it is, in a few words.
        format: how values print.
        decimals: digits after the point; None: the format's own.
        higher_is_better: None where neither is.
        choices: the values that it may have; empty where they are not few.
    """

    key: str
    heading: str
    description: str
    format: Format = "text"
    decimals: int | None = None
    higher_is_better: bool | None = None
    choices: tuple[str, ...] = ()


def _field(
    key: str,
    heading: str,
    description: str,
    form: Format = "text",
    *,
    decimals: int | None = None,
    higher_is_better: bool | None = None,
    choices: tuple[str, ...] = (),
) -> RunField:
    return RunField(
        key=key,
        heading=heading,
        description=description,
        format=form,
        decimals=decimals,
        higher_is_better=higher_is_better,
        choices=choices,
    )


STATUSES = ("queued", "running", "finished", "failed", "killed", "crashed")
KINDS = ("measured", "tracked", "reported")

_IDENTITY = (
    _field("id", "Run", "the run's id", "number"),
    _field("name", "Name", "the run's name, if it has one"),
    _field(
        "kind",
        "Kind",
        "measured (trained here), tracked (logged by a script) or reported (from a document)",
        choices=KINDS,
    ),
    _field("status", "Status", f"{', '.join(STATUSES[:-1])} or {STATUSES[-1]}", choices=STATUSES),
    _field("reason", "Reason", "why a run failed or was killed"),
    _field("group", "Group", "label shared by runs that belong together"),
    _field("tags", "Tags", "the run's tags"),
    _field("note", "Note", "the run's note"),
    _field("document", "Document", "what imports know the document of a reported run by"),
    _field("source", "Source", "document that a reported run was copied from"),
)
_DATA = (
    _field("num_train_images", "Train images", "images of the training split", "integer"),
    _field("num_val_images", "Val images", "images of the validation split", "integer"),
    _field("num_test_images", "Test images", "images of the test split", "integer"),
    _field(
        "pretrained_tag", "Pretrained tag", "which pretrained weights it starts from, by timm's tag or the hub's name"
    ),
    _field("pretrained_digest", "Pretrained digest", "names these weights: the SHA-256 of their file, its beginning"),
    _field("data_digest", "Data digest", "names the images: equal data, equal digests"),
    _field(
        "earlier_data_digest", "Earlier data", "digest of the images that the run began with, where it changed them"
    ),
)
_MACHINE = (
    _field("batch_size_per_device", "Batch/device", "images a step on one device", "integer"),
    _field("precision", "Precision", "fp32 or bf16", choices=("fp32", "bf16")),
    _field("num_devices", "Devices", "number of devices", "integer"),
    _field("device", "Device", "cpu or cuda", choices=("cpu", "cuda")),
    _field("device_name", "Device name", "name of the processor or GPU"),
    _field("driver", "Driver", "GPU driver version"),
    _field("num_threads", "Threads", "CPU threads that torch computed with", "integer"),
)
_COUNTED = (
    _field("epochs_done", "Epochs done", "epochs recorded so far", "integer"),
    _field("num_params", "Params", "all parameters, counted exactly", "millions", higher_is_better=False),
    _field("num_trainable_params", "Trainable", "trainable parameters", "millions", higher_is_better=False),
    _field("macs", "MACs (G)", "multiply-accumulates an image", "gigas", higher_is_better=False),
)
_OF_BEST = (
    _field("best_epoch", "Best epoch", "epoch of the best top-1", "integer"),
    _field(
        "best_by",
        "Best chosen by",
        "split that chose the best epoch: val, or test (optimistic)",
        choices=("val", "test"),
    ),
)
_ORIGIN = (
    _field("created_at", "Created", "when the run was recorded", "time"),
    _field("started_at", "Started", "when training started", "time"),
    _field("heartbeat_at", "Last sign", "last sign of life of a run that was started", "time"),
    _field("ended_at", "Ended", "when the run ended", "time"),
    _field("git_commit", "Commit", "git commit of the folder in which the run was started"),
    _field("git_dirty", "Uncommitted", "whether code was not committed"),
    _field("host", "Host", "machine that trained"),
    _field("python_version", "Python", "Python version"),
    _field("digest", "Digest", "names the computation: equal specs, equal digests"),
    _field("group_digest", "Seed group", "shared by runs that differ only in the seed"),
)


def field_of_metric(metric: Metric) -> RunField:
    """Return a metric as a field of runs."""
    return RunField(
        key=metric.key,
        heading=metric.heading or metric.key,
        description=metric.description,
        format=metric.format,
        decimals=metric.decimals,
        higher_is_better=metric.higher_is_better,
    )


@cache
def run_fields() -> Mapping[str, RunField]:
    """Return the fields by name: who, which settings, on what data and machine, with what results, from where."""
    settings = (
        RunField(
            key=setting.name,
            heading=setting.heading,
            description=setting.description,
            format=setting.format,
            choices=setting.choices,
        )
        for setting in settings_by_name().values()
    )
    measured = map(field_of_metric, metrics_by_key().values())
    found = (*_IDENTITY, *settings, *_DATA, *_MACHINE, *_COUNTED, *measured, *_OF_BEST, *_ORIGIN)
    return {field.key: field for field in found}
