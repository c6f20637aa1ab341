"""Erases a customer from everything that the server keeps. What tills keep they erase at their next contact.

The ledger stays, on a card that is nobody's. Not reached are copies outside of this server; a restored backup is gone
over again by the file beside the keys.
"""

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, bindparam, delete, select, update

from server.cards import card_list
from server.cards.card_list import Changes
from server.cards.decrypted_texts import contact_of, personal_of
from server.companies import companies
from server.companies.companies import Company
from server.customers import consents, customer_sessions, one_time_codes
from server.customers.readers import words_for
from server.db import answers, job_queue
from server.db.job_queue import DueJob
from server.db.lookups import Lookup
from server.db.tables import customers
from server.db.transfer_tables import export_parts, exports, import_parts, import_rows, imports
from server.db.units import Units
from server.db.work_tables import erasure_tills, erasures, mails
from server.keys import CompanyKeys, Keys
from server.ledger.judging.savepoint_booking import Ledger
from server.ledger.own_bookings import erasure, joins
from server.ledger.rows import cards as card_rows
from server.mail import letters, outbox
from server.mail.outbox import MailState
from sync.protocol.sealing import Unopenable, decrypt

FILING_JOB = "clean"  # notes beside the keys what was erased
FILED_AT_ONCE = 500
_COMPANY: Any = bindparam("company")
_CUSTOMERS = Lookup(select(customers).where(customers.c.company_id == _COMPANY), customers.c.customer_id)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an erasure has come."""

    at: datetime
    tills: int  # that have to follow
    done: int  # that have


@dataclass(frozen=True, slots=True)
class _Person:
    texts: tuple[str, ...]  # name, contacts, ids: whatever names them
    email: str | None
    language: str | None


def erase(
    ledger: Ledger, company: Company, card_ids: Collection[UUID], *, by: UUID | None, can_mail: bool
) -> Sequence[UUID]:
    """Erases the customers of these cards; returns the cards that are nobody's now.

    The caller holds the company's lock. Who has an address that mail reaches is told, as the last that is sent there.
    """
    conn, company_id, keys, now = ledger
    people = list(_people(conn, company_id, keys.company(company_id), card_ids))
    done = erasure.erase(conn, company_id, card_ids, by=by, now=now)
    if not done.cards:
        return ()
    card_list.write(conn, company_id, Changes({}, frozenset(done.cards), 0, is_all=True), now)
    _forget_mails(conn, company_id, done.customers, now)
    customer_sessions.forget_proofs(conn, company_id)
    for customer_id in done.customers:
        customer_sessions.end_all(conn, company_id, customer_id)
        one_time_codes.forget(conn, company_id, customer_id)
        consents.forget(conn, company_id, customer_id)
    joins.forget(conn, company_id, done.cards)
    _forget_files(conn, company_id, done.cards, now)
    texts = {text for person in people for text in person.texts} | set(map(str, (*done.cards, *done.customers)))
    _forget_answers(conn, company_id, keys.company(company_id), texts)
    for person in people:
        if can_mail and person.email is not None:
            letter = letters.erased(words_for(person.language, company), company=company.name)
            outbox.queue(conn, keys, letter, person.email, company_id=company_id, now=now)
    job_queue.wake(conn, DueJob(company_id, FILING_JOB), now)
    return done.cards


def standing(conn: Connection, company_id: UUID, card_id: UUID) -> Standing | None:
    """How far the erasure of a card's customer has come; None if there was none."""
    one = (erasures.c.company_id == company_id, erasures.c.card_id == card_id)
    at = conn.execute(select(erasures.c.created_at).where(*one)).scalar_one_or_none()
    if at is None:
        return None
    theirs = (erasure_tills.c.company_id == company_id, erasure_tills.c.card_id == card_id)
    tills = list(conn.execute(select(erasure_tills.c.done_at).where(*theirs)).scalars())
    return Standing(at, len(tills), sum(one is not None for one in tills))


def file_new(conn: Connection, company_id: UUID, keys: Path, now: datetime) -> int:
    """Notes beside the keys which cards' customers were erased, for backups from before; returns how many.

    A line may stand there twice, when the process ended before its unit of work.
    """
    unfiled = (erasures.c.company_id == company_id, erasures.c.filed_at.is_(None))
    query = select(erasures.c.card_id).where(*unfiled).order_by(erasures.c.card_id).limit(FILED_AT_ONCE)
    found = list(conn.execute(query).scalars())
    if found:
        _append(path_beside(keys), [f"{company_id} {card_id}\n" for card_id in found])
        mine = update(erasures).where(erasures.c.company_id == company_id, erasures.c.card_id.in_(found))
        conn.execute(mine.values(filed_at=now, updated_at=now))
    return len(found)


def path_beside(keys: Path) -> Path:
    """The file of erasures that belongs to a key file."""
    return keys.with_name(f"{keys.name}.erased")


def filed(keys: Path) -> dict[UUID, set[UUID]]:
    """The cards in the file, by company: what a restored backup has to be gone over for."""
    found: dict[UUID, set[UUID]] = {}
    with suppress(FileNotFoundError):
        for line in path_beside(keys).read_text("ascii", "replace").splitlines():
            company_id, _, card_id = line.partition(" ")
            with suppress(ValueError):  # a line that the disk was too full for, or has changed
                found.setdefault(UUID(company_id), set()).add(UUID(card_id))
    return found


def erase_filed(units: Units, keys: Keys, path: Path, now: datetime) -> int:
    """Erases again whoever stands in the file beside the keys at *path*, after a restoration; returns how many cards.

    They were told when they were erased first.
    """
    with units.read() as conn:
        known = {one.id: one for one in companies.listed(conn)}
    count = 0
    for company_id, cards in filed(path).items():
        if (company := known.get(company_id)) is None:
            continue  # founded since the backup
        waiting = sorted(cards)
        for start in range(0, len(waiting), FILED_AT_ONCE):
            some = waiting[start : start + FILED_AT_ONCE]
            with units.write(company_id) as conn:
                count += len(erase(Ledger(conn, company_id, keys, now), company, some, by=None, can_mail=False))
    return count


def _append(path: Path, lines: Sequence[str]) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a", encoding="ascii") as file:
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":  # the disk was full in the middle of a line
            file.write("\n")
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())


def _people(conn: Connection, company_id: UUID, keys: CompanyKeys, card_ids: Collection[UUID]) -> Iterator[_Person]:
    leading = card_rows.load_leading(conn, company_id, dict.fromkeys(card_ids))
    loaded = {one.card.id: one for one in leading.values()}
    wanted = dict.fromkeys(one.customer_id for one in loaded.values() if one.customer_id is not None)
    rows = {row.customer_id: row for row in _CUSTOMERS.rows(conn, wanted, company=company_id)}
    for opened in loaded.values():
        row = None if opened.customer_id is None else rows.get(opened.customer_id)
        personal = personal_of(card_rows.sent_row(opened), keys)
        email = None if row is None else contact_of(row.customer_id, row.email, keys)
        phone = None if row is None else contact_of(row.customer_id, row.phone, keys)
        texts = tuple(text for text in (personal.name, personal.note, email, phone) if text)
        reached = None if row is None or row.undeliverable_at is not None else email
        yield _Person(texts, reached, None if row is None else row.language)


def _forget_mails(conn: Connection, company_id: UUID, people: Collection[UUID], now: datetime) -> None:
    """Address and text of what was sent to them; what waits is not sent."""
    theirs = (mails.c.company_id == company_id, mails.c.customer_id.in_(people))
    waiting = update(mails).where(*theirs, mails.c.state == MailState.QUEUED)
    conn.execute(waiting.values(state=MailState.DROPPED, next_at=None))
    conn.execute(update(mails).where(*theirs).values(address=None, body=None, updated_at=now))


def _forget_answers(conn: Connection, company_id: UUID, keys: CompanyKeys, texts: Collection[str]) -> None:
    """Stored answers of the last day that name them, or that cannot be read any more."""
    named = [msgspec.json.encode(text).decode()[1:-1] for text in texts]
    for request_id, sealed in answers.of_company(conn, company_id):
        answer = _answer(sealed, request_id, keys)
        if answer is None or any(text in answer for text in named):
            answers.release(conn, request_id)


def _forget_files(conn: Connection, company_id: UUID, card_ids: Collection[UUID], now: datetime) -> None:
    """Exports that are made, files that were imported, and the rows of theirs that came from one."""
    conn.execute(delete(export_parts).where(export_parts.c.company_id == company_id))
    made = (exports.c.company_id == company_id, exports.c.done_at.is_not(None), exports.c.cleared_at.is_(None))
    conn.execute(update(exports).where(*made).values(cleared_at=now, updated_at=now))
    over = select(imports.c.import_id).where(imports.c.company_id == company_id, imports.c.done_at.is_not(None))
    parts = (import_parts.c.company_id == company_id, import_parts.c.import_id.in_(over))
    conn.execute(delete(import_parts).where(*parts))
    rows = (import_rows.c.company_id == company_id, import_rows.c.card_id.in_(card_ids))
    conn.execute(delete(import_rows).where(*rows, import_rows.c.import_id.in_(over)))


def _answer(sealed: bytes, request_id: UUID, keys: CompanyKeys) -> str | None:
    for key in keys.all_data:
        with suppress(Unopenable):
            stored: dict[str, Any] = msgspec.json.decode(decrypt(key, request_id, sealed))
            return str(stored["body"])
    return None
