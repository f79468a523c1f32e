"""Which parameters of a tracked run tell it from others, and which have a typed column.

Seeds of one experiment are averaged where all its parameters agree but those that are each run's own: its seed, its
name, where it ran and wrote, when, and how much it said meanwhile. They are found by the fixed tables of words here,
which `docs/tracking.md` prints; `expdb show` lists what was left out of a run.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from expdb.domain.masking.mask import MASK
from expdb.domain.scripts.parameters import Plain, flat_parameters
from expdb.domain.settings import settings_by_name
from expdb.domain.spec import leaves

# Names of a parameter that a column of ours has another name for; each may also stand below words of ABOVE.
COLUMNS_BY_NAME: Final[Mapping[str, tuple[str, ...]]] = {
    "model": ("model", "model_name", "arch", "architecture", "backbone", "net", "network", "model_name_or_path"),
    "dataset": ("dataset", "dataset_name", "data_set", "data_name"),
    "seed": ("seed", "random_seed", "manual_seed", "global_seed", "rng_seed", "random_state"),
    "lr": ("lr", "learning_rate", "base_lr", "initial_lr", "lr0"),
    "epochs": ("epochs", "num_epochs", "n_epochs", "max_epochs", "num_train_epochs", "total_epochs"),
    "batch_size": ("batch_size", "train_batch_size", "batchsize", "bs"),
    "optimizer": ("optimizer", "optim", "opt", "optimizer_name", "optim_name"),
    "weight_decay": ("weight_decay", "wd"),
    "momentum": ("momentum",),
    "img_size": ("img_size", "image_size", "imgsz", "input_size", "resolution"),
    "num_classes": ("num_classes", "n_classes", "nb_classes"),
    "label_smoothing": ("label_smoothing", "smoothing", "label_smoothing_factor"),
    "aug": ("aug", "augmentation", "augment"),
    "mixup_alpha": ("mixup_alpha", "mixup"),
    "cutmix_alpha": ("cutmix_alpha", "cutmix"),
    "drop_path": ("drop_path", "drop_path_rate"),
    "schedule": ("schedule", "scheduler", "lr_schedule", "lr_scheduler", "sched", "lr_scheduler_type"),
    "warmup_epochs": ("warmup_epochs", "num_warmup_epochs"),
    "min_lr": ("min_lr", "eta_min", "lr_min"),
    "clip_grad_norm": ("clip_grad_norm", "clip_grad", "max_grad_norm", "grad_clip", "gradient_clip_val"),
    "ema_decay": ("ema_decay", "model_ema_decay"),
    "pretrained": ("pretrained",),
    "val_fraction": ("val_fraction",),
}
ABOVE: Final = (
    *("optim", "optimizer", "opt", "train", "training", "trainer", "solver", "schedule", "scheduler", "lr_scheduler"),
    *("hparams", "hyperparameters", "params", "config", "cfg", "args", "experiment", "data", "dataset", "datamodule"),
    *("model", "loader", "dataloader"),
)
_NAMED_BY_NAME: Final = ("model", "dataset", "data", "optimizer", "optim", "scheduler", "schedule")  # `model.name`

# A parameter is a run's own if this is its name, or the last part of that.
OWN_NAMES: Final = (
    *("name", "run_name", "exp_name", "experiment_name", "project", "entity", "id", "run_id", "job_id", "run"),
    *("node", "cuda", "gpu", "gpu_id", "gpu_ids", "device", "device_id", "device_ids", "local_rank", "global_rank"),
    *("num_workers", "pin_memory", "persistent_workers", "prefetch_factor", "quiet", "silent", "progress"),
    *("resume", "auto_resume", "resume_from", "out", "output", "save", "log", "logging", "log_level", "log_interval"),
    *("log_every", "log_freq", "log_steps", "logging_steps", "print_freq", "print_every", "save_freq", "save_every"),
    *("save_steps", "save_interval", "save_total_limit", "report_to", "dist_backend", "wandb", "use_wandb"),
    *("tensorboard", "push_to_hub", "disable_tqdm", "start_time", "run_time", "launch_time", "date", "run_date"),
)
# Or if one of these is the last word of it.
OWN_LAST_WORDS: Final = (
    *("path", "paths", "dir", "dirs", "directory", "folder", "file", "files", "filename", "root"),
    *("host", "hostname", "user", "username", "port", "addr", "address", "url", "uri", "pid", "uuid", "timestamp"),
    *("verbose", "verbosity", "logger", "logdir", "outdir", "savedir", "workdir", "workers"),
    *("notes", "note", "comment", "description"),
)
# Or if it stands below one of these.
OWN_ABOVE: Final = ("wandb", "mlflow", "tensorboard", "logging", "logger", "hydra", "slurm", "paths")
# Which weights or pictures a run starts from decides what comes of it: of such a path its last part counts.
SOURCE_WORDS: Final = (
    *("init", "initial", "pretrained", "pretrain", "weights", "teacher", "student", "finetune", "backbone"),
    *("encoder", "tokenizer"),
)
# Likewise of a file, unless its name says that it is written.
OUTPUT_WORDS: Final = (
    *("output", "out", "log", "logs", "save", "result", "results", "export", "dump", "tmp", "temp", "cache"),
    *("history", "metrics", "report", "resume", "run"),
)
_FOLDERS: Final = ("dir", "dirs", "directory", "folder", "root", "logdir", "outdir", "savedir", "workdir")
_ADDRESSES: Final = ("host", "hostname", "addr", "address", "url", "uri")
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_PATH: Final = re.compile(r"(?:~[\w.-]*/|/[^\s/]|\.{1,2}/|[A-Za-z]:[\\/]|(?:file|s3|gs|az|hdfs|dbfs)://).*", re.DOTALL)
_FILE: Final = re.compile(r".*\.[A-Za-z][A-Za-z0-9]{0,11}", re.DOTALL)
_MOMENT: Final = re.compile(  # with a time of day: a date alone may be one of the data
    r"\d{4}-?\d\d-?\d\d[T _-]\d\d[:hH_-]?\d\d(?:[:mM_-]?\d\d(?:[.,]\d+)?)?s?(?:Z|[+-]\d\d:?\d\d)?"
)
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_MOST_EXACT: Final = 2**53


@dataclass(frozen=True, kw_only=True)
class TrackedParams:
    """The parameters of a tracked run.

    Attributes:
        settings: all of them, flat; see `domain.scripts.parameters`.
        columns: values of typed columns by the field's name.
        left_out: names of those that do not tell the run from others of its group, in their order.
        digest, group_digest: 16 hex digits, of all that count and the seed, and of all that count.
    """

    settings: Mapping[str, Plain]
    columns: Mapping[str, Any]
    left_out: tuple[str, ...]
    digest: str
    group_digest: str


def read_parameters(given: Any, *, group: str | None = None) -> TrackedParams:
    """Return what the parameters of a script say of its run.

    Args:
        given: a mapping, a namespace, a dataclass; see `domain.scripts.parameters`.
        group: the label of the experiment: runs of two labels are never averaged.

    Raises:
        SpecError: one has no plain value.
    """
    settings = flat_parameters(given)
    columns, sources = _columns(settings)
    seed = columns.get("seed")
    counted: dict[str, Plain] = {}
    left_out: list[str] = []
    for name, value in settings.items():
        if _is_of_seed(name, value, seed) or (is_own(name, value) and name not in sources.values()):
            left_out.append(name)
        elif value is not None:
            counted[name] = _last_part(value)
    named = {"parameters": counted, "group": group}
    return TrackedParams(
        settings=settings,
        columns=columns,
        left_out=tuple(left_out),
        digest=_digest({**named, "seed": seed}),
        group_digest=_digest(named),
    )


def left_out_parameters(settings: Mapping[str, Plain]) -> tuple[str, ...]:
    """Return the names of recorded parameters that do not tell a run from others of its group."""
    return read_parameters(settings).left_out


def is_own(name: str, value: Plain) -> bool:
    """Tell whether a parameter is a run's own, by its name or because it is a path or a moment.

    >>> [is_own("output_dir", "x"), is_own("data", "/scratch/x"), is_own("lr", 0.1), is_own("init_path", "/a/mae.pt")]
    [True, True, False, False]
    """
    if value == MASK:
        return True
    *above, last = name.split(".")
    words = [word.lower() for word in _WORD.findall(last)]
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    is_place = isinstance(value, str) and is_path_or_moment(value)
    ends_so = not set(words[-1:]).isdisjoint(OWN_LAST_WORDS)
    if not {part.lower() for part in above}.isdisjoint(OWN_ABOVE):
        return True
    if not (is_place or ends_so or last.lower() in OWN_NAMES):
        return False
    if is_number and last.lower() in ("out", "output", "save", "log", "run"):  # as `out=10`, of features
        return False
    return not (isinstance(value, str) and (is_place or ends_so) and _is_source(value, words))


def _is_source(text: str, words: list[str]) -> bool:
    """Tell whether a path is of what a run starts from, by the words of the parameter's name."""
    if _MOMENT.fullmatch(text) or not set(OUTPUT_WORDS).isdisjoint(words):
        return False
    is_file = not set(words[-1:]) & {*_FOLDERS, *_ADDRESSES} and _FILE.fullmatch(text) is not None
    return is_file or not set(SOURCE_WORDS).isdisjoint(words)


def is_path_or_moment(text: str) -> bool:
    """Tell whether a text is a path that says where it begins, or a date with a time of day."""
    return _PATH.fullmatch(text) is not None or _MOMENT.fullmatch(text) is not None


def _is_of_seed(name: str, value: Plain, seed: int | None) -> bool:
    """Tell whether a parameter is the seed, or says it once more; where none fits the column, all whole numbers are."""
    last = name.rpartition(".")[2].lower()
    if seed is None:
        return last in COLUMNS_BY_NAME["seed"] and isinstance(value, int)
    return value == seed and ("seed" in last or last in COLUMNS_BY_NAME["seed"])


def _columns(settings: Mapping[str, Plain]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values of typed columns by field, and which parameter each is of."""
    columns: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for field, names in COLUMNS_BY_NAME.items():
        found = [name for name in settings if settings[name] is not None and _is_called(name, field, names)]
        exact = [name for name in found if name == field]
        values = {json.dumps(_canonical(settings[name])) for name in found}
        for name in exact or (found if len(values) == 1 else []):
            value = _fitting(field, settings[name])
            if value is not None:
                columns[field], sources[field] = value, name
                break
    return columns, sources


def _is_called(name: str, field: str, names: tuple[str, ...]) -> bool:
    above, _, last = name.lower().rpartition(".")
    aboves = above.split(".") if above else []
    if last == "name" and aboves and aboves[-1] in _NAMED_BY_NAME:
        return aboves[-1] in names or (field, aboves[-1]) in (("dataset", "data"),)
    return last.replace("-", "_") in names and all(part in ABOVE for part in aboves)


def _fitting(field: str, value: Plain) -> Any:
    """Return a value as a column takes it; None for one that is of another kind, or out of its range."""
    setting = settings_by_name()[field]
    if isinstance(value, str):
        value = str(_last_part(value)).strip() or None
        if field in ("optimizer", "schedule"):
            value = value and value.lower()
    if isinstance(value, str) and setting.kind in (int, float) and _NUMBER.fullmatch(value):
        value = float(value)  # as YAML leaves 1e-3
    if field == "img_size" and isinstance(value, list) and len({*map(str, value)}) == 1:  # height and width
        value = value[0]
    if isinstance(value, float) and value.is_integer() and setting.kind is int:
        value = int(value)
    if isinstance(value, bool) and setting.kind is not bool:
        return None
    try:
        return _adapter(field).validate_python(value, strict=True)
    except ValidationError:
        return None


@cache
def _adapter(field: str) -> TypeAdapter[Any]:
    found = leaves()[settings_by_name()[field].key]
    return TypeAdapter(found.rebuild_annotation())


def _last_part(value: Plain) -> Plain:
    """Return of a path its last part, which it has on every machine; any other value as it is."""
    if isinstance(value, str) and _PATH.fullmatch(value):
        return re.split(r"[\\/]", value.rstrip("\\/"))[-1]
    return value


def _canonical(value: Any) -> Any:
    """Return a value in one form: whole numbers as such, tables by sorted names."""
    match value:
        case float() if value.is_integer() and abs(value) <= _MOST_EXACT:
            return int(value)
        case list():
            return [_canonical(item) for item in value]
        case dict():
            return {name: _canonical(item) for name, item in value.items()}
        case _:
            return value


def _digest(value: Mapping[str, Any]) -> str:
    text = json.dumps(
        {"tracked": 1, **_canonical(value)}, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
