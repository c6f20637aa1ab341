"""The link in a notice that stops such mails: it names the customer, and nobody can make one up."""

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select, update

from server.companies import companies
from server.db.tables import customers
from server.keys import Keys
from server.refusals import No, Refused

PATH = "/u/{token}"
_ID_BYTES, _MAC_BYTES = 16, 16
_PURPOSE = b"orion-unsubscribe-1"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Whose notices a link is about."""

    company_id: UUID
    customer_id: UUID


def link(keys: Keys, url: str, whom: Subscriber) -> str:
    """The address of the page that stops a customer's notices."""
    named = whom.company_id.bytes + whom.customer_id.bytes
    token = base64.urlsafe_b64encode(named + _mac(keys, named)).decode()
    return url + PATH.format(token=token)


def read(keys: Keys, token: str) -> Subscriber:
    """Whom a link is about; refuses one that we did not make."""
    try:
        data = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        data = b""
    named, mac = data[: 2 * _ID_BYTES], data[2 * _ID_BYTES :]
    if len(named) != 2 * _ID_BYTES or not hmac.compare_digest(mac, _mac(keys, named)):
        raise Refused(No.LINK_INVALID)
    return Subscriber(UUID(bytes=named[:_ID_BYTES]), UUID(bytes=named[_ID_BYTES:]))


def company_name(conn: Connection, whom: Subscriber) -> str:
    """The company that sends the notices; refuses if it is gone."""
    try:
        return companies.by_id(conn, whom.company_id).name
    except Refused:
        raise Refused(No.LINK_INVALID) from None


def stop(conn: Connection, whom: Subscriber, now: datetime) -> None:
    """No more notices; who is erased gets none anyway."""
    one = (customers.c.company_id == whom.company_id, customers.c.customer_id == whom.customer_id)
    wanted = update(customers).where(*one, customers.c.mail_off.is_(False))
    conn.execute(wanted.values(mail_off=True, updated_at=now))


def is_stopped(conn: Connection, whom: Subscriber) -> bool:
    """True if they get no notices."""
    one = (customers.c.company_id == whom.company_id, customers.c.customer_id == whom.customer_id)
    return conn.execute(select(customers.c.mail_off).where(*one)).scalar_one_or_none() is not False


def _mac(keys: Keys, named: bytes) -> bytes:
    return hmac.digest(keys.platform.secret, _PURPOSE + named, "sha256")[:_MAC_BYTES]
