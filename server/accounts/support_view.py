"""Support views: an admin reads a company's pages for at most an hour; its owners are told and every page is logged."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from loyalty.texts import REASON_CHARS_MAX, clean, hides
from server.accounts import audit, ownership, sessions
from server.accounts.audit import Actor
from server.accounts.rights import Role
from server.accounts.sessions import NewSession, Session, Support
from server.companies.companies import Company
from server.keys import Keys
from server.mail import letters, outbox
from server.mail.letters import Words
from server.refusals import No, Refused

MINUTES_MAX = 60


def begin(
    conn: Connection,
    keys: Keys,
    session: Session,
    company: Company,
    *,
    reason: str,
    address: str,
    words: Callable[[str | None], Words],
    can_mail: bool,
    now: datetime,
) -> NewSession:
    """Begins a view of *company* in an admin's session, which gets a new token; tells the owners by mail."""
    why = clean(reason)
    if not 1 <= len(why) <= REASON_CHARS_MAX or hides(reason):
        raise Refused(No.REASON_INVALID)
    if not session.is_admin:
        raise Refused(No.NOT_ALLOWED)
    until = now + timedelta(minutes=MINUTES_MAX)
    by = Actor(session.account_id, Role.ADMIN, address)
    after = {"reason": why, "until": until}
    for log in (None, company.id):
        audit.append(
            conn, log, by, "support_view_began", subject="company", subject_id=company.id, after=after, now=now
        )
    for owner in ownership.owners(conn, company.id) if can_mail else ():
        if owner.email is None:
            continue
        letter = letters.support_view(
            words(owner.language), company=company.name, by=session.email, reason=why, minutes=MINUTES_MAX
        )
        outbox.queue(conn, keys, letter, owner.email, company_id=company.id, now=now)
    return sessions.renewed(conn, session, now, Support(company.id, until))


def page_opened(conn: Connection, session: Session, path: str, *, address: str, now: datetime) -> None:
    """Logs a page that a view has opened; *path* is without its query, which may hold a name or an address."""
    assert session.support is not None, "only for a support view"
    by = Actor(session.account_id, Role.SUPPORT, address)
    audit.append(conn, session.support.company_id, by, "page_opened", subject="page", subject_id=path, now=now)


def end(conn: Connection, session: Session, *, address: str, now: datetime) -> NewSession:
    """Ends a view; the session gets a new token."""
    if session.support is not None:
        by, company_id = Actor(session.account_id, Role.ADMIN, address), session.support.company_id
        for log in (None, company_id):
            audit.append(conn, log, by, "support_view_ended", subject="company", subject_id=company_id, now=now)
    return sessions.renewed(conn, session, now)
