"""The offer of a card's pass to somebody at its page: its object is inserted while they wait, or soon after."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from server.db import job_queue
from server.db.job_queue import DueJob
from server.db.units import Units
from server.keys import Keys
from server.wallet import makers, state, telling
from server.wallet.card_content import Reader
from server.wallet.google import links
from server.wallet.google.maker import Google
from server.wallet.makers import MakerName, Verdict
from server.wallet.pass_content import PassContent, PassState
from server.wallet.state import Pass

TOLD_BY_JOB_AFTER = timedelta(seconds=5)


def link_for(
    google: Google, units: Units, keys: Keys, company_id: UUID, card_id: UUID, *, language: str, now: datetime
) -> str | None:
    """The link that saves a card's pass; None if Google does not have the pass yet, or the card is switched off."""
    with units.write(company_id) as conn:
        reader = Reader(conn, company_id, keys, google.issuer.url, now)
        offered, content = telling.offer(reader, card_id, MakerName.GOOGLE, language)
        is_owed = offered.told_at is None
        if is_owed:
            offered = _marked(conn, offered, now)
        is_stopped = MakerName.GOOGLE in makers.stopped(conn, now)
    if content.state is not PassState.ON or (is_owed and is_stopped):
        return None
    if is_owed and not _is_taken(google, units, offered, content, now):
        return None
    with units.write_unlocked() as conn:
        own = keys.company(company_id)
        return links.link_of(conn, own, offered, issuer=google.issuer, account=google.account, now=now)


def _marked(conn: Connection, offered: Pass, now: datetime) -> Pass:
    """The pass, for the job to tell soon if it is not told now."""
    state.mark(conn, offered.company_id, offered.id, now + TOLD_BY_JOB_AFTER)
    job_queue.wake(conn, DueJob(offered.company_id, telling.JOB), now)
    marked = state.by_id(conn, offered.company_id, offered.id)
    assert marked is not None, "it was offered in this unit of work"
    return marked


def _is_taken(google: Google, units: Units, offered: Pass, content: PassContent, now: datetime) -> bool:
    """True if Google takes the pass at once."""
    outcome = google.offer(offered, content, now)
    if outcome is None:
        return False
    with units.write_unlocked() as conn:
        telling.note(conn, offered, outcome, now)
    return outcome.verdict is Verdict.CURRENT
