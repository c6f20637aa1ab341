"""Plans and carries out imports, in batches that go on where the one before has ended.

A batch's rows, what they book and where the next one begins are written in one unit of work, so each row is carried out
once. What takes time, such as reading and encrypting, comes before it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, bindparam, update

from loyalty.transactions import (
    IMPORTED,
    NO_EFFECT,
    Body,
    CardCreated,
    Context,
    Effect,
    PointsAdjusted,
    StampsAdjusted,
    Transaction,
)
from server.cards import blanks
from server.cases import clashes
from server.cases.clashes import Clash, ImportedRow
from server.companies import companies, programs, stores
from server.db.batches import Batch
from server.db.transfer_tables import import_rows
from server.keys import CompanyKeys, Keys
from server.ledger.judging.ledger_writes import WriteSet
from server.ledger.judging.savepoint_booking import release
from server.ledger.rows import cards as card_rows
from server.ledger.rows import old_codes
from server.ledger.rows.cards import NO_CONTACTS, OpenCard
from server.ledger.rows.enrolments import Opener, Person, customer_id_of, enrolment_of
from server.refusals import No, Refused
from server.transfer import csv_reading, import_plan, imports, row_values, staged_rows
from server.transfer.csv_reading import Row
from server.transfer.import_plan import CARRIED_OUT, Numbered, Outcome, Word
from server.transfer.imports import Import
from server.transfer.row_values import Field, Rules, Values
from server.transfer.staged_rows import StagedRow

PLANNED_AT_ONCE = 500  # rows
GUESSED_BELOW = 8  # characters
CARRIED_OUT_AT_ONCE = 100  # which keeps tills waiting for well under 100 ms


@dataclass(frozen=True, slots=True)
class Read:
    """Rows of the file as they were read, with their cells."""

    rows: Sequence[Numbered]
    cells: Sequence[Sequence[str]]


def rules(conn: Connection, company_id: UUID, found: Import, keys: CompanyKeys, now: datetime) -> Rules:
    """What the values of an import's rows depend on now."""
    program = programs.versions(conn, company_id).at(now)
    if program is None:
        raise Refused(No.PROGRAM_MISSING)
    assert found.choice is not None, "it is planned with a choice"
    settings = companies.by_id(conn, company_id).settings
    places = [one for one in stores.listed(conn, company_id) if not one.is_closed]
    return Rules(found.choice, settings, program, places, keys.lookup, now.astimezone(UTC))


def read_file(part: Callable[[int], bytes | None], found: Import, rules: Rules) -> Iterator[Read]:
    """The rows that are still to be planned, batch by batch; *part* reads a part of the file. Raises `Unreadable`."""
    pieces = iter_parts(part)
    rows = (row for row in csv_reading.rows(pieces, found.shape) if row.number >= found.next_row)
    while batch := list(islice(rows, PLANNED_AT_ONCE)):
        yield Read([_numbered(row, rules) for row in batch], [row.cells for row in batch])


def iter_parts(part: Callable[[int], bytes | None]) -> Iterator[bytes]:
    """The file, part by part."""
    place = 0
    while (piece := part(place)) is not None:
        yield piece
        place += 1


def plan(conn: Connection, company_id: UUID, found: Import, read: Read, *, keys: CompanyKeys, now: datetime) -> None:
    """Stages some rows with what becomes of each."""
    meets = import_plan.known(conn, company_id, read.rows)
    import_plan.meet_earlier(conn, company_id, found.id, meets, read.rows)
    outcomes = [meets.judge(row) for row in read.rows]
    mine = {"company_id": company_id, "import_id": found.id, "created_at": now, "updated_at": now}
    staged = []
    for row, outcome, cells in zip(read.rows, outcomes, read.cells, strict=True):
        sealed = staged_rows.sealed_cells(found.id, row.number, cells, keys)
        staged.append(mine | _columns(row, outcome) | {"row": row.number, "sealed": sealed, "sealed_key": keys.data.id})
    staged_rows.add(conn, staged)
    counts = Counter(outcome.word for outcome in outcomes)
    counted = {word.value: found.counts[word] + counts[word] for word in Word}
    taken = [cells for cells, one in zip(read.cells, outcomes, strict=True) if one.word in CARRIED_OUT]
    weak = found.weak_codes + _weak_codes(found, taken)
    imports.change(conn, company_id, found.id, now, next_row=read.rows[-1].number + 1, weak_codes=weak, **counted)


def read_again(staged: Iterable[StagedRow], rules: Rules) -> list[Numbered]:
    """The values of staged rows, by the rules as they are now."""
    return [_numbered(Row(one.number, tuple(one.cells or ())), rules) for one in staged]


def carry_out(  # noqa: PLR0917
    conn: Connection,
    company_id: UUID,
    found: Import,
    staged: Sequence[StagedRow],
    rows: Sequence[Numbered],
    keys: Keys,
    rules: Rules,
) -> None:
    """Books some rows. The caller holds the company's lock."""
    now, own = rules.now, keys.company(company_id)
    meets = import_plan.known(conn, company_id, rows)
    outcomes = [meets.judge(row) for row in rows]
    opened = {one.card.id: one for one in meets.by_number.values()}
    new = _new_cards(conn, company_id, outcomes, keys, now)
    booking = _Booking(conn, company_id, found, Opener(keys.sealing, own, rules.settings.country), rules)
    became = []
    for row, outcome in zip(rows, outcomes, strict=True):
        if outcome.word in CARRIED_OUT and row.values is not None:
            card = next(new) if outcome.card_id is None else opened[outcome.card_id]
            booking.book(card, row.number, row.values, makes=outcome.word is Word.MAKES)
            became.append(replace(outcome, card_id=card.card.id))
        else:
            became.append(outcome)
    booking.write()
    met = _clashes(found, staged, rows, became)
    clashes.open_each(conn, company_id, found.id, met, rules.program, own, now)
    handed_out = {str(one.card_id) for one in outcomes if one.word is Word.MAKES and one.card_id is not None}
    if handed_out:
        release(conn, company_id, keys, handed_out, now)
    _note(conn, company_id, found, staged, became, now)


def _clashes(
    found: Import, staged: Sequence[StagedRow], rows: Sequence[Numbered], became: Sequence[Outcome]
) -> list[Clash]:
    """The rows that have met a card, or an earlier row of these that has made one."""
    cards = {row.number: outcome.card_id for row, outcome in zip(rows, became, strict=True)}
    met = []
    for kept, row, outcome in zip(staged, rows, became, strict=True):
        values = row.values
        card_id = outcome.card_id if outcome.other_row is None else cards.get(outcome.other_row)
        if outcome.word is Word.CLASHES and values is not None and card_id is not None:
            said = _said(found, kept, values)
            met.append(Clash(number=row.number, card_id=card_id, row=said))
    return met


def _said(found: Import, kept: StagedRow, values: Values) -> ImportedRow:
    """What a row says, for who decides about it."""
    assert found.choice is not None, "it is carried out with a choice"
    columns, cells = found.choice.columns, kept.cells or ()

    def cell(field: Field) -> str:
        return cells[columns[field]] if field in columns and columns[field] < len(cells) else ""

    return ImportedRow(
        stamps=values.stamps,
        points=values.points,
        store_id=values.store_id,
        code=cell(Field.OLD_CODE),
        number=cell(Field.CARD_NUMBER),
        name=values.name,
        email=values.email,
        phone=values.phone,
        language=values.language,
        consent=values.consent,
        consent_on=values.consent_on,
    )


def _new_cards(
    conn: Connection, company_id: UUID, outcomes: Iterable[Outcome], keys: Keys, now: datetime
) -> Iterator[OpenCard]:
    """Cards for the rows that name none; their codes are shown on phones, as nothing is printed."""
    count = sum(one.word is Word.MAKES and one.card_id is None for one in outcomes)
    if not count:
        return iter(())
    made = blanks.issue(conn, company_id, keys, blanks.random_blanks(), count=count, now=now, pooled=True)
    loaded = card_rows.load(conn, company_id, [one.id for one in made])
    return (loaded[one.id] for one in made)


class _Booking:
    """The rows of one unit of work."""

    def __init__(self, conn: Connection, company_id: UUID, found: Import, opener: Opener, rules: Rules) -> None:
        self._conn = conn
        self._company_id = company_id
        self._import = found
        self._opener = opener
        self._rules = rules
        self._writes = WriteSet(conn, company_id, rules.now)
        self._codes: dict[bytes, UUID] = {}

    def book(self, opened: OpenCard, number: int, values: Values, *, makes: bool) -> None:
        """Books a row: the card without a welcome if it makes one, and its balances as corrections."""
        if makes:
            created = self._fact(opened, number, CardCreated(), NO_EFFECT, values, values.enrolled_at)
            self._writes.book(opened, created)
            if values.is_somebody:
                self._make_customer(opened, created.id, values)
        if values.stamps:
            body: Body = StampsAdjusted(stamps=values.stamps, reason=IMPORTED)
            self._writes.book(opened, self._fact(opened, number, body, Effect(values.stamps), values, values.active_at))
        if values.points:
            body, effect = PointsAdjusted(points=values.points, reason=IMPORTED), Effect(points=values.points)
            self._writes.book(opened, self._fact(opened, number, body, effect, values, values.active_at))
        if values.code_hmac is not None and values.code_hmac not in opened.codes.old_codes:
            opened.add_old_code(values.code_hmac)
            self._codes[values.code_hmac] = opened.card.id
            self._writes.touch(opened)

    def write(self) -> None:
        """Writes all of it."""
        self._writes.write()
        old_codes.add(self._conn, self._company_id, self._codes, self._rules.now)

    def _fact(  # noqa: PLR0917
        self, opened: OpenCard, number: int, body: Body, effect: Effect, values: Values, at: datetime
    ) -> Transaction:
        context = Context(
            occurred_at=at,
            program_version=self._rules.program.version,
            store_id=values.store_id,
            staff_id=self._import.run_by,
        )
        fact = Transaction(UUID(int=0), opened.card.id, body, effect, context)
        return fact._replace(id=uuid5(self._import.id, f"{number} {fact.kind}"))

    def _make_customer(self, opened: OpenCard, created_id: UUID, values: Values) -> None:
        person = Person(
            name=values.name,
            email=values.email,
            phone=values.phone,
            language=values.language,
            consent=values.consent,
        )
        enrolment = enrolment_of(person, values.contacts, opened.card.id, self._opener.keys.data)
        row = self._opener.customer(self._company_id, created_id, enrolment, self._rules.now)
        self._writes.enrol(row | {"consent_at": values.consent_on if values.consent else None})
        opened.customer_id = customer_id_of(created_id)
        opened.contacts, opened.name = enrolment.contacts, enrolment.name


def _numbered(row: Row, rules: Rules) -> Numbered:
    if row.wrong is not None:
        return Numbered(row.number, None, row.wrong)
    try:
        return Numbered(row.number, row_values.read(row.cells, rules))
    except row_values.Refused as no:
        return Numbered(row.number, None, no.reason)


def _weak_codes(found: Import, rows: Iterable[Sequence[str]]) -> int:
    """How many old codes of these rows somebody could guess: short ones, and those that follow the one before."""
    assert found.choice is not None, "it is planned with a choice"
    place = found.choice.columns.get(Field.OLD_CODE)
    if place is None:
        return 0
    weak, before = 0, ""
    for cells in rows:
        code = cells[place]
        if code:
            weak += len(code) < GUESSED_BELOW or (
                code.isdecimal() and before.isdecimal() and int(code) == int(before) + 1
            )
        before = code
    return weak


def _columns(row: Numbered, outcome: Outcome) -> dict[str, Any]:
    """What is kept of a row beside its cells; hashes only of one that is to be carried out, for rows after it."""
    values = row.values if outcome.word in CARRIED_OUT else None
    contacts = values.contacts if values is not None and outcome.word is Word.MAKES else NO_CONTACTS
    return {
        "word": outcome.word.value,
        "reason": outcome.reason,
        "card_id": outcome.card_id,
        "other_row": outcome.other_row,
        "is_done": False,
        "code_hmac": None if values is None else values.code_hmac,
        "email_hmac": contacts.email,
        "phone_hmac": contacts.phone,
    }


def _note(  # noqa: PLR0917
    conn: Connection,
    company_id: UUID,
    found: Import,
    staged: Sequence[StagedRow],
    became: Sequence[Outcome],
    now: datetime,
) -> None:
    """Notes what has become of the rows, and where the next batch begins."""
    counts = Counter(found.counts)
    counts.subtract(one.word for one in staged)
    counts.update(one.word for one in became)
    mine = {"of_company": company_id, "of_import": found.id, "updated_at": now}
    _NOTED.run(
        conn,
        [
            mine
            | {
                "of_row": row.number,
                "word": outcome.word.value,
                "reason": outcome.reason,
                "other_row": outcome.other_row,
                "card_id": outcome.card_id,
                "is_done": outcome.word in CARRIED_OUT,
            }
            for row, outcome in zip(staged, became, strict=True)
        ],
    )
    done = found.done + sum(one.word in CARRIED_OUT for one in became)
    next_row = staged[-1].number + 1
    counted = {word.value: counts[word] for word in Word}
    imports.change(conn, company_id, found.id, now, next_row=next_row, done=done, **counted)


_NOTED = Batch(
    update(import_rows)
    .where(
        import_rows.c.company_id == bindparam("of_company"),
        import_rows.c.import_id == bindparam("of_import"),
        import_rows.c.row == bindparam("of_row"),
    )
    .values({name: bindparam(name) for name in ("word", "reason", "other_row", "card_id", "is_done", "updated_at")})
)
