"""What becomes of imported rows: each makes a card, adds to one, clashes with one, or is refused.

The same judgement is made twice: in the dry run, of the file alone, and again when the row is carried out, as the
company goes on meanwhile. A row that names a card by its number adds to it, or takes it if it is a blank. Any other row
makes a card, and clashes if its code or a contact belongs to somebody already.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, or_, select

from loyalty import points, stamps
from loyalty.card import Card
from loyalty.refusals import Refusal as RuleRefusal
from loyalty.transactions import IMPORTED
from server.db.lookups import Lookup
from server.db.transfer_tables import import_rows
from server.ledger.rows import cards as card_rows
from server.ledger.rows import old_codes
from server.ledger.rows.cards import OpenCard
from server.ledger.rows.enrolments import active_cards_with
from server.transfer.row_values import Refusal, Values


class Word(StrEnum):
    """What becomes of a row."""

    MAKES = "makes"
    ADDS = "adds"
    CLASHES = "clashes"
    REFUSED = "refused"


CARRIED_OUT = (Word.MAKES, Word.ADDS)
TRIED = (*CARRIED_OUT, Word.CLASHES)  # a row that clashes becomes a case


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one row; *card_id* is the card that it takes, adds to or clashes with."""

    word: Word
    reason: str | None = None
    card_id: UUID | None = None
    other_row: int | None = None


@dataclass(frozen=True, slots=True)
class Numbered:
    """A row by its number: its values, or why they cannot be read."""

    number: int
    values: Values | None
    reason: str | None = None


@dataclass(slots=True)
class Known:
    """What some rows meet: in the company, and among the rows of their file that come before them."""

    by_number: dict[bytes, OpenCard]
    by_code: dict[bytes, UUID]  # also a card's own number, if somebody's old code reads like it
    by_contact: dict[bytes, set[UUID]]
    taken: dict[bytes | UUID, int] = field(default_factory=dict)  # a code, contact or card, and the row that has it

    def judge(self, row: Numbered) -> Outcome:
        """What becomes of the next row; the rows after it meet it."""
        if row.values is None:
            return Outcome(Word.REFUSED, row.reason)
        found = self._judged(row.values)
        if found.word in CARRIED_OUT:
            self._keep(row, found)
        return found

    def _judged(self, values: Values) -> Outcome:
        named = None
        if values.number_hmac is not None:
            named = self.by_number.get(values.number_hmac)
            if named is None:
                return _refused(Refusal.CARD_UNKNOWN)
            if not named.card.is_active:
                return _refused(Refusal.CARD_INACTIVE)
        elif values.code_hmac is None and not values.is_somebody:
            return _refused(Refusal.NOBODY)
        card_id = None if named is None else named.card.id
        adds = named is not None and not (named.card.is_blank and named.card.id not in self.taken)
        if adds and not (values.stamps or values.points or values.code_hmac):
            return _refused(Refusal.NOTHING)
        clash = self._clash(values, card_id, with_contacts=not adds)
        if clash is not None:
            return clash
        reason = _balance_refusal(named.card if named is not None and adds else None, values)
        if reason is not None:
            return _refused(reason)
        return Outcome(Word.ADDS if adds else Word.MAKES, card_id=card_id)

    def _clash(self, values: Values, card_id: UUID | None, *, with_contacts: bool) -> Outcome | None:
        """The card, or the earlier row, that has the row's code or one of its contacts."""
        code = values.code_hmac
        if code is not None and (other := self.by_code.get(code)) not in (None, card_id):
            return Outcome(Word.CLASHES, Refusal.CLASH, other)
        contacts = values.contacts.known if with_contacts else frozenset()
        for contact in sorted(contacts):
            others = self.by_contact.get(contact, set()) - {card_id}
            if others:
                return Outcome(Word.CLASHES, Refusal.CLASH, min(others))
        mine = None if card_id is None else self.taken.get(card_id)
        for hashed in (code, *sorted(contacts)):
            row = None if hashed is None else self.taken.get(hashed)
            if row is not None and row != mine:
                return Outcome(Word.CLASHES, Refusal.CLASH, other_row=row)
        return None

    def _keep(self, row: Numbered, found: Outcome) -> None:
        assert row.values is not None, "it is carried out"
        contacts = row.values.contacts.known if found.word is Word.MAKES else frozenset()
        for one in (row.values.code_hmac, found.card_id, *contacts):
            if one is not None:
                self.taken.setdefault(one, row.number)


def known(conn: Connection, company_id: UUID, rows: Sequence[Numbered]) -> Known:
    """What the company has that these rows may meet."""
    read = [row.values for row in rows if row.values is not None]
    codes = {one.code_hmac for one in read if one.code_hmac is not None}
    numbers = {one.number_hmac for one in read if one.number_hmac is not None}
    numbers |= {one.code_as_number for one in read if one.code_as_number is not None}
    contacts: set[bytes] = set().union(*(one.contacts.known for one in read))
    numbered = _cards_by_number(conn, company_id, numbers)
    by_code = old_codes.cards_of(conn, company_id, codes)
    for one in read:
        if one.code_hmac is not None and one.code_as_number in numbered:
            by_code[one.code_hmac] = numbered[one.code_as_number].card.id
    return Known(numbered, by_code, active_cards_with(conn, company_id, contacts))


def meet_earlier(conn: Connection, company_id: UUID, import_id: UUID, found: Known, rows: Iterable[Numbered]) -> None:
    """Adds what earlier rows of the file have planned, before any of it is carried out."""
    read = [row.values for row in rows if row.values is not None]
    of_import = {"company": company_id, "import_id": import_id}
    for lookup, wanted in (
        (_ROWS_OF_CODE, {one.code_hmac for one in read}),
        (_ROWS_OF_EMAIL, {one.contacts.email for one in read}),
        (_ROWS_OF_PHONE, {one.contacts.phone for one in read}),
        (
            _ROWS_OF_CARD,
            {found.by_number[one.number_hmac].card.id for one in read if one.number_hmac in found.by_number},
        ),
    ):
        for one in lookup.rows(conn, wanted - {None}, **of_import):
            found.taken[one.value] = min(one.row, found.taken.get(one.value, one.row))


def _cards_by_number(conn: Connection, company_id: UUID, numbers: Collection[bytes]) -> dict[bytes, OpenCard]:
    ids = card_rows.by_numbers(conn, company_id, numbers)
    leading = card_rows.load_leading(conn, company_id, list(ids.values()))
    return {number: leading[card_id] for number, card_id in ids.items()}


def _balance_refusal(card: Card | None, values: Values) -> Refusal | None:
    """Why the balances cannot be had: beyond what a card holds."""
    had = card or Card(id=UUID(int=0))
    effects = (
        stamps.adjust_stamps(had, values.stamps, IMPORTED) if values.stamps else None,
        points.adjust_points(had, values.points, IMPORTED) if values.points else None,
    )
    return Refusal.BALANCE_FULL if any(isinstance(one, RuleRefusal) for one in effects) else None


def _refused(reason: Refusal) -> Outcome:
    return Outcome(Word.REFUSED, reason)


def _rows_of(column: Any) -> Lookup:
    query = select(column.label("value"), func.min(import_rows.c.row).label("row")).where(
        import_rows.c.company_id == bindparam("company"),
        import_rows.c.import_id == bindparam("import_id"),
        or_(*(import_rows.c.word == word.value for word in CARRIED_OUT)),
    )
    return Lookup(query.group_by(column), column)


_ROWS_OF_CODE, _ROWS_OF_EMAIL = _rows_of(import_rows.c.code_hmac), _rows_of(import_rows.c.email_hmac)
_ROWS_OF_PHONE, _ROWS_OF_CARD = _rows_of(import_rows.c.phone_hmac), _rows_of(import_rows.c.card_id)
