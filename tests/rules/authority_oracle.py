"""A second implementation of who may do what, from the table in docs/rules.md alone.

It must not import `loyalty`. Times are seconds since 1970.
"""

from collections.abc import Iterator
from dataclasses import dataclass

REWARDS = {"stamp_redeemed", "points_redeemed"}
VOIDS = {"stamp_voided", "points_voided", "redemption_voided"}
MANAGERS = {"points_adjusted", "stamps_adjusted", "card_deactivated", "card_reactivated", "card_replaced"} | {
    "customer_edited",
    "case_decided",
}
SLACK = 300  # what a till's clock may be wrong by before it is held against it
PIN_ROWS, PIN_S, SHIFT_S = 20, 120, 86_400


@dataclass(frozen=True)
class Person:
    """Somebody of the company: their role and stores, or None once they left, with the moment since when."""

    since: tuple[tuple[int, tuple[str, frozenset[int]] | None], ...]

    def at(self, moment: int) -> tuple[str, frozenset[int]] | None:
        return [stood for begun, stood in self.since if begun <= moment][-1]

    def changed(self, moment: int) -> int:
        return [begun for begun, _ in self.since if begun <= moment][-1]


@dataclass(frozen=True)
class Setting:
    """A setting's values and since when each holds."""

    since: tuple[tuple[int, int], ...]

    def at(self, moment: int) -> int:
        return [value for begun, value in self.since if begun <= moment][-1]

    def changed(self, moment: int) -> int:
        return [begun for begun, _ in self.since if begun <= moment][-1]


@dataclass(frozen=True)
class Company:
    """Who works there, and the settings that say who may do what (pins: whether they are asked for)."""

    people: dict[int, Person]
    settings: dict[str, Setting]

    def works(self, who: int, store: int, now: int) -> bool:
        person = self.people.get(who)
        stood = None if person is None else person.at(now)
        return stood is not None and store in stood[1]

    def manages(self, who: int, now: int) -> bool:
        stood = self.people[who].at(now)
        return stood is not None and stood[0] in {"manager", "owner"}

    def knew(self, who: int, told: int, now: int) -> bool:
        """Whether a till that had been told so far knew how somebody stands now; nobody knows of a stranger."""
        person = self.people.get(who)
        return person is None or person.changed(now) <= told


@dataclass(frozen=True)
class Hands:
    """Where a claim was written and in whose name, and what the till had been told by then."""

    store: int = 0
    till: int = 0
    staff: int | None = None
    override: int | None = None
    pin_rows: int | None = None  # rows since whoever answers for it passed their PIN; None: they never did
    pin_s: int = 0  # the same in seconds
    told: int = 0  # it had been told of everything up to this moment


@dataclass(frozen=True)
class Deed:
    """What was done, as far as it matters to who may do it."""

    kind: str
    at: int
    is_part: bool  # a return of a part of a purchase
    home: int  # the store that the card is of
    takes_back: tuple[Hands, int] | None  # in whose hands and when that was given; None: nothing was


def breaches(company: Company, hands: Hands, deed: Deed, now: int) -> Iterator[bool]:
    """Of each thing that was not allowed, whether the till could know."""
    settings = company.settings

    def told(setting: str) -> bool:
        return settings[setting].changed(now) <= hands.told

    pins = bool(settings["pin_required"].at(now))
    if hands.staff is None and pins:
        yield told("pin_required")
    for who in (hands.staff, hands.override):
        if who is not None and not company.works(who, hands.store, now):
            yield company.knew(who, hands.told, now)
    needed = _needs_a_manager(company, hands, deed, now)
    answering = hands.staff if hands.override is None and needed is not None else hands.override
    if answering is None:
        if needed is not None:
            yield needed
    elif company.works(answering, hands.store, now) and not company.manages(answering, now):
        yield company.knew(answering, hands.told, now) and needed is not False
    elif pins and not _pin_was_passed(hands):
        yield told("pin_required")
    forbidden = {
        "counter_enrolment": deed.kind == "card_created",
        "void_allowed": deed.kind in VOIDS,
        "cross_store_redemption": deed.kind in REWARDS and deed.home != hands.store,
    }
    for setting, concerns in forbidden.items():
        if concerns and not settings[setting].at(now):
            yield told(setting)


def _needs_a_manager(company: Company, hands: Hands, deed: Deed, now: int) -> bool | None:
    """None if not; else whether the till could know that it needs one."""
    if deed.kind in MANAGERS:
        return True
    if deed.kind not in VOIDS or deed.takes_back is None:
        return None
    gave, given_at = deed.takes_back
    if deed.is_part or (gave.staff, gave.till) != (hands.staff, hands.till):
        return True
    alone = company.settings["self_void_minutes"]
    if deed.at - given_at <= 60 * alone.at(now) + SLACK:
        return None
    return alone.changed(now) <= hands.told


def _pin_was_passed(hands: Hands) -> bool:
    if hands.pin_rows is None:
        return False
    if hands.override is None:
        return hands.pin_s <= SHIFT_S
    return hands.pin_rows <= PIN_ROWS and hands.pin_s <= PIN_S
