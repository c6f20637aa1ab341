"""This till's reserved blanks for cards shown on screen. Their codes are stored encrypted until shown.

The journal decides whether a blank is used, so a crash between the two files gives no code to two customers. `wanted`
and `take` are for the exchange's thread; the rest is for the counter's.
"""

import logging
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine, bindparam, delete, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import DatabaseError

from loyalty.transactions import Kind
from sync.protocol.messages import POOL_LOW, Garbled, Pool, PoolBlank, decode
from sync.protocol.sealing import Purpose, Unopenable, decrypt, encrypt, unseal
from terminal.keys.keys_in_use import KeySource
from terminal.problems import ReplicaUnwritable
from terminal.storage.journal import Journal, card_key
from terminal.storage.tables import is_damage, open_file, pool_blanks, pool_owner, pool_tables

FILE_FORMAT = 1
_GONE = delete(pool_blanks).where(pool_blanks.c.card == bindparam("gone"))

log = logging.getLogger(__name__)


class BlankPool:
    """A till's pool file."""

    def __init__(self, path: Path, journal: Journal, keys: KeySource) -> None:
        self._path, self._journal, self._keys = path, journal, keys
        self._arrived: bytes | None = None  # received blanks that the counter has still to store
        try:
            self._engine = self._opened()
        except DatabaseError as error:
            if not is_damage(error):
                raise ReplicaUnwritable(str(error.orig)) from error
            path.unlink()  # unused blanks are sent again
            self._engine = self._opened()
        with self._engine.connect() as conn:
            held = {UUID(bytes=row.card): row.code for row in conn.execute(select(pool_blanks))}
        given = self._given_among(held)
        self._given = {card: held[card] for card in given}  # in order of use; codes not confirmed as shown
        self._unused = {card: code for card, code in held.items() if card not in self._given}

    def close(self) -> None:
        """Closes the file."""
        self._engine.dispose()

    # for the exchange, thread-safe

    def wanted(self) -> int | None:
        """The number of blanks left if more are needed; None if there are enough or some have just arrived."""
        left = len(self._unused)
        return left if left <= POOL_LOW and self._arrived is None else None

    def take(self, sent: bytes) -> None:
        """Takes received blanks, still sealed."""
        self._arrived = sent

    # for the counter's thread

    @property
    def unused(self) -> tuple[UUID, ...]:
        """The blanks that can be used."""
        return tuple(self._unused)

    @property
    def last_given(self) -> UUID | None:
        """The card used last, until its code is confirmed as handed over."""
        return next(reversed(self._given), None)

    def settle(self) -> None:
        """Stores received blanks. Failures are harmless, as the server sends them again."""
        if self._arrived is None:
            return
        try:
            sent = decode(Pool, unseal(self._keys.now.sealing, self._arrived, Purpose.POOL))
            self.put(sent.blanks)
        except (Unopenable, Garbled, DatabaseError) as error:
            log.warning("blanks_not_taken_in", extra={"detail": type(error).__name__})
        finally:
            self._arrived = None

    def put(self, blanks: Iterable[PoolBlank]) -> None:
        """Stores blanks that are new, leaving out those this till has used."""
        new = {one.card: one for one in blanks if one.card not in self._unused and one.card not in self._given}
        for card in self._given_among(new):
            del new[card]
        key = self._keys.now.pool
        closed = {card: encrypt(key, card, f"{one.token} {one.number}") for card, one in new.items()}
        if closed:
            rows = [{"card": card.bytes, "code": code} for card, code in closed.items()]
            with self._engine.begin() as conn:
                conn.execute(upsert(pool_blanks).on_conflict_do_nothing(), rows)
            self._unused |= closed

    def codes_of(self, card: UUID) -> tuple[str, str] | None:
        """Token and number of an unused or just used blank; None if undecryptable."""
        closed = self._unused.get(card) or self._given.get(card)
        try:
            token, _, number = decrypt(self._keys.now.pool, card, closed or b"").partition(" ")
        except Unopenable:
            return None
        return token, number

    def gave(self, card: UUID) -> None:
        """Records that the journal made *card* a customer's. The codes of earlier cards are erased."""
        self.handed_over()
        if card in self._unused:
            self._given[card] = self._unused.pop(card)

    def handed_over(self) -> None:
        """Erases the codes of used cards after they were shown."""
        self._wipe(self._given)
        self._given = {}

    def drop(self, card: UUID) -> None:
        """Removes a blank that cannot be used, because it is a customer's already or its codes are wrong."""
        self._wipe([card])
        self._unused.pop(card, None)

    def _wipe(self, cards: Iterable[UUID]) -> None:
        gone = [{"gone": card.bytes} for card in cards]
        if not gone:
            return
        try:
            with self._engine.begin() as conn:
                conn.execute(_GONE, gone)
        except DatabaseError as error:  # they stay encrypted until the next start
            log.warning("codes_not_wiped", extra={"detail": str(error.orig)})

    def _given_among(self, cards: Iterable[UUID]) -> list[UUID]:
        """The cards among *cards* that this journal enrolled, in its order."""
        keys = [card.bytes for card in cards]
        made = self._journal.of_card(keys, 0, Kind.CARD_CREATED) if keys else []
        return [UUID(bytes=card_key(one.entry.card)) for one in made if one.entry.card is not None]

    def _opened(self) -> Engine:
        engine = open_file(self._path, secret=True)
        terminal_id = self._journal.identity.terminal_id.bytes
        try:
            with engine.begin() as conn:
                if conn.exec_driver_sql("PRAGMA user_version").scalar_one() not in (0, FILE_FORMAT):  # 0: new file
                    pool_tables.drop_all(conn)  # another format: the blanks are sent again
                pool_tables.create_all(conn)
                conn.exec_driver_sql(f"PRAGMA user_version={FILE_FORMAT}")
                if conn.execute(select(pool_owner.c.terminal)).scalar_one_or_none() != terminal_id:
                    conn.execute(delete(pool_blanks))  # blanks of the till's former terminal
                    conn.execute(delete(pool_owner))
                    conn.execute(insert(pool_owner).values(terminal=terminal_id))
        except DatabaseError:
            engine.dispose()
            raise
        return engine
