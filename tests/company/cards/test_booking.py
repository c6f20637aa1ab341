"""What a person books in a browser is judged as a till's entry is, refused by the same rules, and reaches tills."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty.refusals import Reason, Refusal, Why
from loyalty.staff import Role
from loyalty.transactions import Kind
from server.cards import booking
from server.cards.booking_asks import (
    Adjust,
    Asked,
    Booked,
    Booker,
    Deactivate,
    Earn,
    Enrolled,
    Reactivate,
    Redeem,
    Replace,
    Stamp,
    Void,
)
from server.db.tables import customers, transactions
from server.db.units import Units, open_engine
from server.db.work_tables import cases
from server.ledger.feed.recount import recounted, wrong_sums
from server.ledger.judging.savepoint_booking import Ledger
from tests.rules.authority_oracle import Company, Hands, Person, Setting
from tests.rules.oracle import Oracle
from tests.rules.oracle_values import RATE_ONE, Rules, Said
from tests.support.browser_desk import BrowserDesk
from tests.support.builders import a_reward
from tests.support.paper_shop import PaperShop, a_coffee_program, token_of

REWARDS = (a_reward(60), a_reward(5, name="gone", active=False))
LIMITS: dict[str, Any] = {
    "cooldown_minutes": 30,
    "max_stamps_per_day": 5,
    "max_stamps_per_visit": 3,
    "minimum_purchase_minor": 200,
    "stamps_target": 4,
    "welcome_bonus": 20,
}
# Only a counter refuses these: what was given all the same at a till without contact stands.
HONOURED = {
    Reason.CARD_INACTIVE,
    Reason.ALREADY_ACTIVE,
    Reason.ALREADY_INACTIVE,
    Reason.BELOW_MINIMUM_REDEMPTION,
    Reason.REWARD_INACTIVE,
}


@pytest.fixture
def ana(shop: PaperShop) -> BrowserDesk:
    return BrowserDesk(shop)


@pytest.fixture
def sofie(shop: PaperShop) -> BrowserDesk:
    return BrowserDesk(shop, Role.MANAGER, "Sofie")


@pytest.fixture
def limited(migrated_file: Path, tmp_path: Path) -> Iterator[BrowserDesk]:
    """A manager in a company whose program has every limit."""
    engine = open_engine(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'server.db')}")
    yield BrowserDesk(PaperShop(Units(engine), tmp_path, a_coffee_program(**LIMITS, rewards=REWARDS)), Role.MANAGER)
    engine.dispose()


def booked(answer: Booked | Refusal) -> Booked:
    assert isinstance(answer, Booked), answer
    return answer


def refused(answer: Booked | Enrolled | Refusal) -> Reason:
    assert isinstance(answer, Refusal), answer
    return answer.reason


def wrong(shop: PaperShop) -> int:
    """The number of sums that tills compare and that are wrong."""
    with shop.units.read() as conn:
        return wrong_sums(conn, shop.company_id, recounted(conn, shop.company_id))


ASKS = st.one_of(
    st.builds(lambda count: ("stamp_earned", count), st.integers(0, 4)),
    st.builds(lambda amount: ("points_earned", amount), st.sampled_from([0, 100, 200, 1240, 6000, 10**9 + 1])),
    st.builds(lambda reward: ("reward", reward), st.sampled_from(["stamps", "croissant", "gone", "nothing"])),
    st.builds(lambda which: ("void", which), st.integers(0, 5)),
    st.builds(lambda part: ("return", part), st.sampled_from([50, 700, 5000])),
    st.builds(lambda points: ("points_adjusted", points), st.integers(-80, 80)),
    st.builds(lambda stamps: ("stamps_adjusted", stamps), st.integers(-3, 3)),
    st.sampled_from([("card_deactivated", 0), ("card_reactivated", 0)]),
)
HISTORIES = st.lists(st.tuples(ASKS, st.sampled_from([0, 10, 31, 24 * 60])), max_size=12)

# The oracle's company: one manager, no PINs, and all that settings may forbid allowed.
ALLOWED = ("counter_enrolment", "void_allowed", "cross_store_redemption")
ONE_MANAGER = Company(
    {0: Person(((0, ("manager", frozenset({0}))),))},
    {"pin_required": Setting(((0, 0),)), "self_void_minutes": Setting(((0, 10),))}
    | {name: Setting(((0, 1),)) for name in ALLOWED},
)


class Compared:
    """One card's history, booked in a browser and told to the oracle as entries of a till."""

    def __init__(self, sofie: BrowserDesk) -> None:
        self.sofie, self.shop = sofie, sofie.shop
        rewards = {"croissant": (60, True), "gone": (5, False)}
        rules = Rules(1, 0, 0, True, True, 4, 1800, 5, 3, RATE_ONE, 200, 20, 0, rewards)
        self.oracle = Oracle([rules], ONE_MANAGER, True, 7 * 86400, ZoneInfo("Europe/Luxembourg"), False)
        self.ids: list[UUID] = []
        self.kinds: list[str] = []
        self.card_id = sofie.new_card()
        self.oracle.say(self._said("card_created"), self._now)
        self.ids.append(uuid4())

    def ask(self, kind: str, value: int | str) -> None:
        asked, said = self._both(kind, value)
        booking_id = uuid4()
        answer = self.sofie.ask(self.card_id, asked, booking_id=booking_id)
        before = len(self.oracle.ledger)
        told = self.oracle.say(said, self._now)
        if isinstance(answer, Refusal):
            assert told.word != "accepted" or answer.reason in HONOURED, (answer, told)
            del self.oracle.ledger[before:]
            self.oracle.rejected.discard(said.id)
            return
        self.ids.append(booking_id)
        wanted = [(row.kind, row.stamps, row.points, row.short) for row in told.rows]
        assert told.word == "accepted"
        assert wanted == [(one.kind, *one.effect) for one in answer.transactions]
        card = self.shop.card(self.card_id)
        assert (card.stamp_count, card.points_balance) == (self.oracle.stamps(0), self.oracle.points(0))

    @property
    def _now(self) -> int:
        return int(self.shop.now.timestamp())

    def _said(self, kind: str, **more: object) -> Said:
        return Said(len(self.ids), 0, kind, self._now, hands=Hands(staff=0, told=self._now), **more)  # type: ignore[arg-type]

    def _both(self, kind: str, value: int | str) -> tuple[Asked, Said]:
        number = value if isinstance(value, int) else 0
        match kind:
            case "stamp_earned":
                return Stamp(number), self._said(kind, count=number)
            case "points_earned":
                receipt = f"{self.card_id} {number}"
                return Earn(number, receipt), self._said(kind, amount=number, receipt=receipt)
            case "reward" if value == "stamps":
                return Redeem("stamps", by_code=True), self._said("stamp_redeemed")
            case "reward":
                return Redeem(str(value), by_code=True), self._said("points_redeemed", reward=str(value))
            case "void" | "return":
                return self._voided(number, is_part=kind == "return")
            case "points_adjusted":
                return Adjust(points=number, reason="typed twice"), self._said(kind, count=number, reason="typed twice")
            case "stamps_adjusted":
                return Adjust(stamps=number, reason="paper card"), self._said(kind, count=number, reason="paper card")
        asked = Deactivate("lost") if kind == "card_deactivated" else Reactivate("found")
        return asked, self._said(kind)

    def _voided(self, number: int, *, is_part: bool) -> tuple[Asked, Said]:
        """The void of an earlier transaction, or the return of a part of the last purchase."""
        mine = [row for row in self.oracle.ledger if row.id is not None]
        row = mine[number % len(mine)]
        if is_part:
            row = next((one for one in reversed(mine) if one.kind == "points_earned"), row)
        kinds = {"stamp_earned": "stamp_voided", "points_earned": "points_voided"}
        kind = kinds.get(row.kind, "redemption_voided")
        part = number if is_part and kind == "points_voided" else None
        assert row.id is not None
        return Void(self.ids[row.id], part), self._said(kind, names=row.id, amount=part)


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORIES)
def test_what_is_booked_is_what_a_tills_entry_would_give(
    limited: BrowserDesk, history: Sequence[tuple[tuple[str, int | str], int]]
) -> None:
    compared = Compared(limited)
    for (kind, value), minutes in history:
        limited.shop.passes(minutes=minutes)
        compared.ask(kind, value)
    assert wrong(limited.shop) == 0


@pytest.mark.slow
def test_what_is_taken_back_on_a_cards_page_is_taken_back_where_it_was_given(shop: PaperShop) -> None:
    ana, elsewhere = BrowserDesk(shop), BrowserDesk(shop, Role.MANAGER, "Sofie", "Kirchberg")
    card_id = ana.new_card()
    earned = uuid4()
    booked(elsewhere.ask(card_id, Earn(1240), booking_id=earned))
    with shop.units.write(shop.company_id) as conn:
        by = Booker(staff_id=elsewhere.staff_id, role=Role.MANAGER, store_id=None)
        void = Void(earned)
        booked(booking.book(Ledger(conn, shop.company_id, shop.keys, shop.now), uuid4(), card_id, void, by))
    assert [row.store_id for row in shop.ledger(card_id)][-1] == elsewhere.store_id


@pytest.mark.slow
def test_what_is_booked_reaches_tills_which_can_take_it_back(shop: PaperShop, ana: BrowserDesk) -> None:
    till = shop.till()
    card = ana.new_card(name="Nora Steffen")
    stamp = booked(ana.ask(card, Stamp(2))).main
    assert (stamp.context.terminal_id, stamp.context.staff_id) == (None, ana.staff_id)
    till.sync()
    assert till.card(card).stamp_count == 2
    assert till.transaction(stamp.id).terminal is None
    taken = till.void_stamp(card, stamp.id)
    till.sync()
    assert till.verdict(taken).word == "accepted"
    assert refused(ana.ask(card, Void(stamp.id), override=shop.manager)) is Reason.ALREADY_VOIDED


def test_an_id_books_once(shop: PaperShop, ana: BrowserDesk) -> None:
    (blank,) = shop.blanks()
    enrolling, stamping = uuid4(), uuid4()
    first = ana.enrol(booking_id=enrolling, code=blank.number)
    again = ana.enrol(booking_id=enrolling, code=blank.number)
    assert isinstance(first, Enrolled)
    assert isinstance(again, Enrolled)
    assert first.booked.transactions == again.booked.transactions
    once, twice = (booked(ana.ask(blank.id, Stamp(), booking_id=stamping)) for _ in range(2))
    assert once.transactions == twice.transactions
    assert shop.kinds(blank.id) == [Kind.CARD_CREATED, Kind.STAMP_EARNED]


MANAGED: tuple[Asked, ...] = (
    Adjust(points=5, reason="sorry"),
    Adjust(stamps=1, reason="sorry"),
    Deactivate("lost"),
    Redeem("stamps", by_code=False),
)


@pytest.mark.slow
@pytest.mark.parametrize("asked", MANAGED, ids=lambda asked: type(asked).__name__)
def test_a_manager_answers_for_what_is_above_the_limits(shop: PaperShop, ana: BrowserDesk, asked: Asked) -> None:
    card = ana.new_card()
    booked(ana.ask(card, Stamp(10)))
    before = shop.ledger(card)
    why = Why.WITHOUT_CODE if isinstance(asked, Redeem) else Why.MANAGERS_ONLY
    assert ana.ask(card, asked) == Refusal(Reason.MANAGER_NEEDED, why=why)
    assert shop.ledger(card) == before
    assert booked(ana.ask(card, asked, override=shop.manager)).main.context.override_id == shop.manager


@pytest.mark.slow
def test_what_needs_no_manager_names_none(shop: PaperShop, ana: BrowserDesk) -> None:
    card = ana.new_card()
    assert booked(ana.ask(card, Stamp(10), override=shop.manager)).main.context.override_id is None
    assert booked(ana.ask(card, Redeem("stamps", by_code=True))).main.context.override_id is None


@pytest.mark.slow
def test_a_cashier_takes_back_their_own_last_alone(shop: PaperShop, ana: BrowserDesk, sofie: BrowserDesk) -> None:
    till, card, other = shop.till(), ana.new_card(), ana.new_card()
    bought = booked(ana.ask(card, Earn(1000))).main.id
    shop.passes(minutes=1)
    stamp = booked(ana.ask(other, Stamp())).main.id
    theirs = booked(sofie.ask(card, Stamp())).main.id
    given = till.stamp(card, 1)
    till.sync()
    needs = Refusal(Reason.MANAGER_NEEDED, why=Why.NOT_OWN_VOID)
    assert [ana.ask(card, Void(one)) for one in (bought, theirs, given.id)] == [needs] * 3
    booked(ana.ask(other, Void(stamp)))
    shop.passes(minutes=1)
    assert ana.ask(card, Void(bought)) == needs, "the void was the last"
    bought = booked(ana.ask(card, Earn(1000))).main.id
    assert ana.ask(card, Void(bought, 400)) == Refusal(Reason.MANAGER_NEEDED, why=Why.MANAGERS_ONLY)
    shop.passes(minutes=16)
    assert ana.ask(card, Void(bought)) == Refusal(Reason.MANAGER_NEEDED, why=Why.TOO_LATE_TO_VOID)
    assert booked(sofie.ask(card, Void(bought, 400))).main.effect.points == -4


@pytest.mark.slow
def test_settings_are_held_to(shop: PaperShop, ana: BrowserDesk, sofie: BrowserDesk) -> None:
    card = ana.new_card()
    stamp = booked(ana.ask(card, Stamp(10))).main.id
    shop.set(void_allowed="false", counter_enrolment="false", cross_store_redemption="false")
    assert refused(sofie.ask(card, Void(stamp))) is Reason.VOID_OFF
    assert refused(ana.enrol()) is Reason.ENROLMENT_OFF
    elsewhere = BrowserDesk(shop, Role.MANAGER, "Luc", "Bonnevoie")
    assert refused(elsewhere.ask(card, Redeem("stamps", by_code=True))) is Reason.OTHER_STORE
    booked(ana.ask(card, Redeem("stamps", by_code=True)))


@pytest.mark.slow
def test_a_customer_is_enrolled_with_a_printed_card_or_one_for_the_phone(shop: PaperShop, ana: BrowserDesk) -> None:
    till = shop.till()
    person: dict[str, Any] = {"name": " Nora  Steffen ", "email": "Nora@Example.com", "language": "fr"}
    enrolled = ana.enrol(**person)
    assert isinstance(enrolled, Enrolled)
    assert enrolled.shown is not None
    card = enrolled.booked.card.card
    (customer,) = shop.rows(customers)
    assert (customer.language, customer.email_hmac) == ("fr", shop.said(card.id).email)
    till.sync()
    assert till.card(card.id).name is not None
    assert refused(ana.enrol(email="nora@example.com")) is Reason.CONTACT_HAS_CARD
    assert refused(ana.enrol(email="nora")) is Reason.CONTACT_INVALID
    assert refused(ana.enrol(name="x" * 81)) is Reason.TEXT_TOO_LONG
    assert refused(ana.enrol(code=enrolled.shown.token)) is Reason.ALREADY_ENROLLED
    assert refused(ana.enrol(code="1" * 12)) is Reason.NOT_A_BLANK
    assert refused(ana.enrol(code="https://example.com")) is Reason.FOREIGN_CODE
    assert len(shop.rows(transactions)) == 1


@pytest.mark.slow
def test_a_card_goes_on_under_a_new_code(shop: PaperShop, sofie: BrowserDesk) -> None:
    old, new = shop.blanks(2)
    assert isinstance(sofie.enrol(code=old.token), Enrolled)
    booked(sofie.ask(old.id, Stamp(3)))
    assert refused(sofie.ask(old.id, Replace(old.token, "lost"))) is Reason.ALREADY_ENROLLED
    booked(sofie.ask(old.id, Replace(new.number, "lost")))
    assert shop.card(old.id).token_hash == token_of(new)
    assert (shop.card(new.id).is_retired, shop.card(old.id).stamp_count) == (True, 3)
    (third,) = shop.blanks()
    assert refused(sofie.ask(old.id, Replace(old.token, "found"))) is Reason.CARD_REPLACED
    assert isinstance(sofie.enrol(code=third.token), Enrolled)
    assert wrong(shop) == 0


@pytest.mark.slow
def test_what_a_till_sent_before_the_card_was_handed_out_counts_with_it(shop: PaperShop, ana: BrowserDesk) -> None:
    till = shop.till()
    (blank,) = shop.blanks()
    early = till.stamp(blank.id, 2)
    till.sync()
    assert till.verdict(early).word == "held"
    assert isinstance(ana.enrol(code=blank.token), Enrolled)
    till.sync()
    assert till.verdict(early).word == "accepted"
    assert shop.card(blank.id).stamp_count == 2


@pytest.mark.slow
def test_a_receipt_earns_once_at_tills_and_in_browsers(shop: PaperShop, sofie: BrowserDesk) -> None:
    till, card = shop.till(), sofie.new_card()
    till.earn(card, 1000, "A 17")
    till.sync()
    assert refused(sofie.ask(card, Earn(1000, "a 17"))) is Reason.RECEIPT_USED
    bought = booked(sofie.ask(card, Earn(1000, "A 18"))).main.id
    assert refused(sofie.ask(card, Earn(500, "A 18"))) is Reason.RECEIPT_USED
    booked(sofie.ask(card, Void(bought, 400)))
    assert refused(sofie.ask(card, Earn(500, "A 18"))) is Reason.RECEIPT_USED
    booked(sofie.ask(card, Void(bought)))
    booked(sofie.ask(card, Earn(500, "A 18")))


@pytest.mark.slow
def test_a_day_that_gives_unusually_much_is_a_case(shop: PaperShop, sofie: BrowserDesk) -> None:
    card = sofie.new_card()
    booked(sofie.ask(card, Adjust(points=2001, reason="sorry")))
    (case,) = shop.rows(cases)
    assert (case.kind, case.card_id, case.terminal_id) == ("unusual", card, None)
