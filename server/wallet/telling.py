"""Passes as they are made, looked up and told: which are due, what each has to show, and what its maker answered."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import Connection

from server.db import job_queue
from server.db.job_queue import DueJob
from server.keys import Keys
from server.ledger.rows import cards as card_rows
from server.wallet import makers, state
from server.wallet.card_content import Reader, Shown
from server.wallet.makers import MakerName, Outcome
from server.wallet.pass_content import PassContent
from server.wallet.state import Pass

JOB = "wallets"  # tells what is due
AT_ONCE = 20


class Teller(Protocol):
    """A maker that can be told."""

    @property
    def maker(self) -> MakerName: ...

    def tell(self, told: Pass, content: PassContent, now: datetime) -> Outcome:
        """Tells the maker, or the phones, of a pass's content; called in no unit of work."""

    def close(self) -> None:
        """Ends its connections."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A pass that is due, and what it has to show."""

    seen: Pass
    shown: Shown


def offer(reader: Reader, card_id: UUID, maker: MakerName, language: str) -> tuple[Pass, PassContent]:
    """The pass of a card's present code, made if there is none, and what it shows."""
    conn, company_id, now = reader.conn, reader.company_id, reader.now
    opened = card_rows.load_leading(conn, company_id, [card_id])[card_id]
    code = opened.codes.token_hash
    return looked_up(
        reader, state.offer(conn, company_id, opened.card.id, maker, code=code, language=language, now=now)
    )


def looked_up(reader: Reader, one: Pass) -> tuple[Pass, PassContent]:
    """A pass with what it has to show by now, for whoever asks for it. If that is news, its maker is told."""
    shown = reader.shown(one)
    noted = note_read(reader.conn, one, shown, reader.now)
    assert noted is not None, "it was read in this unit of work"
    return noted, shown.content


def note_read(conn: Connection, one: Pass, shown: Shown, now: datetime) -> Pass | None:
    """Notes what a pass has to show, as somebody has asked; None if it was marked since it was read."""
    noted = state.looked_up(conn, one, shown.content, is_erased=shown.is_erased, version=shown.version, now=now)
    if noted is not None and one.content_hash is not None and noted.content_hash != one.content_hash:
        state.mark(conn, one.company_id, one.id, now)
        job_queue.wake(conn, DueJob(one.company_id, JOB), now)
    return noted


def owed(
    conn: Connection, company_id: UUID, keys: Keys, among: Collection[MakerName], *, url: str, now: datetime
) -> list[Owed]:
    """Some passes that are due."""
    found = state.due(conn, company_id, among, now, AT_ONCE)
    if not found:
        return []
    reader = Reader(conn, company_id, keys, url, now)
    return [Owed(one, reader.shown(one)) for one in found]


def take(conn: Connection, found: Collection[Owed], now: datetime) -> list[tuple[Pass, PassContent]]:
    """Notes what the passes have to show; returns those whose makers have to be told."""
    wanted = []
    for one in found:
        shown = one.shown
        noted = state.take(conn, one.seen, shown.content, is_erased=shown.is_erased, version=shown.version, now=now)
        if noted is not None:
            wanted.append((noted, shown.content))
    return wanted


def note(conn: Connection, told: Pass, outcome: Outcome, now: datetime) -> bool:
    """Notes what the maker has answered; False if it is left alone for a while."""
    makers.note(conn, told.maker, outcome, now)
    state.note(conn, told, outcome, now)
    return told.maker not in makers.stopped(conn, now)
