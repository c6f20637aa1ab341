"""The number of today's transactions, counted from the journal and reset at midnight."""

import pytest

from terminal.interface.asks import Earn, Pin, Recent, Void
from terminal.interface.report_asks import Report
from tests.support.paper_company import PaperCompany, PaperTill


def today(till: PaperTill) -> int | None:
    return till.asks(Recent()).today


def test_each_transaction_of_the_day_counts_and_what_takes_one_back_is_not_one_more(
    till: PaperTill, company: PaperCompany
) -> None:
    assert today(till) == 0
    till.serves(company.issues_card("Zoé"))
    assert till.asks(Earn(1000)).ok
    assert today(till) == 1
    done = till.asks(Earn(2000)).entry
    assert done is not None
    assert till.asks(Void(done.id)).ok
    assert today(till) == 2


def test_a_day_begins_at_midnight_where_the_company_is(till: PaperTill, company: PaperCompany) -> None:
    till.machine.passes(hours=11, milliseconds=-1)  # Luxembourg is an hour ahead
    till.serves(company.issues_card("Zoé"))
    assert till.asks(Earn(1000)).ok
    till.machine.passes(milliseconds=1)
    assert till.asks(Earn(2000)).ok
    till.stop()
    till.start()
    assert today(till) == 1
    assert till.asks(Pin("Lena", "4711")).ok
    figures = till.asks(Report()).report
    assert figures is not None
    assert [day.done.amount_minor for day in figures.days] == [2000]
    assert [hour.amount_minor for hour in figures.hours] == [2000] + [0] * 23


@pytest.mark.slow
def test_the_count_is_the_same_after_a_restart_and_nothing_is_left_of_it_at_midnight(
    till: PaperTill, company: PaperCompany
) -> None:
    card = company.issues_card("Zoé")
    till.serves(card)
    for amount in (1000, 2000, 3000):
        assert till.asks(Earn(amount)).ok
    till.stop()
    till.start()
    assert today(till) == 3
    till.machine.passes(days=1)
    assert today(till) == 0
    assert till.asks(Pin("Lena", "4711")).ok
    till.serves(card)
    assert till.asks(Earn(4000)).ok
    assert today(till) == 1
