"""PINs set at tills: whether the setter was allowed to, which PIN is the newest, and the staff row sent to all tills.

Tills make the verifiers; the server re-encrypts those made under an older pepper. The PIN itself never reaches it.
"""

from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import msgspec
import structlog
from msgspec.structs import asdict
from sqlalchemy import Connection, Row, select, update

from loyalty.judge import Note, Word
from loyalty.refusals import Reason
from loyalty.staff import Role, reset_refusal
from server.db.tables import staff
from server.keys import Keys
from server.ledger.feed import row_bytes
from server.ledger.feed.sources import FeedRow
from server.ledger.judging.write_set import WriteSet
from server.ledger.rows.entries import ACCEPTED, FROM_THE_FUTURE, UNREADABLE, ParsedEntry, Settled
from sync.protocol import sealing
from sync.protocol.rows import Table, VerifierRow
from sync.protocol.sealing import PinVerifier, Unopenable, repepper

MEMORY_KIB_MAX = 64 * 1024  # each attempt at a till costs what the verifier demands
TIME_COST_MAX = 8
PARALLELISM_MAX = 4
_SUPERSEDED = Settled(word=Word.ADJUSTED, note=Note.PIN_SUPERSEDED)

_log = structlog.get_logger()


class Pins:
    """PIN entries of one unit of work, under the company's lock. Rows are written immediately, with versions of the
    write set."""

    def __init__(self, conn: Connection, company_id: UUID, keys: Keys, now: datetime, writes: WriteSet) -> None:
        self._conn, self._company_id, self._keys, self._now, self._writes = conn, company_id, keys, now, writes

    @cached_property
    def _people(self) -> dict[UUID, Row[Any]]:
        return {row.staff_id: row for row in self._conn.execute(self._query)}

    @property
    def _query(self) -> Any:
        return select(staff).where(staff.c.company_id == self._company_id)

    def settle(self, item: ParsedEntry) -> Settled:
        """Settles a PIN entry; if accepted, the PIN is valid from now on."""
        try:
            return self._settled(item)
        except Exception:
            _log.exception("settling a PIN failed", entry=str(item.id), seq=item.slot.seq)
            return FROM_THE_FUTURE  # a bug: a later program may succeed

    def _settled(self, item: ParsedEntry) -> Settled:
        body, at = item.pin, item.occurred_at
        assert body is not None and at is not None and item.entry is not None, "only PIN entries are settled here"
        person = self._people.get(body.staff)
        if person is None or not person.is_active:
            return Settled(word=Word.REJECTED, reason=Reason.STAFF_UNKNOWN)
        if (no := self._refusal(item, person)) is not None:
            return Settled(word=Word.REJECTED, reason=no)
        verifier = self._repeppered(body.verifier, body.staff)
        if verifier is None:
            return UNREADABLE
        if person.pin_set_at is not None and at < person.pin_set_at:
            return _SUPERSEDED
        values = {
            "verifier": msgspec.to_builtins(verifier),
            "pin_set_at": at,
            "version": self._writes.version(),
            "updated_at": self._now,
        }
        of_person = (staff.c.company_id == self._company_id, staff.c.staff_id == body.staff)
        self._conn.execute(update(staff).where(*of_person).values(values))
        changed = self._conn.execute(self._query.where(staff.c.staff_id == body.staff)).one()
        self._people[body.staff] = changed
        row = msgspec.json.encode(row_bytes.person(changed))
        self._writes.add_row(FeedRow(Table.STAFF, body.staff, changed.version, row, bytes))
        return ACCEPTED

    def _refusal(self, item: ParsedEntry, person: Row[Any]) -> Reason | None:
        entry = item.entry
        assert entry is not None
        if entry.override is None:
            return None if entry.staff == person.staff_id else Reason.NOT_A_MANAGER
        manager = self._people.get(entry.override)
        if manager is None or not manager.is_active:
            return Reason.STAFF_UNKNOWN
        refusal = reset_refusal(Role(manager.role), Role(person.role))
        return None if refusal is None else refusal.reason

    def _repeppered(self, row: VerifierRow, staff_id: UUID) -> PinVerifier | None:
        """The verifier under the current pepper; None if it cannot be decrypted or demands too much of a till."""
        fits = (
            0 < row.memory_kib <= MEMORY_KIB_MAX
            and 0 < row.time_cost <= TIME_COST_MAX
            and 0 < row.parallelism <= PARALLELISM_MAX
            and len(row.salt) == sealing.SALT_BYTES
        )
        keys = self._keys.company(self._company_id)
        pepper = keys.pepper_with(row.pepper_id)
        if not fits or pepper is None:
            return None
        try:
            return repepper(PinVerifier(**asdict(row)), staff_id, pepper, keys.pepper)
        except Unopenable:
            return None
