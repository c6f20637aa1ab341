"""Cases can be decided: they have a number, a state, a store, and what is at stake.

What a till was not allowed to do on a day, and what a journal had that is not in the books, was one case with a count.
Each entry becomes a case of its own, in a group with the others.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_TRANSACTIONS = {
    *("card_created", "card_deactivated", "card_reactivated", "card_replaced", "customer_edited"),
    *("stamp_earned", "stamp_redeemed", "stamp_voided", "stamps_adjusted"),
    *("points_earned", "points_redeemed", "points_voided", "points_adjusted", "redemption_voided"),
    *("points_expired", "expiry_reversed", "welcome_bonus"),
}
_INDEXES = (
    ("cases", "ix_cases_entry", "entry_id"),
    ("cases", "ix_cases_group", "group_id"),
    ("salvage", "ix_salvage_entry", "entry_id"),
)


def _columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("number", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("state", sa.Text(), nullable=False, server_default="open"),
        sa.Column("group_id", Id()),
        sa.Column("other_card_id", Id()),
        sa.Column("other_entry_id", Id()),
        sa.Column("store_id", Id()),
        sa.Column("staff_id", Id()),
        sa.Column("unit", sa.Text()),
        sa.Column("stake_minor", sa.BigInteger()),
        sa.Column("waits", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("decided_at", Moment()),
        sa.Column("decided_by", Id()),
        sa.Column("choice", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column("settled_by", sa.Text()),
    )


def _table(name: str, ids: str, *others: sa.Column[Any]) -> sa.Table:
    return sa.Table(name, sa.MetaData(), *(sa.Column(one, Id()) for one in ids.split()), *others)


_CASES = _table(
    "cases",
    "company_id case_id group_id card_id entry_id terminal_id store_id",
    sa.Column("number", sa.Integer()),
    sa.Column("kind", sa.Text()),
    sa.Column("amount", sa.BigInteger()),
    *(sa.Column(one, Moment()) for one in ("occurred_at", "created_at", "updated_at")),
)
_ENTRIES = _table(
    "entries",
    "company_id terminal_id entry_id",
    sa.Column("verdict", sa.LargeBinary()),
    *(sa.Column(one, Moment()) for one in ("occurred_at", "created_at", "updated_at")),
)
_SALVAGE = _table(
    "salvage",
    "company_id terminal_id journal_id entry_id",
    sa.Column("seq", sa.BigInteger()),
    sa.Column("hash", sa.LargeBinary()),
    sa.Column("entry", sa.LargeBinary()),
)
_COMPANIES = _table("companies", "company_id", sa.Column("settings", sa.JSON()))
_TERMINALS = _table("terminals", "company_id terminal_id store_id")


def upgrade() -> None:
    for column in _columns():
        op.add_column("cases", column)
    op.add_column("salvage", sa.Column("entry_id", Id()))
    op.add_column("transactions", sa.Column("case_id", Id()))
    op.add_column("transactions", sa.Column("choice", sa.Text()))
    conn = op.get_bind()
    stores = {(row.company_id, row.terminal_id): row.store_id for row in conn.execute(sa.select(_TERMINALS))}
    zones = {row.company_id: _zone(row.settings) for row in conn.execute(sa.select(_COMPANIES))}
    for case in conn.execute(sa.select(_CASES)).all():
        found: list[dict[str, Any]] = []
        if case.kind == "not_allowed":
            found = list(_not_allowed(conn, case, zones[case.company_id]))
        elif case.kind == "salvaged":
            found = list(_salvaged(conn, case))
        of_it = (_CASES.c.company_id == case.company_id, _CASES.c.case_id == case.case_id)
        if found:
            conn.execute(sa.delete(_CASES).where(*of_it))
            conn.execute(sa.insert(_CASES), found)
    for place in conn.execute(sa.select(_CASES.c.company_id, _CASES.c.terminal_id).distinct()).all():
        store_id = stores.get((place.company_id, place.terminal_id))
        of_terminal = (_CASES.c.company_id == place.company_id, _CASES.c.terminal_id == place.terminal_id)
        conn.execute(sa.update(_CASES).where(*of_terminal).values(store_id=store_id))
    _number(conn)
    op.create_table(
        "group_decisions",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("decision_id", Id(), primary_key=True),
        sa.Column("group_id", Id(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("decided_by", Id()),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("stores", sa.JSON()),
        sa.Column("done_at", Moment()),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
    op.create_index("uq_cases_number", "cases", ["company_id", "number"], unique=True)
    op.create_index("ix_cases_state", "cases", ["company_id", "state", "number"])
    for table, name, last in _INDEXES:
        some = sa.text(f"{last} IS NOT NULL")
        op.create_index(name, table, ["company_id", last], sqlite_where=some, postgresql_where=some)


def _zone(settings: Any) -> ZoneInfo:
    return ZoneInfo((settings or {}).get("time_zone", "Europe/Luxembourg"))


def _not_allowed(conn: sa.Connection, case: Any, zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    """The entries that the case has counted: those of its terminal that were judged so on its day."""
    of_terminal = (_ENTRIES.c.company_id == case.company_id, _ENTRIES.c.terminal_id == case.terminal_id)
    around = _ENTRIES.c.updated_at.between(case.created_at - timedelta(days=2), case.updated_at + timedelta(days=2))
    for row in conn.execute(sa.select(_ENTRIES).where(*of_terminal, around, _ENTRIES.c.entry_id.is_not(None))):
        verdict = json.loads(row.verdict)
        days = {moment.astimezone(zone).date().isoformat() for moment in (row.created_at, row.updated_at)}
        if "not_allowed" in verdict.get("notes", ()) and case.case_id in {uuid5(case.terminal_id, day) for day in days}:
            card = verdict.get("card")
            yield _entry_case(case, row.entry_id, None if card is None else UUID(card), case.case_id, row.occurred_at)


def _salvaged(conn: sa.Connection, case: Any) -> Iterator[dict[str, Any]]:
    """The transactions of the case's journal that are not in the books, and what cannot be read of it."""
    of_terminal = (_SALVAGE.c.company_id == case.company_id, _SALVAGE.c.terminal_id == case.terminal_id)
    booked = sa.select(_ENTRIES.c.entry_id).where(_ENTRIES.c.company_id == case.company_id)
    seen: set[UUID] = set()
    for row in conn.execute(sa.select(_SALVAGE).where(*of_terminal).order_by(_SALVAGE.c.seq)).all():
        if uuid5(row.journal_id, "case salvaged") != case.case_id:
            continue
        entry_id, at = uuid5(row.journal_id, str(row.seq)), case.occurred_at
        try:
            entry = json.loads(row.entry)
            if entry["kind"] not in _TRANSACTIONS:
                continue
            entry_id, at = UUID(entry["id"]), datetime.fromisoformat(entry["occurred_at"]).astimezone(UTC)
        except (ValueError, KeyError, TypeError, UnicodeDecodeError, RecursionError):
            pass
        of_row = (*of_terminal, _SALVAGE.c.journal_id == row.journal_id, _SALVAGE.c.seq == row.seq)
        conn.execute(sa.update(_SALVAGE).where(*of_row, _SALVAGE.c.hash == row.hash).values(entry_id=entry_id))
        if entry_id in seen or conn.execute(booked.where(_ENTRIES.c.entry_id == entry_id)).first() is not None:
            continue
        seen.add(entry_id)
        yield _entry_case(case, entry_id, None, row.journal_id, min(at, case.created_at))


def _entry_case(case: Any, entry_id: UUID, card_id: UUID | None, group_id: UUID, at: datetime | None) -> dict[str, Any]:
    return {
        "company_id": case.company_id,
        "case_id": uuid5(entry_id, f"case {case.kind}"),
        "number": 0,
        "kind": case.kind,
        "group_id": group_id,
        "card_id": card_id,
        "entry_id": entry_id,
        "terminal_id": case.terminal_id,
        "amount": 0,
        "occurred_at": at or case.occurred_at,
        "created_at": case.created_at,
        "updated_at": case.updated_at,
    }


def _number(conn: sa.Connection) -> None:
    number, company_id = 0, None
    in_order = sa.select(_CASES.c.company_id, _CASES.c.case_id).order_by(
        _CASES.c.company_id, _CASES.c.created_at, _CASES.c.occurred_at, _CASES.c.case_id
    )
    for row in conn.execute(in_order).all():
        number, company_id = (number + 1 if row.company_id == company_id else 1), row.company_id
        of_it = (_CASES.c.company_id == row.company_id, _CASES.c.case_id == row.case_id)
        conn.execute(sa.update(_CASES).where(*of_it).values(number=number))
