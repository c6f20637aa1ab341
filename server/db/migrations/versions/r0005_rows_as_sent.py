"""Cards keep their rows as tills get them; what the bytes say leaves the columns, but for what queries ask for.

The bytes are those that were made anew for every reader before, so sums and hashes hold.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment, moment_of

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ROWS_AT_ONCE = 5_000
_STAYING: tuple[sa.Column[Any], ...] = (
    sa.Column("company_id", Id(), nullable=False),
    sa.Column("card_id", Id(), nullable=False),
    sa.Column("customer_id", Id(), nullable=True),
    sa.Column("token_hash", sa.LargeBinary(), nullable=False),
    sa.Column("number_hmac", sa.LargeBinary(), nullable=False),
    sa.Column("codes", sa.LargeBinary(), nullable=False),
    sa.Column("codes_key", sa.Integer(), nullable=False),
    sa.Column("is_retired", sa.Boolean(), nullable=False),
    sa.Column("deactivated_version", sa.BigInteger(), nullable=True),
    sa.Column("stamp_count", sa.Integer(), nullable=False),
    sa.Column("points_balance", sa.BigInteger(), nullable=False),
    sa.Column("row_hash", sa.BigInteger(), nullable=False),
    sa.Column("version", sa.BigInteger(), nullable=False),
    sa.Column("created_at", Moment(), nullable=False),
    sa.Column("updated_at", Moment(), nullable=False),
)
_LEAVING: tuple[sa.Column[Any], ...] = (
    sa.Column("number_key", sa.Integer()),
    sa.Column("number_end", sa.Text()),
    sa.Column("old_codes", sa.JSON()),
    sa.Column("card_created_at", Moment()),
    sa.Column("is_active", sa.Boolean()),
    sa.Column("total_stamps_earned", sa.Integer()),
    sa.Column("stamps_redeemed", sa.Integer()),
    sa.Column("total_points_earned", sa.BigInteger()),
    sa.Column("points_redeemed", sa.BigInteger()),
    sa.Column("welcome_given", sa.Boolean()),
    sa.Column("last_points_at", Moment()),
    sa.Column("last_redemption_at", Moment()),
    sa.Column("last_activity_at", Moment()),
    sa.Column("enrolled_at_store", Id()),
    sa.Column("marks", sa.JSON()),
)
_OF_CUSTOMER: tuple[sa.Column[Any], ...] = (
    sa.Column("name", sa.LargeBinary()),
    sa.Column("name_key", sa.Integer()),
    sa.Column("email_hmac", sa.LargeBinary()),
    sa.Column("phone_hmac", sa.LargeBinary()),
)


def upgrade() -> None:
    conn = op.get_bind()
    if conn.dialect.name == "postgresql":
        _in_place(conn)
    else:
        _made_anew(conn)
    some = sa.text("customer_id IS NOT NULL")
    columns = ["company_id", "customer_id"]
    op.create_index("ix_cards_customer", "cards", columns, sqlite_where=some, postgresql_where=some)


def _in_place(conn: sa.Connection) -> None:
    """What somebody has split by company stays split."""
    op.add_column("cards", sa.Column("row", sa.LargeBinary()))
    keyed = sa.table("cards", sa.column("company_id", Id()), sa.column("card_id", Id()), sa.column("row"))
    mine = (keyed.c.company_id == sa.bindparam("of_company"), keyed.c.card_id == sa.bindparam("of_card"))
    written = sa.update(keyed).where(*mine).values(row=sa.bindparam("as_sent", type_=sa.LargeBinary()))
    for rows in _some_at_a_time(conn):
        conn.execute(
            written, [{"of_company": row.company_id, "of_card": row.card_id, "as_sent": _as_sent(row)} for row in rows]
        )
    op.alter_column("cards", "row", nullable=False)
    op.drop_index("ix_cards_customer", "cards")
    for column in _LEAVING:
        op.drop_column("cards", column.name)


def _made_anew(conn: sa.Connection) -> None:
    """SQLite would write the whole table again for each column that leaves."""
    new = op.create_table(
        "cards_as_sent",
        *(column._copy() for column in _STAYING),
        sa.Column("row", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "card_id", name=op.f("pk_cards")),
    )
    names = [column.name for column in _STAYING]
    for rows in _some_at_a_time(conn):
        values = [{**{name: row._mapping[name] for name in names}, "row": _as_sent(row)} for row in rows]
        conn.execute(sa.insert(new), values)
    op.drop_table("cards")
    op.rename_table("cards_as_sent", "cards")
    op.create_index("ix_cards_version", "cards", ["company_id", "version"])
    op.create_index("ix_cards_token", "cards", ["company_id", "token_hash"])
    op.create_index("ix_cards_number", "cards", ["company_id", "number_hmac"])


def _some_at_a_time(conn: sa.Connection) -> Iterator[Sequence[sa.Row[Any]]]:
    cards = sa.Table("cards", sa.MetaData(), *(column._copy() for column in (*_STAYING, *_LEAVING)))
    keys: tuple[sa.Column[Any], ...] = (sa.Column("company_id", Id()), sa.Column("customer_id", Id()))
    customers = sa.Table("customers", sa.MetaData(), *keys, *(column._copy() for column in _OF_CUSTOMER))
    whose = (customers.c.company_id == cards.c.company_id) & (customers.c.customer_id == cards.c.customer_id)
    of_customer = [customers.c[column.name] for column in _OF_CUSTOMER]
    query = sa.select(*cards.c, *of_customer).select_from(cards.outerjoin(customers, whose))
    query = query.order_by(cards.c.company_id, cards.c.card_id).limit(_ROWS_AT_ONCE)
    rows = conn.execute(query).all()
    while rows:
        yield rows
        company_id, card_id = rows[-1].company_id, rows[-1].card_id
        further = (cards.c.company_id == company_id) & (cards.c.card_id > card_id)
        rows = conn.execute(query.where(further | (cards.c.company_id > company_id))).all()


def _as_sent(row: sa.Row[Any]) -> bytes:
    """The card as `sync.rows.CardRow` spelled it when this step was made: what is as it is by default is left out."""
    old = row.old_codes or {"tokens": [], "numbers": []}
    tokens, numbers = ([bytes.fromhex(one) for one in old[kind]] for kind in ("tokens", "numbers"))
    marks = [
        {"transaction_id": UUID(hex=id_), "occurred_at": moment_of(at), "count": count} for id_, at, count in row.marks
    ]
    said: dict[str, object] = {
        "id": row.card_id,
        "token": row.token_hash,
        "number": row.number_hmac,
        "number_key": row.number_key,
        "number_end": row.number_end,
    }
    more: dict[str, tuple[object, object]] = {
        "old_tokens": (tokens, []),
        "old_numbers": (numbers, []),
        "retired": (row.is_retired, False),
        "name": (row.name, None),
        "name_key": (row.name_key or 0, 0),
        "email": (row.email_hmac, None),
        "phone": (row.phone_hmac, None),
        "created_at": (row.card_created_at, None),
        "is_active": (row.is_active, True),
        "stamp_count": (row.stamp_count, 0),
        "total_stamps_earned": (row.total_stamps_earned, 0),
        "stamps_redeemed": (row.stamps_redeemed, 0),
        "points_balance": (row.points_balance, 0),
        "total_points_earned": (row.total_points_earned, 0),
        "points_redeemed": (row.points_redeemed, 0),
        "welcome_given": (row.welcome_given, False),
        "last_points_at": (row.last_points_at, None),
        "last_redemption_at": (row.last_redemption_at, None),
        "last_activity_at": (row.last_activity_at, None),
        "enrolled_at_store": (row.enrolled_at_store, None),
        "marks": (marks, []),
    }
    said |= {name: value for name, (value, default) in more.items() if value != default}
    return msgspec.json.encode(said)
