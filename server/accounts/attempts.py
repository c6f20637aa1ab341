"""Limits on how often something may be tried. Counts lie in the database, so all workers share them and a restart keeps
them; whom they are about is hashed under the platform's key.

An attempt is counted before it is known to be wrong, so that many at once are no more than one after the other.
"""

import hmac
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from loyalty.refusals import Reason, Refusal
from loyalty.settings import Settings
from loyalty.staff import LOCK_DOUBLINGS_MAX
from loyalty.stamps import ceil_minutes
from server.db.account_tables import attempts
from server.db.lookups import Query
from server.db.units import Units
from server.refusals import TooMany
from sync.protocol.sealing import Key


@dataclass(frozen=True, slots=True)
class Limit:
    """So many attempts in a window, which begins with the first of them."""

    name: str
    count: int
    window: timedelta


SIGN_INS_OF_ADDRESS = Limit("sign_in", 30, timedelta(hours=1))
RESETS_OF_ADDRESS = Limit("reset_from", 30, timedelta(hours=1))
RESETS_OF_ACCOUNT = Limit("reset", 3, timedelta(hours=1))
CODES_OF_ADDRESS = Limit("unknown_code", 20, timedelta(hours=1))
REQUESTS_OF_ACCOUNT = Limit("requests", 600, timedelta(minutes=1))

WRONG_AT_ONCE = 5  # passwords for an account, before it is locked
FIRST_LOCK = timedelta(minutes=1)  # doubled by each further wrong one
LONGEST_LOCK = timedelta(hours=1)
WRONG_FORGOTTEN_AFTER = timedelta(days=1)
PINS_FORGOTTEN_AFTER = timedelta(days=30)
REQUESTS_AT_ONCE = 30  # counted in the database together, as a write for each request would slow exchanges

_ROW = Query(select(attempts).where(attempts.c.key_hash == bindparam("key")).with_for_update())


def key_of(platform: Key, limit: str, whom: str) -> bytes:
    """The key of a row: the limit's name and whom it is about, hashed."""
    return hmac.digest(
        platform.secret, b"attempts\x00" + f"{limit}\x00{whom}".encode("utf-8", "surrogatepass"), "sha256"
    )


def take(conn: Connection, platform: Key, limit: Limit, whom: str, now: datetime) -> None:
    """Counts an attempt, or refuses it."""
    taken, until = _take(conn, key_of(platform, limit.name, whom), limit, 1, now)
    if taken == 0:
        raise _refusal(until, now)


def require_left(conn: Connection, platform: Key, limit: Limit, whom: str, now: datetime) -> None:
    """Refuses if no attempt is left; counts none."""
    row = _locked(conn, key_of(platform, limit.name, whom), now)
    if now < row.expires_at and row.count >= limit.count:
        raise _refusal(row.expires_at, now)


def give_back(conn: Connection, platform: Key, limit: Limit, whom: str, now: datetime) -> None:
    """Takes back an attempt that was counted, as it was right."""
    key = key_of(platform, limit.name, whom)
    row = _locked(conn, key, now)
    if row.expires_at > now:
        _put(conn, key, now, count=max(0, row.count - 1))


def take_password(conn: Connection, platform: Key, email: str, now: datetime) -> None:
    """Counts a password for an address, as wrong until `passed`, or refuses while the address is locked."""
    key = _password_key(platform, email)
    row = _locked(conn, key, now)
    if row.locked_until is not None and now < row.locked_until:
        raise _refusal(row.locked_until, now)
    wrong = 1 if row.expires_at <= now else row.count + 1
    doublings = wrong - WRONG_AT_ONCE
    lock = None if doublings < 0 else now + min(FIRST_LOCK * 2 ** min(doublings, 10), LONGEST_LOCK)
    _put(conn, key, now, count=wrong, locked_until=lock, expires_at=now + WRONG_FORGOTTEN_AFTER)


def passed(conn: Connection, platform: Key, email: str) -> None:
    """Forgets the wrong passwords of an address after a right one."""
    conn.execute(delete(attempts).where(attempts.c.key_hash == _password_key(platform, email)))


def take_pin(
    conn: Connection, platform: Key, company_id: UUID, staff_id: UUID, *, settings: Settings, now: datetime
) -> int | Refusal:
    """Counts a person's PIN as wrong until `pin_passed`, and returns how many more may be; refuses while it is locked.

    As at a till, the lock doubles with each further one.
    """
    key = _pin_key(platform, company_id, staff_id)
    row = _locked(conn, key, now)
    if (refused := _pin_refusal(row, now)) is not None:
        return refused
    wrong = 1 if row.expires_at <= now else row.count + 1
    lockouts, of_this = divmod(wrong, settings.pin_attempts)
    doublings = min(max(0, lockouts - 1), LOCK_DOUBLINGS_MAX)
    lock = None if of_this else now + timedelta(minutes=settings.pin_lock_minutes) * 2**doublings
    _put(conn, key, now, count=wrong, locked_until=lock, expires_at=(lock or now) + PINS_FORGOTTEN_AFTER)
    return settings.pin_attempts - of_this if of_this else 0


def pin_lock(conn: Connection, platform: Key, company_id: UUID, staff_id: UUID, now: datetime) -> Refusal | None:
    """Why no PIN of this person is taken now, or None."""
    return _pin_refusal(_locked(conn, _pin_key(platform, company_id, staff_id), now), now)


def pin_passed(conn: Connection, platform: Key, company_id: UUID, staff_id: UUID) -> None:
    """Forgets a person's wrong PINs after a right one."""
    conn.execute(delete(attempts).where(attempts.c.key_hash == _pin_key(platform, company_id, staff_id)))


def forget_expired(conn: Connection, now: datetime) -> int:
    """Deletes rows that mean nothing any more; returns their number."""
    return conn.execute(delete(attempts).where(attempts.c.expires_at <= now)).rowcount


class Requests:
    """The limit on requests of an account in all its sessions, counted in blocks: a worker takes some from the shared
    count at a time."""

    def __init__(self, units: Units, platform: Key, limit: Limit = REQUESTS_OF_ACCOUNT) -> None:
        self._units = units
        self._platform = platform
        self._limit = limit
        self._gate = threading.Lock()
        self._left: dict[UUID, tuple[int, datetime]] = {}  # by account: requests still allowed, and until when

    def take(self, account_id: UUID, now: datetime) -> None:
        """Counts a request, or refuses it. Begins a unit of work of its own every few requests."""
        with self._gate:
            left, until = self._left.get(account_id, (0, now))
            if left > 0 and now < until:
                self._left[account_id] = (left - 1, until)
                return
        key = key_of(self._platform, self._limit.name, str(account_id))
        with self._units.platform_write() as conn:
            taken, until = _take(conn, key, self._limit, REQUESTS_AT_ONCE, now)
        if taken == 0:
            raise _refusal(until, now)
        with self._gate:
            self._left = {one: block for one, block in self._left.items() if now < block[1]}
            before, _ = self._left.get(account_id, (0, until))
            self._left[account_id] = (before + taken - 1, until)


def _take(conn: Connection, key: bytes, limit: Limit, wanted: int, now: datetime) -> tuple[int, datetime]:
    """How many of *wanted* attempts are left and now counted, and when the window ends."""
    row = _locked(conn, key, now)
    began, count = (now, 0) if row.expires_at <= now else (row.window_at, row.count)
    taken = min(wanted, limit.count - count)
    if taken > 0:
        _put(conn, key, now, count=count + taken, window_at=began, expires_at=began + limit.window)
    return max(taken, 0), began + limit.window


def _locked(conn: Connection, key: bytes, now: datetime) -> "_Row":
    """The row of a key, locked until the unit of work ends; a new one has expired already."""
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    new = {"key_hash": key, "count": 0, "window_at": now, "expires_at": now, "created_at": now, "updated_at": now}
    conn.execute(dialect.insert(attempts).values(new).on_conflict_do_nothing())
    row = _ROW.first(conn, key=key)
    assert row is not None, "deleted within the same unit of work"
    return _Row(row.count, row.window_at, row.locked_until, row.expires_at)


@dataclass(frozen=True, slots=True)
class _Row:
    count: int
    window_at: datetime
    locked_until: datetime | None
    expires_at: datetime


def _put(conn: Connection, key: bytes, now: datetime, **values: object) -> None:
    conn.execute(update(attempts).where(attempts.c.key_hash == key).values(values | {"updated_at": now}))


def _password_key(platform: Key, email: str) -> bytes:
    return key_of(platform, "password", email)


def _pin_refusal(row: "_Row", now: datetime) -> Refusal | None:
    if row.locked_until is None or now >= row.locked_until:
        return None
    return Refusal(Reason.PIN_LOCKED, minutes=ceil_minutes(row.locked_until - now))


def _pin_key(platform: Key, company_id: UUID, staff_id: UUID) -> bytes:
    return key_of(platform, "pin", f"{company_id} {staff_id}")


def _refusal(until: datetime, now: datetime) -> TooMany:
    return TooMany(max(1, -int((now - until).total_seconds() // 1)))
