"""What a table can show. To add a column: an entry in COLUMNS."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Literal

from expdb.catalog.datasets import dataset_label
from expdb.domain.run import Run
from expdb.domain.table import Format
from expdb.errors import NotFoundError, unknown
from expdb.report import labels

# Counted from the model: the same for every seed.
_SHARED = ("num_params", "num_trainable_params", "macs")
_POLICIES = ("kind", "policy", "mixup_alpha", "cutmix_alpha", "random_erasing_prob")

UNITS = ("%", "G", "GB")  # that headings have; others are measured in what stands there in any format


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column.

    Attributes:
        value: reads the exact value from a run; None where it is not known.
        decimals: digits after the point; None: the format's own.
        higher_is_better: None where neither is.
        measure: field of `Run` that is averaged over seeds; None of what all runs of a group share.
        factor: what the measure is multiplied with for this column; None from it: not known.
        fields: what `value` and `factor` read of a run that no document states: fields of `Run` or its environment.
    """

    key: str
    heading: str
    description: str
    value: Callable[[Run], Any]
    format: Format
    decimals: int | None
    align: Literal["left", "right"]
    higher_is_better: bool | None
    fields: tuple[str, ...]
    measure: str | None = None
    factor: Callable[[Run], float | None] | None = None

    @property
    def unit(self) -> str:
        """What the heading ends with and values print without: `%`, `G` or `GB`; empty if nothing."""
        last = self.heading.removesuffix(")").replace("(", " ").split()[-1]
        return last if last in UNITS else ""


def column(key: str) -> Column:
    """Return the column of that key; `settings.NAME` and `metrics.NAME` read what a document states.

    Raises:
        NotFoundError: there is none.
    """
    space, _, name = key.partition(".")
    if space in ("settings", "metrics") and name:
        return _stated(key, space, name)
    if key not in COLUMNS:
        raise NotFoundError(unknown("column", key, COLUMNS, listing="expdb table --columns help"))
    return COLUMNS[key]


def is_stated(known: Column) -> bool:
    """Return whether a column reads what documents state, which may be of any kind."""
    return known.key.startswith(("settings.", "metrics."))


def _column(
    key: str,
    heading: str,
    description: str,
    form: Format = "text",
    *,
    value: Callable[[Run], Any] | None = None,
    decimals: int | None = None,
    higher_is_better: bool | None = None,
    measure: str | None = None,
    factor: Callable[[Run], float | None] | None = None,
    fields: tuple[str, ...] | None = None,
) -> Column:
    """Return a column; without `value` it shows the run's field of the same name, without `fields` it reads that one.

    A field that is better one way than the other and differs between seeds is a measure: it is averaged.
    """
    return Column(
        key=key,
        heading=heading,
        description=description,
        value=value or attrgetter(key),
        format=form,
        decimals=decimals,
        align="left" if form in ("text", "time") else "right",
        higher_is_better=higher_is_better,
        measure=measure or (key if higher_is_better is not None and key not in _SHARED else None),
        factor=factor,
        fields=fields or (key,),
    )


def _stated(key: str, space: str, name: str) -> Column:
    return Column(
        key=key,
        heading=name.replace("_", " "),
        description=f"{name} as a document states it",
        value=lambda run: getattr(run, space).get(name),
        format="number" if space == "metrics" else "text",
        decimals=None,
        align="right" if space == "metrics" else "left",
        higher_is_better=None,
        fields=(space,),
    )


def _state(run: Run) -> str:
    return "reported" if run.kind == "reported" else run.status


def _gpu_hours(run: Run) -> float | None:
    factor = _gpu_hours_a_second(run)
    return None if factor is None or run.train_seconds is None else run.train_seconds * factor


def _gpu_hours_a_second(run: Run) -> float | None:
    return None if run.device != "cuda" or run.num_devices is None else run.num_devices / 3600


COLUMNS: dict[str, Column] = {
    entry.key: entry
    for entry in (
        _column("id", "Run", "the run's id", "number"),
        _column("name", "Name", "the run's name, if it has one"),
        _column("kind", "Kind", "measured (trained here), tracked (logged by a script) or reported (from a document)"),
        _column("status", "Status", "queued, running, finished, failed, killed or crashed"),
        _column(
            "state",
            "Status",
            "the status; `reported` where a row was copied from a document",
            value=_state,
            fields=("kind", "status"),
        ),
        _column("reason", "Reason", "why a run failed or was killed"),
        _column("group", "Group", "label shared by runs that belong together"),
        _column("tags", "Tags", "the run's tags", value=lambda run: ", ".join(run.tags) or None),
        _column("note", "Note", "the run's note"),
        _column("document", "Document", "what imports know the document of a reported run by"),
        _column("source", "Source", "document that a reported run was copied from"),
        _column("dataset", "Dataset", "dataset", value=lambda run: dataset_label(run.dataset), fields=("dataset",)),
        _column("num_classes", "Classes", "number of classes", "integer"),
        _column("img_size", "Image size (px)", "side of the square input", "integer"),
        _column("normalize", "Normalisation", "channel mean and std: the dataset's, or 0.5 for all (half)"),
        _column("val_fraction", "Val fraction", "share of the training split held out for choosing", "number"),
        _column("eval_crop", "Eval crop", "side of the square that evaluation looks at, by the short side", "number"),
        _column("background", "Background", "colour that transparent pictures of a folder are laid on"),
        _column("num_train_images", "Train images", "images of the training split", "integer"),
        _column("num_val_images", "Val images", "images of the validation split", "integer"),
        _column("num_test_images", "Test images", "images of the test split", "integer"),
        _column("test_limit", "Test limit", "evaluated on a part of so many test images", "integer"),
        _column("eval_every", "Evaluated every", "epochs between two evaluations", "integer"),
        _column(
            "pretrained_tag",
            "Pretrained tag",
            "which pretrained weights it starts from, by timm's tag or the hub's name",
        ),
        _column(
            "pretrained_digest", "Pretrained digest", "names these weights: the SHA-256 of their file, its beginning"
        ),
        _column("data_digest", "Data digest", "names the images: equal data, equal digests"),
        _column(
            "earlier_data_digest", "Earlier data", "digest of the images that the run began with, where it changed them"
        ),
        _column(
            "code_digest", "Own code", "names your own code that the model was built by: equal source, equal digest"
        ),
        _column(
            "model_label",
            "Model",
            "model as papers print it; reported: as printed",
            value=labels.model_label_of,
            fields=("kind", "model"),
        ),
        _column(
            "model_aug",
            "Model",
            "model + augmentation policy; reported: as printed",
            value=labels.model_aug,
            fields=("model", *_POLICIES),
        ),
        _column("model", "Model name", "model as asked for"),
        _column("arch", "Architecture", "timm architecture that the model name resolved to"),
        _column("stem", "Stem", "default, or cifar: 3x3 stride 1 without max-pool"),
        _column("drop_path", "Drop path", "stochastic depth, at the last block (0: off)", "number"),
        _column("pretrained", "Pretrained", "whether it started from timm's pretrained weights"),
        _column("init_from", "Init from", "run whose final weights it started from", "number"),
        _column(
            "aug_label",
            "Augmentation",
            "augmentation in a few words",
            value=labels.aug_label,
            fields=(*_POLICIES, "crop", "hflip_prob"),
        ),
        _column("aug", "Preset", "augmentation preset as asked for"),
        _column(
            "settings",
            "Settings",
            "augmentation and optimizer settings in one line",
            value=labels.settings,
            fields=labels.SETTINGS,
        ),
        _column("crop", "Crop", "pad, resized or none"),
        _column("crop_padding", "Padding (px)", "padding of the random crop", "integer"),
        _column("crop_min_scale", "Crop scale", "least share of the area in a resized crop", "number"),
        _column("hflip_prob", "Flip", "probability of a horizontal flip", "number"),
        _column("policy", "Policy", "autoaugment, randaugment, trivialaugment, augmix, timm or none"),
        _column("autoaugment_policy", "AutoAugment table", "which AutoAugment table"),
        _column("timm_policy", "timm policy", "timm's policy string"),
        _column("randaugment_num_ops", "RandAugment N", "operations an image", "integer"),
        _column("randaugment_magnitude", "RandAugment M", "magnitude, of 31 bins", "integer"),
        _column("color_jitter", "Colour jitter", "strength of the jitter", "number"),
        _column("random_erasing_prob", "Erasing", "probability of erasing a rectangle", "number"),
        _column("cutout_size", "Cutout (px)", "side of a square that is blanked (0: off)", "integer"),
        _column("mixup_alpha", "Mixup", "Beta parameter of mixup (0: off)", "number"),
        _column("cutmix_alpha", "CutMix", "Beta parameter of CutMix (0: off)", "number"),
        _column("label_smoothing", "Smoothing", "share of the target spread over all classes", "number"),
        _column(
            "optimizer_batch",
            "Optimizer / batch size",
            "both, batch over all devices",
            value=labels.optimizer_batch,
            fields=("optimizer", "batch_size"),
        ),
        _column("optimizer", "Optimizer", "optimizer"),
        _column("lr", "LR", "peak learning rate", "number"),
        _column("momentum", "Momentum", "momentum", "number"),
        _column("weight_decay", "Weight decay", "weight decay", "number"),
        _column("clip_grad_norm", "Clipping", "largest gradient norm", "number"),
        _column("schedule", "Schedule", "how the learning rate moves after the warm-up"),
        _column("warmup_epochs", "Warm-up (epochs)", "epochs of linear warm-up", "number"),
        _column("warmup_lr", "Warm-up LR", "learning rate that the warm-up starts from", "number"),
        _column("min_lr", "Least LR", "learning rate that cosine, onecycle and wsd end at", "number"),
        _column("decay_rate", "Decay rate", "factor of a drop of the learning rate", "number"),
        _column("milestones", "Milestones", "epochs after which the learning rate drops, as 30:60"),
        _column("teacher", "Teacher", "run whose predictions are learnt", "number"),
        _column("epochs", "Epochs", "epochs as planned", "integer"),
        _column("epochs_done", "Epochs done", "epochs recorded so far", "integer"),
        _column("batch_size", "Batch size", "images a step, over all devices", "integer"),
        _column("batch_size_per_device", "Batch/device", "images a step on one device", "integer"),
        _column("grad_accumulation", "Accumulation", "parts that a batch is computed in", "integer"),
        _column("ema_decay", "EMA", "decay a step of the averaged weights that are evaluated", "number"),
        _column("sync_bn", "Sync BN", "batch norm over all devices"),
        _column("progressive", "Progressive (px)", "image side at the start and the end of the run, as 20:32"),
        _column("seed", "Seed", "seed of weights, order and augmentation", "number"),
        _column("precision", "Precision", "fp32 or bf16"),
        _column(
            "gpus",
            "GPUs",
            "devices trained on: DDP - 2, 1, or CPU",
            value=labels.gpus,
            fields=("device", "num_devices", "parallel"),
        ),
        _column("num_devices", "Devices", "number of devices", "integer"),
        _column("device", "Device", "cpu or cuda"),
        _column("device_name", "Device name", "name of the processor or GPU"),
        _column("driver", "Driver", "GPU driver version"),
        _column("num_threads", "Threads", "CPU threads that torch computed with", "integer"),
        _column("num_params", "Params", "all parameters, counted exactly", "millions", higher_is_better=False),
        _column("num_trainable_params", "Trainable", "trainable parameters", "millions", higher_is_better=False),
        _column("macs", "MACs (G)", "multiply-accumulates an image", "gigas", higher_is_better=False),
        _column("top1", "Top-1 (last, %)", "test top-1 at the last epoch", "percent", higher_is_better=True),
        _column("top5", "Top-5 (last, %)", "test top-5 at the last epoch", "percent", higher_is_better=True),
        _column("val_top1", "Val top-1 (last, %)", "validation top-1, last epoch", "percent", higher_is_better=True),
        _column(
            "best_top1",
            "Best Top-1 (%)",
            "test top-1 at the best epoch; best_by says which split chose it (test: an optimistic number)",
            "percent",
            higher_is_better=True,
        ),
        _column("best_epoch", "Best epoch", "epoch of the best top-1", "integer"),
        _column("best_by", "Best chosen by", "split that chose the best epoch: val, or test (optimistic)"),
        _column("train_loss", "Train loss", "at the last epoch", "number", decimals=4, higher_is_better=False),
        _column("test_loss", "Test loss", "at the last epoch", "number", decimals=4, higher_is_better=False),
        _column("train_seconds", "Train time", "training steps, summed", "duration", higher_is_better=False),
        _column(
            "cpu_seconds",
            "CPU time",
            "processor time of the training steps, all threads, loaders and ranks together",
            "duration",
            higher_is_better=False,
        ),
        _column(
            "cpu_wait_seconds",
            "CPU wait",
            "how long threads of the training steps had to wait for a processor, summed over them",
            "duration",
            higher_is_better=False,
        ),
        _column("eval_seconds", "Eval time", "evaluation, summed", "duration", higher_is_better=False),
        _column("wall_seconds", "Wall time", "from start to end, pauses out", "duration", higher_is_better=False),
        _column(
            "gpu_hours",
            "GPU-hours",
            "train time x GPUs",
            "number",
            value=_gpu_hours,
            measure="train_seconds",
            factor=_gpu_hours_a_second,
            decimals=2,
            higher_is_better=False,
            fields=("device", "num_devices", "train_seconds"),
        ),
        _column("images_per_second", "Images/s", "training throughput", "integer", higher_is_better=True),
        _column("peak_memory_bytes", "Peak memory (GB)", "most memory used", "gigas", higher_is_better=False),
        _column("created_at", "Created", "when the run was recorded", "time"),
        _column("started_at", "Started", "when training started", "time"),
        _column("heartbeat_at", "Last sign", "last sign of life of a run that was started", "time"),
        _column("ended_at", "Ended", "when the run ended", "time"),
        _column(
            "git_commit",
            "Commit",
            "git commit of the folder in which the run was started",
            value=lambda run: run.environment.git_commit,
        ),
        _column(
            "git_dirty", "Uncommitted", "whether code was not committed", value=lambda run: run.environment.git_dirty
        ),
        _column("host", "Host", "machine that trained", value=lambda run: run.environment.host),
        _column("python_version", "Python", "Python version", value=lambda run: run.environment.python_version),
        _column("digest", "Digest", "names the computation: equal specs, equal digests"),
        _column("group_digest", "Seed group", "shared by runs that differ only in the seed"),
    )
}
