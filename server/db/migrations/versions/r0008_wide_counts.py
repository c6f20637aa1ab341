"""Widens stamp counts to 64 bits, as the rules allow; SQLite's integers already are."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, column in (("transactions", "stamps"), ("cards", "stamp_count"), ("terminals", "differences")):
            op.alter_column(table, column, type_=sa.BigInteger())
