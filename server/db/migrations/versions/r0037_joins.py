"""Cards that customers take by themselves, and what they agree to."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("code_challenges", sa.Column("wish", sa.LargeBinary()))
    op.create_table(
        "joins",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("join_id", Id(), primary_key=True),
        sa.Column("card_id", Id(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("proven_at", Moment()),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
    op.create_index("ix_joins_card", "joins", ["company_id", "card_id"])
    op.create_index("ix_joins_created", "joins", ["company_id", "created_at"])
    op.create_table(
        "consents",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("consent_id", Id(), primary_key=True),
        sa.Column("customer_id", Id(), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("ended_at", Moment()),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
    op.create_index("ix_consents_customer", "consents", ["company_id", "customer_id"])
