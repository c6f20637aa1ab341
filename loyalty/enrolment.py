"""Enrolment and status of a card: creation, welcome, deactivation, reactivation and replacement."""

from loyalty.card import Card
from loyalty.program import Program
from loyalty.refusals import Reason, Refusal
from loyalty.settings import Settings
from loyalty.transactions import NO_EFFECT, Effect


def create(card: Card, settings: Settings, *, contact_has_card: bool = False) -> Effect | Refusal:
    """Enrols a customer with the blank."""
    if not settings.counter_enrolment:
        return Refusal(Reason.ENROLMENT_OFF)
    if not card.is_blank:
        return Refusal(Reason.ALREADY_ENROLLED)
    if contact_has_card:
        return Refusal(Reason.CONTACT_HAS_CARD)
    return NO_EFFECT


def welcome(card: Card, program: Program) -> Effect | None:
    """The program's welcome bonus, given once to each card; None if there is none."""
    if card.welcome_given or not program.gives_points or program.welcome_bonus == 0:
        return None
    return Effect(points=program.welcome_bonus)


def deactivate(card: Card) -> Effect | Refusal:
    """Switches the card off."""
    return NO_EFFECT if card.is_active else Refusal(Reason.ALREADY_INACTIVE)


def reactivate(card: Card, *, is_erased: bool = False) -> Effect | Refusal:
    """Switches the card on again; one whose customer was erased stays off."""
    if is_erased:
        return Refusal(Reason.CARD_ERASED)
    return Refusal(Reason.ALREADY_ACTIVE) if card.is_active else NO_EFFECT


def replace_code(card: Card, blank: Card, *, is_erased: bool = False) -> Effect | Refusal:
    """Continues the history of *card* under the number and code of *blank*."""
    if is_erased:
        return Refusal(Reason.CARD_ERASED)
    if not blank.is_blank or blank.id == card.id:
        return Refusal(Reason.NOT_A_BLANK)
    return NO_EFFECT
