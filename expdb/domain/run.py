"""Frozen snapshots of what the store holds. Later writes never change one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from expdb.domain.codec import spec_from_json
from expdb.domain.spec import RunSpec

Status = Literal["queued", "running", "finished", "failed", "killed", "crashed"]
Kind = Literal["measured", "tracked", "reported"]

CRASH_SECONDS = 120.0  # a running run whose last sign of life is older is taken for crashed


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Where and from what code a run was started. Holds no environment variables, so no secrets from them.

    Attributes:
        command: the command line, passwords masked.
        git_diff: uncommitted changes to tracked files, cut at 1 MB; None outside a repository. Loaded with single
            runs only (`Store.run`), not with lists of them.
        packages: versions by distribution name; see `own_package` for our own.
    """

    command: str | None = None
    git_commit: str | None = None
    git_dirty: bool | None = None
    git_diff: str | None = None
    host: str | None = None
    user: str | None = None
    python_version: str | None = None
    packages: Mapping[str, str] = field(default_factory=dict)


# What an epoch that was not evaluated does not know.
OF_EVALUATION = ("test_loss", "top1", "top5", "val_loss", "val_top1")


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """One epoch's row. A loss that was not finite is None, and what was not evaluated. See `events.EpochEnded`.

    Attributes:
        attempt: that recorded it.
        superseded_by: the attempt that went on from before this epoch, so that it does not count; None where it does.
    """

    epoch: int
    attempt: int = 1
    superseded_by: int | None = None
    train_loss: float | None
    test_loss: float | None
    top1: float | None
    top5: float | None
    val_loss: float | None
    val_top1: float | None
    lr: float
    train_seconds: float
    eval_seconds: float
    images_per_second: float
    peak_memory_bytes: int | None
    cpu_seconds: float | None = None
    cpu_wait_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class ProcessIdentity:
    """What tells a process from all others, on this machine and elsewhere; None where the system does not say.

    Attributes:
        boot_id: of the machine, since it was started.
        pid_namespace: number of the namespace (of a container, say) that `pid` is of.
        process_started: when the process began, in the system's ticks since the boot.
    """

    host: str | None = None
    boot_id: str | None = None
    pid_namespace: int | None = None
    pid: int | None = None
    process_started: int | None = None


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One start or resume of a run, up to its stop. Most runs have one.

    Attributes:
        number: from 1.
        ended_at: None while it lasts; of one that crashed, the run's last sign of life.
        first_epoch: the epoch that it began with; None before the first step.
        last_sequence: number of its last event that was recorded.
        status, reason: how it ended; None while it lasts, or where nobody said.
        process: what recorded it.
        command: the command line, passwords masked.
        data_digest: names the images that it trained on.
    """

    number: int
    started_at: datetime
    ended_at: datetime | None
    first_epoch: int | None
    last_sequence: int
    status: Status | None
    reason: str | None
    process: ProcessIdentity
    device_name: str | None
    num_devices: int | None
    command: str | None
    git_commit: str | None
    git_dirty: bool | None
    data_digest: str | None


@dataclass(frozen=True, kw_only=True)
class ReportedRun:
    """A row copied from a document: never measured here. None means the document does not say.

    Attributes:
        document: what tells the document from others: a key that was declared, or its file's name; empty: not said.
        row_key: what tells the row from others of its document: its table and the cells that are no results, as
            `report.written.row_identity` writes it; empty: nothing does.
        source: document, with page or table.
        quote: the original cells, as printed.
        settings: only what the row states, by name, in the order of the document; True = named without a value.
        unparsed: what the row says that has no single typed reading, verbatim.
        extends_another: the row starts with "+": it builds on an earlier row that it does not name.
        model: as printed.
        metrics: other quantities by name, in the unit of the document.
    """

    name: str
    group: str
    source: str
    quote: Mapping[str, str]
    dataset: str
    model: str
    document: str = ""
    row_key: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    unparsed: tuple[str, ...] = ()
    extends_another: bool = False
    optimizer: str | None = None
    batch_size: int | None = None
    epochs: int | None = None
    num_devices: int | None = None
    parallel: str | None = None
    img_size: int | None = None
    top1: float | None = None
    top5: float | None = None
    num_params: int | None = None
    macs: int | None = None
    train_seconds: float | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ReportedChange:
    """A reported row that its document said otherwise later.

    Attributes:
        number: from 1, of each run.
        old_values, new_values: the fields of `ReportedRun` that changed, by name; None where nothing was stated.
        source: where the new values stand.
    """

    number: int
    changed_at: datetime
    old_values: Mapping[str, Any]
    new_values: Mapping[str, Any]
    source: str


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run, as recorded so far. None means not known (yet, or the source does not say).

    Attributes:
        id: integer, never used again.
        uuid: names the run in every database.
        attempt: number of the current attempt; None before the first.
        name: unique among the runs that have one.
        kind: `measured` (trained here), `tracked` (logged by a script) or `reported` (copied from a document).
        model: as asked for, or as printed; `arch` is what it resolved to.
        aug: augmentation preset as asked for.
        batch_size: images per step over all devices.
        macs: multiply-accumulates per image at `img_size`.
        code_digest: names the user's own code that the model was built by; None also where it was not recorded yet.
        pretrained_tag, pretrained_digest, picture_counts: see `events.RunStarted`.
        earlier_data_digest: of the images of its first epochs, where it went on with others.
        train_loss: at the last epoch; top1, top5, test_loss, val_top1: at the last that was evaluated; accuracies are
            fractions.
        best_top1: top1 at `best_epoch`, the epoch chosen by `best_by` (`val`, or `test` where there is no
            validation split: then it is an optimistic number and must be labelled so).
        init_from, teacher: ids of the runs whose weights, or whose predictions, this one starts from or learns.
        milestones, progressive: as text, `30:60` (epochs) and `20:32` (px); None where there are none.
        epochs: as planned; `epochs_done` as recorded.
        train_seconds: sum over the epochs of their training steps, an epoch that was done again counted once;
            `wall_seconds`: start to end of every attempt (see `Attempt`), summed; `cpu_seconds`, `cpu_wait_seconds`:
            of the same steps as `train_seconds`, None where it is not known of all.
        document, row_key: what tells a reported row from others, see `ReportedRun`; None of measured runs, and of rows
            that were entered before rows had a key.
        settings, metrics: what a reported row states; empty for measured runs.
        artifact_dir: folder name under the store's artifact root; files are named in the two columns.
    """

    id: int
    uuid: str
    attempt: int | None
    name: str | None
    status: Status
    reason: str | None
    kind: Kind
    group: str | None
    tags: tuple[str, ...]
    note: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    heartbeat_at: datetime | None
    removed_at: datetime | None

    spec_json: str | None
    digest: str | None
    group_digest: str | None

    dataset: str
    num_classes: int | None
    img_size: int | None
    normalize: str | None
    val_fraction: float | None
    model: str
    arch: str | None
    stem: str | None
    drop_path: float | None
    pretrained: bool | None
    init_from: int | None
    aug: str | None
    crop: str | None
    crop_padding: int | None
    crop_min_scale: float | None
    hflip_prob: float | None
    policy: str | None
    autoaugment_policy: str | None
    timm_policy: str | None
    randaugment_num_ops: int | None
    randaugment_magnitude: int | None
    color_jitter: float | None
    random_erasing_prob: float | None
    cutout_size: int | None
    mixup_alpha: float | None
    cutmix_alpha: float | None
    label_smoothing: float | None
    optimizer: str | None
    lr: float | None
    momentum: float | None
    weight_decay: float | None
    clip_grad_norm: float | None
    schedule: str | None
    warmup_epochs: float | None
    warmup_lr: float | None
    min_lr: float | None
    decay_rate: float | None
    milestones: str | None
    teacher: int | None
    epochs: int | None
    batch_size: int | None
    grad_accumulation: int | None
    ema_decay: float | None
    sync_bn: bool | None
    progressive: str | None
    eval_every: int | None
    eval_crop: float | None
    test_limit: int | None
    background: str | None
    code_digest: str | None
    batch_size_per_device: int | None
    seed: int | None
    precision: str | None
    num_devices: int | None
    parallel: str | None

    num_params: int | None
    num_trainable_params: int | None
    macs: int | None
    num_train_images: int | None
    num_val_images: int | None
    num_test_images: int | None
    data_digest: str | None
    earlier_data_digest: str | None
    picture_counts: Mapping[str, int] | None
    pretrained_tag: str | None
    pretrained_digest: str | None

    epochs_done: int
    train_loss: float | None
    test_loss: float | None
    top1: float | None
    top5: float | None
    val_top1: float | None
    best_top1: float | None
    best_epoch: int | None
    best_by: str | None
    train_seconds: float | None
    eval_seconds: float | None
    wall_seconds: float | None
    images_per_second: float | None
    peak_memory_bytes: int | None
    cpu_seconds: float | None
    cpu_wait_seconds: float | None

    device: str | None
    device_name: str | None
    driver: str | None
    num_threads: int | None
    environment: Environment

    error_type: str | None
    error_message: str | None
    traceback: str | None

    source: str | None
    document: str | None
    row_key: str | None
    quote: Mapping[str, str]
    settings: Mapping[str, Any]
    unparsed: tuple[str, ...]
    extends_another: bool
    metrics: Mapping[str, float]

    artifact_dir: str | None
    weights_file: str | None
    predictions_file: str | None

    @cached_property
    def spec(self) -> RunSpec | None:
        """What the run computes; None of a run that was not trained here. Read when it is first asked for."""
        return None if self.spec_json is None else spec_from_json(self.spec_json)
