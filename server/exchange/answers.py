"""Answers to tills, built from one consistent snapshot and encoded after locks and snapshots are released."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from msgspec import structs
from sqlalchemy import Connection

from server.exchange.intake import Sender
from server.keys import Keys, terminal_keys
from server.ledger.feed import digests, feed
from server.ledger.feed.sources import Reader
from sync.protocol import chain
from sync.protocol.digests import BUCKETS_FETCHED_MAX
from sync.protocol.messages import BucketRows, Digest, ExchangeRequest, ExchangeResponse, Seal, SentKeys, encode
from sync.protocol.sealing import Purpose, seal


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What an answer is built from, all read at the same moment."""

    sender: Sender
    rows: feed.Unsent
    digest: Digest | None = None
    buckets: tuple[BucketRows, ...] = ()
    pool: bytes | None = None


def reader_of(sender: Sender, can: Iterable[str], now: datetime) -> Reader:
    """The sender as a reader of the feed, with the later tables that it knows."""
    return Reader(sender.company_id, sender.id, sender.store_id, now, frozenset(can))


def read(conn: Connection, sender: Sender, request: ExchangeRequest, now: datetime) -> Snapshot:
    """Reads from the database what the sender lacks and asks for."""
    reader = reader_of(sender, request.can, now)
    rows = feed.unsent(conn, reader, request.cursors, rows_max=request.rows_max, clock=sender.clock)
    wants_digest = request.digest and rows.essentials.whole and rows.bulk.whole
    return Snapshot(
        sender,
        rows,
        digests.digest(conn, reader) if wants_digest else None,
        digests.buckets(conn, reader, request.fetch[:BUCKETS_FETCHED_MAX]),
    )


class Answers:
    """Builds and signs answers in the protocol version the till speaks."""

    def __init__(self, keys: Keys, protocol: int) -> None:
        self._keys = keys
        self._protocol = protocol

    def answer(self, snapshot: Snapshot, request: ExchangeRequest, now: datetime) -> ExchangeResponse:
        """The answer to *request*."""
        if request.protocol < self._protocol:
            return ExchangeResponse(
                protocol=request.protocol,
                seal=self._seal(snapshot, request.journal),
                acked_seq=snapshot.sender.acked_seq,
                cursors=request.cursors,
                more=False,
                server_time=now,
                update=True,
            )
        answer = self.news(snapshot, request.journal, now)
        return structs.replace(
            answer,
            keys=self._new_keys(snapshot.sender, request),
            digest=None if answer.more else snapshot.digest,
            buckets=snapshot.buckets,
            differences_heard=len(request.differences),
            pool=snapshot.pool,
        )

    def news(self, snapshot: Snapshot, journal: UUID, now: datetime) -> ExchangeResponse:
        """The answer to a till that only reads the feed."""
        portion = feed.encoded(snapshot.rows)
        return ExchangeResponse(
            protocol=self._protocol,
            seal=self._seal(snapshot, journal),
            acked_seq=snapshot.sender.acked_seq,
            cursors=portion.cursors,
            more=portion.more,
            server_time=now,
            changes=portion.changes,
            rows_left=portion.rows_left if portion.more else None,
        )

    def _seal(self, snapshot: Snapshot, journal: UUID) -> Seal:
        sender, version = snapshot.sender, snapshot.rows.clock
        signature = chain.sign_seal(
            self._keys.signing,
            sender.company_id,
            sender.id,
            journal,
            epoch=sender.epoch,
            version=version,
            acked_seq=sender.acked_seq,
        )
        return Seal(epoch=sender.epoch, version=version, acked_seq=sender.acked_seq, signature=signature)

    def _new_keys(self, sender: Sender, request: ExchangeRequest) -> bytes | None:
        """The company's keys, if the till's are outdated. Read after the rows, which may need the newest keys."""
        if not request.data_key:
            return None
        keys = self._keys.company(sender.company_id)
        if (request.data_key, request.pepper) == (keys.data.id, keys.pepper.id):
            return None
        data = encode(terminal_keys(keys))
        signature = chain.sign_keys(self._keys.signing, sender.company_id, sender.id, data)
        return seal(sender.sealing_public, encode(SentKeys(data, signature)), Purpose.KEYS)
