"""When a customer's contact was verified, and that they want no notices; which mails went to whom."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customers", sa.Column("verified_at", Moment()))
    op.add_column("customers", sa.Column("mail_off", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE customers SET verified_at = updated_at WHERE is_verified")
    op.drop_column("customers", "is_verified")
    op.add_column("mails", sa.Column("customer_id", Id()))
    some = sa.text("customer_id IS NOT NULL")
    op.create_index(
        "ix_mails_customer", "mails", ["company_id", "customer_id"], sqlite_where=some, postgresql_where=some
    )
