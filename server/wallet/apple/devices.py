"""Phones that have passes for Apple Wallet: which passes each has, and where it is pushed to.

A phone names itself by an identifier that only it and this server know; a hash of it is kept. Phones register the same
pass many times under changing identifiers, so of more than twenty the one goes that has asked longest ago.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from server.db.transfer_tables import apple_devices
from server.keys import CompanyKeys
from server.wallet import directory, state
from server.wallet.state import Pass
from sync.protocol import sealing

OF_PASS_MAX = 20
WAITS_S, WAITS_MAX_S = 60, 3600  # a phone that Apple wants no more pushes to for now
_DEVICES = apple_devices.c


@dataclass(frozen=True, slots=True)
class Registration:
    """How a phone names itself, and where it is pushed to."""

    device: str
    push_token: str


@dataclass(frozen=True, slots=True)
class Device:
    """A phone that has a pass."""

    hash: bytes
    push_token: str | None  # None: it cannot be opened
    registered_at: datetime
    waits_until: datetime | None
    waits_s: int


def register(conn: Connection, keys: CompanyKeys, one: Pass, asked: Registration, now: datetime) -> bool:
    """Notes that a phone has the pass and where it is pushed to; False if that was known of it."""
    hashed, push_token = directory.of_phone(asked.device), asked.push_token
    mine = _of(one, hashed)
    sealed = {"push_token": sealing.encrypt(keys.data, one.id, push_token), "push_token_key": keys.data.id}
    values = sealed | {"registered_at": now, "asked_at": now, "waits_until": None, "waits_s": 0, "updated_at": now}
    if conn.execute(update(apple_devices).where(*mine).values(values)).rowcount:
        return False
    ids = {"company_id": one.company_id, "pass_id": one.id, "device_hash": hashed, "created_at": now}
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    made = conn.execute(dialect.insert(apple_devices).values(values | ids).on_conflict_do_nothing())
    if not made.rowcount:  # the same registration came twice at once
        return False
    directory.enter(conn, hashed, one.company_id, now)
    _leave_room(conn, one, hashed)
    state.saved(conn, one.company_id, one.id, now)
    return True


def unregister(conn: Connection, one: Pass, device: str, now: datetime) -> None:
    """Notes that a phone has the pass no more."""
    hashed = directory.of_phone(device)
    gone = conn.execute(delete(apple_devices).where(*_of(one, hashed))).rowcount
    _forgotten(conn, one, [hashed] * gone, now)


def remove(conn: Connection, one: Pass, phones: Collection[Device], now: datetime) -> None:
    """Forgets that these phones have the pass, unless they have registered anew; with the last one it is gone."""
    gone = []
    for phone in phones:
        same = (*_of(one, phone.hash), _DEVICES.registered_at == phone.registered_at)
        if conn.execute(delete(apple_devices).where(*same)).rowcount:
            gone.append(phone.hash)
    _forgotten(conn, one, gone, now)


def _forgotten(conn: Connection, one: Pass, gone: Collection[bytes], now: datetime) -> None:
    for hashed in gone:
        _forget_unless_kept(conn, one.company_id, hashed)
    if gone and not of_pass_count(conn, one):
        state.removed(conn, one.company_id, one.id, now)


def of_pass(conn: Connection, keys: CompanyKeys, one: Pass) -> list[Device]:
    """The phones that have a pass."""
    query = select(apple_devices).where(_DEVICES.company_id == one.company_id, _DEVICES.pass_id == one.id)
    found = []
    for row in conn.execute(query.order_by(_DEVICES.registered_at, _DEVICES.device_hash)):
        key, token = keys.data_with(row.push_token_key), None
        if key is not None:
            try:
                token = sealing.decrypt(key, one.id, row.push_token)
            except sealing.Unopenable:
                token = None
        found.append(Device(row.device_hash, token, row.registered_at, row.waits_until, row.waits_s))
    return found


def of_pass_count(conn: Connection, one: Pass) -> int:
    """How many phones have a pass."""
    query = select(func.count()).where(_DEVICES.company_id == one.company_id, _DEVICES.pass_id == one.id)
    count: int = conn.execute(query).scalar_one()
    return count


def passes_of(conn: Connection, company_id: UUID, device: str, now: datetime) -> list[Pass]:
    """The company's passes on a phone, which has just asked for them."""
    mine = (_DEVICES.company_id == company_id, _DEVICES.device_hash == directory.of_phone(device))
    ids = list(conn.execute(select(_DEVICES.pass_id).where(*mine)).scalars())
    conn.execute(update(apple_devices).where(*mine).values(asked_at=now, updated_at=now))
    found = (state.by_id(conn, company_id, pass_id) for pass_id in ids)
    return [one for one in found if one is not None]


def has_wait(conn: Connection, one: Pass, device: Device, now: datetime) -> int:
    """Lets a phone wait for its next push, twice as long as last time; returns for how many seconds."""
    seconds = min(max(WAITS_S, 2 * device.waits_s), WAITS_MAX_S)
    waits = {"waits_until": now + timedelta(seconds=seconds), "waits_s": seconds, "updated_at": now}
    conn.execute(update(apple_devices).where(*_of(one, device.hash)).values(waits))
    return seconds


def _leave_room(conn: Connection, one: Pass, newest: bytes) -> None:
    of_pass = (_DEVICES.company_id == one.company_id, _DEVICES.pass_id == one.id, _DEVICES.device_hash != newest)
    oldest = select(_DEVICES.device_hash).where(*of_pass).order_by(_DEVICES.asked_at.desc(), _DEVICES.device_hash)
    for hashed in list(conn.execute(oldest.offset(OF_PASS_MAX - 1)).scalars()):
        conn.execute(delete(apple_devices).where(*_of(one, hashed)))
        _forget_unless_kept(conn, one.company_id, hashed)


def _forget_unless_kept(conn: Connection, company_id: UUID, hashed: bytes) -> None:
    kept = select(_DEVICES.pass_id).where(_DEVICES.company_id == company_id, _DEVICES.device_hash == hashed)
    if conn.execute(kept.limit(1)).first() is None:
        directory.leave(conn, hashed, company_id)


def _of(one: Pass, hashed: bytes) -> tuple[Any, ...]:
    return _DEVICES.company_id == one.company_id, _DEVICES.pass_id == one.id, _DEVICES.device_hash == hashed
