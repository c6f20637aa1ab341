"""A store can be closed: its transactions stay, and nothing more is booked there."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Moment

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stores", sa.Column("closed_at", Moment()))
