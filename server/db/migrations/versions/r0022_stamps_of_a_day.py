"""Stamps that a person has given out on a day are counted; those of before are not."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff_days", sa.Column("stamps", sa.BigInteger(), nullable=False, server_default="0"))
