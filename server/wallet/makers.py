"""The makers of wallets: what they answer, and when one of them is left alone for a while because it cannot be reached.

Ten failures in a row that are not about one pass stop all telling of a maker for a minute, and for longer each time.
What is wrong with the installation itself, such as a certificate that ran out, does so at once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from server.db.transfer_tables import wallet_makers
from server.db.units import lock_platform

FAILURES_MAX = 10
LONGEST_WAIT_S = 3600  # however long a maker asks for
STOPPED_FOR, STOPPED_FOR_MAX = timedelta(seconds=60), timedelta(minutes=15)


class MakerName(StrEnum):
    """Who makes the wallet of a phone."""

    APPLE = "apple"
    GOOGLE = "google"

    @property
    def wallet(self) -> str:
        """What people call it, in every language."""
        return f"{self.value.capitalize()} Wallet"


class Verdict(StrEnum):
    """What became of telling a maker."""

    TOLD = "told"  # it was taken; the phone is yet to fetch it
    CURRENT = "current"  # the maker has the content itself
    NOBODY = "nobody"  # no wallet has the pass
    LATER = "later"
    NEVER = "never"  # this content is not taken: a fault of ours


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a maker has answered. *error* is for managers and the log, without anybody's data."""

    verdict: Verdict
    error: str = ""
    retry_after_s: int | None = None
    is_general: bool = False  # it is not about this pass
    is_saved: bool = True  # a wallet has the pass, as far as the maker knows
    is_ours: bool = False  # the installation's fault: no pass will be taken before somebody has mended it


@dataclass(frozen=True, slots=True)
class MakerState:
    """How a maker answers."""

    maker: MakerName
    stopped_until: datetime | None
    error: str | None


def states(conn: Connection) -> dict[MakerName, MakerState]:
    """How the makers answer that have failed lately."""
    found = conn.execute(select(wallet_makers.c.maker, wallet_makers.c.stopped_until, wallet_makers.c.error))
    return {MakerName(row.maker): MakerState(MakerName(row.maker), row.stopped_until, row.error) for row in found}


def stopped(conn: Connection, now: datetime) -> dict[MakerName, datetime]:
    """The makers that are left alone, and until when."""
    return {
        one.maker: one.stopped_until
        for one in states(conn).values()
        if one.stopped_until is not None and one.stopped_until > now
    }


def note(conn: Connection, maker: MakerName, outcome: Outcome, now: datetime) -> None:
    """Counts a maker's failures; an answer that is about a pass, or good, ends the count."""
    of_maker = wallet_makers.c.maker == maker.value
    row = conn.execute(select(wallet_makers).where(of_maker)).one_or_none()
    if not (outcome.is_general or outcome.is_ours):
        if row is not None and (row.failures or row.stops):
            well = {"failures": 0, "stops": 0, "stopped_until": None, "error": None, "updated_at": now}
            conn.execute(update(wallet_makers).where(of_maker).values(well))
        return
    lock_platform(conn)  # another worker may note the first failure at the same time
    row = conn.execute(select(wallet_makers).where(of_maker)).one_or_none()
    if row is None:
        first = {"failures": 0, "stops": 0, "created_at": now, "updated_at": now}
        conn.execute(insert(wallet_makers).values(maker=maker.value, **first))
    failures, stops = (0, 0) if row is None else (row.failures, row.stops)
    failures, until = failures + 1, None
    if outcome.is_ours or failures >= FAILURES_MAX or stops:  # after a stop, one failure is enough for the next
        until = now + min(STOPPED_FOR * 2**stops, STOPPED_FOR_MAX)
        stops, failures = min(stops + 1, FAILURES_MAX), 0
    values = {"failures": failures, "stops": stops, "stopped_until": until, "error": outcome.error, "updated_at": now}
    conn.execute(update(wallet_makers).where(of_maker).values(values))
