"""Cases that are decided at tills, and what becomes of their cards, receipts and entries."""

from typing import Any

import pytest

from loyalty.cases import Choice
from loyalty.transactions import CardDeactivated, CardReactivated, CaseDecided
from server.refusals import Refused
from tests.company.cases.test_deciding import BOOKED
from tests.support.case_scenes import PROGRAM, SCENES, Scene, balances, decided, options, whole
from tests.support.databases import ON_SQLITE
from tests.support.erasures import erase
from tests.support.paper_shop import PaperShop

pytestmark = pytest.mark.slow


@pytest.fixture
def scene(shop: PaperShop, request: pytest.FixtureRequest) -> Scene:
    shop.set_program(PROGRAM)
    return SCENES[request.param](shop)


def at_a_till(scene: Scene, choice: Choice, **fields: Any) -> Any:
    """A decision that the case's till has sent."""
    assert scene.till is not None and scene.card is not None
    written = scene.till.write(CaseDecided(case=scene.case.case_id, choice=choice.value, **fields), scene.card)
    scene.till.sync()
    return scene.till.verdict(written)


@pytest.mark.parametrize("scene", ["balance_too_small", "receipt_repeated", "not_allowed"], indirect=True)
def test_a_till_decides_as_an_office_does(scene: Scene, request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.params["scene"]
    choice = {
        "balance_too_small": Choice.CHARGE_BACK,
        "receipt_repeated": Choice.BELONGS_HERE,
        "not_allowed": Choice.IT_WAS_RIGHT,
    }[name]
    rows, after, other_after = BOOKED[name, choice]
    verdict = at_a_till(scene, choice, note="seen on the camera")
    assert verdict.word == "accepted"
    assert [(one.kind, one.stamps, one.points) for one in verdict.follows] == [
        row[1:4] for row in rows[1:] if row[0] == "card"
    ]
    assert balances(scene) == [after, other_after]
    assert (scene.case.state, scene.case.choice, scene.case.note) == ("decided", choice.value, "seen on the camera")
    assert whole(scene)


@ON_SQLITE
def test_the_first_decision_recorded_counts(shop: PaperShop) -> None:
    shop.set_program(PROGRAM)
    scene = SCENES["balance_too_small"](shop)
    assert scene.card is not None and scene.till is not None
    decided(scene, Choice.ACCEPT)
    late = at_a_till(scene, Choice.CHARGE_BACK)
    assert (late.word, late.notes, late.stamps) == ("adjusted", ("already_decided",), 0)
    assert balances(scene)[0] == (2, 0)
    assert scene.case.choice == "accept"
    assert shop.kinds(scene.card)[-2:] == ["case_decided", "case_decided"], "the ledger has both"
    assert whole(scene)


@ON_SQLITE
def test_of_two_decisions_without_contact_the_first_recorded_counts(shop: PaperShop) -> None:
    shop.set_program(PROGRAM)
    scene = SCENES["balance_too_small"](shop)
    assert scene.till is not None and scene.card is not None
    other = shop.till("Till 3", "Centre")
    case_id = scene.case.case_id
    made_first = scene.till.write(CaseDecided(case=case_id, choice="charge_back"), scene.card)
    shop.passes(minutes=5)
    recorded_first = other.write(CaseDecided(case=case_id, choice="reverse"), scene.card)
    other.sync()
    scene.till.sync()
    assert (other.verdict(recorded_first).word, scene.till.verdict(made_first).word) == ("accepted", "adjusted")
    assert (scene.case.choice, balances(scene)[0]) == ("reverse", (3, 0))
    assert whole(scene)


@ON_SQLITE
def test_two_decisions_in_one_page_are_one(shop: PaperShop) -> None:
    shop.set_program(PROGRAM)
    scene = SCENES["balance_too_small"](shop)
    assert scene.till is not None and scene.card is not None
    case_id = scene.case.case_id
    first = scene.till.write(CaseDecided(case=case_id, choice="reverse"), scene.card)
    void = scene.till.void_redemption(scene.card, scene.case.entry_id)
    second = scene.till.write(CaseDecided(case=case_id, choice="charge_back"), scene.card)
    scene.till.sync()
    words = [scene.till.verdict(one).word for one in (first, void, second)]
    assert words == ["accepted", "rejected", "adjusted"]
    assert balances(scene)[0] == (3, 0)
    assert whole(scene)


@ON_SQLITE
def test_what_was_taken_back_in_the_same_page_is_not_taken_back_again(shop: PaperShop) -> None:
    shop.set_program(PROGRAM)
    scene = SCENES["balance_too_small"](shop)
    assert scene.till is not None and scene.card is not None
    void = scene.till.void_redemption(scene.card, scene.case.entry_id)
    decision = scene.till.write(CaseDecided(case=scene.case.case_id, choice="reverse"), scene.card)
    scene.till.sync()
    assert scene.till.verdict(void).word == "accepted"
    verdict = scene.till.verdict(decision)
    assert (verdict.word, verdict.reason) == ("rejected", "already_voided")
    assert scene.case.state == "open" and balances(scene)[0] == (3, 0)


@ON_SQLITE
@pytest.mark.parametrize(
    ("choice", "card", "reason"),
    [
        ("second_keeps", True, "choice_unknown"),
        ("nonsense", True, "choice_unknown"),
        ("give", True, "choice_unknown"),
        ("accept", False, "case_unknown"),
    ],
)
def test_what_a_till_cannot_decide_is_rejected(shop: PaperShop, choice: str, reason: str, *, card: bool) -> None:
    shop.set_program(PROGRAM)
    scene = SCENES["balance_too_small"](shop)
    assert scene.till is not None and scene.card is not None
    about = scene.card if card else shop.enrolled(scene.till)
    written = scene.till.write(CaseDecided(case=scene.case.case_id, choice=choice), about)
    scene.till.sync()
    verdict = scene.till.verdict(written)
    assert (verdict.word, verdict.reason, scene.case.state) == ("rejected", reason, "open")


@ON_SQLITE
def test_a_decision_without_a_manager_does_not_hold(shop: PaperShop) -> None:
    shop.set_program(PROGRAM)
    scene = SCENES["balance_too_small"](shop)
    assert scene.till is not None and scene.card is not None
    decision = CaseDecided(case=scene.case.case_id, choice="charge_back")
    written = scene.till.write(decision, scene.card, override=None)
    scene.till.sync()
    assert scene.till.verdict(written).notes == ("not_allowed",)
    assert balances(scene)[0] == (2, 0)


@ON_SQLITE
def test_a_case_is_decided_on_a_card_that_was_replaced(shop: PaperShop) -> None:
    shop.set_program(PROGRAM)
    scene = SCENES["balance_too_small"](shop)
    assert scene.till is not None and scene.card is not None
    (blank,) = shop.blanks()
    scene.till.replace(scene.card, blank.id)
    scene.till.sync()
    decided(scene, Choice.REVERSE)
    assert balances(scene)[0] == (3, 0)
    assert whole(scene)


@ON_SQLITE
def test_a_receipt_that_moved_to_another_card_earns_nowhere_else(shop: PaperShop) -> None:
    shop.set_program(PROGRAM)
    scene = SCENES["receipt_repeated"](shop)
    assert scene.till is not None and scene.other is not None
    decided(scene, Choice.BELONGS_HERE)
    again = scene.till.earn(scene.other, 1000, "R-17")
    scene.till.sync()
    assert scene.till.verdict(again).notes == ("receipt_repeated",)
    assert balances(scene) == [(0, 10), (0, 0)]


@ON_SQLITE
def test_a_purchase_that_was_taken_back_frees_its_receipt(shop: PaperShop) -> None:
    shop.set_program(PROGRAM)
    till = shop.till()
    card = shop.enrolled(till)
    till.write(CardDeactivated(reason="lost"), card)
    till.sync()
    till.earn(card, 1000, "R-17")
    till.sync()
    scene = Scene(shop, card, till=till)
    decided(scene, Choice.REVERSE)
    till.write(CardReactivated(reason="found"), card)
    again = till.earn(card, 1000, "R-17")
    till.sync()
    assert (till.verdict(again).word, balances(scene)[0]) == ("accepted", (0, 10))


@ON_SQLITE
def test_nobody_switches_the_card_on_of_somebody_erased(shop: PaperShop) -> None:
    shop.set_program(PROGRAM)
    scene = SCENES["card_inactive"](shop)
    assert scene.card is not None and scene.till is not None
    erase(shop, scene.card)
    refused = {choice for choice, one in options(scene).items() if one.refusal is not None}
    assert refused == {Choice.SWITCH_ON}
    with pytest.raises(Refused):
        decided(scene, Choice.SWITCH_ON)
    assert at_a_till(scene, Choice.SWITCH_ON).reason == "card_erased"
    written = scene.till.write(CardReactivated(reason="found"), scene.card)
    scene.till.sync()
    assert scene.till.verdict(written).reason == "card_erased"
    assert not shop.said(scene.card).is_active and scene.case.state == "open"
