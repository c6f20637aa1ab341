"""A company has a look: colour, name, promise, stamp picture and logo."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "looks",
        sa.Column("company_id", Id(), primary_key=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "colour", "stamp")),
        sa.Column("promises", sa.JSON(), nullable=False),
        sa.Column("logo_mark", sa.Text()),
        *(sa.Column(name, sa.LargeBinary()) for name in ("logo", "logo_icon")),
        sa.Column("version", sa.BigInteger(), nullable=False),
        *(sa.Column(name, Moment(), nullable=False) for name in ("created_at", "updated_at")),
    )
