"""What a version of the program gives to cards is planned when it is published, and counted while it is given."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "program_grants",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("cards", sa.Integer(), nullable=False),
        sa.Column("stamps", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("done_at", Moment()),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
