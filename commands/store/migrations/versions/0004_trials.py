"""A row that is written to find out whether anything can be."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    trials = op.create_table(
        "trials",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("written", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_trials_only_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trials")),
    )
    op.bulk_insert(trials, [{"id": 1, "written": b""}])
