"""Random histories of a few cards: random bytes read as programs, settings and claims.

The bytes are drawn at once, which is fast, and shrink towards fewer bytes and zeros, which are the simplest choices.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.rules.oracle import RATE_ONE, Rules, Said

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
    *("expire",) * 5,
    "card_created",
    "points_adjusted",
    "stamps_adjusted",
    "card_deactivated",
    "card_reactivated",
    "card_replaced",
    "customer_edited",
    "welcome_bonus",
    "mismatched",
)
UNKNOWN = 10_000  # the id of a claim that does not exist


@dataclass(frozen=True)
class Moment:
    """A claim that reaches the server; None for the daily expiry."""

    now: int
    said: Said | None


@dataclass(frozen=True)
class History:
    versions: tuple[Rules, ...]
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
    now = BEGIN
    moments = [Moment(now, Said(id=1, card=0, kind="card_created", at=now))]
    second_card = Said(id=2, card=1, kind="card_created", at=now, contact_known=strip.pick((False, False, True)))
    moments.append(Moment(now, second_card))
    while strip.left > 0:
        now += strip.pick(WAITS)
        moments.append(Moment(now, _said(strip, now, moments)))
    return History(versions, enforce, window, zone, receipts_ever, tuple(moments))


def _rules(strip: Strip, version: int, since: int) -> Rules:
    stamps, points = strip.pick(((True, True),) * 4 + ((True, False), (False, True)))
    return Rules(
        version=version,
        since=since,
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


def _said(strip: Strip, now: int, before: Sequence[Moment]) -> Said | None:
    kind = strip.pick(KINDS)
    if kind == "expire":
        return None
    claimed = [moment.said for moment in before if moment.said is not None]
    new_id, card = len(before) + 1, strip.pick((0,) * 7 + (1,) * 3 + (2,))
    at, version = now - strip.pick(LATE), strip.pick((None, None, None, None, 1, 2, 3, 9))
    if kind in {"void", "mismatched"}:
        return _void(strip, Said(new_id, card, kind, at, version), claimed)
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
    )


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
    )


histories = st.binary(min_size=90, max_size=210).map(read)
