"""Create the tables."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("group", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True)),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
        sa.Column("spec_json", sa.Text()),
        sa.Column("digest", sa.Text()),
        sa.Column("group_digest", sa.Text()),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("num_classes", sa.Integer()),
        sa.Column("img_size", sa.Integer()),
        sa.Column("normalize", sa.Text()),
        sa.Column("val_fraction", sa.Double()),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("arch", sa.Text()),
        sa.Column("stem", sa.Text()),
        sa.Column("aug", sa.Text()),
        sa.Column("crop", sa.Text()),
        sa.Column("crop_padding", sa.Integer()),
        sa.Column("hflip_prob", sa.Double()),
        sa.Column("policy", sa.Text()),
        sa.Column("autoaugment_policy", sa.Text()),
        sa.Column("randaugment_num_ops", sa.Integer()),
        sa.Column("randaugment_magnitude", sa.Integer()),
        sa.Column("color_jitter", sa.Double()),
        sa.Column("random_erasing_prob", sa.Double()),
        sa.Column("mixup_alpha", sa.Double()),
        sa.Column("cutmix_alpha", sa.Double()),
        sa.Column("label_smoothing", sa.Double()),
        sa.Column("optimizer", sa.Text()),
        sa.Column("lr", sa.Double()),
        sa.Column("momentum", sa.Double()),
        sa.Column("weight_decay", sa.Double()),
        sa.Column("schedule", sa.Text()),
        sa.Column("warmup_epochs", sa.Double()),
        sa.Column("warmup_lr", sa.Double()),
        sa.Column("decay_rate", sa.Double()),
        sa.Column("epochs", sa.Integer()),
        sa.Column("batch_size", sa.Integer()),
        sa.Column("batch_size_per_device", sa.Integer()),
        sa.Column("seed", sa.Integer()),
        sa.Column("precision", sa.Text()),
        sa.Column("num_devices", sa.Integer()),
        sa.Column("parallel", sa.Text()),
        sa.Column("num_params", sa.BigInteger()),
        sa.Column("num_trainable_params", sa.BigInteger()),
        sa.Column("macs", sa.BigInteger()),
        sa.Column("num_train_images", sa.Integer()),
        sa.Column("num_val_images", sa.Integer()),
        sa.Column("num_test_images", sa.Integer()),
        sa.Column("epochs_done", sa.Integer(), nullable=False),
        sa.Column("train_loss", sa.Double()),
        sa.Column("test_loss", sa.Double()),
        sa.Column("top1", sa.Double()),
        sa.Column("top5", sa.Double()),
        sa.Column("val_top1", sa.Double()),
        sa.Column("best_top1", sa.Double()),
        sa.Column("best_epoch", sa.Integer()),
        sa.Column("best_by", sa.Text()),
        sa.Column("train_seconds", sa.Double()),
        sa.Column("eval_seconds", sa.Double()),
        sa.Column("wall_seconds", sa.Double()),
        sa.Column("images_per_second", sa.Double()),
        sa.Column("peak_memory_bytes", sa.BigInteger()),
        sa.Column("device", sa.Text()),
        sa.Column("device_name", sa.Text()),
        sa.Column("driver", sa.Text()),
        sa.Column("num_threads", sa.Integer()),
        sa.Column("command", sa.Text()),
        sa.Column("git_commit", sa.Text()),
        sa.Column("git_dirty", sa.Boolean()),
        sa.Column("git_diff", sa.Text()),
        sa.Column("host", sa.Text()),
        sa.Column("user", sa.Text()),
        sa.Column("python_version", sa.Text()),
        sa.Column("packages", sa.JSON(), nullable=False),
        sa.Column("error_type", sa.Text()),
        sa.Column("error_message", sa.Text()),
        sa.Column("traceback", sa.Text()),
        sa.Column("source", sa.Text()),
        sa.Column("quote", sa.JSON(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("unparsed", sa.JSON(), nullable=False),
        sa.Column("extends_another", sa.Boolean(), nullable=False),
        sa.Column("artifact_dir", sa.Text()),
        sa.Column("weights_file", sa.Text()),
        sa.Column("predictions_file", sa.Text()),
        sa.CheckConstraint("best_by IN ('val', 'test')", name=op.f("ck_runs_best_by")),
        sa.CheckConstraint("kind IN ('measured', 'tracked', 'reported')", name=op.f("ck_runs_kind")),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'finished', 'failed', 'killed', 'crashed')", name=op.f("ck_runs_status")
        ),
        sa.CheckConstraint("best_top1 BETWEEN 0 AND 1", name=op.f("ck_runs_best_top1")),
        sa.CheckConstraint("top1 BETWEEN 0 AND 1", name=op.f("ck_runs_top1")),
        sa.CheckConstraint("top5 BETWEEN 0 AND 1", name=op.f("ck_runs_top5")),
        sa.CheckConstraint("val_top1 BETWEEN 0 AND 1", name=op.f("ck_runs_val_top1")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("name", name=op.f("uq_runs_name")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_runs_created_at", "runs", ["created_at"])
    op.create_index("ix_runs_dataset", "runs", ["dataset"])
    op.create_index("ix_runs_digest", "runs", ["digest"])
    op.create_index("ix_runs_group", "runs", ["group"])
    op.create_index("ix_runs_group_digest", "runs", ["group_digest"])
    op.create_index("ix_runs_model", "runs", ["model"])
    op.create_index("ix_runs_status", "runs", ["status"])

    op.create_table(
        "tables",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("definition_json", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tables")),
        sa.UniqueConstraint("name", name=op.f("uq_tables_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "epochs",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("train_loss", sa.Double()),
        sa.Column("test_loss", sa.Double()),
        sa.Column("top1", sa.Double(), nullable=False),
        sa.Column("top5", sa.Double(), nullable=False),
        sa.Column("val_loss", sa.Double()),
        sa.Column("val_top1", sa.Double()),
        sa.Column("lr", sa.Double(), nullable=False),
        sa.Column("train_seconds", sa.Double(), nullable=False),
        sa.Column("eval_seconds", sa.Double(), nullable=False),
        sa.Column("images_per_second", sa.Double(), nullable=False),
        sa.Column("peak_memory_bytes", sa.BigInteger()),
        sa.CheckConstraint("epoch >= 1", name=op.f("ck_epochs_epoch")),
        sa.CheckConstraint("top1 BETWEEN 0 AND 1", name=op.f("ck_epochs_top1")),
        sa.CheckConstraint("top5 BETWEEN 0 AND 1", name=op.f("ck_epochs_top5")),
        sa.CheckConstraint("val_top1 BETWEEN 0 AND 1", name=op.f("ck_epochs_val_top1")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_epochs_run_id_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "epoch", name=op.f("pk_epochs")),
    )
    op.create_table(
        "run_tags",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_tags_run_id_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "tag", name=op.f("pk_run_tags")),
    )
    op.create_index("ix_run_tags_tag", "run_tags", ["tag"])


def downgrade() -> None:
    for table in ("run_tags", "epochs", "tables", "runs"):
        op.drop_table(table)
