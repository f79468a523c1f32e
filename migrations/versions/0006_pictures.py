"""Say how pictures were read and evaluated, whose code and weights a run has, and what its processor did."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_OF_RUNS: dict[str, Any] = {
    **dict.fromkeys(("eval_every", "test_limit"), sa.Integer()),
    **dict.fromkeys(("eval_crop", "cpu_seconds", "cpu_wait_seconds"), sa.Double()),
    **dict.fromkeys(
        ("background", "code_digest", "pretrained_tag", "pretrained_digest", "earlier_data_digest"), sa.Text()
    ),
    "picture_counts": sa.JSON(none_as_null=True),
}
_OF_EPOCHS = ("cpu_seconds", "cpu_wait_seconds")
_KEPT = (
    *("run_id", "epoch", "attempt", "superseded_by", "train_loss", "test_loss", "top1", "top5", "val_loss", "val_top1"),
    *("lr", "train_seconds", "eval_seconds", "images_per_second", "peak_memory_bytes"),
)


def upgrade() -> None:
    # Plain ALTER TABLE, no batch: a batch copies the table and would lose its CHECKs.
    for name, kind in _OF_RUNS.items():
        op.add_column("runs", sa.Column(name, kind))
    op.add_column("attempts", sa.Column("data_digest", sa.Text()))
    _say_of_measured_runs()
    _new_epochs(is_nullable=True)


def downgrade() -> None:
    _new_epochs(is_nullable=False)
    op.drop_column("attempts", "data_digest")
    for name in _OF_RUNS:
        op.drop_column("runs", name)


def _say_of_measured_runs() -> None:
    """Fill in what was done before it was a setting; the specs stay as they were written."""
    op.execute(
        "UPDATE runs SET eval_every = 1,"
        " eval_crop = CASE WHEN dataset LIKE 'folder:%' THEN 0.875 ELSE 1.0 END WHERE spec_json IS NOT NULL"
    )
    # The attempt whose images the run's digest names is the last that got so far as to read any.
    op.execute(
        "UPDATE attempts SET data_digest = (SELECT data_digest FROM runs WHERE runs.id = attempts.run_id)"
        " WHERE first_epoch IS NOT NULL AND number = (SELECT max(number) FROM attempts AS later"
        " WHERE later.run_id = attempts.run_id AND later.first_epoch IS NOT NULL)"
    )


def _new_epochs(*, is_nullable: bool) -> None:
    """Copy the epochs into a table whose accuracies may be unknown, or where every epoch has them."""
    op.rename_table("epochs", "old_epochs")
    if op.get_bind().dialect.name == "postgresql":  # whose names of constraints are the schema's, not the table's
        for name in ("pk_epochs", "fk_epochs_run_id_runs"):
            op.execute(f"ALTER TABLE old_epochs RENAME CONSTRAINT {name} TO before_{name}")
    op.create_table(
        "epochs",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("superseded_by", sa.Integer()),
        *(sa.Column(name, sa.Double()) for name in ("train_loss", "test_loss")),
        *(sa.Column(name, sa.Double(), nullable=is_nullable) for name in ("top1", "top5")),
        *(sa.Column(name, sa.Double()) for name in ("val_loss", "val_top1")),
        *(
            sa.Column(name, sa.Double(), nullable=False)
            for name in ("lr", "train_seconds", "eval_seconds", "images_per_second")
        ),
        sa.Column("peak_memory_bytes", sa.BigInteger()),
        *(sa.Column(name, sa.Double()) for name in _OF_EPOCHS if is_nullable),
        sa.CheckConstraint("epoch >= 1", name=op.f("ck_epochs_epoch")),
        sa.CheckConstraint("attempt >= 1", name=op.f("ck_epochs_attempt")),
        *(
            sa.CheckConstraint(f"{name} BETWEEN 0 AND 1", name=op.f(f"ck_epochs_{name}"))
            for name in ("top1", "top5", "val_top1")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_epochs_run_id_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "epoch", "attempt", name=op.f("pk_epochs")),
    )
    names = ", ".join(_KEPT)
    # On the way back, an epoch that was not evaluated has no place: what it knew of the run stays in the run's row.
    lost = "" if is_nullable else " WHERE top1 IS NOT NULL AND top5 IS NOT NULL"
    op.execute(f"INSERT INTO epochs ({names}) SELECT {names} FROM old_epochs{lost}")  # noqa: S608
    op.drop_table("old_epochs")
