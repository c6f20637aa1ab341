"""New PINs are lines that managers see; people's rows are sent anew, without the PINs of other stores."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff", sa.Column("former_verifier", sa.JSON(none_as_null=True)))
    op.create_table(
        "pin_changes",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("change_id", Id(), primary_key=True),
        sa.Column("terminal_id", Id(), nullable=False),
        sa.Column("staff_id", Id(), nullable=False),
        sa.Column("answering_id", Id(), nullable=True),
        sa.Column("occurred_at", Moment(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
    op.create_index("ix_pin_changes_created", "pin_changes", ["company_id", "created_at"])
    op.create_table(
        "phone_answers",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("terminal_id", Id(), primary_key=True),
        sa.Column("staff_id", Id(), primary_key=True),
        sa.Column("answered_at", Moment(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
    _send_people_anew()


def _send_people_anew() -> None:
    companies = sa.table("companies", sa.column("company_id", Id()), sa.column("clock", sa.BigInteger()))
    columns = (sa.column("company_id", Id()), sa.column("staff_id", Id()), sa.column("stores", sa.JSON()))
    staff = sa.table("staff", *columns, sa.column("version", sa.BigInteger()))
    conn = op.get_bind()
    for company in conn.execute(sa.select(companies)).all():
        mine = staff.c.company_id == company.company_id
        people = [row for row in conn.execute(sa.select(staff).where(mine)).all() if row.stores]
        for number, person in enumerate(people, start=company.clock + 1):
            one = sa.update(staff).where(mine, staff.c.staff_id == person.staff_id)
            conn.execute(one.values(version=number))
        moved = sa.update(companies).where(companies.c.company_id == company.company_id)
        conn.execute(moved.values(clock=company.clock + len(people)))
