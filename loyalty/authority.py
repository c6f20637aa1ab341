"""Who may do what at a counter: a person at work in that store, a manager where one is needed, the settings in force.

The counter asks before it writes, and the server again when it hears of it. What a till could not know is held against
nobody; what it could know counts nothing where it gives (`judge`).
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from loyalty.card import Card
from loyalty.program import CLOCK_SLACK
from loyalty.refusals import Reason
from loyalty.settings import PinRequired, Settings
from loyalty.staff import Role
from loyalty.transactions import (
    Body,
    CardCreated,
    CardDeactivated,
    CardReactivated,
    CardReplaced,
    CaseDecided,
    Claim,
    CustomerEdited,
    PointsAdjusted,
    PointsRedeemed,
    PointsVoided,
    RedemptionVoided,
    StampRedeemed,
    StampsAdjusted,
    StampVoided,
    Transaction,
)

# The settings that say what is allowed, and not what it is worth.
ASKED_ABOUT = ("pin_required", "counter_enrolment", "void_allowed", "self_void_minutes", "cross_store_redemption")

MANAGERS_ONLY = (
    CardDeactivated,
    CardReactivated,
    CardReplaced,
    CustomerEdited,
    PointsAdjusted,
    StampsAdjusted,
    CaseDecided,
)
_VOIDS = (StampVoided, PointsVoided, RedemptionVoided)
_REDEMPTIONS = (StampRedeemed, PointsRedeemed)
_NEVER = PinRequired.NEVER
# Sets of types: each entry of a page is asked about several times, and as a rule it is none of them.
_MAY_NEED_A_MANAGER: frozenset[type[Body]] = frozenset({*MANAGERS_ONLY, *_VOIDS})
_HANDED_OUT: frozenset[type[Body]] = frozenset({*_REDEMPTIONS, CardCreated})
_SUBJECT_TO_SETTINGS = _HANDED_OUT | frozenset(_VOIDS)


class Person(NamedTuple):
    """Somebody an entry names, as the company knows them; *is_told* if the till had been told how they stand."""

    role: Role | None  # None: nobody of this company
    works_here: bool
    is_told: bool = True

    @property
    def may_manage(self) -> bool:
        return self.works_here and self.role is not None and self.role.manages


class Acting(NamedTuple):
    """Who did it, and what their till had been told by then."""

    staff: Person | None
    override: Person | None
    pin_passed: bool = True  # by the one who answers as a manager: just before for an override, else at their shift
    settings_told: Collection[str] = ()  # those whose present values the till had been told

    def is_told(self, setting: str) -> bool:
        return setting in self.settings_told


class Breach(NamedTuple):
    """Something that was not allowed, and whether the till could know."""

    reason: Reason
    knowingly: bool


def breach(claim: Claim, card: Card, acting: Acting, settings: Settings, original: Transaction | None) -> Breach | None:
    """What the counter should have refused *claim* for; what it could know comes first. None when all is well."""
    found = list(_breaches(claim, card, acting, settings, original))
    return next((one for one in found if one.knowingly), found[0] if found else None)


def too_late_to_void(original: Transaction, at: datetime, settings: Settings) -> bool:
    """Whether a cashier may not take *original* back alone any more, though it was their own."""
    return at - original.context.occurred_at > timedelta(minutes=settings.self_void_minutes)


def may_need_a_manager(body: Body) -> bool:
    """Whether somebody who manages may have to answer for it."""
    return type(body) in _MAY_NEED_A_MANAGER


def gives(body: Body) -> bool:
    """Whether a transaction counts nothing when it was not allowed; a reward or a card has left the counter."""
    return type(body) not in _HANDED_OUT


def _breaches(
    claim: Claim, card: Card, acting: Acting, settings: Settings, original: Transaction | None
) -> Iterator[Breach]:
    staff, override, body = acting.staff, acting.override, claim.body
    pins_asked = settings.pin_required is not _NEVER
    if staff is None and pins_asked:
        yield Breach(Reason.NOBODY_ON_SHIFT, acting.is_told("pin_required"))
    for person in (staff, override):
        if person is not None and not person.works_here:
            yield Breach(Reason.STAFF_UNKNOWN, person.is_told)
    needed = _manager_needed(claim, acting, settings, original) if may_need_a_manager(body) else None
    answering = override if override is not None else staff if needed is not None else None
    if answering is not None and answering.works_here and not answering.may_manage:
        told = answering.is_told and (needed is None or needed.knowingly)
        yield Breach(Reason.NOT_A_MANAGER, told)
    elif answering is not None and pins_asked and not acting.pin_passed:
        yield Breach(Reason.MANAGER_NEEDED, acting.is_told("pin_required"))
    elif answering is None and needed is not None:
        yield needed
    if type(body) in _SUBJECT_TO_SETTINGS:
        yield from _by_settings(body, card, claim, acting, settings)


def _manager_needed(claim: Claim, acting: Acting, settings: Settings, original: Transaction | None) -> Breach | None:
    body, context = claim.body, claim.context
    if isinstance(body, MANAGERS_ONLY):
        return Breach(Reason.MANAGER_NEEDED, knowingly=True)
    if not isinstance(body, _VOIDS) or original is None:
        return None
    if isinstance(body, PointsVoided) and body.amount_minor is not None:
        return Breach(Reason.MANAGER_NEEDED, knowingly=True)
    own = original.context
    if (own.staff_id, own.terminal_id) != (context.staff_id, context.terminal_id):
        return Breach(Reason.MANAGER_NEEDED, knowingly=True)
    if not too_late_to_void(original, context.occurred_at - CLOCK_SLACK, settings):
        return None
    return Breach(Reason.MANAGER_NEEDED, acting.is_told("self_void_minutes"))


def _by_settings(body: Body, card: Card, claim: Claim, acting: Acting, settings: Settings) -> Iterator[Breach]:
    if isinstance(body, CardCreated) and not settings.counter_enrolment:
        yield Breach(Reason.ENROLMENT_OFF, acting.is_told("counter_enrolment"))
    if isinstance(body, _VOIDS) and not settings.void_allowed:
        yield Breach(Reason.VOID_OFF, acting.is_told("void_allowed"))
    elsewhere = card.enrolled_at_store not in (None, claim.context.store_id)
    if isinstance(body, _REDEMPTIONS) and elsewhere and not settings.cross_store_redemption:
        yield Breach(Reason.OTHER_STORE, acting.is_told("cross_store_redemption"))
