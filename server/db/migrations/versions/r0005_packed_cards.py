"""Packs the part of cards that is sent to tills into one column; only columns needed by queries remain.

The bytes sent stay the same, so sums and hashes remain valid.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
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
_COMING: tuple[sa.Column[Any], ...] = (
    sa.Column("packed", sa.LargeBinary(), nullable=False),
    sa.Column("email_hmac", sa.LargeBinary(), nullable=True),
    sa.Column("phone_hmac", sa.LargeBinary(), nullable=True),
    sa.Column("is_blank", sa.Boolean(), nullable=False),
    sa.Column("was_replaced", sa.Boolean(), nullable=False),
)
_OF_CUSTOMER: tuple[sa.Column[Any], ...] = (
    sa.Column("name", sa.LargeBinary()),
    sa.Column("name_key", sa.Integer()),
    sa.Column("email_hmac", sa.LargeBinary()),
    sa.Column("phone_hmac", sa.LargeBinary()),
)


class _Mark(msgspec.Struct, array_like=True):
    transaction_id: UUID
    occurred_at: datetime
    count: int


class _Packed(
    msgspec.Struct,
    kw_only=True,
    omit_defaults=True,
    rename={
        "number_key": "k",
        "number_end": "e",
        "old_tokens": "ot",
        "old_numbers": "on",
        "retired": "x",
        "name": "n",
        "name_key": "nk",
        "created_at": "c",
        "is_active": "a",
        "stamp_count": "s",
        "total_stamps_earned": "se",
        "stamps_redeemed": "sr",
        "points_balance": "p",
        "total_points_earned": "pe",
        "points_redeemed": "pr",
        "welcome_given": "w",
        "last_points_at": "lp",
        "last_redemption_at": "lr",
        "last_activity_at": "la",
        "enrolled_at_store": "st",
        "marks": "m",
    },
):
    """`sync.protocol.card_packing` as it was when this step was made."""

    number_key: int
    number_end: str
    old_tokens: tuple[bytes, ...] = ()
    old_numbers: tuple[bytes, ...] = ()
    retired: bool = False
    name: bytes | None = None
    name_key: int = 0
    created_at: datetime | None = None
    is_active: bool = True
    stamp_count: int = 0
    total_stamps_earned: int = 0
    stamps_redeemed: int = 0
    points_balance: int = 0
    total_points_earned: int = 0
    points_redeemed: int = 0
    welcome_given: bool = False
    last_points_at: datetime | None = None
    last_redemption_at: datetime | None = None
    last_activity_at: datetime | None = None
    enrolled_at_store: UUID | None = None
    marks: tuple[_Mark, ...] = ()


def upgrade() -> None:
    conn = op.get_bind()
    if conn.dialect.name == "postgresql":
        _in_place(conn)
    else:
        _made_anew(conn)
    for name, column, some in (
        ("ix_cards_customer", "customer_id", "customer_id IS NOT NULL"),
        ("ix_cards_replaced", "card_id", "was_replaced"),
    ):
        where = sa.text(some)
        op.create_index(name, "cards", ["company_id", column], sqlite_where=where, postgresql_where=where)


def _in_place(conn: sa.Connection) -> None:
    """What somebody has split by company stays split."""
    for column in _COMING:
        op.add_column("cards", sa.Column(column.name, column.type))
    cards = _table("cards", *_STAYING[:2], *_COMING)
    of_card = (cards.c.company_id == sa.bindparam("of_company"), cards.c.card_id == sa.bindparam("of_card"))
    written = sa.update(cards).where(*of_card)
    written = written.values({column.name: sa.bindparam(column.name) for column in _COMING})
    for rows in _some_at_a_time(conn):
        keyed = ({"of_company": row.company_id, "of_card": row.card_id} for row in rows)
        conn.execute(written, [key | _coming(row) for key, row in zip(keyed, rows, strict=True)])
    for column in _COMING:
        op.alter_column("cards", column.name, nullable=column.nullable)
    op.drop_index("ix_cards_customer", "cards")
    for column in _LEAVING:
        op.drop_column("cards", column.name)


def _made_anew(conn: sa.Connection) -> None:
    """SQLite would write the whole table again for each column that leaves."""
    new = op.create_table(
        "packed_cards",
        *(column._copy() for column in _STAYING),
        *(column._copy() for column in _COMING),
        sa.PrimaryKeyConstraint("company_id", "card_id", name=op.f("pk_cards")),
    )
    names = [column.name for column in _STAYING]
    for rows in _some_at_a_time(conn):
        values = [{**{name: row._mapping[name] for name in names}, **_coming(row)} for row in rows]
        conn.execute(sa.insert(new), values)
    op.drop_table("cards")
    op.rename_table("packed_cards", "cards")
    op.create_index("ix_cards_version", "cards", ["company_id", "version"])
    op.create_index("ix_cards_token", "cards", ["company_id", "token_hash"])
    op.create_index("ix_cards_number", "cards", ["company_id", "number_hmac"])


def _some_at_a_time(conn: sa.Connection) -> Iterator[Sequence[sa.Row[Any]]]:
    cards = _table("cards", *_STAYING, *_LEAVING)
    customers = _table("customers", *_STAYING[::2][:2], *_OF_CUSTOMER)
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


def _table(name: str, *columns: sa.Column[Any]) -> sa.Table:
    return sa.Table(name, sa.MetaData(), *(column._copy() for column in columns))


def _coming(row: sa.Row[Any]) -> dict[str, object]:
    old = row.old_codes or {"tokens": [], "numbers": []}
    tokens, numbers = (tuple(map(bytes.fromhex, old[kind])) for kind in ("tokens", "numbers"))
    packed = _Packed(
        number_key=row.number_key,
        number_end=row.number_end,
        old_tokens=tokens,
        old_numbers=numbers,
        retired=row.is_retired,
        name=row.name,
        name_key=row.name_key or 0,
        created_at=row.card_created_at,
        is_active=row.is_active,
        stamp_count=row.stamp_count,
        total_stamps_earned=row.total_stamps_earned,
        stamps_redeemed=row.stamps_redeemed,
        points_balance=row.points_balance,
        total_points_earned=row.total_points_earned,
        points_redeemed=row.points_redeemed,
        welcome_given=row.welcome_given,
        last_points_at=row.last_points_at,
        last_redemption_at=row.last_redemption_at,
        last_activity_at=row.last_activity_at,
        enrolled_at_store=row.enrolled_at_store,
        marks=tuple(_Mark(UUID(hex=id_), moment_of(at), count) for id_, at, count in row.marks),
    )
    return {
        "packed": _encode(packed),
        "email_hmac": row.email_hmac,
        "phone_hmac": row.phone_hmac,
        "is_blank": packed.created_at is None and not packed.retired,
        "was_replaced": bool(tokens),
    }


_encode = msgspec.msgpack.Encoder(uuid_format="bytes").encode
