"""Frozen snapshots of what the store holds. Later writes never change one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from expdb.domain.known import Known, RunFields, View, spec_of
from expdb.domain.settings import settings_by_name
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

    Of a tracked run it is what its script logged of these, and None what it did not.

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
    lr: float | None
    train_seconds: float | None
    eval_seconds: float | None
    images_per_second: float | None
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
        first_epoch, first_step: the epoch that it began with, of a script also the step; None before, and where it does
            not count by them.
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
    first_step: int | None = None


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


ENVIRONMENT_FIELDS = tuple(part.name for part in fields(Environment))


class Machine(View):
    """What a run was computed on.

    Attributes:
        batch_size_per_device: images a step on one device.
        precision: `fp32` or `bf16`.
        parallel: how several devices worked together: `DDP`, or as a document says.
        device: `cpu` or `cuda`; `device_name`: of the processor or GPU.
        driver: version of the GPU's.
        num_threads: CPU threads that torch computed with.
    """

    batch_size_per_device = Known[int | None]()
    precision = Known[str | None]()
    num_devices = Known[int | None]()
    parallel = Known[str | None]()
    device = Known[str | None]()
    device_name = Known[str | None]()
    driver = Known[str | None]()
    num_threads = Known[int | None]()


class Results(View):
    """What was counted and measured of a run.

    Attributes:
        macs: multiply-accumulates per image at `img_size`.
        earlier_data_digest: of the images of its first epochs, where it went on with others.
        pretrained_tag, pretrained_digest, picture_counts: see `events.RunStarted`.
        epochs_done: as recorded.
        train_loss: at the last epoch; top1, top5, test_loss, val_top1: at the last that was evaluated; accuracies are
            fractions.
        best_top1: top1 at `best_epoch`, the epoch chosen by `best_by` (`val`, or `test` where there is no
            validation split: then it is an optimistic number and must be labelled so).
        train_seconds: sum over the epochs of their training steps, an epoch that was done again counted once;
            `wall_seconds`: start to end of every attempt (see `Attempt`), summed; `cpu_seconds`, `cpu_wait_seconds`:
            of the same steps as `train_seconds`, None where it is not known of all.
    """

    num_params = Known[int | None]()
    num_trainable_params = Known[int | None]()
    macs = Known[int | None]()
    num_train_images = Known[int | None]()
    num_val_images = Known[int | None]()
    num_test_images = Known[int | None]()
    data_digest = Known[str | None]()
    earlier_data_digest = Known[str | None]()
    picture_counts = Known[Mapping[str, int] | None]()
    pretrained_tag = Known[str | None]()
    pretrained_digest = Known[str | None]()
    epochs_done = Known[int]()
    train_loss = Known[float | None]()
    test_loss = Known[float | None]()
    top1 = Known[float | None]()
    top5 = Known[float | None]()
    val_top1 = Known[float | None]()
    best_top1 = Known[float | None]()
    best_epoch = Known[int | None]()
    best_by = Known[str | None]()
    train_seconds = Known[float | None]()
    eval_seconds = Known[float | None]()
    wall_seconds = Known[float | None]()
    images_per_second = Known[float | None]()
    peak_memory_bytes = Known[int | None]()
    cpu_seconds = Known[float | None]()
    cpu_wait_seconds = Known[float | None]()


class RunPart(View):
    """Some fields of a run, as lists of thousands read them: reading another raises KeyError.

    Attributes:
        fields: those that were asked for by name, and always those below; of a reported run all.
        id: integer, never used again.
        name: unique among the runs that have one.
        kind: `measured` (trained here), `tracked` (logged by a script) or `reported` (copied from a document).
    """

    id = Known[int]()
    name = Known[str | None]()
    status = Known[Status]()
    kind = Known[Kind]()
    group = Known[str | None]()
    tags = Known[tuple[str, ...]]()
    note = Known[str | None]()
    removed_at = Known[datetime | None]()


class Run(RunPart):
    """One run, as recorded so far. None means not known (yet, or the source does not say).

    What it computes is its `spec`; on what, its `machine`; what came of it, its `results`. All of it stands in `fields`
    by name, and so do the settings, of a reported run those that its document states: that is what tables, filters and
    differences read, which know a quantity by its name.

    Attributes:
        fields: everything by name; see `domain.fields` for how each is called and printed.
        uuid: names the run in every database.
        attempt: number of the current attempt; None before the first.
        dataset, model: as asked for, or as printed.
        code_digest: names the user's own code that the model was built by; None also where it was not recorded yet.
        init_from, teacher: ids of the runs whose weights, or whose predictions, this one starts from or learns.
        document, row_key: what tells a reported row from others, see `ReportedRun`; None of measured runs, and of rows
            that were entered before rows had a key.
        settings, metrics: what a reported row states; empty for measured runs.
        artifact_dir: folder name under the store's artifact root; files are named in the two others.
    """

    uuid = Known[str]()
    attempt = Known[int | None]()
    reason = Known[str | None]()
    created_at = Known[datetime]()
    started_at = Known[datetime | None]()
    ended_at = Known[datetime | None]()
    heartbeat_at = Known[datetime | None]()

    spec_json = Known[str | None]()
    digest = Known[str | None]()
    group_digest = Known[str | None]()
    dataset = Known[str]()
    model = Known[str]()

    error_type = Known[str | None]()
    error_message = Known[str | None]()
    traceback = Known[str | None]()

    source = Known[str | None]()
    document = Known[str | None]()
    row_key = Known[str | None]()
    quote = Known[Mapping[str, str]]()
    settings = Known[Mapping[str, Any]]()
    unparsed = Known[tuple[str, ...]]()
    extends_another = Known[bool]()
    metrics = Known[Mapping[str, float]]()

    artifact_dir = Known[str | None]()
    weights_file = Known[str | None]()
    predictions_file = Known[str | None]()

    def changed(self, **values: Any) -> "Run":
        """Return the run with other values of some fields."""
        return Run(RunFields({**self.fields, **values}))

    @property
    def spec(self) -> RunSpec | None:
        """What the run computes; None of a run that was not trained here."""
        return spec_of(self.fields)

    @cached_property
    def machine(self) -> Machine:
        """What it was computed on."""
        return Machine(self.fields)

    @cached_property
    def results(self) -> Results:
        """What was counted and measured."""
        return Results(self.fields)

    @cached_property
    def environment(self) -> Environment:
        """Where and from what code it was started."""
        return Environment(**{name: self.fields[name] for name in ENVIRONMENT_FIELDS})


def field_names() -> tuple[str, ...]:
    """Return the names of all fields of a run, in order."""
    names = (
        *RunPart.names(),
        *Run.names(),
        *settings_by_name(),
        *Machine.names(),
        *Results.names(),
        *ENVIRONMENT_FIELDS,
    )
    return tuple(dict.fromkeys(names))
