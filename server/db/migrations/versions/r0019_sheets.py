"""Blank cards are printed on sheets, which are counted and can be withdrawn."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    times = [("created_at", False), ("updated_at", False)]
    op.create_table(
        "sheets",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("sheet_id", Id(), primary_key=True),
        sa.Column("store_id", Id(), nullable=False),
        sa.Column("cards", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("paper", "language", "second_language")),
        sa.Column("withdrawn_at", Moment()),
        sa.Column("withdrawn", sa.Integer(), nullable=False),
        *(sa.Column(name, Moment(), nullable=nullable) for name, nullable in times),
    )
    op.create_index("ix_sheets_created", "sheets", ["company_id", "created_at", "sheet_id"])
    op.create_table(
        "sheet_cards",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("card_id", Id(), primary_key=True),
        sa.Column("sheet_id", Id(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        *(sa.Column(name, Moment(), nullable=nullable) for name, nullable in times),
    )
    op.create_index("ix_sheet_cards_sheet", "sheet_cards", ["company_id", "sheet_id", "place"])
