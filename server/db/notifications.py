"""Hints from worker to worker through PostgreSQL's LISTEN and NOTIFY, on two connections of each worker's own.

NOTIFY stands outside the units of work on purpose: within one, all commits of the whole database would queue behind
each other's fsync. A hint that a crash loses costs latency only; nothing here may ever hold up or fail a commit.
"""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Engine, text
from sqlalchemy.exc import SQLAlchemyError

CHANNEL = "orion_hints"
AGAIN_S = 1.0  # after a connection was lost
_CONNECTION: dict[str, str | int] = {
    "application_name": "orion hints",
    "connect_timeout": 5,
    "options": "-c synchronous_commit=off",  # what is told is on disk already
    "keepalives_idle": 15,  # a connection that a firewall forgot says nothing, which is what no news sounds like
    "keepalives_interval": 5,
    "keepalives_count": 3,
}

_log = structlog.get_logger()


class Notifications:
    """A worker's ear and mouth: a `Carrier` of hints."""

    def __init__(self, address: URL, *, again_s: float = AGAIN_S) -> None:
        self._again_s = again_s
        plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
        self._address = make_conninfo(plain, **_CONNECTION)
        self._unsaid: dict[
            UUID, int
        ] = {}  # while one is being said, newer versions of a company take each other's place
        self._more = asyncio.Event()

    def tell(self, company_id: UUID, version: int) -> None:
        """Says it to the other workers as soon as what was told before has been said."""
        self._unsaid[company_id] = max(version, self._unsaid.get(company_id, 0))
        self._more.set()

    async def run(self, heard: Callable[[UUID, int], None]) -> None:
        """Tells and listens until it is cancelled; a lost connection is opened again."""

        async def listen(conn: AsyncConnection) -> None:
            await conn.execute(f"LISTEN {CHANNEL}")
            async for notice in conn.notifies():
                company_id, _, version = notice.payload.partition(" ")
                heard(UUID(company_id), int(version))

        async with asyncio.TaskGroup() as both:
            both.create_task(self._connected(listen))
            both.create_task(self._connected(self._say))

    async def _say(self, conn: AsyncConnection) -> None:
        while await self._more.wait():
            self._more.clear()
            unsaid, self._unsaid = self._unsaid, {}
            payloads = [_payload(company_id, version) for company_id, version in unsaid.items()]
            await conn.execute("SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload", (CHANNEL, payloads))

    async def _connected(self, work: Callable[[AsyncConnection], Awaitable[None]]) -> None:
        while True:
            try:
                async with await AsyncConnection.connect(self._address, autocommit=True) as conn:
                    await work(conn)
            except Exception as error:  # a job of its own: hints must be there again when the database is
                _log.warning("no hints between workers", error=type(error).__name__)
            await asyncio.sleep(self._again_s)


def announcer(engine: Engine) -> Callable[[UUID, int], None]:
    """For a command, which has no event loop: tells the workers of each commit of its own."""
    notify = text("SELECT pg_notify(:channel, :payload)")

    def announce(company_id: UUID, version: int) -> None:
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
                conn.execute(notify, {"channel": CHANNEL, "payload": _payload(company_id, version)})
        except SQLAlchemyError as error:
            _log.warning("no hint to the workers", error=type(error).__name__)

    return announce


def _payload(company_id: UUID, version: int) -> str:
    return f"{company_id} {version}"
