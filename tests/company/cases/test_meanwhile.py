"""Every choice of every case whose card was replaced or erased since, and decided at two tills without contact."""

from typing import Any

import pytest

from loyalty.cases import AT_TILLS, CHOICES, CaseKind, Choice
from loyalty.refusals import Reason
from loyalty.transactions import CaseDecided
from server.refusals import No, Refused
from tests.company.cases.test_deciding import BOOKED
from tests.support.case_scenes import PROGRAM, SCENES, Scene, balances, decided, options, typed_for, whole
from tests.support.erasures import erase
from tests.support.paper_shop import PaperShop

pytestmark = pytest.mark.slow

ON_BOTH = {"balance_too_small", "receipt_repeated"}  # the others differ in nothing that a database sees
NO_CARD = {"held_too_long", "unreadable", "not_taken_in", "pin_changes"}
# What is impossible once the customer is erased; everything else is booked as before.
IMPOSSIBLE = {
    ("card_inactive", Choice.SWITCH_ON): Reason.CARD_ERASED,
    ("second_enrolment", Choice.SECOND_KEEPS): Reason.CHOICE_UNKNOWN,  # they are forgotten, too
    ("second_enrolment", Choice.NEW_CARD): Reason.CHOICE_UNKNOWN,
    ("import_clash", Choice.ADD_THERE): Reason.CHOICE_UNKNOWN,  # what the row said of them is
    ("import_clash", Choice.OWN_CARD): Reason.CHOICE_UNKNOWN,
    ("contact_has_card", Choice.MERGE): Reason.UNKNOWN_CARD,
}
# A person's day is taken back on the cards that are somebody's.
AFTERWARDS = {("unusual_person", Choice.REVERSE): [(0, 30), (0, 0)]}
OF_NO_CARD = {"unusual_person"}  # the case is about a person; tills decide those about a card


def each(*, at_tills: bool = False) -> pytest.MarkDecorator:
    """Every kind that has a card, with each of its choices."""
    chosen = [one for one in BOOKED if one[0] not in NO_CARD]
    chosen = [one for one in chosen if not at_tills or (one[1] in AT_TILLS and one[0] not in OF_NO_CARD)]
    rows = [
        (database, name, choice)
        for name, choice in chosen
        for database in ("sqlite", "partitioned")
        if database == "sqlite" or name in ON_BOTH
    ]
    return pytest.mark.parametrize(("database_url", "scene", "choice"), rows, indirect=["database_url", "scene"])


@pytest.fixture
def scene(shop: PaperShop, request: pytest.FixtureRequest) -> Scene:
    shop.set_program(PROGRAM)
    return SCENES[request.param](shop)


def expected(scene: Scene, choice: Choice, request: pytest.FixtureRequest) -> tuple[str, list[Any]]:
    """The scene's name, and the balances that its choice leads to."""
    name = request.node.callspec.params["scene"]
    return name, list(BOOKED[name, choice][1:])


@each()
def test_a_card_that_was_replaced_is_decided_about_as_ever(
    scene: Scene, choice: Choice, request: pytest.FixtureRequest
) -> None:
    _, after = expected(scene, choice, request)
    assert scene.card is not None
    (blank,) = scene.shop.blanks()
    till = scene.shop.till("Till 9")
    till.replace(scene.card, blank.id)
    till.sync()
    decided(scene, choice, **typed_for(scene, choice))
    assert balances(scene) == after
    with pytest.raises(Refused) as again:
        decided(scene, choice, **typed_for(scene, choice))
    assert again.value.refusal is not None and again.value.refusal.reason is Reason.ALREADY_DECIDED
    assert balances(scene) == after and whole(scene)


@each()
def test_a_card_whose_customer_was_erased_is_nobodys_whatever_is_decided(
    scene: Scene, choice: Choice, request: pytest.FixtureRequest
) -> None:
    name, after = expected(scene, choice, request)
    assert scene.card is not None
    erase(scene.shop, scene.card)
    before, shown = balances(scene), options(scene)
    if (reason := IMPOSSIBLE.get((name, choice))) is not None:
        assert choice not in shown or getattr(shown[choice].refusal, "reason", None) is reason
        with pytest.raises(Refused) as refused:
            decided(scene, choice, **typed_for(scene, choice))
        told = refused.value.refusal
        assert refused.value.reason is No.CARD_UNKNOWN if told is None else told.reason is reason
        assert balances(scene) == before
    else:
        assert shown[choice].refusal is None
        decided(scene, choice, **typed_for(scene, choice))
        assert balances(scene) == AFTERWARDS.get((name, choice), after)
    said = scene.shop.said(scene.card)
    assert (scene.shop.card(scene.card).customer_id, said.email, said.name, said.is_active) == (None, None, None, False)
    assert whole(scene)


@each(at_tills=True)
def test_of_two_tills_that_decide_without_contact_the_first_recorded_counts(
    scene: Scene, choice: Choice, request: pytest.FixtureRequest
) -> None:
    _, after = expected(scene, choice, request)
    assert scene.card is not None and scene.till is not None
    here = next(name for name, store in scene.shop._stores.items() if store.id == scene.case.store_id)
    tills = [scene.shop.till(name, here) for name in ("Till 8", "Till 9")]
    case, kind = scene.case, CaseKind(scene.case.kind)
    other = next((one for one in CHOICES[kind] if one in AT_TILLS and one is not choice), choice)
    amount = typed_for(scene, choice).get("amount")
    first = tills[0].write(CaseDecided(case=case.case_id, choice=choice, amount=amount), scene.card)
    second = tills[1].write(CaseDecided(case=case.case_id, choice=other, amount=1), scene.card)
    for till in tills:
        till.sync()
    verdicts = tills[0].verdict(first), tills[1].verdict(second)
    assert [(one.word, one.notes) for one in verdicts] == [("accepted", ()), ("adjusted", ("already_decided",))]
    assert (scene.case.state, scene.case.choice) == ("decided", choice)
    assert balances(scene) == after and whole(scene)
