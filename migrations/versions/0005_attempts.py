"""Number the attempts of runs and what each recorded; give runs, and the database, an id that holds everywhere."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Of runs that were there before: so two upgraded copies of one database give a run the same id.
_NAMESPACE = uuid.UUID("6f0d4c1e-6b57-4c0e-9d53-0a6f1f3b8e21")
_STATUSES = ("queued", "running", "finished", "failed", "killed", "crashed")
_OF_SEGMENTS = (
    *("run_id", "number", "started_at", "ended_at", "first_epoch", "host", "pid", "device_name", "num_devices"),
    *("command", "git_commit", "git_dirty"),
)
_OF_EPOCHS = (
    *("run_id", "epoch", "train_loss", "test_loss", "top1", "top5", "val_loss", "val_top1", "lr", "train_seconds"),
    *("eval_seconds", "images_per_second", "peak_memory_bytes"),
)


def upgrade() -> None:
    # Plain ALTER TABLE, no batch: a batch copies the table and would lose its CHECKs.
    op.add_column("runs", sa.Column("uuid", sa.Text()))
    op.add_column("runs", sa.Column("attempt", sa.Integer()))
    _name_runs()
    op.create_index("ix_runs_uuid", "runs", ["uuid"], unique=True)
    _segments_to_attempts()
    _epochs_of_attempts()
    op.execute(
        "UPDATE runs SET attempt = (SELECT max(number) FROM attempts WHERE attempts.run_id = runs.id)"
        " WHERE id IN (SELECT run_id FROM attempts)"
    )
    # Whoever queued them is long gone: they are to be taken for crashed, so that `resume` starts them.
    op.execute("UPDATE runs SET heartbeat_at = created_at WHERE status = 'queued' AND heartbeat_at IS NULL")
    _create_databases()


def downgrade() -> None:
    op.drop_index("ix_merged_runs_run_id", "merged_runs")
    op.drop_table("merged_runs")
    op.drop_table("databases")
    op.rename_table("epochs", "new_epochs")
    _create_epochs(with_attempts=False)
    names = ", ".join(_OF_EPOCHS)
    op.execute(f"INSERT INTO epochs ({names}) SELECT {names} FROM new_epochs WHERE superseded_by IS NULL")  # noqa: S608
    op.drop_table("new_epochs")
    _create_segments()
    names = ", ".join(_OF_SEGMENTS)
    op.execute(f"INSERT INTO segments ({names}) SELECT {names} FROM attempts")  # noqa: S608
    op.drop_table("attempts")
    op.drop_index("ix_runs_uuid", "runs")
    for name in ("attempt", "uuid"):
        op.drop_column("runs", name)


def _name_runs() -> None:
    created_at = sa.column("created_at", sa.DateTime(timezone=True))
    runs = sa.table("runs", sa.column("id"), sa.column("uuid"), sa.column("spec_json"), created_at)
    connection = op.get_bind()
    rows = connection.execute(sa.select(runs.c.id, runs.c.created_at, runs.c.spec_json)).all()
    named = [{"of": row.id, "name": _name(row.id, row.created_at, row.spec_json or "")} for row in rows]
    if named:
        statement = runs.update().where(runs.c.id == sa.bindparam("of")).values(uuid=sa.bindparam("name"))
        connection.execute(statement, named)


def _name(run_id: int, created_at: datetime, spec_json: str) -> str:
    in_utc = created_at.replace(tzinfo=UTC) if created_at.tzinfo is None else created_at.astimezone(UTC)
    return str(uuid.uuid5(_NAMESPACE, f"{run_id} {in_utc.isoformat(timespec='microseconds')} {spec_json}"))


def _segments_to_attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("first_epoch", sa.Integer()),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text()) for name in ("status", "reason", "host", "boot_id")),
        sa.Column("pid_namespace", sa.BigInteger()),
        sa.Column("pid", sa.Integer()),
        sa.Column("process_started", sa.BigInteger()),
        sa.Column("device_name", sa.Text()),
        sa.Column("num_devices", sa.Integer()),
        sa.Column("command", sa.Text()),
        sa.Column("git_commit", sa.Text()),
        sa.Column("git_dirty", sa.Boolean()),
        sa.CheckConstraint("number >= 1", name=op.f("ck_attempts_number")),
        sa.CheckConstraint("first_epoch >= 1", name=op.f("ck_attempts_first_epoch")),
        sa.CheckConstraint(f"status IN ({_listed(_STATUSES)})", name=op.f("ck_attempts_status")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_attempts_run_id_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_attempts")),
    )
    names = ", ".join(_OF_SEGMENTS)
    op.execute(f"INSERT INTO attempts ({names}, last_sequence) SELECT {names}, 0 FROM segments")  # noqa: S608
    op.drop_table("segments")


def _epochs_of_attempts() -> None:
    """Say of each epoch which attempt recorded it: the last that began before it, for that one replaced it."""
    op.rename_table("epochs", "old_epochs")
    _create_epochs(with_attempts=True)
    names = ", ".join(_OF_EPOCHS)
    attempt = (
        "coalesce((SELECT max(number) FROM attempts WHERE attempts.run_id = old_epochs.run_id"
        " AND attempts.first_epoch <= old_epochs.epoch), 1)"
    )
    op.execute(f"INSERT INTO epochs ({names}, attempt) SELECT {names}, {attempt} FROM old_epochs")  # noqa: S608
    op.drop_table("old_epochs")


def _create_epochs(*, with_attempts: bool) -> None:
    keys = ["run_id", "epoch", *(["attempt"] if with_attempts else [])]
    own: list[Any] = [
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("superseded_by", sa.Integer()),
        sa.CheckConstraint("attempt >= 1", name=op.f("ck_epochs_attempt")),
    ]
    if op.get_bind().dialect.name == "postgresql":  # whose names of constraints are the schema's, not the table's
        old = "new_epochs" if not with_attempts else "old_epochs"
        for name in ("pk_epochs", "fk_epochs_run_id_runs"):
            op.execute(f"ALTER TABLE {old} RENAME CONSTRAINT {name} TO before_{name}")
    op.create_table(
        "epochs",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        *(own if with_attempts else []),
        *(sa.Column(name, sa.Double()) for name in ("train_loss", "test_loss")),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("top1", "top5")),
        *(sa.Column(name, sa.Double()) for name in ("val_loss", "val_top1")),
        *(
            sa.Column(name, sa.Double(), nullable=False)
            for name in ("lr", "train_seconds", "eval_seconds", "images_per_second")
        ),
        sa.Column("peak_memory_bytes", sa.BigInteger()),
        sa.CheckConstraint("epoch >= 1", name=op.f("ck_epochs_epoch")),
        *(
            sa.CheckConstraint(f"{name} BETWEEN 0 AND 1", name=op.f(f"ck_epochs_{name}"))
            for name in ("top1", "top5", "val_top1")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_epochs_run_id_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(*keys, name=op.f("pk_epochs")),
    )


def _create_segments() -> None:
    op.create_table(
        "segments",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("first_epoch", sa.Integer()),
        sa.Column("host", sa.Text()),
        sa.Column("pid", sa.Integer()),
        sa.Column("device_name", sa.Text()),
        sa.Column("num_devices", sa.Integer()),
        sa.Column("command", sa.Text()),
        sa.Column("git_commit", sa.Text()),
        sa.Column("git_dirty", sa.Boolean()),
        sa.CheckConstraint("number >= 1", name=op.f("ck_segments_number")),
        sa.CheckConstraint("first_epoch >= 1", name=op.f("ck_segments_first_epoch")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_segments_run_id_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_segments")),
    )


def _create_databases() -> None:
    databases = op.create_table(
        "databases",
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("artifact_root", sa.Text()),
        sa.Column("merged_at", sa.DateTime(timezone=True)),
        sa.Column("label", sa.Text()),
        sa.PrimaryKeyConstraint("uuid", name=op.f("pk_databases")),
    )
    now = datetime.now(UTC)
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    own = {"uuid": str(uuid.uuid4()), "created_at": now.replace(tzinfo=None) if is_sqlite else now}
    op.bulk_insert(databases, [own])
    op.create_table(
        "merged_runs",
        sa.Column("database_uuid", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["database_uuid"],
            ["databases.uuid"],
            name=op.f("fk_merged_runs_database_uuid_databases"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_merged_runs_run_id_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("database_uuid", "number", name=op.f("pk_merged_runs")),
    )
    op.create_index("ix_merged_runs_run_id", "merged_runs", ["run_id"])


def _listed(values: Sequence[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)
