"""Cases keep what a row of an import says that met a card."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("sealed", sa.LargeBinary()))
    op.add_column("cases", sa.Column("sealed_key", sa.Integer()))
