"""Add the segments of runs, a digest of their data, and columns for the settings that spec version 2 brought."""

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_COLUMNS: tuple[tuple[str, sa.types.TypeEngine[Any]], ...] = (
    ("drop_path", sa.Double()),
    ("crop_min_scale", sa.Double()),
    ("clip_grad_norm", sa.Double()),
    ("min_lr", sa.Double()),
    ("ema_decay", sa.Double()),
    ("init_from", sa.Integer()),
    ("cutout_size", sa.Integer()),
    ("teacher", sa.Integer()),
    ("grad_accumulation", sa.Integer()),
    ("pretrained", sa.Boolean()),
    ("sync_bn", sa.Boolean()),
    ("timm_policy", sa.Text()),
    ("milestones", sa.Text()),
    ("progressive", sa.Text()),
    ("data_digest", sa.Text()),
)
# What every measured run so far was trained with: version 1 of the spec had none of these settings.
_OFF = {
    "drop_path": 0.0,
    "crop_min_scale": 0.08,
    "cutout_size": 0,
    "grad_accumulation": 1,
    "pretrained": False,
    "sync_bn": False,
}
_FROM_RUN = ("started_at", "ended_at", "host", "device_name", "num_devices", "command", "git_commit", "git_dirty")


def upgrade() -> None:
    # Plain ALTER TABLE, no batch: a batch copies the table and would lose its CHECKs.
    for name, kind in _COLUMNS:
        op.add_column("runs", sa.Column(name, kind))
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
    _fill()


def _fill() -> None:
    """Give old runs the values that they had without saying so, and the one segment that each was."""
    runs = sa.table(
        "runs", *(sa.column(name) for name in ("id", "kind", "spec_json", "min_lr", *_OFF)), *map(sa.column, _FROM_RUN)
    )
    connection = op.get_bind()
    connection.execute(runs.update().where(runs.c.spec_json.is_not(None)).values(_OFF))
    specs = connection.execute(sa.select(runs.c.id, runs.c.spec_json).where(runs.c.spec_json.is_not(None))).all()
    for run_id, spec_json in specs:
        min_lr = json.loads(spec_json)["schedule"]["min_lr"]
        connection.execute(runs.update().where(runs.c.id == run_id).values(min_lr=min_lr))
    names = ("run_id", "number", *_FROM_RUN)
    segments = sa.table("segments", *map(sa.column, names))
    first = sa.select(runs.c.id, sa.literal(1), *(runs.c[name] for name in _FROM_RUN))
    started = first.where(runs.c.started_at.is_not(None))
    connection.execute(segments.insert().from_select(list(names), started))


def downgrade() -> None:
    op.drop_table("segments")
    for name, _ in reversed(_COLUMNS):
        op.drop_column("runs", name)
