"""Customers change their contact, and prove others that they have."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("code_challenges", sa.Column("email", sa.LargeBinary()))
    op.add_column("customer_sessions", sa.Column("proved", sa.JSON(none_as_null=True)))
