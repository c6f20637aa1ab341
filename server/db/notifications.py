"""Hints between workers through PostgreSQL's LISTEN and NOTIFY, on two separate connections of each worker.

NOTIFY runs outside the units of work, because inside them all commits of the database would queue for each other's
fsync. Hints must not delay or fail a commit; one lost in a crash costs latency only.
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
AGAIN_S = 1.0  # wait after a lost connection
_CONNECTION: dict[str, str | int] = {
    "application_name": "orion hints",
    "connect_timeout": 5,
    "options": "-c synchronous_commit=off",  # the announced commit is on disk already
    "keepalives_idle": 15,  # detects dead connections, which otherwise look like silence
    "keepalives_interval": 5,
    "keepalives_count": 3,
}

_log = structlog.get_logger()


class Notifications:
    """A worker's `Carrier` of hints over PostgreSQL."""

    def __init__(self, address: URL, *, again_s: float = AGAIN_S) -> None:
        self._again_s = again_s
        plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
        self._address = make_conninfo(plain, **_CONNECTION)
        self._unsent: dict[UUID, int] = {}  # newest version of each company still to be sent
        self._more = asyncio.Event()

    def tell(self, company_id: UUID, version: int) -> None:
        """Queues the version for the other workers."""
        self._unsent[company_id] = max(version, self._unsent.get(company_id, 0))
        self._more.set()

    async def run(self, heard: Callable[[UUID, int], None]) -> None:
        """Sends and receives until cancelled; a lost connection is reopened."""

        async def listen(conn: AsyncConnection) -> None:
            await conn.execute(f"LISTEN {CHANNEL}")
            async for notice in conn.notifies():
                company_id, _, version = notice.payload.partition(" ")
                heard(UUID(company_id), int(version))

        async with asyncio.TaskGroup() as both:
            both.create_task(self._connected(listen))
            both.create_task(self._connected(self._send))

    async def _send(self, conn: AsyncConnection) -> None:
        while await self._more.wait():
            self._more.clear()
            unsent, self._unsent = self._unsent, {}
            payloads = [_payload(company_id, version) for company_id, version in unsent.items()]
            await conn.execute("SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload", (CHANNEL, payloads))

    async def _connected(self, work: Callable[[AsyncConnection], Awaitable[None]]) -> None:
        while True:
            try:
                async with await AsyncConnection.connect(self._address, autocommit=True) as conn:
                    await work(conn)
            except Exception as error:  # hints must resume as soon as the database is back
                _log.warning("the connection for hints between workers was lost", error=type(error).__name__)
            await asyncio.sleep(self._again_s)


def announcer(engine: Engine) -> Callable[[UUID, int], None]:
    """A function for commands, which have no event loop, that notifies the workers of a commit."""
    notify = text("SELECT pg_notify(:channel, :payload)")

    def announce(company_id: UUID, version: int) -> None:
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
                conn.execute(notify, {"channel": CHANNEL, "payload": _payload(company_id, version)})
        except SQLAlchemyError as error:
            _log.warning("notifying the workers failed", error=type(error).__name__)

    return announce


def _payload(company_id: UUID, version: int) -> str:
    return f"{company_id} {version}"
