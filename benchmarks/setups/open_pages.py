"""Many open card pages in one process: each holds its stream of events and asks for itself again when told to.

It reads which from standard input, waits for a line there when all are open, and prints what they were told.
"""

import asyncio
import sys

import msgspec
from msgspec import Struct


class Open(Struct):
    """The pages of one process."""

    host: str
    port: int
    slug: str
    tokens: list[str]  # of cards


class Told(Struct):
    """How often pages were told of a change, and asked for themselves then."""

    events: int
    pages: int


class _Page:
    def __init__(self, open_: Open, token: str, told: Told) -> None:
        self._address = (open_.host, open_.port)
        self._told = told
        self._head = f"Host: server\r\nCookie: card-{open_.slug}={token}"
        self._page, self._events = f"/{open_.slug}/card", f"/api/customer/v1/{open_.slug}/card/events"
        self.is_open = asyncio.Event()

    async def look(self) -> None:
        """Follows the stream until it is cancelled."""
        await self._ask()
        reader, writer = await asyncio.open_connection(*self._address)
        try:
            writer.write(f"GET {self._events} HTTP/1.1\r\n{self._head}\r\n\r\n".encode())
            answer = await reader.readuntil(b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200"), answer
            is_first = True
            while line := await reader.readline():
                if line.startswith(b"data:"):
                    self.is_open.set()
                    if not is_first:
                        self._told.events += 1
                        await self._ask()
                    is_first = False
        finally:
            writer.close()

    async def _ask(self) -> None:
        reader, writer = await asyncio.open_connection(*self._address)
        writer.write(f"GET {self._page} HTTP/1.1\r\n{self._head}\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
        self._told.pages += 1


async def _run(open_: Open) -> Told:
    told, at_once = Told(0, 0), asyncio.Semaphore(10)
    pages = [_Page(open_, token, told) for token in open_.tokens]
    looking = []
    for page in pages:
        async with at_once:
            looking.append(asyncio.create_task(page.look()))
            opened = asyncio.create_task(page.is_open.wait())
            await asyncio.wait([looking[-1], opened], return_when=asyncio.FIRST_COMPLETED)
            assert opened.done(), looking[-1].exception()
    told.events = told.pages = 0
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    broken = [one for one in looking if one.done()]
    assert not broken, f"{len(broken)} streams ended: {broken[0]}"
    for one in looking:
        one.cancel()
    await asyncio.gather(*looking, return_exceptions=True)
    return told


def main() -> None:
    """Runs one process of open pages."""
    told = asyncio.run(_run(msgspec.json.decode(sys.stdin.readline(), type=Open)))
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")


if __name__ == "__main__":
    main()
