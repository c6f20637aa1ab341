"""Cases of a store at its tills: decided at both out of contact, in the office, and while the card becomes another."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest

from loyalty.cases import Choice
from loyalty.staff import Role
from server.cards.blanks import Blank
from server.cases import deciding
from server.cases.deciding import Decider, Typed
from server.db.work_tables import cases
from server.ledger.feed.check import check
from server.ledger.judging.savepoint_booking import Ledger
from terminal.interface.ask import Override
from terminal.interface.asks import Enrol, Pin, Redeem, Scan, Stamp, Status
from terminal.interface.case_asks import Case, Cases, DecideCase
from terminal.interface.views import CaseView
from tests.support.builders import a_program
from tests.support.databases import ON_SQLITE
from tests.support.erasures import erase
from tests.support.joined_till import JoinedTill
from tests.support.merges import handed_out, merged
from tests.support.paper_shop import PaperShop
from tests.support.replies import stamps, status, written

pytestmark = [pytest.mark.slow, ON_SQLITE]
EVA, ANNA = Override("Eva", "4711"), Override("Anna", "4711")


class Two(NamedTuple):
    """Two tills of one store, which have brought a case about out of contact."""

    shop: PaperShop
    here: JoinedTill
    there: JoinedTill
    card: Blank
    case: UUID


@pytest.fixture
def two(shop: PaperShop, tmp_path: Path) -> Iterator[Two]:
    """Ten stamps are taken for a reward at one till and again at the other, with no contact between."""
    shop.set_program(a_program(cooldown_minutes=0, max_stamps_per_day=100, max_stamps_per_visit=10))
    shop.person("Lena")
    shop.person("Eva", Role.MANAGER)
    shop.person("Anna", Role.MANAGER)
    (card,) = shop.blanks()
    here, there = (JoinedTill(tmp_path / name, shop, name) for name in ("Till 1", "Till 2"))
    for till in (here, there):
        till.sync()
        assert till.asks(Pin("Lena", "4711")).ok
    written(here.asks(Enrol(code=card.token)))
    written(here.asks(Stamp(10)))
    here.sync()
    there.sync()
    for till in (here, there):
        till.wire.is_up = False
        till.asks(Scan(card.token))
        written(till.asks(Redeem("stamps")))
    connect(here, there)
    (row,) = shop.rows(cases)
    yield Two(shop, here, there, card, row.case_id)
    here.stop()
    there.stop()


def connect(*tills: JoinedTill) -> None:
    """Lets tills exchange, in this order, until each knows what the others sent."""
    for till in (*tills, *tills):
        till.wire.is_up = True
        till.sync()


def part(*tills: JoinedTill) -> None:
    for till in tills:
        till.wire.is_up = False


def decide(till: JoinedTill, case_id: UUID, choice: Choice, by: Override = EVA) -> CaseView:
    reply = till.asks(DecideCase(case_id, choice, override=by))
    assert reply.case is not None, reply
    return reply.case


def in_the_office(two: Two, choice: Choice) -> None:
    shop = two.shop
    with shop.units.write(shop.company_id) as conn:
        ledger = Ledger(conn, shop.company_id, shop.keys, shop.now)
        deciding.decide(ledger, two.case, Typed(choice=choice), Decider(shop.manager, Role.OWNER, None))


def seen(till: JoinedTill, case_id: UUID) -> CaseView:
    assert till.asks(Pin("Eva", "4711")).ok
    found = till.asks(Case(case_id)).case
    assert found is not None
    return found


def kinds(two: Two) -> list[str]:
    return two.shop.kinds(two.card.id)


def assert_whole(two: Two) -> None:
    with two.shop.units.read() as conn:
        found = check(conn, two.shop.company_id)
    assert not found.wrong and not found.wrong_sums
    for till in (two.here, two.there):
        till.passes(minutes=11)
        till.sync()
        assert status(till.asks(Status())).differences == 0


def test_both_tills_list_what_one_of_them_brought_about(two: Two) -> None:
    for till in (two.here, two.there):
        till.asks(Pin("Eva", "4711"))
        (found,) = till.asks(Cases()).cases  # type: ignore[misc]
        assert (found.kind, found.state, found.unit, found.amount) == ("balance_too_small", "open", "stamps", 10)
        assert {choice.choice for choice in seen(till, two.case).choices} == {"accept", "charge_back", "reverse"}
        assert [row.kind for row in seen(till, two.case).history][-1] == "stamp_redeemed"
    assert_whole(two)


def test_two_tills_decide_one_case_without_contact_and_the_first_recorded_holds(two: Two) -> None:
    part(two.here, two.there)
    assert decide(two.there, two.case, Choice.REVERSE).state == "sent"
    two.there.passes(minutes=5)
    assert decide(two.here, two.case, Choice.ACCEPT, ANNA).state == "sent"
    connect(two.here, two.there)
    assert kinds(two)[-2:] == ["case_decided", "case_decided"], "the later one is kept, and books nothing"
    first, late = (seen(till, two.case) for till in (two.here, two.there))
    for found, mine in ((first, "accepted"), (late, "adjusted")):
        assert (found.state, found.choice, found.decided_by) == ("decided", "accept", "Anna")
        assert found.own is not None and found.own.state == mine
    assert late.own is not None and "had decided" in late.own.note
    assert stamps(two.there.asks(Scan(two.card.token))).count == 0
    assert_whole(two)


def test_a_decision_books_once_and_both_tills_show_it(two: Two) -> None:
    decide(two.there, two.case, Choice.REVERSE)
    connect(two.there, two.here)
    assert kinds(two)[-2:] == ["case_decided", "redemption_voided"]
    for till in (two.here, two.there):
        found = seen(till, two.case)
        assert (found.state, found.choice) == ("decided", "reverse")
        assert stamps(till.asks(Scan(two.card.token))).count == 0, "the second reward had taken none"
    assert_whole(two)


def test_what_the_office_decides_first_both_tills_show(two: Two) -> None:
    part(two.here, two.there)
    decide(two.here, two.case, Choice.REVERSE)
    in_the_office(two, Choice.ACCEPT)
    connect(two.there, two.here)
    for till in (two.here, two.there):
        found = seen(till, two.case)
        assert (found.state, found.choice) == ("decided", "accept")
    assert seen(two.there, two.case).own is None
    mine = seen(two.here, two.case).own
    assert mine is not None and (mine.choice, mine.state) == ("reverse", "adjusted")
    assert_whole(two)


def test_a_case_is_decided_while_its_card_is_replaced(two: Two) -> None:
    (new,) = two.shop.blanks()
    part(two.here)
    decide(two.here, two.case, Choice.ACCEPT)
    other = two.shop.till("Till 3")
    other.replace(two.card.id, new.id)
    other.sync()
    connect(two.here, two.there)
    for till in (two.here, two.there):
        assert (seen(till, two.case).state, seen(till, two.case).choice) == ("decided", "accept")
    assert_whole(two)


def test_a_case_is_decided_while_its_customer_is_erased(two: Two) -> None:
    part(two.here)
    decide(two.here, two.case, Choice.ACCEPT)
    erase(two.shop, two.card.id)
    connect(two.here, two.there)
    for till in (two.here, two.there):
        found = seen(till, two.case)
        assert (found.state, found.choice) == ("decided", "accept")
    assert_whole(two)


def test_a_case_is_decided_while_its_card_is_merged_into_another(two: Two) -> None:
    stays = handed_out(two.shop)
    part(two.here)
    decide(two.here, two.case, Choice.REVERSE)
    merged(two.shop, stays, two.card.id)
    connect(two.here, two.there)
    assert two.shop.kinds(stays)[-2:] == ["case_decided", "redemption_voided"], "it goes on in the card that stays"
    for till in (two.here, two.there):
        found = seen(till, two.case)
        assert (found.state, found.choice) == ("decided", "reverse")
    assert_whole(two)


def test_a_decision_that_is_impossible_by_now_is_said_and_can_be_made_anew(two: Two) -> None:
    part(two.here)
    decide(two.here, two.case, Choice.REVERSE)
    second = next(row for row in two.shop.ledger(two.card.id) if row.kind == "stamp_redeemed" and row.shortfall)
    other = two.shop.till("Till 3")
    other.void_redemption(two.card.id, second.transaction_id)
    other.sync()
    connect(two.here, two.there)
    found = seen(two.here, two.case)
    assert found.state == "open"
    assert found.own is not None and (found.own.state, found.own.note) == (
        "rejected",
        "This has been taken back already.",
    )
    assert decide(two.here, two.case, Choice.ACCEPT).state == "sent"
    connect(two.here, two.there)
    assert seen(two.there, two.case).choice == "accept"
    assert_whole(two)
