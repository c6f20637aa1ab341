"""When terminals were in contact is kept, and which version of the program each runs."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("terminals", sa.Column("program_version", sa.Text()))
    op.create_table(
        "contacts",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("terminal_id", Id(), primary_key=True),
        sa.Column("at", Moment(), primary_key=True),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("acked_seq", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
