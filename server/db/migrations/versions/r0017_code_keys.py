"""Pairing codes have keys. Codes made before have none and lead to nothing any more."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pairing_codes", sa.Column("key", sa.LargeBinary()))
