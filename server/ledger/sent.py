"""Database rows as tills get them. Codes leave as hashes, names and contacts as they are kept: closed."""

from typing import Any

import msgspec
from sqlalchemy import Row

from loyalty.program import Program
from loyalty.settings import Limits, Settings, clamped
from server.ledger.cards import card_of
from sync.rows import CardRow, CompanyRow, ProgramRow, StaffRow, StoreRow, TerminalRow, VerifierRow


def company(row: Row[Any]) -> CompanyRow:
    settings = clamped(msgspec.convert(row.settings, Settings), Limits(row.limits))
    return CompanyRow(id=row.company_id, name=row.name, settings=settings)


def program(row: Row[Any]) -> ProgramRow:
    return ProgramRow(id=row.program_id, program=msgspec.convert(row.body, Program))


def store(row: Row[Any]) -> StoreRow:
    return StoreRow(id=row.store_id, name=row.name)


def person(row: Row[Any]) -> StaffRow:
    return msgspec.convert(
        {
            "id": row.staff_id,
            "name": row.name,
            "role": row.role,
            "active": row.is_active,
            "verifier": msgspec.convert(row.verifier, VerifierRow),
            "stores": row.stores,
        },
        StaffRow,
    )


def terminal(row: Row[Any]) -> TerminalRow:
    return TerminalRow(id=row.terminal_id, name=row.name, store=row.store_id, revoked=row.revoked_at is not None)


def card(row: Row[Any]) -> CardRow:
    old = row.old_codes or {"tokens": (), "numbers": ()}
    state = card_of(row)
    return CardRow(
        id=row.card_id,
        token=row.token_hash,
        number=row.number_hmac,
        number_key=row.number_key,
        number_end=row.number_end,
        old_tokens=tuple(map(bytes.fromhex, old["tokens"])),
        old_numbers=tuple(map(bytes.fromhex, old["numbers"])),
        retired=row.is_retired,
        name=row.customer_name,
        name_key=row.name_key or 0,
        email=row.email_hmac,
        phone=row.phone_hmac,
        created_at=state.created_at,
        is_active=state.is_active,
        stamp_count=state.stamp_count,
        total_stamps_earned=state.total_stamps_earned,
        stamps_redeemed=state.stamps_redeemed,
        points_balance=state.points_balance,
        total_points_earned=state.total_points_earned,
        points_redeemed=state.points_redeemed,
        welcome_given=state.welcome_given,
        last_points_at=state.last_points_at,
        last_redemption_at=state.last_redemption_at,
        last_activity_at=state.last_activity_at,
        enrolled_at_store=state.enrolled_at_store,
        marks=state.marks,
    )
