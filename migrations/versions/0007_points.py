"""Keep whatever is measured of a run beside its columns: metrics, their points, and what sums these up."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_UNITS = "'fraction', 'points', 'count', 'seconds', 'bytes', 'none'"
_SPLITS = "'test', 'val', 'train', 'unstated'"


def upgrade() -> None:
    op.add_column("attempts", sa.Column("first_step", sa.BigInteger()))
    op.create_table(
        "metrics",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("split", sa.Text()),
        sa.Column("higher_is_better", sa.Boolean()),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.CheckConstraint(f"unit IN ({_UNITS})", name=op.f("ck_metrics_unit")),
        sa.CheckConstraint(f"split IN ({_SPLITS})", name=op.f("ck_metrics_split")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metrics")),
        sa.UniqueConstraint("name", name=op.f("uq_metrics_name")),
    )
    op.create_table(
        "points",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("metric_id", sa.Integer(), nullable=False),
        sa.Column("axis", sa.SmallInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer()),
        sa.Column("superseded_by", sa.Integer()),
        sa.Column("value", sa.Double()),
        sa.Column("special", sa.Text()),
        sa.CheckConstraint("axis IN (0, 1)", name=op.f("ck_points_axis")),
        sa.CheckConstraint("special IN ('nan', 'inf', '-inf')", name=op.f("ck_points_special")),
        *_keys("points", ("run_id", "metric_id", "axis", "place", "attempt")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "metric_summaries",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("metric_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("num_special", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Double()) for name in ("last", "least", "greatest")),
        sa.Column("last_special", sa.Text()),
        *(sa.Column(name, sa.Integer()) for name in ("axis", "last_epoch", "least_epoch", "greatest_epoch")),
        *(sa.Column(name, sa.BigInteger()) for name in ("last_place", "least_place", "greatest_place")),
        *_keys("metric_summaries", ("run_id", "metric_id")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in ("metric_summaries", "points", "metrics"):
        op.drop_table(table)
    op.drop_column("attempts", "first_step")


def _keys(table: str, columns: Sequence[str]) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f(f"fk_{table}_run_id_runs"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["metric_id"], ["metrics.id"], name=op.f(f"fk_{table}_metric_id_metrics")),
        sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}")),
    ]
