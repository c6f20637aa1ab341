"""A case of each kind, as tills bring it about."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert

from loyalty.cases import Choice
from loyalty.program import ProgramKind, Reward, StampReward
from loyalty.staff import Role
from loyalty.transactions import CardDeactivated, PointsAdjusted
from server.cases import case_detail, deciding
from server.cases.deciding import Decided, Decider, Typed
from server.companies import companies
from server.db.work_tables import cases
from server.exchange.turned_away import Revoked
from server.ledger.feed.check import check
from server.ledger.judging.savepoint_booking import Ledger
from server.terminals import revocation
from sync.protocol.entries import ByToken
from tests.company.transfer import files as import_files
from tests.support import owners, pin_entries
from tests.support.paper_shop import PaperShop, a_coffee_program
from tests.support.paper_till import PaperTill

PROGRAM = a_coffee_program(
    stamp_reward=StampReward(name="Free coffee", value_minor=350),
    rewards=(Reward(id="croissant", name="Croissant", cost=10, value_minor=200),),
)


@dataclass
class Scene:
    """A company with one open case."""

    shop: PaperShop
    card: UUID | None = None
    other: UUID | None = None  # the other card that the case is about
    till: PaperTill | None = None  # that has brought it about
    codes: dict[str, str] = field(default_factory=dict)  # of cards that a decision may name

    @property
    def case(self) -> Any:
        """The case's row: the one that opened first."""
        return min(self.shop.rows(cases), key=lambda row: row.number)


def _tills(shop: PaperShop) -> tuple[PaperTill, PaperTill]:
    return shop.till("Till 1", "Gare"), shop.till("Till 2", "Centre")


def balance_too_small(shop: PaperShop) -> Scene:
    """Ten stamps are spent at one till, then once more at another: one was there, nine were missing; two came since."""
    here, there = _tills(shop)
    card = shop.enrolled(here)
    here.stamp(card, 10)
    here.sync()
    there.sync()
    shop.passes(minutes=5)
    here.redeem(card)
    here.stamp(card)
    there.redeem(card)
    here.sync()
    there.sync()
    here.stamp(card, 2)
    here.sync()
    return Scene(shop, card, till=there)


def stamp_conflict(shop: PaperShop) -> Scene:
    """Two stamps within another till's cooldown, where the company enforces it."""
    shop.set_program(a_coffee_program(cooldown_minutes=30, stamp_reward=PROGRAM.stamp_reward))
    shop.set(conflict="enforce")
    here, there = _tills(shop)
    card = shop.enrolled(here)
    here.stamp(card)
    there.stamp(card, 2)
    here.sync()
    there.sync()
    return Scene(shop, card, till=there)


def program_changed(shop: PaperShop) -> Scene:
    """A purchase of 12.00 by a till that has not heard for long that the program counts stamps only."""
    till = shop.till()
    card = shop.enrolled(till)
    shop.passes(hours=1)
    shop.set_program(a_coffee_program(kind=ProgramKind.STAMPS, stamp_reward=PROGRAM.stamp_reward))
    shop.passes(days=8)
    till.earn(card, 1200)
    till.sync()
    return Scene(shop, card, till=till)


def contact_has_card(shop: PaperShop) -> Scene:
    """A second card for one e-mail address; its welcome of 20 points was withheld."""
    shop.set_program(a_coffee_program(welcome_bonus=20))
    here, there = _tills(shop)
    first = shop.enrolled(here, name="Ana", email="ana@example.org")
    shop.passes(minutes=1)  # the first card is the older one
    (blank,) = shop.blanks()
    there.enrol(blank.id, name="Ana", email="ana@example.org")
    there.sync()
    return Scene(shop, blank.id, first, there)


def second_enrolment(shop: PaperShop) -> Scene:
    """One blank handed out to Ana, and to Ben at a till that had not heard of it."""
    shop.set_program(a_coffee_program(welcome_bonus=20))
    here, there = _tills(shop)
    blank, spare = shop.blanks(2)
    here.enrol(blank.id, email="ana@example.org")
    there.enrol(blank.id, email="ben@example.org")
    here.sync()
    there.sync()
    return Scene(shop, blank.id, spare.id, there, codes={"blank": spare.token})


def receipt_repeated(shop: PaperShop) -> Scene:
    """One receipt of 10.00 earned for another card before."""
    one, other = shop.till("Till 1"), shop.till("Till 2")
    first, second = shop.enrolled(one), shop.enrolled(one)
    one.earn(first, 1000, "R-17")
    one.sync()
    other.earn(second, 1000, "R-17")
    other.sync()
    return Scene(shop, second, first, other)


def return_too_large(shop: PaperShop) -> Scene:
    """A purchase of 10.00 is returned whole at two tills."""
    one, other = shop.till("Till 1"), shop.till("Till 2")
    card = shop.enrolled(one)
    bought = one.earn(card, 1000)
    one.sync()
    other.sync()
    one.void_points(card, bought.id)
    other.void_points(card, bought.id)
    one.sync()
    other.sync()
    return Scene(shop, card, till=other)


def held_too_long(shop: PaperShop) -> Scene:
    """Three stamps on a code that nobody knows wait for a month."""
    till = shop.till()
    (known,) = shop.blanks()
    till.enrol(known.id)
    till.stamp(ByToken(bytes(32)), 3)
    till.sync()
    shop.passes(days=31)
    till.sync()
    return Scene(shop, None, known.id, till, codes={"card": known.token})


def card_inactive(shop: PaperShop) -> Scene:
    """Two stamps on a card that the till knew to be switched off."""
    till = shop.till()
    card = shop.enrolled(till)
    till.write(CardDeactivated(reason="lost"), card)
    till.sync()
    till.stamp(card, 2)
    till.sync()
    return Scene(shop, card, till=till)


def staff_dismissed(shop: PaperShop) -> Scene:
    """A case as servers of before have opened it, about four points."""
    till = shop.till()
    card = shop.enrolled(till)
    earned = till.earn(card, 400)
    till.sync()
    times = {"occurred_at": shop.now, "created_at": shop.now, "updated_at": shop.now}
    row = {"company_id": shop.company_id, "case_id": uuid4(), "number": 1, "kind": "staff_dismissed", "card_id": card}
    row |= {"entry_id": earned.id, "terminal_id": till.id, "store_id": till.store_id, "unit": "points", "amount": 4}
    with shop.units.write(shop.company_id) as conn:
        conn.execute(insert(cases).values(row | times))
    return Scene(shop, card, till=till)


def reward_unknown(shop: PaperShop) -> Scene:
    """A reward that no program has, on a card with nine points."""
    till = shop.till()
    card = shop.enrolled(till)
    till.earn(card, 900)
    till.redeem(card, "yacht")
    till.sync()
    return Scene(shop, card, till=till)


def blocked_code(shop: PaperShop) -> Scene:
    """Ten of twelve stamps are taken at a till that had not heard that the card's owner had blocked it."""
    here, there = _tills(shop)
    card = shop.enrolled(here)
    here.stamp(card, 12)
    here.sync()
    there.sync()
    shop.passes(minutes=5)
    owners.block(shop, card)
    shop.passes(minutes=5)
    there.redeem(card)
    there.sync()
    return Scene(shop, card, till=there)


def unreadable(shop: PaperShop) -> Scene:
    """Bytes that are no entry."""
    till = shop.till()
    till.append(b"no entry")
    till.sync()
    return Scene(shop, till=till)


def salvaged(shop: PaperShop) -> Scene:
    """A till that was signed off hands over a purchase of 9.00."""
    till, other = shop.till("Till 1"), shop.till("Till 2")
    card = shop.enrolled(till)
    other.sync()
    other.earn(card, 900)
    revocation.revoke(shop.units, shop.keys, shop.company_id, "Till 2", lambda: shop.now)
    with pytest.raises(Revoked):
        other.exchange(salvage=True)
    return Scene(shop, card, till=other)


def not_allowed(shop: PaperShop) -> Scene:
    """A correction of seven points that no manager has answered for."""
    till = shop.till()
    card = shop.enrolled(till)
    till.write(PointsAdjusted(points=7, reason="gift"), card, override=None)
    till.sync()
    return Scene(shop, card, till=till)


def not_allowed_reward(shop: PaperShop) -> Scene:
    """A reward in another store than the card's, which the till knew not to be allowed, has left the counter."""
    shop.set(cross_store_redemption="false")
    here, there = _tills(shop)
    card = shop.enrolled(here)
    here.stamp(card, 10)
    here.sync()
    there.sync()
    there.redeem(card)
    there.sync()
    return Scene(shop, card, till=there)


def not_taken_in(shop: PaperShop) -> Scene:
    """A till that reads nothing, as the server has noted."""
    till = shop.till()
    times = {"occurred_at": shop.now, "created_at": shop.now, "updated_at": shop.now}
    row = {"company_id": shop.company_id, "case_id": uuid4(), "number": 1, "kind": "not_taken_in", "amount": 0}
    with shop.units.write(shop.company_id) as conn:
        conn.execute(insert(cases).values(row | {"terminal_id": till.id, "store_id": till.store_id} | times))
    return Scene(shop, till=till)


def unusual(shop: PaperShop) -> Scene:
    """Two purchases of 30.00 on a day that lets 50 points pass."""
    shop.set(review_points_per_day="50,1000")
    till = shop.till()
    card = shop.enrolled(till)
    till.earn(card, 3000)
    till.earn(card, 3000)
    till.sync()
    return Scene(shop, card, till=till)


def unusual_person(shop: PaperShop) -> Scene:
    """Lena gives 30 points each to Ana and Ben on a day that lets 50 of hers pass; 12 of Ben's are spent."""
    shop.set(review_points_per_day="1000,50")
    till, lena = shop.till(), shop.person("Lena")
    ana, ben = shop.enrolled(till), shop.enrolled(till)
    till.earn(ana, 3000, staff=lena)
    till.earn(ben, 3000, staff=lena)
    till.write(PointsAdjusted(points=-12, reason="spent"), ben)
    till.sync()
    return Scene(shop, ana, ben, till)


def import_clash(shop: PaperShop) -> Scene:
    """A row of an import with 2 stamps and 30 points has the address of a card that has 4 points."""
    till, _elsewhere = _tills(shop)
    card = shop.enrolled(till, name="Ana", email="ana@example.org")
    till.earn(card, 400)
    till.sync()
    head = "code;name;email;consent;consent_on;stamps;points"
    row = "K-17;Ana B;ana@example.org;yes;2025-02-03;2;30"
    import_files.imported(shop, import_files.csv_of(head, row), store="Centre")
    return Scene(shop, card, till=till)


def pin_changes(shop: PaperShop) -> Scene:
    """PINs of two people are set at one till within a minute."""
    ana, ben = shop.person("Ana"), shop.person("Ben")
    till = shop.till()
    for person in (ana, ben):
        pin_entries.set_by(till, shop, person, staff=person)
    return Scene(shop, till=till)


SCENES: dict[str, Callable[[PaperShop], Scene]] = {
    scene.__name__: scene
    for scene in (
        balance_too_small,
        stamp_conflict,
        program_changed,
        contact_has_card,
        second_enrolment,
        receipt_repeated,
        return_too_large,
        held_too_long,
        card_inactive,
        staff_dismissed,
        reward_unknown,
        blocked_code,
        unreadable,
        salvaged,
        not_allowed,
        not_allowed_reward,
        not_taken_in,
        unusual,
        unusual_person,
        pin_changes,
        import_clash,
    )
}


def decided(scene: Scene, choice: Choice, by: Decider | None = None, **typed: Any) -> Decided:
    """Decides the scene's case as its manager does in an office."""
    shop = scene.shop
    with shop.units.write(shop.company_id) as conn:
        by = by or Decider(shop.manager, Role.MANAGER, None)
        ledger = Ledger(conn, shop.company_id, shop.keys, shop.now)
        return deciding.decide(ledger, scene.case.case_id, Typed(choice=choice.value, **typed), by)


def typed_for(scene: Scene, choice: Choice) -> dict[str, Any]:
    """What a choice asks for."""
    asked: dict[Choice, dict[str, Any]] = {
        Choice.TAKE_POINTS: {"amount": 4},
        Choice.NEW_CARD: {"blank": scene.codes.get("blank", "")},
        Choice.THIS_CARD: {"card": scene.codes.get("card", "")},
    }
    return asked.get(choice, {})


def balances(scene: Scene) -> list[tuple[int, int] | None]:
    """Stamps and points of the case's card and of the other one."""
    cards = (scene.card, scene.other)
    return [
        None if one is None else (scene.shop.said(one).stamp_count, scene.shop.said(one).points_balance)
        for one in cards
    ]


def whole(scene: Scene) -> bool:
    """Whether all balances equal the fold of their ledgers, and all sums their rows."""
    with scene.shop.units.read() as conn:
        found = check(conn, scene.shop.company_id)
    return not found.wrong and not found.wrong_sums


def options(scene: Scene) -> dict[Choice, case_detail.Option]:
    """The case's choices as things stand."""
    with scene.shop.units.read() as conn:
        company = companies.by_id(conn, scene.shop.company_id)
        keys = scene.shop.keys.company(scene.shop.company_id)
        return {one.choice: one for one in case_detail.options(conn, company, keys, scene.case, scene.shop.now)}
