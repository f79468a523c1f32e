"""Add what tells a reported row from all others, and the history of what it said."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # Old rows have no key: it is made of cells that are not all kept. An import of their document gives it to them.
    op.add_column("runs", sa.Column("document", sa.Text()))
    op.add_column("runs", sa.Column("row_key", sa.Text()))
    op.create_index("ix_runs_document", "runs", ["document"])
    op.create_index("ix_runs_row_key", "runs", ["row_key"], unique=True)
    op.create_table(
        "reported_changes",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("old_values", sa.JSON(), nullable=False),
        sa.Column("new_values", sa.JSON(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_reported_changes_number")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_reported_changes_run_id_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_reported_changes")),
    )


def downgrade() -> None:
    op.drop_table("reported_changes")
    op.drop_index("ix_runs_row_key", "runs")
    op.drop_index("ix_runs_document", "runs")
    for name in ("row_key", "document"):
        op.drop_column("runs", name)
