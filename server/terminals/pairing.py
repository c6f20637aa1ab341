"""Pairing: a one-time code turns a program at a counter into a terminal of the company.

A code has 60 random bits and is valid for a day. It is not stored. Till and server prove to each other that they know
it, by an id and a key that are stretched from it when it is made, so that a request costs little. With so many bits it
can be taken from every network that tries few wrong codes, whatever others try; `api.sync.pairing_rate_limit` has the
figures. The token is stored hashed. The answer that contains it is stored encrypted, for the hour in which a lost reply
may be requested again.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, and_, delete, insert, or_, select, update

from server.companies.companies import checked_name
from server.companies.stores import Store, by_id
from server.db.tables import companies, pairing_codes, stores, terminals
from server.db.units import Units, next_version
from server.keys import Keys, terminal_keys
from server.refusals import No, Refused
from sync.protocol.messages import Garbled, PairRequest, PairResponse, encode
from sync.protocol.pairing_secret import PairingSecret, secret_of
from sync.protocol.sealing import KEY_BYTES, Key, Purpose, decrypt, encrypt, seal, token_hash

LIVES = timedelta(hours=24)
REPEATED_FOR = timedelta(hours=1)
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's Base32, without look-alikes such as O and 0
_CHARS = 12


@dataclass(frozen=True, slots=True)
class PairingCode:
    """A one-time code to type at the till."""

    text: str
    secret: PairingSecret

    @staticmethod
    def random() -> "PairingCode":
        """A new code. As slow as checking a PIN, so make it outside of a unit of work."""
        characters = "".join(secrets.choice(_ALPHABET) for _ in range(_CHARS))
        return PairingCode("-".join(characters[at : at + 4] for at in range(0, _CHARS, 4)), secret_of(characters))


@dataclass(frozen=True, slots=True)
class Paired:
    """The encoded `PairResponse`, and the key of the code on it."""

    answer: bytes
    key: bytes


def open_code(
    conn: Connection,
    company_id: UUID,
    store: Store,
    terminal_name: str,
    code: PairingCode,
    *,
    platform: Key,
    now: datetime,
) -> datetime:
    """Opens a code for a new terminal until the moment returned; an earlier unused code for the same name is
    withdrawn."""
    if store.is_closed:
        raise Refused(No.STORE_CLOSED, store.name)
    name = checked_name(terminal_name)
    namesake = (terminals.c.company_id == company_id, terminals.c.name == name, terminals.c.revoked_at.is_(None))
    if conn.execute(select(terminals.c.terminal_id).where(*namesake)).first() is not None:
        raise Refused(No.NAME_TAKEN, name)
    of_terminal = (pairing_codes.c.company_id == company_id, pairing_codes.c.terminal_name == name)
    conn.execute(delete(pairing_codes).where(*of_terminal, pairing_codes.c.used_at.is_(None)))
    _forget_keys(conn, company_id, now)
    code_hash = _code_hash(platform, code.secret.id)
    values = {
        "company_id": company_id,
        "code_hash": code_hash,
        "key": encrypt(platform, _row_id(code_hash), code.secret.key.hex()),
        "store_id": store.id,
        "terminal_name": name,
        "expires_at": now + LIVES,
        "created_at": now,
        "updated_at": now,
    }
    conn.execute(insert(pairing_codes).values(values))
    return now + LIVES


@dataclass(frozen=True, slots=True)
class Offer:
    """A code that was made, and what has become of it."""

    id: UUID
    store_id: UUID
    name: str
    expires_at: datetime
    paired_at: datetime | None
    terminal_id: UUID | None
    heard_at: datetime | None  # the terminal's last contact


def offer(
    units: Units,
    keys: Keys,
    company_id: UUID,
    store_id: UUID,
    name: str,
    *,
    now: datetime,
    noted: Callable[[Connection, UUID], None],
) -> tuple[Offer, str]:
    """Makes a code in a unit of work of its own; returns it with its text, which is not kept.

    *noted* writes down who made it, and gets its id.
    """
    code = PairingCode.random()
    offer_id = _row_id(_code_hash(keys.platform, code.secret.id))
    with units.write(company_id) as conn:
        store = by_id(conn, company_id, store_id)
        open_code(conn, company_id, store, name, code, platform=keys.platform, now=now)
        noted(conn, offer_id)
        return offered(conn, company_id, offer_id), code.text


def offered(conn: Connection, company_id: UUID, offer_id: UUID) -> Offer:
    """The code with this id."""
    rows = conn.execute(select(pairing_codes).where(pairing_codes.c.company_id == company_id))
    code = next((row for row in rows if _row_id(row.code_hash) == offer_id), None)
    if code is None:
        raise Refused(No.CODE_UNKNOWN)
    made = (terminals.c.company_id == company_id, terminals.c.store_id == code.store_id)
    at_once = (terminals.c.name == code.terminal_name, terminals.c.created_at == code.used_at)
    till = conn.execute(select(terminals.c.terminal_id, terminals.c.last_seen_at).where(*made, *at_once)).first()
    return Offer(
        offer_id,
        code.store_id,
        code.terminal_name,
        code.expires_at,
        code.used_at,
        None if till is None else till.terminal_id,
        None if till is None else till.last_seen_at,
    )


def forget_old(conn: Connection, company_id: UUID, now: datetime) -> int:
    """Deletes codes whose time is over, with the answers kept for repetitions; returns how many."""
    old = (pairing_codes.c.company_id == company_id, pairing_codes.c.expires_at < now - REPEATED_FOR)
    return conn.execute(delete(pairing_codes).where(*old)).rowcount


def company_of(conn: Connection, code_id: bytes, platform: Key) -> UUID:
    """The company that issued the code of this id."""
    query = select(pairing_codes.c.company_id).where(pairing_codes.c.code_hash == _code_hash(platform, code_id))
    company_id: UUID | None = conn.execute(query).scalars().first()
    if company_id is None:
        raise Refused(No.CODE_REFUSED)
    return company_id


def pair(
    conn: Connection,
    company_id: UUID,
    request: PairRequest,
    keys: Keys,
    now: datetime,
    *,
    is_proved: Callable[[bytes], bool],
) -> Paired:
    """Pairs a terminal; a repeated request with the same keys gets the same response.

    *is_proved*: whether who asks knows the code's key.
    """
    by_code = (
        pairing_codes.c.company_id == company_id,
        pairing_codes.c.code_hash == _code_hash(keys.platform, request.id),
    )
    code = conn.execute(select(pairing_codes).where(*by_code)).one_or_none()
    if code is None or code.key is None:
        raise Refused(No.CODE_REFUSED)
    key = bytes.fromhex(decrypt(keys.platform, _row_id(code.code_hash), code.key))
    if not is_proved(key):
        raise Refused(No.CODE_REFUSED)
    if not _are_keys(request):
        raise Garbled("the request carries no valid public keys")
    keys_hash = sha256(request.signing_public + request.sealing_public).digest()
    if code.used_at is not None:
        repeated = hmac.compare_digest(code.keys_hash, keys_hash) and now < code.used_at + REPEATED_FOR
        if not repeated or code.answer is None:
            raise Refused(No.CODE_REFUSED)
        return Paired(decrypt(keys.platform, _row_id(code.code_hash), code.answer).encode(), key)
    if code.expires_at <= now:
        raise Refused(No.CODE_REFUSED)
    answer = encode(_new_terminal(conn, company_id, request, code, keys=keys, now=now))
    encrypted = encrypt(keys.platform, _row_id(code.code_hash), answer.decode())
    kept = {"answer": encrypted, "keys_hash": keys_hash, "used_at": now, "updated_at": now}
    conn.execute(update(pairing_codes).where(*by_code).values(kept))
    _forget_keys(conn, company_id, now)
    return Paired(answer, key)


def _new_terminal(
    conn: Connection, company_id: UUID, request: PairRequest, code: Row[Any], *, keys: Keys, now: datetime
) -> PairResponse:
    company = conn.execute(select(companies.c.name).where(companies.c.company_id == company_id)).scalar_one()
    place = (stores.c.company_id == company_id, stores.c.store_id == code.store_id)
    store = conn.execute(select(stores.c.name).where(*place)).scalar_one()
    terminal_id, token = uuid4(), secrets.token_urlsafe(32)
    values = {
        "company_id": company_id,
        "terminal_id": terminal_id,
        "store_id": code.store_id,
        "name": code.terminal_name,
        "signing_public": request.signing_public,
        "sealing_public": request.sealing_public,
        "token_hash": token_hash(token),
        "acked_seq": 0,
        "version": next_version(conn, company_id),
        "created_at": now,
        "updated_at": now,
    }
    conn.execute(insert(terminals).values(values))
    return PairResponse(
        company_id=company_id,
        company=company,
        store_id=code.store_id,
        store=store,
        terminal_id=terminal_id,
        terminal=code.terminal_name,
        token=token,
        signing_public=keys.signing.public,
        sealing_public=keys.sealing.public,
        keys=seal(request.sealing_public, encode(terminal_keys(keys.company(company_id))), Purpose.PAIRING),
        server_time=now,
    )


def _are_keys(request: PairRequest) -> bool:
    try:
        seal(request.sealing_public, b"", Purpose.PAIRING)  # raises if the bytes are no valid key
    except ValueError:
        return False
    return len(request.signing_public) == KEY_BYTES


def _forget_keys(conn: Connection, company_id: UUID, now: datetime) -> None:
    """Wipes keys and answers of codes that lead to nothing any more."""
    table = pairing_codes.c
    is_used_up = or_(table.used_at < now - REPEATED_FOR, and_(table.used_at.is_(None), table.expires_at <= now))
    mine = (table.company_id == company_id, table.key.is_not(None))
    conn.execute(update(pairing_codes).where(*mine, is_used_up).values(key=None, answer=None))


def _code_hash(platform: Key, code_id: bytes) -> bytes:
    return hmac.digest(platform.secret, b"pairing\x00" + code_id, "sha256")


def _row_id(code_hash: bytes) -> UUID:
    return UUID(bytes=code_hash[:16])
