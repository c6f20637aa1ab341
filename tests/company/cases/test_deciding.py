"""Every choice of every kind of case: what it books, against rows written out by hand."""

from datetime import UTC, datetime
from uuid import uuid4, uuid5

import pytest
from sqlalchemy import update

from loyalty.cases import CHOICES, CaseKind, Choice
from loyalty.refusals import Reason
from loyalty.staff import Role
from loyalty.transactions import Kind
from server.cases import story
from server.cases.deciding import Decider
from server.companies import companies
from server.customers import erasure
from server.db.tables import customers, entries, salvage, staff
from server.db.transfer_tables import import_rows, old_codes
from server.db.work_tables import cases
from server.exchange.turned_away import Revoked
from server.ledger.judging.savepoint_booking import Ledger
from server.refusals import ChangedMeanwhile, No, Refused
from server.terminals import revocation
from tests.support.case_scenes import PROGRAM, SCENES, Scene, balances, decided, options, typed_for, whole
from tests.support.databases import ON_SQLITE
from tests.support.paper_shop import PaperShop

pytestmark = pytest.mark.slow

Row = tuple[str, str, int, int, int]  # on which card, kind, stamps, points, shortfall
DECIDED: Row = ("card", "case_decided", 0, 0, 0)

# For each case and choice: what is booked, and the balance of the case's card and the other one after it.
BOOKED: dict[tuple[str, Choice], tuple[list[Row], tuple[int, int] | None, tuple[int, int] | None]] = {
    ("balance_too_small", Choice.ACCEPT): ([DECIDED], (2, 0), None),
    ("balance_too_small", Choice.CHARGE_BACK): ([DECIDED, ("card", "stamps_adjusted", -2, 0, 7)], (0, 0), None),
    ("balance_too_small", Choice.REVERSE): ([DECIDED, ("card", "redemption_voided", 1, 0, 0)], (3, 0), None),
    ("stamp_conflict", Choice.KEEP): ([DECIDED], (1, 0), None),
    ("stamp_conflict", Choice.GIVE): ([DECIDED, ("card", "stamps_adjusted", 2, 0, 0)], (3, 0), None),
    ("program_changed", Choice.KEEP): ([DECIDED], (0, 0), None),
    ("program_changed", Choice.GIVE): ([DECIDED, ("card", "points_adjusted", 0, 12, 0)], (0, 12), None),
    ("contact_has_card", Choice.MERGE): ([DECIDED, ("other", "cards_merged", 0, 0, 0)], (0, 0), (0, 20)),
    ("contact_has_card", Choice.DIFFERENT_PEOPLE): (
        [DECIDED, ("card", "welcome_bonus", 0, 20, 0)],
        (0, 20),
        (0, 20),
    ),
    ("second_enrolment", Choice.FIRST_KEEPS): ([DECIDED], (0, 20), (0, 0)),
    ("second_enrolment", Choice.SECOND_KEEPS): ([DECIDED], (0, 20), (0, 0)),
    ("second_enrolment", Choice.NEW_CARD): (
        [DECIDED, ("other", "card_created", 0, 0, 0), ("other", "welcome_bonus", 0, 20, 0)],
        (0, 20),
        (0, 20),
    ),
    ("receipt_repeated", Choice.KEEP): ([DECIDED], (0, 0), (0, 10)),
    ("receipt_repeated", Choice.BOTH_SALES): ([DECIDED, ("card", "points_adjusted", 0, 10, 0)], (0, 10), (0, 10)),
    ("receipt_repeated", Choice.BELONGS_HERE): (
        [DECIDED, ("card", "points_adjusted", 0, 10, 0), ("other", "points_voided", 0, -10, 0)],
        (0, 10),
        (0, 0),
    ),
    ("return_too_large", Choice.ACCEPT): ([DECIDED], (0, 0), None),
    ("held_too_long", Choice.WAIT): ([], None, (0, 0)),
    ("held_too_long", Choice.THIS_CARD): ([("other", "stamp_earned", 3, 0, 0)], None, (3, 0)),
    ("held_too_long", Choice.DROP): ([], None, (0, 0)),
    ("card_inactive", Choice.ACCEPT): ([DECIDED], (2, 0), None),
    ("card_inactive", Choice.REVERSE): ([DECIDED, ("card", "stamp_voided", -2, 0, 0)], (0, 0), None),
    ("card_inactive", Choice.SWITCH_ON): ([DECIDED, ("card", "card_reactivated", 0, 0, 0)], (2, 0), None),
    ("staff_dismissed", Choice.ACCEPT): ([DECIDED], (0, 4), None),
    ("staff_dismissed", Choice.REVERSE): ([DECIDED, ("card", "points_voided", 0, -4, 0)], (0, 0), None),
    ("reward_unknown", Choice.ACCEPT): ([DECIDED], (0, 9), None),
    ("reward_unknown", Choice.TAKE_POINTS): ([DECIDED, ("card", "points_adjusted", 0, -4, 0)], (0, 5), None),
    ("blocked_code", Choice.ACCEPT): ([DECIDED], (2, 0), None),
    ("blocked_code", Choice.GIVE_BACK): ([DECIDED, ("card", "redemption_voided", 10, 0, 0)], (12, 0), None),
    ("unreadable", Choice.SET_ASIDE): ([], None, None),
    ("salvaged", Choice.BOOK): ([DECIDED, ("card", "points_earned", 0, 9, 0)], (0, 9), None),
    ("salvaged", Choice.DROP): ([DECIDED], (0, 0), None),
    ("not_allowed", Choice.KEEP): ([DECIDED], (0, 0), None),
    ("not_allowed", Choice.IT_WAS_RIGHT): ([DECIDED, ("card", "points_adjusted", 0, 7, 0)], (0, 7), None),
    ("not_allowed_reward", Choice.KEEP): ([DECIDED], (0, 0), None),
    ("not_allowed_reward", Choice.REVERSE): ([DECIDED, ("card", "redemption_voided", 10, 0, 0)], (10, 0), None),
    ("not_taken_in", Choice.FINE): ([], None, None),
    ("unusual", Choice.FINE): ([DECIDED], (0, 60), None),
    ("unusual", Choice.REVERSE): (
        [DECIDED, ("card", "points_voided", 0, -30, 0), ("card", "points_voided", 0, -30, 0)],
        (0, 0),
        None,
    ),
    ("unusual_person", Choice.FINE): ([], (0, 30), (0, 18)),
    ("unusual_person", Choice.REVERSE): (
        [
            ("card", "case_decided", 0, 0, 0),
            ("card", "points_voided", 0, -30, 0),
            ("other", "case_decided", 0, 0, 0),
            ("other", "points_voided", 0, -18, 12),
        ],
        (0, 0),
        (0, 0),
    ),
    ("import_clash", Choice.ADD_THERE): (
        [DECIDED, ("card", "stamps_adjusted", 2, 0, 0), ("card", "points_adjusted", 0, 30, 0)],
        (2, 34),
        None,
    ),
    ("import_clash", Choice.OWN_CARD): (
        [
            DECIDED,
            ("new", "card_created", 0, 0, 0),
            ("new", "stamps_adjusted", 2, 0, 0),
            ("new", "points_adjusted", 0, 30, 0),
        ],
        (0, 4),
        None,
    ),
    ("import_clash", Choice.SKIP): ([DECIDED], (0, 4), None),
    ("pin_changes", Choice.FINE): ([], None, None),
    ("pin_changes", Choice.NEW_PINS): ([], None, None),
}
# What is in question, where something is: unit, amount, and money at stake.
ASKED = {
    "pin_changes": (None, 1, None),
    "reward_unknown": ("points", 0, None),
    "blocked_code": ("stamps", 10, 350),
    "staff_dismissed": ("points", 4, None),
    "second_enrolment": ("points", 20, None),
    "balance_too_small": ("stamps", 9, 315),
    "stamp_conflict": ("stamps", 2, 70),
    "program_changed": ("points", 12, 240),
    "contact_has_card": ("points", 20, None),
    "receipt_repeated": ("points", 10, 200),
    "held_too_long": ("stamps", 3, 105),
    "card_inactive": ("stamps", 2, 70),
    "salvaged": ("points", 9, 180),
    "not_allowed": ("points", 7, 140),
    "not_allowed_reward": ("stamps", 10, 350),
    "unusual": ("points", 60, 1200),
    "unusual_person": ("points", 60, 1200),
    "import_clash": ("points", 30, 600),
    "return_too_large": (None, 0, None),
}


@pytest.fixture
def scene(shop: PaperShop, request: pytest.FixtureRequest) -> Scene:
    shop.set_program(PROGRAM)
    return SCENES[request.param](shop)


@pytest.mark.parametrize(("scene", "choice"), BOOKED, indirect=["scene"])
def test_each_choice_books_its_rows_once(scene: Scene, choice: Choice, request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.params["scene"]
    wanted, after, other_after = BOOKED[name, choice]
    whose = {scene.card: "card", scene.other: "other"}
    case, shown = scene.case, options(scene)
    assert (case.unit, case.amount, case.stake_minor) == ASKED.get(name, (None, 0, None))
    assert (case.number, case.store_id is not None) == (1, case.kind != CaseKind.IMPORT_CLASH)
    assert set(shown) == {one for of, one in BOOKED if of == name}, "what is shown can be decided"
    assert [one.refusal for one in shown.values()] == [None] * len(shown)
    done = decided(scene, choice, **typed_for(scene, choice))
    rows = [
        (whose.get(fact.card_id, "new"), fact.kind.value, fact.effect.stamps, fact.effect.points, fact.effect.shortfall)
        for fact in done.booked
    ]
    if choice is Choice.THIS_CARD:  # the entry itself is booked by its release
        assert scene.other is not None
        last = scene.shop.ledger(scene.other)[-1]
        rows = [("other", last.kind, last.stamps, last.points, last.shortfall)]
    assert rows == wanted
    assert balances(scene) == [after, other_after]
    case = scene.case
    assert (case.state, case.choice) == (("waiting", None) if choice is Choice.WAIT else ("decided", choice.value))
    if case.card_id == scene.card is not None:
        assert done.booked[0].id == uuid5(case.case_id, "decided")
        follows = [row for row in scene.shop.ledger(scene.card) if row.follows == done.booked[0].id]
        assert len(follows) == sum(row[0] == "card" for row in wanted[1:]) - (choice is Choice.BOOK)
    if choice is Choice.WAIT:
        return
    with pytest.raises(Refused) as again:
        decided(scene, choice, **typed_for(scene, choice))
    assert again.value.refusal is not None and again.value.refusal.reason is Reason.ALREADY_DECIDED
    assert balances(scene) == [after, other_after], "nothing was booked twice"
    assert whole(scene)


def test_the_rows_written_out_cover_every_choice() -> None:
    named = {(name.removesuffix("_reward").removesuffix("_person"), choice) for name, choice in BOOKED}
    assert named == {(kind.value, choice) for kind in CaseKind for choice in CHOICES[kind]}


@ON_SQLITE
def test_what_differs_from_what_was_shown_is_refused_with_the_new_amounts(shop: PaperShop) -> None:
    shop.set_program(PROGRAM)
    scene = SCENES["balance_too_small"](shop)
    assert scene.till is not None and scene.card is not None
    seen = options(scene)[Choice.CHARGE_BACK].mark
    scene.till.stamp(scene.card, 3)
    scene.till.sync()
    with pytest.raises(ChangedMeanwhile) as changed:
        decided(scene, Choice.CHARGE_BACK, seen=seen)
    assert changed.value.present == {"stamps": -5, "points": 0, "shortfall": 4}
    decided(scene, Choice.CHARGE_BACK, seen=options(scene)[Choice.CHARGE_BACK].mark)
    assert balances(scene)[0] == (0, 0)


@ON_SQLITE
def test_what_cannot_be_done_any_more_says_why(shop: PaperShop) -> None:
    shop.set_program(PROGRAM)
    scene = SCENES["balance_too_small"](shop)
    assert scene.till is not None and scene.card is not None
    scene.till.void_redemption(scene.card, scene.case.entry_id)
    scene.till.redeem(scene.card)
    scene.till.sync()
    refusals = {choice: one.refusal and one.refusal.reason for choice, one in options(scene).items()}
    assert refusals == {
        Choice.ACCEPT: None,
        Choice.CHARGE_BACK: Reason.NOTHING_LEFT,
        Choice.REVERSE: Reason.ALREADY_VOIDED,
    }
    with pytest.raises(Refused):
        decided(scene, Choice.REVERSE)
    assert scene.case.state == "open"


@ON_SQLITE
def test_nobody_decides_what_they_did_unless_nobody_else_can(shop: PaperShop) -> None:
    shop.set_program(PROGRAM)
    scene = SCENES["not_allowed"](shop)
    with shop.units.write(shop.company_id) as conn:
        conn.execute(update(cases).where(cases.c.company_id == shop.company_id).values(staff_id=shop.manager))
    sofie = shop.person("Sofie", Role.MANAGER)
    with pytest.raises(Refused) as refused:
        decided(scene, Choice.KEEP)
    assert refused.value.refusal is not None and refused.value.refusal.reason is Reason.OWN_ENTRY
    shop.dismiss("Sofie")
    decided(scene, Choice.KEEP)
    assert scene.case.decided_by == shop.manager != sofie


@ON_SQLITE
def test_who_manages_other_stores_does_not_see_the_case(shop: PaperShop) -> None:
    shop.set_program(PROGRAM)
    scene = SCENES["not_allowed"](shop)
    with pytest.raises(Refused) as refused:
        decided(scene, Choice.KEEP, Decider(shop.manager, Role.MANAGER, frozenset({uuid4()})))
    assert refused.value.reason is No.CASE_UNKNOWN


@ON_SQLITE
def test_an_entry_waits_three_times_at_most(shop: PaperShop) -> None:
    shop.set_program(PROGRAM)
    scene = SCENES["held_too_long"](shop)
    assert scene.till is not None
    for _ in range(3):
        decided(scene, Choice.WAIT)
        assert shop.cases() == [], "it is put aside"
        shop.passes(days=31)
        scene.till.sync()
        assert shop.cases() == ["held_too_long"], "and asked about again"
    with pytest.raises(Refused) as refused:
        decided(scene, Choice.WAIT)
    assert refused.value.refusal is not None and refused.value.refusal.reason is Reason.WAITED_ENOUGH


@ON_SQLITE
def test_a_case_settles_when_what_its_entry_waited_for_comes(shop: PaperShop) -> None:
    shop.set_program(PROGRAM)
    till = shop.till()
    (blank,) = shop.blanks()
    till.stamp(blank.id)
    till.sync()
    shop.passes(days=31)
    till.sync()
    assert shop.cases() == ["held_too_long"]
    till.enrol(blank.id)
    till.sync()
    (case,) = shop.rows(cases)
    assert (case.state, case.settled_by) == ("settled", "entry_resolved")


@ON_SQLITE
def test_a_dropped_entry_is_rejected_at_its_till(shop: PaperShop) -> None:
    shop.set_program(PROGRAM)
    scene = SCENES["held_too_long"](shop)
    assert scene.till is not None
    decided(scene, Choice.DROP)
    scene.till.sync()
    assert (scene.till.verdict(scene.till.journal[-1]).word, scene.till.verdict(scene.till.journal[-1]).reason) == (
        "rejected",
        "dropped",
    )


@ON_SQLITE
def test_the_second_customer_takes_the_card_over_or_gets_one_of_their_own(shop: PaperShop) -> None:
    shop.set_program(PROGRAM)
    scene = SCENES["second_enrolment"](shop)
    assert scene.till is not None and scene.card is not None and scene.other is not None
    decided(scene, Choice.NEW_CARD, blank=scene.codes["blank"])
    scene.till.sync()
    ana, ben = scene.till.card(scene.card), scene.till.card(scene.other)
    assert ana.email != ben.email and None not in (ana.email, ben.email)
    assert [row.side for row in shop.rows(entries, entry_id=scene.case.entry_id)] == [None]
    assert len(shop.rows(customers)) == 2


@ON_SQLITE
def test_the_second_customers_contact_replaces_the_firsts(shop: PaperShop) -> None:
    shop.set_program(PROGRAM)
    scene = SCENES["second_enrolment"](shop)
    assert scene.till is not None and scene.card is not None
    before = scene.till.card(scene.card).email if scene.card in {key[1] for key in scene.till.rows} else None
    decided(scene, Choice.SECOND_KEEPS)
    scene.till.sync()
    (customer,) = shop.rows(customers)
    assert scene.till.card(scene.card).email == customer.email_hmac != before
    assert customer.verified_at is None


@ON_SQLITE
@pytest.mark.parametrize(("choice", "customers_after"), [(Choice.BOOK, 1), (Choice.DROP, 0)])
def test_a_salvaged_enrolment_is_booked_with_its_customer_or_forgotten(
    shop: PaperShop, choice: Choice, customers_after: int
) -> None:
    shop.set_program(PROGRAM)
    till, other = shop.till("Till 1"), shop.till("Till 2")
    (blank,) = shop.blanks()
    other.sync()
    other.enrol(blank.id, email="ana@example.org")
    revocation.revoke(shop.units, shop.keys, shop.company_id, "Till 2", lambda: shop.now)
    with pytest.raises(Revoked):
        other.exchange(salvage=True)
    scene = Scene(shop, blank.id, till=till)
    done = decided(scene, choice)
    assert [fact.kind.value for fact in done.booked] == (["card_created"] if choice is Choice.BOOK else [])
    assert len(shop.rows(customers)) == customers_after
    assert [row.side for row in shop.rows(salvage)] == [None] * len(shop.rows(salvage))
    assert (shop.said(blank.id).created_at is not None) == (choice is Choice.BOOK)
    assert whole(scene)


@ON_SQLITE
@pytest.mark.parametrize("choice", CHOICES[CaseKind.IMPORT_CLASH])
def test_a_row_of_an_import_is_somebodys_once_it_is_decided(shop: PaperShop, choice: Choice) -> None:
    shop.set_program(PROGRAM)
    scene = SCENES["import_clash"](shop)
    assert scene.case.sealed is not None and b"Ana" not in scene.case.sealed
    done = decided(scene, choice)
    assert scene.case.sealed is None, "the row is not kept longer than it is needed"
    made = [fact.card_id for fact in done.booked if fact.kind is Kind.CARD_CREATED]
    led = {row.card_id for row in shop.rows(old_codes)}
    assert led == {Choice.ADD_THERE: {scene.card}, Choice.OWN_CARD: set(made), Choice.SKIP: set()}[choice]
    assert {row.name is not None for row in shop.rows(customers)} == {True}
    assert len(shop.rows(customers)) == 1 + len(made)
    for card_id in made:
        assert scene.card is not None and shop.said(card_id).email == shop.said(scene.card).email, "both keep it"
        assert shop.said(card_id).old_codes
        with shop.units.read() as conn:
            assert shop.said(card_id).enrolled_at_store == shop.store(conn, "Centre").id, "the row's own"
        agreed = {row.consent_at for row in shop.rows(customers) if row.consent}
        assert agreed == {datetime(2025, 2, 3, 11, tzinfo=UTC)}
    assert whole(scene)


@ON_SQLITE
def test_an_erased_card_takes_what_an_import_said_with_it(shop: PaperShop) -> None:
    shop.set_program(PROGRAM)
    scene = SCENES["import_clash"](shop)
    assert scene.card is not None
    with shop.units.write(shop.company_id) as conn:
        ledger = Ledger(conn, shop.company_id, shop.keys, shop.now)
        erasure.erase(ledger, companies.by_id(conn, shop.company_id), [scene.card], by=None, can_mail=False)
    assert scene.case.sealed is None and not shop.rows(import_rows)
    assert set(options(scene)) == {Choice.SKIP}


@ON_SQLITE
def test_what_a_person_has_given_is_told_and_taken_back_where_it_still_can_be(shop: PaperShop) -> None:
    shop.set_program(PROGRAM)
    scene = SCENES["unusual_person"](shop)
    assert scene.till is not None and scene.other is not None
    with shop.units.read() as conn:
        zone = companies.by_id(conn, shop.company_id).settings.zone
        told = story.tell(conn, scene.case, zone)
    assert ([line.fact.effect.points for line in told.lines if line.fact], told.more) == ([30, 30], 0)
    scene.till.void_points(scene.other, shop.ledger(scene.other)[1].transaction_id)
    scene.till.sync()
    assert [step.card_id for step in options(scene)[Choice.REVERSE].decision.steps] == [scene.card]


@ON_SQLITE
def test_new_pins_end_those_that_were_set(shop: PaperShop) -> None:
    shop.set_program(PROGRAM)
    scene = SCENES["pin_changes"](shop)
    decided(scene, Choice.NEW_PINS)
    assert [row.has_pin for row in shop.rows(staff) if row.name in ("Ana", "Ben")] == [False, False]
