"""Adds the time a till set a person's PIN, so that an older PIN arriving later is ignored."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff", sa.Column("pin_set_at", Moment()))
