"""A version of the program that has not begun can be withdrawn."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Moment

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("programs", sa.Column("withdrawn_at", Moment()))
