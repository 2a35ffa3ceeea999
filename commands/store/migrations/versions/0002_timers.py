"""The timers of process managers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "timers",
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("due_at >= set_at", name=op.f("ck_timers_due_at")),
        sa.PrimaryKeyConstraint("process", "key", name=op.f("pk_timers")),
    )
    op.create_index(op.f("ix_timers_process_due_at"), "timers", ["process", "due_at"])
