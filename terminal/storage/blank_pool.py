"""This till's own blanks, for cards shown on its screen. Their codes lie here closed, until they have been shown.

Whether one is given, the journal says and not this file: a crash between the two neither gives a code to a second
customer nor keeps it from the first. A damaged file is begun anew: the company says again what is not given. `wanted`
and `take` are the exchange's; all else is the counter's thread alone.
"""

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Connection, Engine, bindparam, delete, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from loyalty.transactions import Kind
from sync.protocol.messages import POOL_LOW, Garbled, Pool, PoolBlank, decode
from sync.protocol.sealing import Purpose, Unopenable, decrypt, encrypt, unseal
from terminal.keys.keys_in_use import KeySource
from terminal.storage.damage import drop_put_aside, is_a_file, is_damage, put_aside
from terminal.storage.journal import Journal, card_key
from terminal.storage.tables import open_file, pool_blanks, pool_owner, pool_tables

FILE_FORMAT = 1
R = TypeVar("R")
_GONE = delete(pool_blanks).where(pool_blanks.c.card == bindparam("gone"))

log = logging.getLogger(__name__)


class PoolUnwritable(Exception):
    """The disk does not take it: full, read-only, busy."""


class BlankPool:
    """One till's pool file."""

    def __init__(self, path: Path, journal: Journal, keys: KeySource) -> None:
        self._path, self._journal, self._keys = path, journal, keys
        self._arrived: bytes | None = None  # from the exchanger, until the counter takes it in
        self._engine: Engine | None = None
        self._settled = journal.times_settled
        try:
            held = self._on_file(_held)
        except PoolUnwritable as error:  # nothing can be given before there is room
            log.warning("pool_not_opened", extra={"detail": str(error)})
            held = {}
        given = self._given_among(held)
        self._given = {card: held[card] for card in given}  # in the order of giving, and not known to be shown
        self._unused = {card: code for card, code in held.items() if card not in self._given}

    def close(self) -> None:
        """Lets the file go."""
        if self._engine is not None:
            self._engine.dispose()

    # for the exchanger, from any thread

    def wanted(self) -> int | None:
        """How many are left, once they are few; None while there are enough, or some have just come."""
        left = len(self._unused)
        return left if left <= POOL_LOW and self._arrived is None else None

    def take(self, sent: bytes) -> None:
        """Some have come."""
        self._arrived = sent

    # the counter's thread

    @property
    def unused(self) -> tuple[UUID, ...]:
        """The blanks that can be given."""
        return tuple(self._unused)

    @property
    def last_given(self) -> UUID | None:
        """The card given last, while nobody has said that its code was handed over."""
        return next(reversed(self._given), None)

    def settle(self) -> None:
        """Takes in what has come. A disk that refuses it costs nothing: the server says it again."""
        if self._journal.times_settled != self._settled:  # an enrolment may stand in it that was not told of
            self._settled = self._journal.times_settled
            for card in self._given_among(self._unused):
                self._given[card] = self._unused.pop(card)
        if self._arrived is None:
            return
        try:
            sent = decode(Pool, unseal(self._keys.now.sealing, self._arrived, Purpose.POOL))
            self.put(sent.blanks)
        except (Unopenable, Garbled, PoolUnwritable) as error:
            log.warning("blanks_not_taken_in", extra={"detail": type(error).__name__})
        finally:
            self._arrived = None

    def put(self, blanks: Iterable[PoolBlank]) -> None:
        """Keeps those that are new here, and that this till has not given: the server may not have heard of it."""
        new = {one.card: one for one in blanks if one.card not in self._unused and one.card not in self._given}
        for card in self._given_among(new):
            del new[card]
        key = self._keys.now.pool
        closed = {card: encrypt(key, card, f"{one.token} {one.number}") for card, one in new.items()}
        if closed:
            rows = [{"card": card.bytes, "code": code} for card, code in closed.items()]
            self._on_file(lambda conn: conn.execute(upsert(pool_blanks).on_conflict_do_nothing(), rows))
            self._unused |= closed

    def codes_of(self, card: UUID) -> tuple[str, str] | None:
        """Token and number of a blank or a card just given; None where they cannot be read."""
        closed = self._unused.get(card) or self._given.get(card)
        try:
            token, _, number = decrypt(self._keys.now.pool, card, closed or b"").partition(" ")
        except Unopenable:
            return None
        return token, number

    def gave(self, card: UUID) -> None:
        """The journal has it that *card* is a customer's. Codes given before it are past showing."""
        self.handed_over()
        if card in self._unused:
            self._given[card] = self._unused.pop(card)

    def handed_over(self) -> None:
        """What was given has been shown: its codes are wiped."""
        self._wipe(self._given)
        self._given = {}

    def drop(self, card: UUID) -> None:
        """A blank that cannot be given: it is somebody's already, or its codes are not the ones they should be."""
        self._wipe([card])
        self._unused.pop(card, None)

    def _wipe(self, cards: Iterable[UUID]) -> None:
        gone = [{"gone": card.bytes} for card in cards]
        if not gone:
            return
        try:
            self._on_file(lambda conn: conn.execute(_GONE, gone))
        except PoolUnwritable as error:  # closed as they are, they wait for the next start
            log.warning("codes_not_wiped", extra={"detail": str(error)})

    def _given_among(self, cards: Iterable[UUID]) -> list[UUID]:
        """Those that this journal made somebody's, in its order."""
        keys = [card.bytes for card in cards]
        made = self._journal.of_card(keys, 0, Kind.CARD_CREATED) if keys else []
        return [UUID(bytes=card_key(one.entry.card)) for one in made if one.entry.card is not None]

    def _on_file(self, work: Callable[[Connection], R]) -> R:
        """Does it in one unit of work, on a file begun anew where the one there is damaged."""
        try:
            try:
                return self._worked(work)
            except Exception as error:
                if not is_damage(error, self._path):
                    raise
                log.warning("pool_begun_anew", extra={"detail": f"{type(error).__name__}: {error}"})
            self.close()
            self._engine = None
            put_aside(self._path)
            drop_put_aside(self._path)  # codes lie in it: nobody is to find them later
            return self._worked(work)
        except Exception as error:
            raise PoolUnwritable(str(error)) from error

    def _worked(self, work: Callable[[Connection], R]) -> R:
        if self._engine is None:
            self._engine = self._opened()
        with self._engine.begin() as conn:
            return work(conn)

    def _opened(self) -> Engine:
        if not is_a_file(self._path):
            raise ValueError("it is no file")
        engine = open_file(self._path, secret=True)
        try:
            with engine.begin() as conn:
                self._begin(conn)
        except BaseException:
            engine.dispose()
            raise
        return engine

    def _begin(self, conn: Connection) -> None:
        """Whatever a pool has. One that has it is not written to: the disk may be full."""
        mine = self._journal.identity.terminal_id.bytes
        if (found := conn.exec_driver_sql("PRAGMA user_version").scalar_one()) != FILE_FORMAT:
            if found != 0:  # of another program: the blanks are told again
                pool_tables.drop_all(conn)
            pool_tables.create_all(conn)
            conn.exec_driver_sql(f"PRAGMA user_version={FILE_FORMAT}")
        if conn.execute(select(pool_owner.c.terminal)).scalar_one_or_none() != mine:
            conn.execute(delete(pool_blanks))  # of the terminal that this till was before
            conn.execute(delete(pool_owner))
            conn.execute(insert(pool_owner).values(terminal=mine))


def _held(conn: Connection) -> dict[UUID, bytes]:
    """The closed codes, by card; raises `ValueError` for what is none."""
    found: dict[UUID, bytes] = {}
    for row in conn.execute(select(pool_blanks)):
        if not isinstance(row.code, bytes):
            raise ValueError("a code that is no bytes")
        found[UUID(bytes=row.card)] = row.code
    return found
