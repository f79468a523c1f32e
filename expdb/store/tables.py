"""The tables, as SQLAlchemy Core. A change here needs a revision in `migrations/`, and that an asset.

A run's row is a hybrid: `spec_json` reproduces the run exactly, and what reports filter or sort by is promoted to
columns of the same names as the fields of `domain.run.Run`.
"""

from datetime import UTC, datetime
from typing import Any, get_args

import sqlalchemy as sa

from expdb.domain.claim import ClaimStatus
from expdb.domain.metric import DataSplit, Unit
from expdb.domain.run import Kind, Status

# Oldest first. Opening a database must not import Alembic, so they stand here; a test compares.
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009")
HEAD = REVISIONS[-1]
# Not Alembic's default: other tools keep theirs under that name in the same database.
VERSION_TABLE = "expdb_version"

METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A time that goes in aware and comes out in UTC, also on SQLite, which keeps no zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Convert to UTC; SQLite gets it without its zone."""
        if value is None:
            return None
        assert value.tzinfo is not None, f"naive time {value}"  # noqa: S101 - our own mistake
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Return the time with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


def _one_of(column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


def _fraction(column: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"{column} BETWEEN 0 AND 1", name=column)


def _booleans(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Boolean) for name in names]


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text) for name in names]


def _integers(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Integer) for name in names]


def _big_integers(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger) for name in names]


def _floats(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Double) for name in names]


def _times(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, UtcDateTime) for name in names]


def _documents(*names: str) -> list[sa.Column[Any]]:
    # Not JSONB: it sorts the keys, and a reported row's settings keep the order of the document.
    return [sa.Column(name, sa.JSON, nullable=False) for name in names]


runs = sa.Table(
    "runs",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, unique=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("kind", sa.Text, nullable=False),
    *_texts("group", "note"),
    sa.Column("created_at", UtcDateTime, nullable=False),
    *_times("started_at", "ended_at", "heartbeat_at", "removed_at"),
    *_texts("spec_json", "digest", "group_digest"),
    sa.Column("dataset", sa.Text, nullable=False),
    *_integers("num_classes", "img_size"),
    *_texts("normalize"),
    *_floats("val_fraction"),
    sa.Column("model", sa.Text, nullable=False),
    *_texts("arch", "stem", "aug", "crop"),
    *_integers("crop_padding"),
    *_floats("hflip_prob"),
    *_texts("policy", "autoaugment_policy"),
    *_integers("randaugment_num_ops", "randaugment_magnitude"),
    *_floats("color_jitter", "random_erasing_prob", "mixup_alpha", "cutmix_alpha", "label_smoothing"),
    *_texts("optimizer"),
    *_floats("lr", "momentum", "weight_decay"),
    *_texts("schedule"),
    *_floats("warmup_epochs", "warmup_lr", "decay_rate"),
    *_integers("epochs", "batch_size", "batch_size_per_device", "seed"),
    *_texts("precision"),
    *_integers("num_devices"),
    *_texts("parallel"),
    *_big_integers("num_params", "num_trainable_params", "macs"),
    *_integers("num_train_images", "num_val_images", "num_test_images"),
    sa.Column("epochs_done", sa.Integer, nullable=False),
    *_floats("train_loss", "test_loss", "top1", "top5", "val_top1", "best_top1"),
    *_integers("best_epoch"),
    *_texts("best_by"),
    *_floats("train_seconds", "eval_seconds", "wall_seconds", "images_per_second"),
    *_big_integers("peak_memory_bytes"),
    *_texts("device", "device_name", "driver"),
    *_integers("num_threads"),
    *_texts("command", "git_commit"),
    sa.Column("git_dirty", sa.Boolean),
    *_texts("git_diff", "host", "user", "python_version"),
    *_documents("packages"),
    *_texts("error_type", "error_message", "traceback", "source"),
    *_documents("quote", "settings", "unparsed"),
    sa.Column("extends_another", sa.Boolean, nullable=False),
    *_texts("artifact_dir", "weights_file", "predictions_file"),
    # Since revision 0002: settings again, which a migration can only append.
    *_floats("drop_path", "crop_min_scale", "clip_grad_norm", "min_lr", "ema_decay"),
    *_integers("init_from", "cutout_size", "teacher", "grad_accumulation"),
    *_booleans("pretrained", "sync_bn"),
    *_texts("timm_policy", "milestones", "progressive", "data_digest"),
    # Since revision 0003: what a document reports beside accuracy; NULL where nothing.
    sa.Column("metrics", sa.JSON(none_as_null=True)),
    # Since revision 0004: what tells a reported row from all others; NULL of rows entered before.
    *_texts("document", "row_key"),
    # Since revision 0005: what names the run in every database, and the number of its current attempt (NULL: none yet).
    *_texts("uuid"),
    *_integers("attempt"),
    # Since revision 0006: how pictures were read and evaluated, whose code and weights, and what the processor did.
    *_integers("eval_every", "test_limit"),
    *_floats("eval_crop", "cpu_seconds", "cpu_wait_seconds"),
    *_texts("background", "code_digest", "pretrained_tag", "pretrained_digest", "earlier_data_digest"),
    sa.Column("picture_counts", sa.JSON(none_as_null=True)),
    _one_of("status", get_args(Status)),
    _one_of("kind", get_args(Kind)),
    _one_of("best_by", ("val", "test")),
    *(_fraction(column) for column in ("top1", "top5", "val_top1", "best_top1")),
    *(
        sa.Index(None, column)
        for column in ("status", "dataset", "model", "group", "digest", "group_digest", "created_at", "document")
    ),
    # A removed row keeps its key: an import that finds the row again brings it back.
    sa.Index(None, "row_key", unique=True),
    sa.Index(None, "uuid", unique=True),
    sqlite_autoincrement=True,  # an id is never used again
)

# What filters and sorting may name; the others are whole documents.
COMPARABLE_COLUMNS = tuple(
    column.name
    for column in runs.columns
    if column.name
    not in (
        "spec_json",
        "git_diff",
        "traceback",
        "packages",
        "quote",
        "settings",
        "unparsed",
        "metrics",
        "row_key",
        "picture_counts",
    )
)

attempts = sa.Table(
    "attempts",
    METADATA,
    sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    *_times("ended_at"),
    *_integers("first_epoch"),
    # Its events up to this one were applied, each once.
    sa.Column("last_sequence", sa.Integer, nullable=False),
    # How it ended, which is not how the run stands once another has begun.
    *_texts("status", "reason"),
    *_texts("host", "boot_id"),
    *_big_integers("pid_namespace"),
    *_integers("pid"),
    *_big_integers("process_started"),
    *_texts("device_name"),
    *_integers("num_devices"),
    *_texts("command", "git_commit"),
    *_booleans("git_dirty"),
    *_texts("data_digest"),
    # Since revision 0007: of an attempt that logs by step.
    *_big_integers("first_step"),
    sa.CheckConstraint("number >= 1", name="number"),
    sa.CheckConstraint("first_epoch >= 1", name="first_epoch"),
    _one_of("status", get_args(Status)),
)

epochs = sa.Table(
    "epochs",
    METADATA,
    sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("epoch", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("attempt", sa.Integer, primary_key=True, autoincrement=False),
    # The attempt that went on from before this epoch; NULL where the epoch counts.
    *_integers("superseded_by"),
    # NULL where it was not evaluated, or was not finite.
    *_floats("train_loss", "test_loss", "top1", "top5", "val_loss", "val_top1"),
    sa.Column("lr", sa.Double, nullable=False),
    sa.Column("train_seconds", sa.Double, nullable=False),
    sa.Column("eval_seconds", sa.Double, nullable=False),
    sa.Column("images_per_second", sa.Double, nullable=False),
    *_big_integers("peak_memory_bytes"),
    *_floats("cpu_seconds", "cpu_wait_seconds"),
    sa.CheckConstraint("epoch >= 1", name="epoch"),
    sa.CheckConstraint("attempt >= 1", name="attempt"),
    *(_fraction(column) for column in ("top1", "top5", "val_top1")),
)

# Whatever is measured and has no column of its own: what it is, each value, and what sums them up.
metrics = sa.Table(
    "metrics",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("unit", sa.Text, nullable=False),
    # NULL of what is of no split, as a time is.
    *_texts("split"),
    *_booleans("higher_is_better"),
    sa.Column("heading", sa.Text, nullable=False),
    _one_of("unit", get_args(Unit)),
    _one_of("split", get_args(DataSplit)),
)

points = sa.Table(
    "points",
    METADATA,
    sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("metric_id", sa.Integer, sa.ForeignKey("metrics.id"), primary_key=True, autoincrement=False),
    # By what it is counted: 0 epochs, 1 steps. Where a run has both of a metric, steps are the later ones.
    sa.Column("axis", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("place", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("attempt", sa.Integer, primary_key=True, autoincrement=False),
    *_integers("epoch", "superseded_by"),
    # One of the two: a number, or that it was none.
    *_floats("value"),
    *_texts("special"),
    sa.CheckConstraint("axis IN (0, 1)", name="axis"),
    _one_of("special", ("nan", "inf", "-inf")),
    sqlite_with_rowid=False,
)

metric_summaries = sa.Table(
    "metric_summaries",
    METADATA,
    sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("metric_id", sa.Integer, sa.ForeignKey("metrics.id"), primary_key=True, autoincrement=False),
    # How many points count, and how many of these are no number.
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("num_special", sa.Integer, nullable=False),
    *_floats("last", "least", "greatest"),
    *_texts("last_special"),
    *_integers("axis", "last_epoch", "least_epoch", "greatest_epoch"),
    *_big_integers("last_place", "least_place", "greatest_place"),
    sqlite_with_rowid=False,
)

# What analyses found of runs; the numbers among it that tables show are points too.
analyses = sa.Table(
    "analyses",
    METADATA,
    sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    # Equal where runs were analysed alike: version, settings and images.
    sa.Column("conditions", sa.Text, nullable=False),
    sa.Column("result", sa.Text, nullable=False),
)
run_tags = sa.Table(
    "run_tags",
    METADATA,
    sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("tag", sa.Text, primary_key=True),
    sa.Index(None, "tag"),
)

reported_changes = sa.Table(
    "reported_changes",
    METADATA,
    sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    # Of the fields that changed, what the row said and what it says now.
    *_documents("old_values", "new_values"),
    sa.Column("source", sa.Text, nullable=False),
    sa.CheckConstraint("number >= 1", name="number"),
)

# This database, and those that were merged into it.
databases = sa.Table(
    "databases",
    METADATA,
    sa.Column("uuid", sa.Text, primary_key=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    # Of this database, the folder of the runs' files, where it is not the usual one.
    *_texts("artifact_root"),
    # NULL of this one.
    *_times("merged_at"),
    # How a message names a merged one: its file's name.
    *_texts("label"),
)

merged_runs = sa.Table(
    "merged_runs",
    METADATA,
    sa.Column("database_uuid", sa.Text, sa.ForeignKey("databases.uuid", ondelete="CASCADE"), primary_key=True),
    # Which number a run had there.
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    sa.Index(None, "run_id"),
)

tables = sa.Table(
    "tables",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("definition_json", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    *_times("removed_at"),
    sqlite_autoincrement=True,
)

table_revisions = sa.Table(
    "table_revisions",
    METADATA,
    sa.Column("table_id", sa.Integer, sa.ForeignKey("tables.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("definition_json", sa.Text, nullable=False),
    sa.Column("saved_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("revision >= 1", name="revision"),
)

papers = sa.Table(
    "papers",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("title", sa.Text, nullable=False, unique=True),
    *_texts("venue"),
    *_integers("year"),
    *_texts("week"),
    *_integers("position"),
    *_texts("link", "note"),
    *_documents("tags"),
    sqlite_autoincrement=True,
)

claims = sa.Table(
    "claims",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("sentence", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    *_texts("tested_by", "known", "test_json", "small_json"),
    _one_of("status", get_args(ClaimStatus)),
    sqlite_autoincrement=True,
)

# As Alembic makes it; apart from METADATA, which Alembic compares with the database.
version = sa.Table(
    VERSION_TABLE,
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
)
