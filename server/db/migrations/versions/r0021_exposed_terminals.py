"""A stolen till is marked until everything is under keys that it does not have."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Moment

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("terminals", sa.Column("exposed_at", Moment()))
