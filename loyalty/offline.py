"""Limits on redemptions, by how the card was identified and how old the till's data is."""

from datetime import timedelta
from uuid import UUID

from loyalty.card import Card
from loyalty.refusals import Reason, Refusal, Why
from loyalty.settings import Settings

_HOUR = timedelta(hours=1)


def redemption_refusal(
    card: Card,
    settings: Settings,
    *,
    staleness: timedelta,
    by_code: bool,
    manager_agrees: bool,
    store_id: UUID,
) -> Refusal | None:
    """Why a redemption is refused regardless of the balance, or None.

    *staleness* is the age of the till's data. A manager can override old data and a missing code, but not the company's
    limit for offline tills.
    """
    if staleness >= timedelta(days=settings.offline_stop_days):
        return Refusal(Reason.OFFLINE_TOO_LONG, days=staleness.days)
    if not settings.cross_store_redemption and card.enrolled_at_store not in (None, store_id):
        return Refusal(Reason.OTHER_STORE)
    if manager_agrees:
        return None
    if not by_code:
        return Refusal(Reason.MANAGER_NEEDED, why=Why.WITHOUT_CODE)
    if staleness >= timedelta(hours=settings.redemption_max_staleness_hours):
        return Refusal(Reason.MANAGER_NEEDED, why=Why.DATA_STALE, hours=staleness // _HOUR)
    return None
