"""Reports, verdicts other than accepted, and served cards."""

from datetime import date
from uuid import UUID

import pytest

from terminal.interface.ask import Override
from terminal.interface.asks import Earn, Enrol, History, Pin, Recent, Redeem, Scan, Stamp, Void
from terminal.interface.report_asks import Decided, Open, Report, Served
from terminal.interface.report_views import ReportView, Tally
from terminal.interface.views import Reply
from tests.support.paper_company import PaperCompany, PaperTill, a_company, with_rules
from tests.support.replies import card, refused, rows, written


@pytest.fixture
def company() -> PaperCompany:
    return a_company(with_rules(cooldown_minutes=0))


def customer(till: PaperTill, name: str) -> UUID:
    card_id = till.company.issues_card(name, stamp_count=12, points_balance=100)
    till.hears()
    return card_id


def report(reply: Reply) -> ReportView:
    assert reply.report is not None, reply
    return reply.report


def manager_works(till: PaperTill) -> None:
    assert till.asks(Pin("Anna", "2580")).ok


def test_the_day_is_what_was_done_less_what_was_taken_back(till: PaperTill) -> None:
    till.serves(customer(till, "Zoé"))
    till.asks(Stamp(3))
    gone = written(till.asks(Stamp(2)))
    till.asks(Void(gone.id))
    till.asks(Earn(4250))
    till.asks(Redeem("croissant"))
    figures = report(till.asks(Report()))
    [today] = figures.days
    assert today.day == date(2026, 11, 23)
    assert today.done == Tally(stamps=3, points=42, amount_minor=4250, rewards=1, taken_back=1)
    assert figures.waiting == 5
    noon = figures.hours[13]  # Luxembourg is an hour ahead
    assert (noon.stamps, noon.points) == (3, 42)
    assert sum(hour.points for hour in figures.hours) == 42


def test_what_the_company_counted_is_told_as_it_counted_it(till: PaperTill) -> None:
    card_id = customer(till, "Zoé")
    till.serves(card_id)
    first, second, third = (written(till.asks(Earn(1000))) for _ in range(3))
    till.company.judges(first.id, first.seq, "adjusted", points=4, card=card_id, card_version=1)
    till.company.judges(second.id, second.seq, "rejected", card=card_id, card_version=1, reason="receipt_used")
    till.company.judges(third.id, third.seq, "held", notes=("waits_for_program",))
    till.hears()
    [today] = report(till.asks(Report())).days
    assert today.done.points == 4


def test_new_cards_are_counted_by_day_for_managers(till: PaperTill) -> None:
    blank = till.company.issues_card(blank=True)
    till.hears()
    till.serves(blank)
    written(till.asks(Enrol(code=till.company.tokens[blank])))
    till.machine.passes(days=1)
    assert till.asks(Pin("Lena", "4711")).ok
    assert report(till.asks(Report())).days[0].done.new_cards == 0
    assert refused(till.asks(Report(days=7))).why == "managers_only"
    manager_works(till)
    days = report(till.asks(Report(days=7))).days
    assert [day.done.new_cards for day in days] == [0, 0, 0, 0, 0, 1, 0]
    assert len(report(till.asks(Report(days=10_000))).days) == 92


def test_time_without_contact_is_told_from_what_was_written_in_it(till: PaperTill) -> None:
    card_id = customer(till, "Zoé")
    till.serves(card_id)
    till.machine.passes(minutes=30)
    till.serves(card_id)
    till.asks(Stamp())
    till.machine.passes(minutes=12)
    till.serves(card_id)
    till.asks(Stamp())
    [today] = report(till.asks(Report())).days
    assert today.offline_minutes == 42
    till.hears()
    till.machine.passes(seconds=80)
    till.serves(card_id)
    till.asks(Stamp())
    assert report(till.asks(Report())).days[0].offline_minutes == 42


def test_an_outage_over_midnight_is_split_between_the_days(till: PaperTill) -> None:
    card_id = customer(till, "Zoé")
    till.machine.passes(hours=10)  # 23:00 in Luxembourg
    till.hears()
    till.machine.passes(hours=3)
    till.serves(card_id, staff="Anna", pin="2580")
    till.asks(Stamp())
    assert [day.offline_minutes for day in report(till.asks(Report(days=2))).days] == [60, 120]


def test_what_the_company_decided_otherwise_is_told_newest_first_in_words(till: PaperTill) -> None:
    card_id = customer(till, "Zoé")
    till.serves(card_id)
    done = [written(till.asks(Earn(1000))) for _ in range(4)]
    notes: tuple[dict[str, object], ...] = (
        {"word": "accepted", "points": 10},
        {"word": "adjusted", "points": 4, "notes": ("program_superseded",)},
        {"word": "rejected", "reason": "receipt_used"},
        {"word": "held", "notes": ("waits_for_program",)},
    )
    for entry, said in zip(done, notes, strict=True):
        till.company.judges(entry.id, entry.seq, card=card_id, card_version=1, **said)  # type: ignore[arg-type]
    till.hears()
    listed = rows(till.asks(Decided()))
    assert [(row.state, row.points, row.note) for row in listed] == [
        ("held", 0, "Waits for the company's rules."),
        ("rejected", 0, "This receipt has earned its points already."),
        ("adjusted", 4, "Counted by the newer rules."),
    ]
    assert [row.entry for row in rows(till.asks(Decided(limit=1, skip=1)))] == [done[2].id]


def test_cards_served_here_are_listed_for_a_manager_who_may_open_one(till: PaperTill) -> None:
    zoe, max_ = customer(till, "Zoé"), customer(till, "Max")
    till.serves(zoe)
    till.asks(Stamp())
    till.machine.passes(days=8)
    till.hears()
    till.serves(max_)
    till.asks(Stamp())
    till.serves(zoe)
    till.asks(Earn(1000))
    till.asks(Scan(till.company.tokens[max_]))
    till.asks(Stamp())
    assert refused(till.asks(Served())).why == "managers_only"
    assert refused(till.asks(Open(zoe))).why == "managers_only"
    manager_works(till)
    assert [(row.card, row.kind) for row in rows(till.asks(Served()))] == [
        ("Max", "stamp_earned"),
        ("Zoé", "points_earned"),
    ]
    assert [row.card for row in rows(till.asks(Served(limit=1, skip=1)))] == ["Zoé"]
    opened = card(till.asks(Open(zoe)))
    assert (opened.name, opened.by_code) == ("Zoé", False)
    assert len(rows(till.asks(History()))) == 2
    till.machine.passes(days=7, seconds=1)
    manager_works(till)
    assert rows(till.asks(Served())) == ()


def test_nobody_reads_the_day_before_somebody_is_on_shift(till: PaperTill) -> None:
    for ask in (Report(), Decided(), Served(), Open(UUID(int=1))):
        assert refused(till.asks(ask)).reason == "nobody_on_shift"


def test_what_comes_back_of_a_purchase_is_subtracted_from_the_days_amount(till: PaperTill) -> None:
    card_id = customer(till, "Zoé")
    till.serves(card_id)
    bought = written(till.asks(Earn(12_345)))
    written(till.asks(Void(bought.id, amount_minor=5_000, override=Override("Anna", "2580"))))
    assert report(till.asks(Report())).days[0].done.amount_minor == 7_345
    written(till.asks(Void(bought.id, override=Override("Anna", "2580"))))
    done = report(till.asks(Report())).days[0].done
    assert (done.amount_minor, done.points, done.taken_back) == (0, 0, 2)


def test_a_return_is_subtracted_on_its_own_day(till: PaperTill) -> None:
    card_id = customer(till, "Zoé")
    till.serves(card_id)
    bought = written(till.asks(Earn(2_000)))
    till.machine.passes(days=1)
    till.serves(card_id, staff="Anna", pin="2580")
    written(till.asks(Void(bought.id)))
    assert [day.done.amount_minor for day in report(till.asks(Report(days=2))).days] == [2_000, -2_000]


def test_a_stamp_on_hold_is_listed_as_the_stamp_it_will_be(till: PaperTill) -> None:
    card_id = customer(till, "Zoé")
    till.serves(card_id)
    entry = written(till.asks(Stamp(2)))
    till.company.judges(entry.id, entry.seq, "held", notes=("waits_for_card",))
    till.hears()
    [row] = rows(till.asks(Recent()))
    assert (row.state, row.stamps) == ("held", 2)
    assert row.note


def test_the_rewards_of_the_day_are_named_less_those_that_came_back(till: PaperTill) -> None:
    till.serves(customer(till, "Zoé"))
    gone = written(till.asks(Redeem("croissant")))
    till.asks(Void(gone.id))
    till.asks(Redeem("stamps"))
    written(till.asks(Redeem("croissant")))
    figures = report(till.asks(Report()))
    assert {one.name: one.count for one in figures.rewards} == {"Croissant": 1, "Free coffee": 1}
    assert sum(one.count for one in figures.rewards) == figures.days[0].done.rewards
