"""The jobs about cards that nobody uses: `expiry` takes points that have lapsed, `expiry_notice` tells customers first,
and `retention` erases who has not come for as many years as the company keeps them.

Each goes through the list of cards in the order of their last activity.
"""

from server.companies import companies
from server.customers import erasure, notices, retention
from server.customers.joining import unconfirmed
from server.jobs.runner import Run, fitting
from server.ledger.judging.savepoint_booking import Ledger
from server.ledger.own_bookings import lapses
from server.ledger.own_bookings.lapses import Place

CARDS_AT_ONCE = 100  # to begin with
ERASED_AT_ONCE = 20


def expire(run: Run) -> None:
    """Takes points that have lapsed for lack of activity."""
    after, size = Place.read(run.cursor), CARDS_AT_ONCE
    while True:
        with run.services.units.read() as conn:
            found = lapses.candidates(conn, run.company, run.now, after, size)
        if not found:
            return
        with run.batch(books=True) as conn:
            run.did(lapses.expire(conn, run.company, [place.card_id for place in found], run.now))
            run.cursor = str(found[-1])
        after, size = found[-1], fitting(size, run.took_s)


def tell(run: Run) -> None:
    """Tells by mail whose points lapse soon; without a mail server nobody is told, and nothing is noted."""
    services = run.services
    if services.smtp is None:
        return
    after, size = Place.read(run.cursor), CARDS_AT_ONCE
    while True:
        with services.units.read() as conn:
            company = companies.by_id(conn, run.company)
            found = notices.candidates(conn, company, run.now, after, size)
        if not found:
            return
        with run.batch() as conn:
            wanted = [place.card_id for place in found]
            run.did(notices.queue(conn, services.keys, company, wanted, url=services.url, now=run.now))
            run.cursor = str(found[-1])
        after, size = found[-1], fitting(size, run.took_s)


def erase(run: Run) -> None:
    """Erases customers whose time is over, and tells those whose time is over soon."""
    services = run.services
    can_mail = services.smtp is not None
    _erase_unconfirmed(run)
    after, size = Place.read(run.cursor), ERASED_AT_ONCE
    while True:
        with services.units.read() as conn:
            company = companies.by_id(conn, run.company)
            found = retention.candidates(conn, company, run.now, after, size)
        if not found:
            return
        with run.batch(books=True) as conn:
            due = retention.due(conn, company, [one.card_id for one in found], run.now, can_mail=can_mail)
            retention.tell(conn, services.keys, company, due, url=services.url, now=run.now)
            ledger = Ledger(conn, run.company, services.keys, run.now)
            run.did(len(erasure.erase(ledger, company, due.erase, by=None, can_mail=can_mail)))
            run.cursor = str(found[-1])
        after, size = found[-1], fitting(size, run.took_s)


def _erase_unconfirmed(run: Run) -> None:
    """Erases cards that were taken without a counter, confirmed by nobody and never used; nobody is told."""
    services, after = run.services, None
    while True:
        with services.units.read() as conn:
            company = companies.by_id(conn, run.company)
            found = unconfirmed.candidates(conn, run.company, run.now, after, ERASED_AT_ONCE)
        if not found:
            return
        with run.batch(books=True) as conn:
            over = unconfirmed.over(conn, run.company, found, run.now)
            ledger = Ledger(conn, run.company, services.keys, run.now)
            run.did(len(erasure.erase(ledger, company, over, by=None, can_mail=False)))
        after = found[-1]
