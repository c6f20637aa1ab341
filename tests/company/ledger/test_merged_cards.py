"""What tills had written for a card before they heard that it was merged into another."""

from collections import Counter
from itertools import permutations
from uuid import UUID

import pytest

from loyalty.cases import Choice
from loyalty.program import Reward
from loyalty.staff import Role
from loyalty.transactions import CardCreated, CardReplaced, CaseDecided
from server.cases import deciding
from server.cases.deciding import Decider, Typed
from server.companies import programs
from server.db.tables import transactions
from server.db.work_tables import cases
from server.ledger.judging import grants
from server.ledger.judging.savepoint_booking import Ledger
from server.refusals import Refused
from sync.protocol.entries import ByCard, ByNumber, ByToken, CardReference
from sync.protocol.sealing import number_hmac, token_hash
from tests.support.databases import ON_SQLITE
from tests.support.merges import balance, has_its_books_in_order, merged
from tests.support.paper_shop import PaperShop, a_coffee_program
from tests.support.paper_till import PaperTill

pytestmark = pytest.mark.slow

TEA = Reward(id="tea", name="Tea", cost=10)


@pytest.fixture
def till(shop: PaperShop) -> PaperTill:
    shop.set_program(a_coffee_program(rewards=(TEA,)))
    return shop.till()


@pytest.fixture
def pair(shop: PaperShop, till: PaperTill) -> tuple[UUID, UUID]:
    return shop.enrolled(till), shop.enrolled(till)


@pytest.mark.parametrize("named", ["card", "token", "number"])
def test_however_a_till_names_the_card_the_entry_counts_on_the_one_that_stays(
    shop: PaperShop, till: PaperTill, named: str
) -> None:
    printed = shop.blanks(2)
    for one in printed:
        till.enrol(one.id)
    till.sync()
    stays, goes = printed
    lookup = shop.keys.company(shop.company_id).lookup
    references: dict[str, CardReference] = {
        "card": ByCard(goes.id),
        "token": ByToken(token_hash(goes.token)),
        "number": ByNumber(number_hmac(lookup, goes.number), lookup.id),
    }
    written = till.stamp(references[named], 3)
    merged(shop, stays.id, goes.id)
    till.sync()
    verdict = till.verdict(written)
    assert (verdict.word, verdict.card, verdict.notes) == ("accepted", stays.id, ())
    assert balance(shop, stays.id) == (3, 0)
    assert has_its_books_in_order(shop)


def test_an_entry_that_is_sent_twice_counts_once(shop: PaperShop, till: PaperTill, pair: tuple[UUID, UUID]) -> None:
    one, other = pair
    till.earn(other, 700)
    merged(shop, one, other)
    request = till.request(till.page())
    till.send(request)
    till.send(request)
    assert balance(shop, one) == (0, 7)
    assert len(shop.rows(transactions, kind="points_earned")) == 1


def test_in_a_chain_entries_lead_on_to_the_last_card(shop: PaperShop, till: PaperTill) -> None:
    one, two, three = (shop.enrolled(till) for _ in range(3))
    till.stamp(three, 2)
    merged(shop, two, three)
    till.stamp(two)
    merged(shop, one, two)
    till.sync()
    assert balance(shop, one) == (3, 0)
    assert [row.card_id for row in shop.rows(transactions, kind="stamp_earned")] == [one, one]
    assert has_its_books_in_order(shop)


@ON_SQLITE
def test_cooldown_and_the_days_limit_hold_over_both(shop: PaperShop, till: PaperTill, pair: tuple[UUID, UUID]) -> None:
    one, other = pair
    shop.set_program(a_coffee_program(cooldown_minutes=30))
    shop.set(conflict="enforce")
    offline = shop.till("Till 2")
    till.stamp(one)
    till.sync()
    merged(shop, one, other)
    shop.passes(minutes=5)
    written = offline.stamp(other)
    offline.sync()
    assert (offline.verdict(written).word, offline.verdict(written).stamps) == ("adjusted", 0)
    assert balance(shop, one) == (1, 0)


@ON_SQLITE
def test_a_reward_takes_from_what_both_have(shop: PaperShop, till: PaperTill, pair: tuple[UUID, UUID]) -> None:
    one, other = pair
    till.stamp(one, 6)
    till.stamp(other, 4)
    till.sync()
    written = till.redeem(other)
    merged(shop, one, other)
    till.sync()
    assert till.verdict(written).word == "accepted"
    assert balance(shop, one) == (0, 0)


@pytest.mark.parametrize("void_waits", [True, False], ids=["void waits", "void comes later"])
@ON_SQLITE
def test_what_was_given_on_the_card_is_taken_back_from_the_one_that_stays(
    shop: PaperShop, till: PaperTill, pair: tuple[UUID, UUID], void_waits: bool
) -> None:
    one, other = pair
    stamp, bought = till.stamp(other, 2), till.earn(other, 900)
    till.sync()
    named = other if void_waits else one
    if not void_waits:
        merged(shop, one, other)
    voids = till.void_stamp(named, stamp.id), till.void_points(named, bought.id, 300)
    if void_waits:
        merged(shop, one, other)
    till.sync()
    assert [till.verdict(void).word for void in voids] == ["accepted", "accepted"]
    assert balance(shop, one) == (0, 6)
    assert has_its_books_in_order(shop)


@ON_SQLITE
def test_a_receipt_stays_used(shop: PaperShop, till: PaperTill, pair: tuple[UUID, UUID]) -> None:
    one, other = pair
    till.earn(other, 1000, "R-1")
    till.sync()
    merged(shop, one, other)
    again = till.earn(one, 1000, "R-1")
    till.sync()
    assert till.verdict(again).notes == ("receipt_repeated",)
    assert balance(shop, one) == (0, 10)


def test_an_activity_before_the_card_lapsed_brings_its_points_back(
    shop: PaperShop, till: PaperTill, pair: tuple[UUID, UUID]
) -> None:
    one, other = pair
    shop.set_program(a_coffee_program(points_expire_after_days=30))
    till.sync()
    till.earn(other, 1000)
    till.sync()
    shop.passes(days=20)
    offline = till.stamp(other)
    shop.passes(days=20)
    shop.expire(other)
    merged(shop, one, other)
    assert balance(shop, one) == (0, 0)
    till.sync()
    assert till.verdict(offline).notes == ("expiry_reversed",)
    assert balance(shop, one) == (1, 10)
    assert has_its_books_in_order(shop)


@ON_SQLITE
def test_a_second_enrolment_of_the_card_hands_nothing_out(
    shop: PaperShop, till: PaperTill, pair: tuple[UUID, UUID]
) -> None:
    one, other = pair
    late = till.write(CardCreated(), other)
    merged(shop, one, other)
    till.sync()
    assert till.verdict(late).notes == ("already_enrolled",)
    assert has_its_books_in_order(shop)


@ON_SQLITE
def test_a_replacement_that_was_waiting_gives_the_card_that_stays_its_codes(
    shop: PaperShop, till: PaperTill, pair: tuple[UUID, UUID]
) -> None:
    one, other = pair
    (new,) = shop.blanks()
    till.write(CardReplaced(blank=new.id), other)
    merged(shop, one, other)
    till.sync()
    assert shop.said(one).token == token_hash(new.token)
    assert shop.said(other).merged_into == one


def test_a_grant_counts_what_both_had(shop: PaperShop, till: PaperTill, pair: tuple[UUID, UUID]) -> None:
    """A card that was merged needs none; the one that stays keeps the reward that both had reached together."""
    one, other = pair
    till.stamp(one, 6)
    till.stamp(other, 4)
    till.sync()
    merged(shop, one, other)
    shop.set_program(a_coffee_program(stamps_target=12))
    assert balance(shop, one) == (12, 0)
    assert balance(shop, other) == (0, 0)


def test_a_grant_that_was_given_before_is_not_given_again(
    shop: PaperShop, till: PaperTill, pair: tuple[UUID, UUID]
) -> None:
    one, other = pair
    till.stamp(one, 4)
    till.stamp(other, 10)
    shop.passes(hours=1)
    till.sync()
    shop.set_program(a_coffee_program(stamps_target=12))
    merged(shop, one, other)
    with shop.units.write(shop.company_id) as conn:
        number = programs.in_force(conn, shop.company_id, shop.now).version - 1
        written = grants.give_late(conn, shop.company_id, {one: number}, shop.now)
    assert written == []
    assert balance(shop, one) == (16, 0), "4 and 10 stamps, and 2 granted"


def test_a_day_is_unusual_by_what_both_were_given(shop: PaperShop, till: PaperTill, pair: tuple[UUID, UUID]) -> None:
    one, other = pair
    shop.set(review_points_per_day="50,20000")
    till.earn(other, 3000)
    till.sync()
    merged(shop, one, other)
    till.earn(one, 3000)
    till.sync()
    assert shop.cases() == ["unusual"]
    (case,) = shop.rows(cases)
    assert (case.card_id, case.amount) == (one, 60)
    with shop.units.write(shop.company_id) as conn:
        ledger = Ledger(conn, shop.company_id, shop.keys, shop.now)
        deciding.decide(ledger, case.case_id, Typed(choice="reverse"), Decider(shop.manager, Role.MANAGER, None))
    assert balance(shop, one) == (0, 0)
    assert has_its_books_in_order(shop)


class TestCases:
    """A case about the card that went is decided on the card that stays."""

    @pytest.fixture
    def short(self, shop: PaperShop, till: PaperTill, pair: tuple[UUID, UUID]) -> PaperTill:
        """A reward that was given twice on the card that goes, at a till that is now out of contact."""
        one, other = pair
        there = shop.till("Till 2")
        till.stamp(other, 10)
        till.stamp(one, 3)
        till.sync()
        there.sync()
        till.redeem(other)
        there.redeem(other)
        till.sync()
        there.sync()
        assert shop.cases() == ["balance_too_small"]
        return there

    @pytest.mark.parametrize(("choice", "stamps"), [("charge_back", 0), ("accept", 3), ("reverse", 3)])
    @ON_SQLITE
    def test_in_the_office(
        self, shop: PaperShop, short: PaperTill, pair: tuple[UUID, UUID], choice: str, stamps: int
    ) -> None:
        one, other = pair
        merged(shop, one, other)
        (case,) = shop.rows(cases)
        by = Decider(shop.manager, Role.MANAGER, None)
        with shop.units.write(shop.company_id) as conn:
            ledger = Ledger(conn, shop.company_id, shop.keys, shop.now)
            deciding.decide(ledger, case.case_id, Typed(choice=choice), by)
        assert balance(shop, one) == (stamps, 0)
        assert balance(shop, other) == (0, 0)
        with pytest.raises(Refused), shop.units.write(shop.company_id) as conn:
            ledger = Ledger(conn, shop.company_id, shop.keys, shop.now)
            deciding.decide(ledger, case.case_id, Typed(choice=choice), by)
        assert has_its_books_in_order(shop)

    def test_at_a_till_that_has_not_heard_of_the_merge(
        self, shop: PaperShop, short: PaperTill, pair: tuple[UUID, UUID]
    ) -> None:
        one, other = pair
        (case,) = shop.rows(cases)
        decided = short.write(
            CaseDecided(case=case.case_id, choice=Choice.CHARGE_BACK), other, staff=shop.manager, override=shop.manager
        )
        merged(shop, one, other)
        short.sync()
        assert short.verdict(decided).word == "accepted"
        assert balance(shop, one) == (0, 0)
        assert [row.state for row in shop.rows(cases)] == ["decided"]


@ON_SQLITE
def test_merged_at_any_point_the_books_are_the_same(shop: PaperShop, till: PaperTill) -> None:
    """Two tills with entries on both cards, and the merge before, between and after their exchanges."""
    there = shop.till("Till 2", "Centre")
    for order in permutations(("here", "there", "merge")):
        one, other = shop.enrolled(till), shop.enrolled(till)
        there.sync()
        till.stamp(one, 2)
        till.earn(other, 1000)
        bought = there.earn(other, 500)
        there.stamp(other, 3)
        there.void_points(other, bought.id)
        there.redeem(other, "tea")
        for step in order:
            if step == "merge":
                merged(shop, one, other)
            else:
                (till if step == "here" else there).sync()
        stamps, points = balance(shop, one)
        assert stamps == 5
        booked = shop.ledger(one) + shop.ledger(other)
        assert points == sum(row.points for row in booked)
        kinds = ("card_created", "stamp_earned", "points_earned")
        assert Counter(row.kind for row in booked) == Counter(
            (*kinds, *kinds, "points_voided", "points_redeemed", "cards_merged")
        )
        assert sum(row.shortfall for row in booked) == (0 if order.index("here") < order.index("there") else 10)
    assert has_its_books_in_order(shop)
