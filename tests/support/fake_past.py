"""What the counter with small rules of its own tells of the past: a card's history, returns, its days, its lists."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from loyalty.refusals import Reason
from terminal.interface.asks import History, QuoteVoid
from terminal.interface.report_asks import Decided, Open, Report, Served
from terminal.interface.report_views import DayView, ReportView, Tally
from terminal.interface.views import QuoteView, RefusalView, Reply
from tests.support.fake_cards import ROLES
from tests.support.fake_facts import Done, refuse

if TYPE_CHECKING:
    from tests.support.fake_counter import FakeCounter

STAMPS = (
    34,
    41,
    38,
    0,
    52,
    66,
    61,
    36,
    40,
    44,
    2,
    49,
    70,
    58,
    31,
    45,
    39,
    5,
    55,
    68,
    64,
    33,
    42,
    47,
    0,
    51,
    72,
    60,
    37,
)


def past(counter: FakeCounter, ask: History | QuoteVoid | Report | Decided | Served | Open) -> Reply:
    """The answer to an ask about what has been."""
    match ask:
        case History(limit=limit, before=before):
            done = [each for each in reversed(counter.done) if each.card is counter.front]
            start = next((index + 1 for index, each in enumerate(done) if each.entry == before), 0)
            return _rows(counter, done[start : start + limit])
        case QuoteVoid():
            return _quote(counter, ask)
        case Decided(limit=limit, skip=skip):
            done = [each for each in reversed(counter.done) if each.word in ("adjusted", "rejected", "held")]
            return _rows(counter, done[skip : skip + limit])
        case Served(limit=limit, skip=skip):
            last = {each.card.id: each for each in counter.done if each.card is not None}
            return _rows(counter, list(reversed(last.values()))[skip : skip + limit])
        case Open(card=card_id):
            counter.front = next((card for card in counter.cards if card.id == card_id), None)
            counter.by_code = False
            return Reply(ok=True, card=counter.view())
        case Report(days=days):
            if days > 1 and ROLES.get(counter.staff or "") is None:
                return refuse("manager_needed", "This needs a manager's PIN.", why="managers_only")
            return Reply(ok=True, report=_report(counter, days))


def _rows(counter: FakeCounter, done: list[Done]) -> Reply:
    return Reply(ok=True, history=tuple(counter.row(each) for each in done))


def _quote(counter: FakeCounter, ask: QuoteVoid) -> Reply:
    done = next(each for each in counter.done if each.entry == ask.entry)
    minor = ask.amount_minor or 0
    if done.amount_minor is not None and minor > done.amount_minor:
        no = RefusalView(Reason.VOID_TOO_MUCH, "At most the purchase can be returned.", minimum_minor=done.amount_minor)
        return Reply(ok=True, quote=QuoteView(minor, 0, no))
    points = minor // 100 if minor else done.points
    return Reply(ok=True, quote=QuoteView(minor, -points, None, None, -done.stamps))


def _report(counter: FakeCounter, days: int) -> ReportView:
    """Invented days before, and today as it was here."""
    given = [done for done in counter.done if not done.voided]
    today = Tally(
        stamps=sum(max(0, done.stamps) for done in given),
        points=sum(max(0, done.points) for done in given),
        amount_minor=sum(done.amount_minor or 0 for done in given),
        rewards=sum(done.reward is not None for done in given),
        new_cards=sum(done.kind == "card_created" for done in given),
        taken_back=len(counter.done) - len(given),
    )
    views = [
        DayView(
            counter.now.date() - timedelta(days=back),
            Tally(STAMPS[back - 1], STAMPS[back - 1] * 21, STAMPS[back - 1] * 2100, STAMPS[back - 1] // 8, back % 4),
            180 if back % 6 == 3 else 0,
        )
        for back in range(days - 1, 0, -1)
    ]
    hours = [Tally() for _ in range(24)]
    hours[counter.now.hour] = today
    return ReportView(
        days=(*views, DayView(counter.now.date(), today, 0 if counter.online else 21)),
        hours=tuple(hours),
        blanks=183,
        waiting=0 if counter.online else len(counter.done),
        serve_days=7,
    )
