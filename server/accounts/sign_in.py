"""Signing in, giving the password again, and changing it.

These begin their own units of work, because a password is hashed between two of them and under no lock. An address
without an account gets the same answer, after the same work, as a wrong password.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from loyalty.texts import CONTACT_CHARS_MAX
from server.accounts import accounts, attempts, audit, ip_networks, links, members, passwords, sessions
from server.accounts.attempts import RESETS_OF_ACCOUNT, RESETS_OF_ADDRESS, SIGN_INS_OF_ADDRESS
from server.accounts.audit import Actor
from server.accounts.rights import Role
from server.accounts.sessions import NewSession, Session
from server.db.units import Units
from server.keys import Keys
from server.mail import letters, outbox
from server.mail.letters import Words
from server.refusals import No, Refused
from sync.protocol.sealing import normal_email


def sign_in(
    units: Units,
    keys: Keys,
    *,
    email: str,
    password: str,
    device: str,
    address: str,
    now: datetime,
    former: str | None = None,
) -> NewSession:
    """Begins a session; the one of the token *former*, which the browser had before, ends."""
    folded = normal_email(email) or email[:CONTACT_CHARS_MAX].casefold()
    passwords.require_free()
    with units.platform_write() as conn:
        attempts.take(conn, keys.platform, SIGN_INS_OF_ADDRESS, ip_networks.limited(address), now)
        attempts.take_password(conn, keys.platform, folded, now)
    with units.read() as conn:
        found = accounts.with_password(conn, folded)
    is_right = passwords.matches(password, None if found is None else found[1])
    if found is None or not is_right:
        raise Refused(No.SIGN_IN_FAILED)
    account, stored = found
    renewed = passwords.hashed(password) if passwords.is_outdated(stored) else None
    with units.platform_write() as conn:
        if accounts.password_hash(conn, account.id) != stored:  # changed meanwhile
            raise Refused(No.SIGN_IN_FAILED)
        if renewed is not None:
            accounts.rehash(conn, account.id, renewed, now)
        if former is not None and (before := sessions.find(conn, former, now)) is not None:
            sessions.end(conn, before.account_id, before.id)
        return signed_in(conn, keys, account.id, folded, device=device, address=address, now=now)


def confirm(units: Units, keys: Keys, session: Session, password: str, now: datetime) -> None:
    """Notes for five minutes that the password was given again."""
    check_password(units, keys, session.account_id, session.email, password=password, now=now)
    with units.platform_write() as conn:
        attempts.passed(conn, keys.platform, accounts.folded_email(session.email))
        sessions.confirm(conn, session, now)


def change_password(
    units: Units, keys: Keys, session: Session, *, password: str, new: str, address: str, now: datetime
) -> NewSession:
    """Sets a new password, ends the account's other sessions, and gives this one a new token."""
    check_password(units, keys, session.account_id, session.email, password=password, now=now)
    hashed = passwords.hashed(_checked(units, session.account_id, session.email, new))
    with units.platform_write() as conn:
        attempts.passed(conn, keys.platform, accounts.folded_email(session.email))
        accounts.set_password(conn, session.account_id, hashed, now=now, keep=session.id)
        log(conn, session.account_id, "password_changed", address, now)
        return sessions.renewed(conn, session, now, session.support)


def request_reset(units: Units, keys: Keys, *, email: str, address: str, words: Words, url: str, now: datetime) -> None:
    """Sends a link that sets a new password to the address, if it has an account. The caller cannot tell."""
    folded = accounts.folded_email(email)
    with units.platform_write() as conn:
        attempts.take(conn, keys.platform, RESETS_OF_ADDRESS, ip_networks.limited(address), now)
        attempts.take(conn, keys.platform, RESETS_OF_ACCOUNT, folded, now)
        account = accounts.by_email(conn, email)
        token = links.make(conn, links.reset(email, None if account is None else account.id, now), now)
        letter = letters.password_reset(words, link=links.address(url, token))
        to = email if account is None else account.email
        outbox.queue(conn, keys, letter, to, company_id=None, now=now, is_sent=account is not None)


def reset_password(
    units: Units, keys: Keys, *, token: str, new: str, device: str, address: str, now: datetime
) -> NewSession:
    """Sets the password of a reset link's account, ends its sessions, and begins one."""
    with units.read() as conn:
        link = links.read(conn, token, now)
    if link.account_id is None:
        raise Refused(No.LINK_INVALID)
    hashed = passwords.hashed(_checked(units, link.account_id, link.email, new))
    with units.platform_write() as conn:
        links.use(conn, token, now)
        if accounts.by_id(conn, link.account_id) is None:
            raise Refused(No.LINK_INVALID)
        accounts.set_password(conn, link.account_id, hashed, now=now)
        log(conn, link.account_id, "password_reset", address, now)
        folded = accounts.folded_email(link.email)
        return signed_in(conn, keys, link.account_id, folded, device=device, address=address, now=now)


def signed_in(
    conn: Connection, keys: Keys, account_id: UUID, folded: str, *, device: str, address: str, now: datetime
) -> NewSession:
    """Begins a session of somebody who has just proved who they are."""
    attempts.passed(conn, keys.platform, folded)
    log(conn, account_id, "signed_in", address, now)
    return sessions.begin(conn, account_id, device=device, address=ip_networks.kept(address), now=now)


def log(conn: Connection, account_id: UUID, action: str, address: str, now: datetime) -> None:
    """Appends to the platform's log what somebody did with their own account."""
    by = Actor(account_id, Role.ACCOUNT, address)
    audit.append(conn, None, by, action, subject="account", subject_id=account_id, now=now)


def check_password(units: Units, keys: Keys, account_id: UUID, email: str, *, password: str, now: datetime) -> None:
    """Refuses a wrong password of an account, counting it; the caller says when it `passed`."""
    passwords.require_free()
    with units.platform_write() as conn:
        attempts.take_password(conn, keys.platform, accounts.folded_email(email), now)
        stored = accounts.password_hash(conn, account_id)
    if not passwords.matches(password, stored):
        raise Refused(No.SIGN_IN_FAILED)


def _checked(units: Units, account_id: UUID, email: str, new: str) -> str:
    with units.read() as conn:
        companies = members.companies_of(conn, account_id)
    return passwords.checked(new, email, *(name for one in companies for name in (one.company, one.slug)))
