"""Emails that differ in Unicode composition alone count as one."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_customers = sa.table("customers", sa.column("id"), sa.column("email"), sa.column("email_folded"))


def upgrade() -> None:
    """Of customers who have had one email in several compositions until now, one is found under it
    from now on; the others keep theirs, under their ids, which are no email."""
    connection = op.get_bind()
    known = connection.execute(sa.select(_customers).order_by(_customers.c.id)).all()
    taken = {row.email_folded for row in known}
    for id, email, before in known:
        folded = unicodedata.normalize("NFD", email).casefold()
        folded = unicodedata.normalize("NFC", folded)
        if folded == before:
            continue
        now = id if folded in taken else folded
        taken.add(now)
        connection.execute(
            sa.update(_customers).where(_customers.c.id == id).values(email_folded=now)
        )
