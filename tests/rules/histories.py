"""Random histories of a few cards: random bytes read as programs, settings and claims.

The bytes are drawn at once, which is fast, and shrink towards fewer bytes and zeros, which are the simplest choices.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.rules.authority_oracle import Company, Hands, Person, Setting
from tests.rules.oracle_values import RATE_ONE, Rules, Said

T = TypeVar("T")

MINUTE, HOUR, DAY = 60, 3600, 86_400
BEGIN = 1_774_634_400  # Friday 27 March 2026, 18:00 UTC: two nights before summer time
CARDS = 3  # the first two are enrolled at once, the last rarely
ZONES = ("Europe/Luxembourg", "America/St_Johns", "Pacific/Auckland")

WAITS = tuple(minutes * MINUTE for minutes in (1, 0, 1, 5, 5, 29, 30, 31, 60, 240, 600, 1440, 2880, 4320, 14_400))
LATE = (0,) * 8 + tuple(minutes * MINUTE for minutes in (3, 20, 31, 200, 900, 1500, 2880, 2880))
KINDS = (
    *("stamp_earned",) * 5,
    *("points_earned",) * 5,
    *("stamp_redeemed",) * 3,
    *("points_redeemed",) * 3,
    *("void",) * 8,
    *("expire",) * 8,
    *("merge",) * 2,
    "card_created",
    "points_adjusted",
    "stamps_adjusted",
    "card_deactivated",
    "card_reactivated",
    "card_replaced",
    "customer_edited",
    *("case_decided",) * 6,
    "welcome_bonus",
    "cards_merged",
    "mismatched",
)
HERE, THERE = frozenset({0}), frozenset({1})
ANA, BEN, EVA, OLGA, MAX, LEAVER, LEFT_MANAGER, DEMOTED, MOVED, STRANGER = range(10)


@dataclass(frozen=True)
class Situation:
    """In whose name a till writes, when their PIN was passed, and since when it has been told of nothing."""

    staff: int | None = BEN
    override: int | None = None
    pin: tuple[int | None, int] = (5, HOUR)  # rows and seconds before
    behind: int = 0  # seconds
    store: int = 0
    till: int = 0


FRESH = (1, 20)
_PINS: tuple[tuple[int | None, int], ...] = (FRESH, (20, 120), (21, 60), (2, 121), (None, 0), (30, DAY), (30, DAY + 1))
_PEOPLE = (None, ANA, BEN, EVA, OLGA, MAX, LEAVER, LEFT_MANAGER, DEMOTED, MOVED, STRANGER)
# Most is honest work: a manager's, or a cashier's with a manager beside them. The rest breaks one thing or two.
SITUATIONS = (
    *(Situation(),) * 50,
    *(Situation(behind=20 * DAY),) * 20,
    *(Situation(till=2, behind=20 * DAY),) * 50,
    *(Situation(ANA, BEN, FRESH),) * 20,
    *(Situation(OLGA, MAX, FRESH, store=1, till=1),) * 10,
    *(Situation(who, behind=behind) for who in _PEOPLE for behind in (0, 20 * DAY)),
    *(Situation(ANA, who, FRESH, behind) for who in _PEOPLE for behind in (0, 20 * DAY)),
    *(Situation(staff, override, pin) for staff, override in ((BEN, None), (ANA, BEN)) for pin in _PINS),
    *(Situation(who, till=1) for who in (ANA, BEN)),
    *(Situation(None, who, FRESH, behind) for who in (BEN, LEFT_MANAGER) for behind in (0, 20 * DAY)),
    *(Situation(MAX, behind=behind, store=1, till=1) for behind in (0, 20 * DAY)),
)
assert len(SITUATIONS) <= 256
_SETTINGS = ("pin_required", "counter_enrolment", "void_allowed", "self_void_minutes", "cross_store_redemption")
NO_CASES = {
    "case_decided",
    "card_deactivated",
    "card_reactivated",
    "card_replaced",
    "customer_edited",
    "welcome_bonus",
    "cards_merged",
}
FITTING: tuple[tuple[frozenset[str], tuple[str, ...]], ...] = (  # choices that its case may have
    (frozenset({"stamp_earned"}), ("keep", "give", "it_was_right", "reverse", "switch_on", "accept")),
    (frozenset({"points_earned"}), ("belongs_here", "both_sales", "keep", "it_was_right", "give", "reverse")),
    (frozenset({"stamp_redeemed", "points_redeemed"}), ("charge_back", "reverse", "accept", "take_points", "keep")),
    (frozenset({"card_created"}), ("different_people", "it_was_right", "keep")),
    (frozenset({"points_adjusted", "stamps_adjusted"}), ("charge_back", "it_was_right", "accept", "keep")),
    (frozenset({"stamp_voided", "points_voided", "redemption_voided"}), ("it_was_right", "accept", "keep")),
)
ANY_CHOICE = ("accept", "reverse", "switch_on", "take_points", "fine", "second_keeps", "nonsense")
UNKNOWN = 10_000  # the id of a claim that does not exist


@dataclass(frozen=True)
class Moment:
    """A claim that reaches the server, or two cards that are merged: which stays, which goes. Else the daily expiry."""

    now: int
    said: Said | None = None
    merge: tuple[int, int] | None = None


@dataclass(frozen=True)
class History:
    versions: tuple[Rules, ...]
    company: Company
    enforce: bool
    window_days: int
    zone: ZoneInfo
    receipts_ever: bool
    moments: tuple[Moment, ...]


class Strip:
    """Bytes read one choice at a time; after the end, every choice is the first."""

    def __init__(self, chance: bytes) -> None:
        self._rest = iter(chance)
        self.left = len(chance)

    def pick(self, choices: Sequence[T]) -> T:
        self.left -= 1
        return choices[next(self._rest, 0) % len(choices)]


def read(chance: bytes) -> History:
    """The history encoded by *chance*."""
    strip = Strip(chance)
    second = BEGIN + strip.pick((HOUR, DAY, 3 * DAY, 20 * DAY))
    third = BEGIN + strip.pick((2 * HOUR, DAY, 2 * DAY, 25 * DAY))
    versions = tuple(_rules(strip, version + 1, since) for version, since in enumerate((BEGIN - DAY, second, third)))
    enforce, window = strip.pick((False, True)), strip.pick((7, 2, 1))
    zone = ZoneInfo(strip.pick(ZONES))
    receipts_ever = strip.pick((False, True))
    company = _company(strip)
    now, hands = BEGIN, Hands(staff=BEN, pin_rows=1, told=BEGIN)
    moments = [Moment(now, Said(id=1, card=0, kind="card_created", at=now, hands=hands))]
    known = strip.pick((False, False, True))
    second_card = Said(id=2, card=1, kind="card_created", at=now, contact_known=known, hands=hands)
    moments.append(Moment(now, second_card))
    while strip.left > 0:
        now += strip.pick(WAITS)
        moments.append(_moment(strip, now, moments))
    return History(versions, company, enforce, window, zone, receipts_ever, tuple(moments))


def _company(strip: Strip) -> Company:
    """The people, some of whom leave, and the settings, some of which change."""
    change = BEGIN + strip.pick((2 * HOUR, 10 * MINUTE, DAY, 3 * DAY))

    def stays(role: str, stores: frozenset[int]) -> Person:
        return Person(((0, (role, stores)),))

    def changes(before: tuple[str, frozenset[int]], after: tuple[str, frozenset[int]] | None) -> Person:
        return Person(((0, before), (change, after)))

    people = {
        ANA: stays("cashier", HERE),
        BEN: stays("manager", HERE),
        EVA: stays("owner", HERE | THERE),
        OLGA: stays("cashier", THERE),
        MAX: stays("manager", THERE),
        LEAVER: changes(("cashier", HERE), None),
        LEFT_MANAGER: changes(("manager", HERE), None),
        DEMOTED: changes(("manager", HERE), ("cashier", HERE)),
        MOVED: changes(("manager", HERE), ("manager", THERE)),
    }
    # Each may be forbidden from some moment on, or allowed again; in most histories nothing is.
    chosen = strip.pick(range(64))
    settings = {name: Setting(((0, 15 if name == "self_void_minutes" else 1),)) for name in _SETTINGS}
    for place, name in enumerate(_SETTINGS):
        if chosen >= 40 and chosen >> place & 1:
            settings[name] = Setting((*settings[name].since, (change + place * HOUR, 0)))
    return Company(people, settings)


def _rules(strip: Strip, version: int, since: int) -> Rules:
    stamps, points = strip.pick(((True, True),) * 4 + ((True, False), (False, True)))
    return Rules(
        version=version,
        since=since,
        announced=since - strip.pick((0, 0, DAY)),
        stamps=stamps,
        points=points,
        target=strip.pick((2, 1, 3, 10)),
        cooldown_s=strip.pick((0, 30 * MINUTE, HOUR, DAY, 3 * DAY)),
        per_day=strip.pick((0, 1, 3)),
        per_visit=strip.pick((0, 1, 3)),
        rate=strip.pick((RATE_ONE, 3 * RATE_ONE // 2, RATE_ONE // 10, 123_457, 7 * RATE_ONE)),
        minimum_purchase=strip.pick((0, 200)),
        welcome=strip.pick((0, 20)),
        expire_days=strip.pick((0, 1, 2, 2, 3, 30)),
        rewards={"tea": (strip.pick((3, 10)), True), "cake": (strip.pick((25, 60)), strip.pick((True, False)))},
    )


def _moment(strip: Strip, now: int, before: Sequence[Moment]) -> Moment:
    kind = strip.pick(KINDS)
    if kind == "expire":
        return Moment(now)
    if kind == "merge":
        return Moment(now, merge=strip.pick(((0, 1), (0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (1, 1))))
    return Moment(now, _said(strip, kind, now, before))


def _said(strip: Strip, kind: str, now: int, before: Sequence[Moment]) -> Said:
    claimed = [moment.said for moment in before if moment.said is not None]
    new_id, card = len(before) + 1, strip.pick((0,) * 7 + (1,) * 3 + (2,))
    at, version = now - strip.pick(LATE), strip.pick((None, None, None, None, 1, 2, 3, 9))
    hands = _hands(strip.pick(SITUATIONS), now)
    if kind == "case_decided":
        return _decision(strip, Said(new_id, card, kind, at, version, hands=hands), claimed)
    if kind in {"void", "mismatched"}:
        return _void(strip, Said(new_id, card, kind, at, version, hands=hands), claimed)
    reason = strip.pick(("as said", "as said", " ")) if kind.endswith("_adjusted") else ""
    count = strip.pick((1, 2, 3, 0, 101)) if kind == "stamp_earned" else 0
    if kind.endswith("_adjusted"):
        count = strip.pick((1, -1, 4, -7, 40, 0, 10**13, 10**12, 10**6, 10**6 - 1))
    earns = kind == "points_earned"
    return Said(
        new_id,
        card,
        kind,
        at,
        version,
        count=count,
        amount=strip.pick((1000, 333, 199, 4250, 0, -5, 10**9, 10**9 + 1)) if earns else None,
        receipt=strip.pick((None, "A", "B", "a")) if earns else None,
        reward=strip.pick(("tea", "tea", "cake", "unicorn")) if kind == "points_redeemed" else "",
        reason=reason,
        contact_known=kind == "card_created" and strip.pick((False, True)),
        blank=strip.pick((2, 1, 0)) if kind == "card_replaced" else -1,
        hands=hands,
    )


def _hands(one: Situation, now: int) -> Hands:
    rows, seconds = one.pin
    return Hands(one.store, one.till, one.staff, one.override, rows, seconds, told=now - one.behind)


def _void(strip: Strip, drawn: Said, claimed: Sequence[Said]) -> Said:
    """A void of one of the last voidable claims; rarely one that does not fit or is unknown."""
    fitting = {"stamp_earned": "stamp_voided", "points_earned": "points_voided"} | dict.fromkeys(
        ("stamp_redeemed", "points_redeemed"), "redemption_voided"
    )
    wanted = [one for one in claimed if one.kind in fitting] if drawn.kind == "void" else list(claimed)
    back = strip.pick(range(8))
    original = wanted[-1 - back] if back < len(wanted) else None
    if drawn.kind == "mismatched" or original is None:
        kind, card = strip.pick(("stamp_voided", "points_voided", "redemption_voided")), drawn.card
    else:
        kind, card = fitting[original.kind], original.card
    return Said(
        drawn.id,
        card,
        kind,
        drawn.at,
        drawn.version,
        amount=strip.pick((None, None, 100, 333, 500, 0)) if kind == "points_voided" else None,
        names=UNKNOWN if original is None else original.id,
        hands=drawn.hands,
    )


def _decision(strip: Strip, drawn: Said, claimed: Sequence[Said]) -> Said:
    """A decision about one of the last claims, which may have opened a case; rarely of another card or claim."""
    wanted = [one for one in claimed if one.kind not in NO_CASES]
    back = strip.pick(range(16))
    if back >= len(wanted):
        return replace(drawn, names=UNKNOWN, choice="keep")
    about = wanted[-1 - back]
    fitting = next(choices for kinds, choices in FITTING if about.kind in kinds)
    choice = strip.pick((*fitting * 3, *ANY_CHOICE))
    honest = Hands(about.hands.store, 3, EVA, None, *FRESH, told=drawn.hands.told)  # did nothing else
    return replace(
        drawn,
        hands=strip.pick((honest,) * 7 + (drawn.hands,)),
        card=strip.pick((about.card,) * 15 + (drawn.card,)),
        names=about.id,
        choice=choice,
        count=strip.pick((4, 1, 0, -1, 10**13)) if choice == "take_points" else 0,
    )


histories = st.binary(min_size=130, max_size=320).map(read)
