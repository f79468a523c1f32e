"""Views for other programs: every upgrade makes them, so that here is nothing to do but to have one."""

from collections.abc import Sequence

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    pass  # `migrations/env.py` drops the views before the first step, and makes those of this version after the last


def downgrade() -> None:
    pass
