"""Two cards of one customer become one: the books, the customer, the codes, and what refuses it."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from loyalty.program import Reward
from loyalty.refusals import Reason, Refusal
from loyalty.transactions import CardDeactivated, CardReplaced
from server.cards import card_detail, card_ledger, card_record
from server.cards.card_detail import Customer
from server.companies import companies
from server.counter import card_lookup
from server.counter.found_card_tokens import FoundBy, FoundCard
from server.customers import erasure, holders
from server.customers.holders import CodeState
from server.db.tables import customers, transactions
from server.db.work_tables import cases, erasures
from server.ledger.judging.savepoint_booking import Ledger
from server.refusals import ChangedMeanwhile, No, Refused
from sync.protocol.entries import ByToken
from sync.protocol.sealing import token_hash
from tests.company.figures.test_tallies import Sums
from tests.support.databases import ON_SQLITE
from tests.support.merges import balance, handed_out, has_its_books_in_order, merged, previewed, verified
from tests.support.paper_shop import PaperShop, a_coffee_program
from tests.support.paper_till import PaperTill

pytestmark = pytest.mark.slow

WELCOME = a_coffee_program(welcome_bonus=20, rewards=(Reward(id="tea", name="Tea", cost=30),))


@pytest.fixture
def till(shop: PaperShop) -> PaperTill:
    shop.set_program(WELCOME)
    return shop.till()


def pair(shop: PaperShop, till: PaperTill, first: str = "", second: str = "") -> tuple[UUID, UUID]:
    """Two cards, the second a day younger, with e-mail addresses where they are given."""
    one = shop.enrolled(till, **({"email": first} if first else {}))
    shop.passes(days=1)
    return one, shop.enrolled(till, **({"email": second} if second else {}))


def customer(shop: PaperShop, card: UUID) -> Customer:
    with shop.units.read() as conn:
        company = companies.by_id(conn, shop.company_id)
        return card_detail.of_card(conn, company, shop.keys.company(shop.company_id), card, shop.now).customer


def found(shop: PaperShop, code: str) -> FoundCard | Refusal:
    with shop.units.read() as conn:
        ledger = Ledger(conn, shop.company_id, shop.keys, shop.now)
        return card_lookup.by_code(ledger, code, old_codes_redeem=True)


def test_the_ledger_of_one_goes_on_in_the_other(shop: PaperShop, till: PaperTill) -> None:
    one, other = pair(shop, till)
    till.stamp(one, 3)
    till.stamp(other, 4)
    till.earn(other, 1500)
    till.sync()
    shown = previewed(shop, one, other)
    done = merged(shop, one, other)
    assert balance(shop, one) == (7, 35), "3 and 4 stamps; 20 and 15 points, and the second welcome taken back"
    assert balance(shop, other) == (0, 0)
    (row,) = shop.rows(transactions, kind="cards_merged")
    assert (row.card_id, row.corrects, row.points, row.shortfall) == (one, other, -20, 0)
    assert (row.staff_id, row.terminal_id, row.transaction_id) == (shop.manager, None, done.main.id)
    assert shop.said(other).retired
    assert (shop.said(other).merged_into, shop.said(one).merged) == (one, (other,))
    assert shown.after == done.card.card
    assert shown.effect == done.main.effect
    assert has_its_books_in_order(shop)


@ON_SQLITE
def test_the_other_cards_row_is_older_than_that_of_the_card_that_stays(shop: PaperShop, till: PaperTill) -> None:
    one, other = pair(shop, till)
    merged(shop, one, other)
    assert shop.card(other).version < shop.card(one).version


@pytest.mark.parametrize("spent", [0, 1])
@ON_SQLITE
def test_what_of_the_second_welcome_is_spent_is_the_shortfall(shop: PaperShop, till: PaperTill, spent: int) -> None:
    one, other = pair(shop, till)
    if spent:
        till.earn(other, 1000)
        till.redeem(other, "tea")
        till.sync()
    till.redeem(one, "tea")  # 20 are there; the company bears 10
    till.sync()
    done = merged(shop, one, other)
    assert (done.main.effect.points, done.main.effect.shortfall) == ((0, 20) if spent else (-20, 0))
    assert has_its_books_in_order(shop)


def test_a_chain_keeps_one_welcome_and_its_books(shop: PaperShop, till: PaperTill) -> None:
    one, two = pair(shop, till)
    three = shop.enrolled(till)
    for card, stamps in ((one, 1), (two, 2), (three, 3)):
        till.stamp(card, stamps)
    till.sync()
    merged(shop, two, three)
    merged(shop, one, two)
    assert balance(shop, one) == (6, 20)
    assert shop.said(one).merged == (two, three)
    assert (shop.said(three).merged_into, shop.said(two).merged_into) == (two, one)
    assert has_its_books_in_order(shop)


def test_the_same_request_merges_once(shop: PaperShop, till: PaperTill) -> None:
    one, other = pair(shop, till)
    request = uuid4()
    first = merged(shop, one, other, request)
    assert merged(shop, one, other, request).main == first.main
    assert len(shop.rows(transactions, kind="cards_merged")) == 1


@pytest.mark.parametrize("turned", [False, True])
@ON_SQLITE
def test_a_card_that_was_merged_is_not_merged_again(shop: PaperShop, till: PaperTill, turned: bool) -> None:
    """Neither into its own card, which would be a circle, nor into another."""
    one, other = pair(shop, till)
    third = shop.enrolled(till)
    merged(shop, one, other)
    for stays in (one, third):
        with pytest.raises(Refused) as no:
            merged(shop, *((other, stays) if turned else (stays, other)))
        assert no.value.refusal == Refusal(Reason.CARD_MERGED)


def blank(shop: PaperShop, till: PaperTill) -> UUID:
    return shop.blanks()[0].id


def switched_off(shop: PaperShop, till: PaperTill) -> UUID:
    card = shop.enrolled(till)
    till.write(CardDeactivated(reason="lost"), card)
    till.sync()
    return card


def replaced_blank(shop: PaperShop, till: PaperTill) -> UUID:
    card, (new,) = shop.enrolled(till), shop.blanks()
    till.replace(card, new.id)
    till.sync()
    return new.id


def erased(shop: PaperShop, till: PaperTill) -> UUID:
    card = shop.enrolled(till, email="ben@example.org")
    erase(shop, card)
    return card


def erase(shop: PaperShop, card: UUID) -> None:
    with shop.units.write(shop.company_id) as conn:
        company = companies.by_id(conn, shop.company_id)
        erasure.erase(Ledger(conn, shop.company_id, shop.keys, shop.now), company, [card], by=None, can_mail=False)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("other", "why"),
    [
        (blank, Reason.CARD_BLANK),
        (switched_off, Reason.CARD_INACTIVE),
        (replaced_blank, No.CARD_UNKNOWN),
        (erased, No.CARD_UNKNOWN),
        (lambda shop, till: uuid4(), No.CARD_UNKNOWN),
    ],
    ids=["blank", "inactive", "replaced", "erased", "unknown"],
)
@ON_SQLITE
def test_some_cards_are_not_merged(
    shop: PaperShop, till: PaperTill, other: Callable[[PaperShop, PaperTill], UUID], why: Reason | No, turned: bool
) -> None:
    one, second = shop.enrolled(till), other(shop, till)
    with pytest.raises(Refused) as no:
        merged(shop, *((second, one) if turned else (one, second)))
    assert why in (no.value.reason, None if no.value.refusal is None else no.value.refusal.reason)
    assert has_its_books_in_order(shop)


@ON_SQLITE
def test_what_has_changed_since_it_was_shown_is_asked_about_again(shop: PaperShop, till: PaperTill) -> None:
    one, other = pair(shop, till)
    seen = previewed(shop, one, other).mark
    till.earn(other, 500)
    till.sync()
    with pytest.raises(ChangedMeanwhile):
        merged(shop, one, other, seen=seen)
    merged(shop, one, other, seen=previewed(shop, one, other).mark)


def test_the_case_that_asks_whether_two_cards_are_one_customers_goes_away(shop: PaperShop, till: PaperTill) -> None:
    one, other = pair(shop, till, "ana@example.org", "ana@example.org")
    assert shop.cases() == ["contact_has_card"]
    merged(shop, one, other)
    (case,) = shop.rows(cases)
    assert (case.state, case.settled_by) == ("settled", "cards_merged")


class TestCustomer:
    """Whose the card is afterwards."""

    def test_it_is_that_of_the_card_that_stays(self, shop: PaperShop, till: PaperTill) -> None:
        one, other = pair(shop, till, "ana@example.org", "ben@example.org")
        shown = previewed(shop, one, other).customer
        merged(shop, one, other)
        kept = customer(shop, one)
        assert (kept.email, kept.phone, kept.is_verified) == ("ana@example.org", None, False)
        assert (shown.id, shown.email) == (kept.id, kept.email)
        assert len(shop.rows(customers)) == 1
        assert (shop.said(other).email, shop.said(other).name) == (None, None)

    def test_it_is_completed_by_what_the_other_one_has(self, shop: PaperShop, till: PaperTill) -> None:
        one = handed_out(shop, email="ana@example.org")
        other = handed_out(shop, name="Ana", phone="+352621123456")
        shown = previewed(shop, one, other).customer
        merged(shop, one, other)
        kept = customer(shop, one)
        assert (kept.name, kept.email, kept.phone) == ("Ana", "ana@example.org", "+352621123456")
        assert (shown.name, shown.email, shown.phone) == (kept.name, kept.email, kept.phone)

    def test_where_there_is_none_it_is_the_other_one(self, shop: PaperShop, till: PaperTill) -> None:
        one = shop.enrolled(till)
        other = handed_out(shop, name="Ana", email="ana@example.org")
        verified(shop, other, shop.now)
        whose = shop.card(other).customer_id
        merged(shop, one, other)
        kept = customer(shop, one)
        assert (kept.id, kept.name, kept.email, kept.is_verified) == (whose, "Ana", "ana@example.org", True)
        assert shop.card(other).customer_id is None

    @pytest.mark.parametrize(("theirs", "phone"), [(False, None), (True, "+352621123456")])
    @ON_SQLITE
    def test_a_typed_contact_does_not_stand_beside_a_verified_one(
        self, shop: PaperShop, till: PaperTill, theirs: bool, phone: str | None
    ) -> None:
        one = shop.enrolled(till, email="ana@example.org")
        other = shop.enrolled(till, phone="+352621123456")
        verified(shop, one, shop.now)
        if theirs:
            verified(shop, other, shop.now)
        merged(shop, one, other)
        kept = customer(shop, one)
        assert (kept.email, kept.phone, kept.is_verified) == ("ana@example.org", phone, True)

    def test_erasing_it_reaches_what_the_other_card_has(self, shop: PaperShop, till: PaperTill) -> None:
        one, other = pair(shop, till, "ana@example.org", "ana.m@example.org")
        merged(shop, one, other)
        erase(shop, one)
        assert {row.card_id for row in shop.rows(erasures)} == {one, other}
        assert shop.rows(customers) == []
        assert shop.card(other).codes == shop.card(one).codes == b""
        assert has_its_books_in_order(shop)


class TestCodes:
    """The other card's codes lead to the card that stays."""

    def test_both_codes_show_the_card_and_take_rewards(self, shop: PaperShop, till: PaperTill) -> None:
        printed = shop.blanks(2)
        for one in printed:
            till.enrol(one.id)
        till.sync()
        stays, goes = (one.id for one in printed)
        merged(shop, stays, goes)
        for one in printed:
            assert found(shop, one.token) == FoundCard(stays, FoundBy.CODE)
            assert found(shop, one.number) == FoundCard(stays, FoundBy.NUMBER)

    @ON_SQLITE
    def test_on_its_holders_phone_the_code_shows_the_card_that_stays(self, shop: PaperShop, till: PaperTill) -> None:
        stays, goes = shop.blanks(2)
        for one in (stays, goes):
            till.enrol(one.id)
        till.sync()
        merged(shop, stays.id, goes.id)
        with shop.units.read() as conn:
            assert holders.card_of(conn, shop.company_id, goes.token) == stays.id
            assert holders.find(conn, goes.token).state is CodeState.CARD

    @ON_SQLITE
    def test_a_code_that_was_replaced_before_says_so(self, shop: PaperShop, till: PaperTill) -> None:
        printed = shop.blanks(3)
        for one in printed[:2]:
            till.enrol(one.id)
        till.sync()
        till.replace(printed[1].id, printed[2].id)
        till.sync()
        merged(shop, printed[0].id, printed[1].id)
        assert found(shop, printed[1].token) == Refusal(Reason.CARD_REPLACED)
        assert found(shop, printed[2].token) == FoundCard(printed[0].id, FoundBy.CODE)

    def test_with_the_card_that_stays_all_its_codes_are_replaced(self, shop: PaperShop, till: PaperTill) -> None:
        """A lost card must not go on by the code of the other one."""
        printed = shop.blanks(3)
        for one in printed[:2]:
            till.enrol(one.id)
        till.sync()
        stays, goes, new = printed
        merged(shop, stays.id, goes.id)
        till.replace(stays.id, new.id)
        late = till.stamp(ByToken(token_hash(goes.token)))
        till.sync()
        assert [found(shop, one.token) for one in (stays, goes)] == [Refusal(Reason.CARD_REPLACED)] * 2
        assert found(shop, new.token) == FoundCard(stays.id, FoundBy.CODE)
        assert (till.verdict(late).card, till.verdict(late).notes) == (stays.id, ("old_code",))
        with shop.units.read() as conn:
            assert holders.card_of(conn, shop.company_id, goes.token) is None
            assert holders.find(conn, goes.token).state is CodeState.REPLACED

    @ON_SQLITE
    def test_its_page_and_its_ledger_are_those_of_the_card_that_stays(self, shop: PaperShop, till: PaperTill) -> None:
        one, other = pair(shop, till)
        till.stamp(other, 2)
        till.sync()
        merged(shop, one, other)
        with shop.units.read() as conn:
            company, own = companies.by_id(conn, shop.company_id), shop.keys.company(shop.company_id)
            detail = card_detail.of_card(conn, company, own, other, shop.now)
            ledger = card_ledger.of_card(conn, company, detail.opened)
            shown = card_record.history(conn, shop.company_id, one, own)
        assert detail.card.id == one
        assert ledger.agrees
        assert "cards_merged" in {event.fact.kind for event in ledger.events}
        assert len(ledger.events) == len(shown.transactions) == 6


@ON_SQLITE
def test_a_reward_that_both_reach_together_is_one_reached(shop: PaperShop, till: PaperTill) -> None:
    one, other = pair(shop, till)
    till.stamp(one, 6)
    till.stamp(other, 5)
    till.sync()
    done = merged(shop, one, other)
    (row,) = shop.rows(transactions, transaction_id=done.main.id)
    assert row.reached == 1


@pytest.mark.parametrize("older_stays", [True, False])
@ON_SQLITE
def test_the_sums_of_past_days_stay_as_they_were(shop: PaperShop, till: PaperTill, older_stays: bool) -> None:
    """Whichever stays: they are kept by the store that handed the card out."""
    one = shop.enrolled(till)
    shop.passes(days=1)
    other = shop.enrolled(shop.till("Till 2", "Centre"))
    till.stamp(one, 2)
    till.stamp(other, 3)
    till.sync()
    sums = Sums(shop)
    sums.follow()
    merged(shop, *((one, other) if older_stays else (other, one)))
    sums.follow()
    assert sums.differing == []


@ON_SQLITE
def test_a_replaced_card_can_be_merged(shop: PaperShop, till: PaperTill) -> None:
    one, other = pair(shop, till)
    (new,) = shop.blanks()
    till.write(CardReplaced(blank=new.id), other)
    till.stamp(other)
    till.sync()
    merged(shop, one, other)
    assert balance(shop, one) == (1, 20)
    assert has_its_books_in_order(shop)
