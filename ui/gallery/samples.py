"""Invented cards, rows and numbers for the gallery, one for each state of a component."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from msgspec import Struct

from loyalty.refusals import Reason, Why
from terminal.interface.report_views import Cursor, Readiness
from terminal.interface.views import (
    CardView,
    HistoryRow,
    PointsView,
    ProblemView,
    RefusalView,
    RewardView,
    StaffView,
    StampsView,
    StatusView,
)
from ui.phrases.reports import Series

AT = datetime(2026, 5, 12, 14, 2, tzinfo=UTC)
COOLDOWN = RefusalView(Reason.COOLDOWN, "Please wait 12 minutes before the next stamp.", minutes=12)
STALE = RefusalView(Reason.MANAGER_NEEDED, "A manager must allow this.", why=Why.DATA_STALE, hours=26)
COFFEE = RewardView("stamps", "Free coffee", None, None)
MUFFIN = RewardView("muffin", "Muffin", 400, RefusalView(Reason.POINTS_MISSING, "136 points are missing.", missing=136))
TOTE = RewardView("tote", "Tote bag", 250, STALE)


class Just(Struct, frozen=True):
    """A transaction just booked."""

    stamps: int = 0
    points: int = 0


def _card(
    name: str = "Marie Keller",
    *,
    stamps: StampsView | None = None,
    points: PointsView | None = None,
    known: bool = True,
    active: bool = True,
    confirmed: bool = True,
) -> CardView:
    return CardView(
        UUID(int=1) if known else None,
        known,
        "4821" if known else "",
        name,
        active,
        False,
        True,
        stamps,
        points,
        AT if confirmed else None,
        (COFFEE, MUFFIN, TOTE),
        None,
        None,
    )


def _stamps(count: int, target: int = 10, waiting: int = 0) -> StampsView:
    return StampsView(count, target, count - waiting, waiting, target - count, "Free coffee", 3)


CARDS: dict[str, tuple[CardView, Just]] = {
    "stamps and points": (_card(stamps=_stamps(7), points=PointsView(264, 264, 0)), Just()),
    "just given": (_card(stamps=_stamps(8, waiting=1), points=PointsView(306, 264, 42)), Just(1, 42)),
    "waiting": (_card(stamps=_stamps(9, waiting=2), points=PointsView(267, 264, 3)), Just()),
    "reward reached": (_card(stamps=_stamps(10)), Just()),
    "two rows": (_card(stamps=_stamps(13, 16)), Just()),
    "a bar": (_card(stamps=_stamps(37, 100)), Just()),
    "points only": (_card(points=PointsView(1264, 1264, 0)), Just()),
    "below zero": (_card(points=PointsView(-12, -12, 0)), Just()),
    "not in use": (_card(stamps=_stamps(3), active=False), Just()),
    "not known here yet": (_card("", stamps=_stamps(1, waiting=1), known=False, confirmed=False), Just()),
    "a long name": (_card("Maximiliane Freifrau von Hohenstein-Wittelsbach", stamps=_stamps(2)), Just()),
}

PEOPLE = {
    "rest": StaffView(uuid4(), "Lena Moreau", "cashier"),
    "chosen": StaffView(uuid4(), "Anna Rossi", "manager"),
    "locked": StaffView(uuid4(), "Tim Bakker", "cashier", 12),
}


def _row(kind: str, state: str, **more: object) -> HistoryRow:
    given = {"stamps": 1, "points": 0, "card": "Marie Keller", "can_void": True} | more
    return HistoryRow(UUID(int=len(kind)), kind, AT, state=state, **given)  # type: ignore[arg-type]


ROWS = {
    "waiting": _row("stamp_earned", "waiting"),
    "confirmed": _row("points_earned", "accepted", stamps=0, points=42),
    "changed": _row("points_earned", "adjusted", stamps=0, points=38, note="Counted by the newer rules."),
    "refused": _row("points_earned", "rejected", stamps=0, points=12, note="The receipt had earned already."),
    "on hold": _row("stamp_earned", "held", note="Waits for the rules."),
    "a reward": _row("stamp_redeemed", "accepted", stamps=-10, reward="Free coffee"),
    "taken back": _row("stamp_earned", "accepted", voided=True),
}


def _status(**changes: object) -> StatusView:
    stands: dict[str, object] = {
        "online": True,
        "confirmed_at": AT,
        "waiting": 0,
        "held": 0,
        "last_seq": 12,
        "acked_seq": 12,
        "cursor": Cursor(1, 1),
        "store": "Market",
        "terminal": "Till 2",
        "staff": None,
        "readiness": Readiness(7, 183, 240),
        "problem": None,
        "currency": "EUR",
    }
    return StatusView(**(stands | changes))  # type: ignore[arg-type]


CONNECTIONS = {
    "online": _status(),
    "sending": _status(waiting=3),
    "offline": _status(online=False, waiting=3, offline_since=AT),
    "long offline": _status(online=False, warn=True, waiting=86, offline_since=AT - timedelta(days=4)),
    "rewards stopped": _status(online=False, rewards_stopped=True, offline_since=AT - timedelta(days=8)),
    "too old": _status(too_old=True, problem=ProblemView("too_old", "Please update this till.")),
    "pair again": _status(pair_again=True),
}

_HOURS = tuple(str(hour) for hour in range(8, 18))
PLOTS = {
    "bars": Series("Stamps", _HOURS, (2, 5, 9, 14, 22, 17, 8, 6, 11, 4), "No stamps yet", "8: 2, 9: 5"),
    "line": Series("Points", _HOURS, (20, 80, 140, 90, 300, 420, 380, 500, 610, 640), "No points yet", "", line=True),
    "empty": Series("Rewards", _HOURS, (0,) * 10, "No rewards yet", ""),
}
