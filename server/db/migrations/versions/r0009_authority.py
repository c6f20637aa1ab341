"""What each till had been told, who passed their PIN where, and what people gave out on a day: for judging authority.

Of a setting chosen earlier, nobody knows any more when; it counts as chosen when the company's row last changed.
"""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE staff RENAME COLUMN dismissed_version TO changed_version")
    op.add_column("companies", sa.Column("settings_since", sa.JSON(none_as_null=True)))
    op.add_column("companies", sa.Column("authority_version", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("terminals", sa.Column("said_seq", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("terminals", sa.Column("marks", sa.Text()))
    op.add_column("entries", sa.Column("told", sa.Text()))
    op.create_table(
        "pin_passes",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("terminal_id", Id(), primary_key=True),
        sa.Column("staff_id", Id(), primary_key=True),
        sa.Column("journal_id", Id(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("occurred_at", Moment(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
    op.create_table(
        "staff_days",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("staff_id", Id(), primary_key=True),
        sa.Column("day", sa.Text(), primary_key=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("rewards", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
    _date_the_settings()


def _date_the_settings() -> None:
    companies = sa.table(
        "companies",
        sa.column("company_id", Id()),
        sa.column("settings", sa.JSON()),
        sa.column("settings_since", sa.JSON()),
        sa.column("version", sa.BigInteger()),
    )
    conn = op.get_bind()
    for row in conn.execute(sa.select(companies.c.company_id, companies.c.settings, companies.c.version)).all():
        since = dict.fromkeys(row.settings, row.version)
        conn.execute(sa.update(companies).where(companies.c.company_id == row.company_id).values(settings_since=since))
