"""Cases of a company on paper, as its tills hear of them."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec

from sync.protocol.rows import CaseRow, Table, decode_row
from tests.support.paper_company import NOON, PaperCompany


def open_case(company: PaperCompany, card_id: UUID | None, **fields: Any) -> UUID:
    """A case that the company has opened, by default about nine stamps that were missing."""
    noon = fields.pop("noon", NOON)
    values: dict[str, Any] = {
        "id": uuid4(),
        "number": 308,
        "kind": "balance_too_small",
        "state": "open",
        "unit": "stamps",
        "amount": 9,
        "stake_minor": 315,
        "occurred_at": noon - timedelta(hours=2),
        "opened_at": noon - timedelta(hours=1),
        "changed_at": noon - timedelta(hours=1),
        "card": card_id,
    } | fields
    company.says(Table.CASE, CaseRow(**values))
    case_id: UUID = values["id"]
    return case_id


def change_case(company: PaperCompany, case_id: UUID, **fields: Any) -> None:
    """Says something new of a case."""
    row = decode_row(CaseRow, bytes(company.rows[Table.CASE, case_id].row))
    company.says(Table.CASE, msgspec.structs.replace(row, **fields))
