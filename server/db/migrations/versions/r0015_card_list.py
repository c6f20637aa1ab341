"""Lists and searches of cards read a table of their own, which a job fills from the cards there are."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    wide = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
    op.create_table(
        "card_list",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("card_id", Id(), primary_key=True),
        sa.Column("number_end", sa.Text(), nullable=False),
        sa.Column("enrolled_at", Moment(), nullable=False),
        sa.Column("enrolled_store_id", Id()),
        sa.Column("last_activity_at", Moment(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("stamps", wide, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
    for name, columns in (
        ("activity", ("last_activity_at",)),
        ("store", ("enrolled_store_id", "last_activity_at")),
        ("enrolled", ("enrolled_at",)),
        ("stamps", ("stamps",)),
        ("points", ("points",)),
    ):
        op.create_index(f"ix_card_list_{name}", "card_list", ["company_id", *columns, "card_id"])
    few, on_sqlite, off = (
        ["company_id", "last_activity_at", "card_id"],
        sa.text("is_active = 0"),
        sa.text("NOT is_active"),
    )
    op.create_index("ix_card_list_off", "card_list", few, sqlite_where=on_sqlite, postgresql_where=off)
    op.create_table(
        "card_words",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("word", sa.LargeBinary(), primary_key=True),
        sa.Column("card_id", Id(), primary_key=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
