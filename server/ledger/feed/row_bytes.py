"""Conversion of database rows to the rows that tills receive. Codes are hashed, names and contacts encrypted."""

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row

from loyalty.program import Program
from loyalty.settings import Limits, Settings, clamped
from sync.protocol.rows import CaseRow, CompanyRow, ErasedRow, ProgramRow, StaffRow, StoreRow, TerminalRow, VerifierRow


def company(row: Row[Any]) -> CompanyRow:
    settings = clamped(msgspec.convert(row.settings, Settings), Limits(row.limits))
    return CompanyRow(id=row.company_id, name=row.name, settings=settings)


def program(row: Row[Any]) -> ProgramRow:
    return ProgramRow(id=row.program_id, program=msgspec.convert(row.body, Program))


def store(row: Row[Any]) -> StoreRow:
    return StoreRow(id=row.store_id, name=row.name)


_NO_VERIFIER = VerifierRow(
    salt=b"", memory_kib=0, time_cost=0, parallelism=0, pepper_id=0, nonce=b"", ciphertext=b""
)  # no PIN matches it


def person(row: Row[Any], *, bare: bool = False) -> StaffRow:
    """A member of staff; *bare* for tills where they do not work, which have no PIN of theirs to check."""
    return msgspec.convert(
        {
            "id": row.staff_id,
            "name": row.name,
            "role": row.role,
            "active": row.is_active,
            "verifier": _NO_VERIFIER if bare else msgspec.convert(row.verifier, VerifierRow),
            "stores": row.stores,
        },
        StaffRow,
    )


def erased(row: Row[Any]) -> ErasedRow:
    return ErasedRow(id=row.card_id, entries=tuple(map(UUID, row.entries)))


def case(row: Row[Any]) -> CaseRow:
    """A case without its note, which stays in the office."""
    return CaseRow(
        id=row.case_id,
        number=row.number,
        kind=row.kind,
        state=row.state,
        occurred_at=row.occurred_at,
        opened_at=row.created_at,
        changed_at=row.updated_at,
        card=row.card_id,
        other_card=row.other_card_id,
        entry=row.entry_id,
        other_entry=row.other_entry_id,
        terminal=row.terminal_id,
        staff=row.staff_id,
        unit=row.unit,
        amount=row.amount,
        stake_minor=row.stake_minor,
        choice=row.choice,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        settled_by=row.settled_by,
    )


def terminal(row: Row[Any]) -> TerminalRow:
    return TerminalRow(id=row.terminal_id, name=row.name, store=row.store_id, revoked=row.revoked_at is not None)
