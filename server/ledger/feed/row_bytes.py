"""Conversion of database rows to the rows that tills receive. Codes are hashed, names and contacts encrypted."""

from typing import Any

import msgspec
from sqlalchemy import Row

from loyalty.program import Program
from loyalty.settings import Limits, Settings, clamped
from sync.protocol.rows import CompanyRow, ProgramRow, StaffRow, StoreRow, TerminalRow, VerifierRow


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
