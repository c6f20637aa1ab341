"""Many tills in one process: signed journals in memory, each of which sends its next entry after every answer.

It keeps no replica and checks no seals, but checks that every entry is acknowledged. It reads its tills from standard
input, waits for a line there, and prints its measurements.
"""

import asyncio
import random
import sys
from datetime import UTC, datetime
from time import monotonic
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct

from loyalty.transactions import PointsEarned
from sync.exchange.transport import KEEP_S
from sync.protocol import chain
from sync.protocol.authenticity import NONCE_HEADER
from sync.protocol.chain import SigningKey
from sync.protocol.entries import ENTRY_FORMAT, ByCard, Entry, encode_entry, kind_of, raw_body
from sync.protocol.messages import EXCHANGE_PATH, PROTOCOL, Clock, Cursors, ExchangeRequest, Page, PageEntry, encode

STARTED = monotonic()


class LoadTill(Struct):
    """A paired till."""

    company: UUID
    terminal: UUID
    token: str
    signing: bytes
    cards: tuple[UUID, ...]


class Load(Struct):
    """The task of one process."""

    host: str
    port: int
    seconds: float
    tills: list[LoadTill]
    each_s: float = 0  # of a till, from one entry to the next; 0: as soon as it is answered


class Measured(Struct):
    """The measurements: exchanges within the time, and the duration of each."""

    exchanges: int
    waits_s: list[float]
    rows: int


class _Answer(Struct):
    acked_seq: int
    cursors: Cursors
    more: bool
    changes: tuple[msgspec.Raw, ...] = ()


_answer = msgspec.json.Decoder(_Answer)


class _Till:
    def __init__(self, till: LoadTill, host: str, port: int) -> None:
        self._till = till
        self._address = (host, port)
        self._key = SigningKey(till.signing)
        self._journal = uuid4()
        self._boot = uuid4()
        self._seq = 0
        self._head = chain.genesis(till.company, till.terminal, self._journal)
        self._cursors = Cursors()
        self._used_at = float("-inf")
        self.waits_s: list[float] = []
        self.rows = 0

    async def connect(self) -> None:
        """Reads the feed to its end, as at a first start."""
        while (await self._exchange(None)).more:
            pass

    async def run(self, until: float, each_s: float) -> None:
        """Sends one entry in each exchange until the time is up."""
        next_at = monotonic() + random.uniform(0, each_s)  # noqa: S311 - not a secret
        while True:
            await asyncio.sleep(max(0.0, next_at - monotonic()))
            if (begun := monotonic()) >= until:
                return
            next_at = begun + each_s
            answer = await self._exchange(self._next())
            assert answer.acked_seq == self._seq, "the entry was not acknowledged"
            self.waits_s.append(monotonic() - begun)
            self.rows += len(answer.changes)

    def _next(self) -> Page:
        now, till = datetime.now(UTC), self._till
        body = PointsEarned(amount_minor=random.randrange(100, 5000))  # noqa: S311 - not a secret
        entry = Entry(
            v=ENTRY_FORMAT,
            id=uuid4(),
            kind=kind_of(body),
            occurred_at=now,
            wall=now,
            boot=self._boot,
            monotonic_ms=self._running_ms(),
            running_ms=self._running_ms(),
            body=raw_body(body),
            card=ByCard(random.choice(till.cards)),  # noqa: S311
            program=1,
        )
        data, before = encode_entry(entry), self._head
        self._seq += 1
        self._head = chain.link(before, self._seq, chain.entry_hash(data))
        return Page(prev_hash=before, entries=(PageEntry(seq=self._seq, hash=self._head, entry=data),))

    async def _exchange(self, page: Page | None) -> _Answer:
        till = self._till
        request = ExchangeRequest(
            protocol=PROTOCOL,
            terminal=till.terminal,
            journal=self._journal,
            last_seq=self._seq,
            head=self._head,
            signature=chain.sign_head(
                self._key, till.company, till.terminal, self._journal, last_seq=self._seq, head=self._head
            ),
            cursors=self._cursors,
            clock=Clock(wall=datetime.now(UTC), boot=self._boot, monotonic_ms=self._running_ms()),
            page=page,
        )
        body = encode(request)
        lines = (
            f"POST {EXCHANGE_PATH} HTTP/1.1",
            "Host: server",
            f"Authorization: Bearer {till.token}",
            f"{NONCE_HEADER}: {self._seq}",  # so that the server makes codes, which are not checked here
            f"Content-Length: {len(body)}",
        )
        if monotonic() - self._used_at > KEEP_S:
            self._reader, self._writer = await asyncio.open_connection(*self._address)
        self._writer.write("\r\n".join((*lines, "", "")).encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in answer.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        data = await self._reader.readexactly(length)
        assert answer.startswith(b"HTTP/1.1 200"), data[:300]
        self._used_at = monotonic()
        response = _answer.decode(data)
        self._cursors = response.cursors
        return response

    @staticmethod
    def _running_ms() -> int:
        return int((monotonic() - STARTED) * 1000)


async def _run(load: Load) -> Measured:
    tills = [_Till(till, load.host, load.port) for till in load.tills]
    at_once = asyncio.Semaphore(10)

    async def connect(till: _Till) -> None:
        async with at_once:
            await till.connect()

    await asyncio.gather(*map(connect, tills))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    until = monotonic() + load.seconds
    await asyncio.gather(*(till.run(until, load.each_s) for till in tills))
    waits = [wait for till in tills for wait in till.waits_s]
    return Measured(len(waits), waits, sum(till.rows for till in tills))


def main() -> None:
    """Runs one process of the load."""
    load = msgspec.json.decode(sys.stdin.readline(), type=Load)
    measured = asyncio.run(_run(load))
    sys.stdout.write(msgspec.json.encode(measured).decode() + "\n")


if __name__ == "__main__":
    main()
