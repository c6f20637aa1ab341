"""One-time codes: six digits sent to a contact, which prove that it is somebody's.

Whether a contact has a card here cannot be told from outside: for one that is unknown a code is made all the same, and
nobody gets it.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from server.accounts import attempts, ip_networks
from server.accounts.attempts import Limit
from server.cards.decrypted_texts import contact_of
from server.companies.companies import Company
from server.db.account_tables import code_challenges
from server.db.lookups import Lookup, Query
from server.db.tables import cards, customers
from server.keys import Keys, token_hash
from server.mail import letters, outbox
from server.mail.letters import Words
from server.refusals import No, Refused
from sync.protocol.sealing import email_hmac, encrypt

DIGITS, TRIES = 6, 5
LASTS = timedelta(minutes=10)
_SECRET_BYTES = 32
_NOBODYS = bytes(48)  # as long as an encrypted address, which no key opens

# Of a contact; all but the last count codes that were asked for.
SOON = Limit("code_soon", 1, timedelta(seconds=30))
_FEW = Limit("code_few", 3, timedelta(minutes=15))
_A_DAY = Limit("code_day", 10, timedelta(days=1))
WRONG_A_DAY = Limit("code_wrong", 20, timedelta(days=1))
OF_ADDRESS = Limit("code_address", 10, timedelta(hours=1))
OF_COMPANY = Limit("code_company", 1000, timedelta(hours=1))

# People come first: joined, SQLite would look at the customer of every card.
_PEOPLE = Query(
    select(customers.c.customer_id, customers.c.email, customers.c.verified_at)
    .where(customers.c.company_id == bindparam("company"), customers.c.email_hmac == bindparam("contact"))
    .order_by(customers.c.verified_at.is_(None), customers.c.created_at, customers.c.customer_id)
)
_WITH_CARD = Lookup(
    select(cards.c.customer_id).where(
        cards.c.company_id == bindparam("company"), cards.c.is_blank.is_(False), cards.c.is_retired.is_(False)
    ),
    cards.c.customer_id,
)
_CHALLENGE = Query(
    select(code_challenges)
    .where(code_challenges.c.company_id == bindparam("company"))
    .where(code_challenges.c.challenge_id == bindparam("challenge"))
    .with_for_update()
)


@dataclass(frozen=True, slots=True)
class Proven:
    """Whose contact was proven."""

    customer_id: UUID | None  # None: whoever gets the card of the wish
    contact: bytes  # its look-up hash
    id: UUID  # of the challenge
    wish: str | None = None  # for a card, that has waited for the code
    email: str | None = None  # the contact, where it is new to the customer


@dataclass(frozen=True, slots=True)
class Sender:
    """Who asks for a code: limits count addresses, too."""

    address: str | None  # None: what is asked for with the code was counted already
    words: Words
    can_mail: bool


def ask(
    conn: Connection,
    keys: Keys,
    company: Company,
    email: str,
    sender: Sender,
    *,
    now: datetime,
    newcomer_id: UUID | None = None,
) -> str:
    """Sends a code to an e-mail address if it has a card here, and ends the address's former one.

    As long as nobody has proven the address, the code is for the newcomer who has just got a card with it: somebody
    else may have taken one in their name before.

    Returns what the asking browser keeps, so that the code works nowhere else.
    """
    contact = _limited(conn, keys, company, email, sender, now=now)
    owner = _owner(conn, company.id, contact, newcomer_id)
    customer_id, sealed = (uuid4(), _NOBODYS) if owner is None else (owner.customer_id, owner.email)
    address = contact_of(customer_id, sealed, keys.company(company.id))  # also for nobody, as it takes its time
    asked = _Asked(uuid4(), contact, customer_id if address is not None else None, address or email)
    return _made(conn, keys, company, asked, sender, is_sent=address is not None, customer_id=customer_id, now=now)


def ask_for_card(
    conn: Connection, keys: Keys, company: Company, email: str, sender: Sender, *, wish: str, now: datetime
) -> str:
    """Sends a code to an e-mail address that is to get a card, as the *wish* says, unless it has one.

    Returns what the asking browser keeps.
    """
    contact = _limited(conn, keys, company, email, sender, now=now)
    owner = _owner(conn, company.id, contact)
    customer_id: UUID | None = None if owner is None else owner.customer_id
    asked = _Asked(uuid4(), contact, customer_id, email)
    sealed = encrypt(keys.company(company.id).data, asked.id, wish)
    return _made(conn, keys, company, asked, sender, wish=sealed, customer_id=customer_id, now=now)


def ask_new(
    conn: Connection, keys: Keys, company: Company, email: str, sender: Sender, *, customer_id: UUID, now: datetime
) -> str:
    """Sends a code to an e-mail address that a customer wants to have from now on, whoever else has it.

    Returns what the asking browser keeps.
    """
    contact = _limited(conn, keys, company, email, sender, now=now)
    asked = _Asked(uuid4(), contact, customer_id, email)
    sealed = encrypt(keys.company(company.id).data, asked.id, email.strip())
    return _made(conn, keys, company, asked, sender, email=sealed, customer_id=customer_id, now=now)


def pretended() -> str:
    """What looks like the proof of having asked for a code."""
    return f"{uuid4().hex}.{secrets.token_urlsafe(_SECRET_BYTES)}"


def check(
    conn: Connection, keys: Keys, company_id: UUID, kept: str, code: str, *, now: datetime, is_new: bool = False
) -> Proven | Refused:
    """Whose contact a code proves, which it does once. A wrong one counts, so the caller commits a refusal, too.

    *kept* is what the asking browser was given. A code for a contact that *is_new* to its customer signs nobody in.
    """
    row = _challenge(conn, company_id, kept)
    if row is None or now >= row.expires_at or row.tries >= TRIES or (row.email is not None) != is_new:
        return Refused(No.CODE_OVER)
    whom = f"{company_id} {row.contact_hmac.hex()}"
    try:
        attempts.take(conn, keys.platform, WRONG_A_DAY, whom, now)
    except Refused as spent:
        return spent
    mine = (code_challenges.c.company_id == company_id, code_challenges.c.challenge_id == row.challenge_id)
    typed = "".join(code.split())
    is_right = hmac.compare_digest(_hashed(keys, row.challenge_id, typed), row.code_hmac)
    if not is_right or (row.customer_id is None and row.wish is None):
        conn.execute(update(code_challenges).where(*mine).values(tries=row.tries + 1, updated_at=now))
        return Refused(No.CODE_OVER if row.tries + 1 >= TRIES else No.CODE_WRONG)
    attempts.give_back(conn, keys.platform, WRONG_A_DAY, whom, now)
    conn.execute(delete(code_challenges).where(*mine))
    if row.customer_id is None and row.wish is not None:
        wish = contact_of(row.challenge_id, row.wish, keys.company(company_id))
        return Refused(No.CODE_OVER) if wish is None else Proven(None, row.contact_hmac, row.challenge_id, wish)
    assert row.customer_id is not None, "no code is right for nobody's contact"
    if row.email is not None:
        email = contact_of(row.challenge_id, row.email, keys.company(company_id))
        if email is None:
            return Refused(No.CODE_OVER)
        return Proven(row.customer_id, row.contact_hmac, row.challenge_id, email=email)
    note_verified(conn, company_id, row.customer_id, now)
    return Proven(row.customer_id, row.contact_hmac, row.challenge_id)


def note_verified(conn: Connection, company_id: UUID, customer_id: UUID, now: datetime) -> None:
    """The customer's contact is theirs."""
    person = (customers.c.company_id == company_id, customers.c.customer_id == customer_id)
    unproven = update(customers).where(*person, customers.c.verified_at.is_(None))
    conn.execute(unproven.values(verified_at=now, updated_at=now))


def forget(conn: Connection, company_id: UUID, customer_id: UUID) -> None:
    """Deletes the code that a customer was sent."""
    theirs = (code_challenges.c.company_id == company_id, code_challenges.c.customer_id == customer_id)
    conn.execute(delete(code_challenges).where(*theirs))


def forget_expired(conn: Connection, company_id: UUID, now: datetime) -> int:
    """Deletes codes that have run out; returns their number."""
    of_company = (code_challenges.c.company_id == company_id, code_challenges.c.expires_at <= now)
    return conn.execute(delete(code_challenges).where(*of_company)).rowcount


def _owner(conn: Connection, company_id: UUID, contact: bytes, newcomer_id: UUID | None = None) -> Any:
    """The customer with this contact and a card: who has proven it, else the newcomer, else the first one.

    It takes as long for nobody.
    """
    people = _PEOPLE.all(conn, company=company_id, contact=contact)
    wanted = [row.customer_id for row in people] or [uuid4()]
    holders = {row.customer_id for row in _WITH_CARD.rows(conn, wanted, company=company_id)}
    found = [row for row in people if row.customer_id in holders]
    found.sort(key=lambda row: (row.verified_at is None, row.customer_id != newcomer_id))
    return next(iter(found), None)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A code that is asked for."""

    id: UUID
    contact: bytes
    customer_id: UUID | None  # None: nobody's here, so that no code is right
    address: str


def _limited(conn: Connection, keys: Keys, company: Company, email: str, sender: Sender, *, now: datetime) -> bytes:
    """The hash of a contact for which another code may be asked."""
    contact = email_hmac(keys.company(company.id).lookup, email)
    if contact is None:
        raise Refused(No.EMAIL_INVALID)
    whom = f"{company.id} {contact.hex()}"
    attempts.require_left(conn, keys.platform, WRONG_A_DAY, whom, now)
    for limit in (SOON, _FEW, _A_DAY):
        attempts.take(conn, keys.platform, limit, whom, now)
    if sender.address is not None:
        attempts.take(conn, keys.platform, OF_ADDRESS, ip_networks.limited(sender.address), now)
    attempts.take(conn, keys.platform, OF_COMPANY, str(company.id), now)
    return contact


def _made(
    conn: Connection,
    keys: Keys,
    company: Company,
    asked: _Asked,
    sender: Sender,
    *,
    customer_id: UUID | None,
    now: datetime,
    is_sent: bool = True,
    wish: bytes | None = None,
    email: bytes | None = None,
) -> str:
    """Makes a code, which ends the contact's former one, and queues its mail to whose outbox it belongs."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    former = (code_challenges.c.company_id == company.id, code_challenges.c.contact_hmac == asked.contact)
    conn.execute(delete(code_challenges).where(*former))
    values = {
        "company_id": company.id,
        "challenge_id": asked.id,
        "contact_hmac": asked.contact,
        "wish": wish,
        "email": email,
        "customer_id": asked.customer_id,
        "code_hmac": _hashed(keys, asked.id, code),
        "browser_hash": token_hash(secret),
        "tries": 0,
        "expires_at": now + LASTS,
        "created_at": now,
        "updated_at": now,
    }
    conn.execute(insert(code_challenges).values(values))
    outbox.queue(
        conn,
        keys,
        letters.one_time_code(sender.words, company=company.name, code=code),
        asked.address,
        company_id=company.id,
        now=now,
        is_sent=is_sent and sender.can_mail,
        customer_id=customer_id,
    )
    return f"{asked.id.hex}.{secret}"


def _challenge(conn: Connection, company_id: UUID, kept: str) -> "_Row | None":
    written, _, secret = kept.partition(".")
    try:
        challenge_id = UUID(hex=written)
    except ValueError:
        return None
    row = _CHALLENGE.first(conn, company=company_id, challenge=challenge_id)
    if row is None or not hmac.compare_digest(token_hash(secret), row.browser_hash):
        return None
    return _Row(
        challenge_id=row.challenge_id,
        contact_hmac=row.contact_hmac,
        wish=row.wish,
        email=row.email,
        customer_id=row.customer_id,
        code_hmac=row.code_hmac,
        tries=row.tries,
        expires_at=row.expires_at,
    )


@dataclass(frozen=True, slots=True)
class _Row:
    challenge_id: UUID
    contact_hmac: bytes
    wish: bytes | None
    email: bytes | None  # the contact, where it is new to the customer
    customer_id: UUID | None
    code_hmac: bytes
    tries: int
    expires_at: datetime


def _hashed(keys: Keys, challenge_id: UUID, code: str) -> bytes:
    text = b"one-time code\x00" + challenge_id.bytes + code.encode("utf-8", "surrogatepass")
    return hmac.digest(keys.platform.secret, text, "sha256")
