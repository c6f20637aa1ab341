"""What managers do on a card's page and by its routes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import update

from loyalty.codes import written
from server.accounts import audit
from server.db.tables import customers
from tests.support.card_office import API, OTHER, PAGE, CardOffice, card_office, text
from tests.support.office_web import reason

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def office(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardOffice]:
    with card_office(migrated_file, tmp_path_factory.mktemp("cards")) as built:
        yield built


@dataclass(frozen=True)
class Desk:
    """A manager at the page of a card of their own."""

    office: CardOffice
    card: UUID

    @property
    def route(self) -> str:
        return f"{API}/{self.card}"

    @property
    def page(self) -> str:
        return f"{PAGE}/{self.card}"

    def form(self, action: str, **fields: Any) -> httpx.Response:
        return self.office.manager.browser().form(f"{self.page}/{action}", _key=str(uuid4()), **fields)

    def done(self, action: str, **fields: Any) -> None:
        """Sends a form that is carried out."""
        answer = self.form(action, **fields)
        assert answer.status_code == 303, text(answer.text)
        assert answer.headers["location"] == f"{self.page}?done={action}"

    def post(self, action: str, key: UUID | None = None, **body: Any) -> httpx.Response:
        return self.office.manager.post(f"{self.route}/{action}", body, idempotency_key=str(key or uuid4()))

    def balances(self) -> tuple[int, int]:
        view = self.office.manager.get(self.route).json()
        return view["stamps"]["count"], view["points"]["balance"]

    def history(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.office.manager.get(f"{self.route}/history").json()["items"]
        return items

    def shown(self, query: str = "") -> str:
        return text(self.office.manager.browser().get(self.page + query).text)


@pytest.fixture
def desk(office: CardOffice) -> Desk:
    """A card with 3 stamps and 20 points."""
    till = office.cards.tills[0]
    card = office.cards.enrol("Léa Schmit", email=f"{uuid4().hex}@example.org")
    till.sync()
    till.stamp(card, 3)
    till.earn(card, 20_00, f"L-{uuid4().hex[:6]}")
    till.sync()
    return Desk(office, card)


def test_a_manager_corrects_a_balance_and_says_why(desk: Desk) -> None:
    assert "The card has 3 stamps, 20 points now." in desk.shown("?do=adjust")
    refused = desk.form("adjust", what="points", change="-21", reason="typo")
    assert (refused.status_code, "The balance cannot go below zero." in refused.text) == (422, True)
    assert 'value="-21"' in refused.text, "what was typed is kept"
    assert desk.form("adjust", what="points", change="5", reason="").status_code == 422
    desk.done("adjust", what="points", change="-5", reason="typed twice")
    assert desk.balances() == (3, 15)
    assert "Points corrected “typed twice” Browser manager-bean-scene" in desk.shown()
    answer = desk.post("adjust", stamps=2, reason="given by phone")
    assert answer.json()["card"]["stamps"]["count"] == 5
    assert reason(desk.post("adjust", stamps=2, points=2, reason="both")) == (409, "nothing_to_adjust")


def test_the_same_form_or_request_sent_twice_books_once(desk: Desk) -> None:
    key = uuid4()
    answers = [desk.post("adjust", key, points=1, reason="once") for _ in range(2)]
    assert answers[0].content == answers[1].content
    browser = desk.office.manager.browser()
    fields = {"what": "points", "change": "1", "reason": "once", "_key": str(uuid4())}
    assert [browser.form(f"{desk.page}/adjust", **fields).status_code for _ in range(2)] == [303, 303]
    assert desk.balances() == (3, 22)


def test_a_row_of_the_history_is_taken_back(desk: Desk) -> None:
    (stamps,) = [event for event in desk.history() if event["kind"] == "stamp_earned"]
    asked = desk.shown(f"?do=void&row={stamps['id']}")
    assert "Take back 3 stamps?" in asked and "Stamps: 3, then 0." in asked
    desk.done("void", row=stamps["id"])
    assert desk.balances() == (0, 20)
    again = desk.form("void", row=stamps["id"])
    assert (again.status_code, desk.balances()) == (422, (0, 20))
    assert reason(desk.post("void", transaction=stamps["id"])) == (409, "already_voided")
    assert reason(desk.post("void", transaction=str(uuid4()))) == (409, "nothing_to_void")


def test_a_purchase_is_returned_in_parts(desk: Desk) -> None:
    (purchase,) = [event for event in desk.history() if event["kind"] == "points_earned"]
    assert "At most 20.00 €." in desk.shown(f"?do=void&row={purchase['id']}")
    wrong = desk.form("void", row=purchase["id"], amount="a lot")
    assert (wrong.status_code, "Please type an amount like 3.50." in wrong.text) == (422, True)
    desk.done("void", row=purchase["id"], amount="3,50")
    assert desk.balances() == (3, 16)
    assert desk.post("return", transaction=purchase["id"], amount_minor=6_50).json()["card"]["points"]["balance"] == 10
    too_much = desk.post("return", transaction=purchase["id"], amount_minor=10_01)
    assert (reason(too_much), too_much.json()["refusal"]["minimum_minor"]) == ((409, "void_too_much"), 10_00)
    desk.done("void", row=purchase["id"])
    assert desk.balances() == (3, 0)


def test_a_card_is_switched_off_and_on(desk: Desk) -> None:
    desk.done("deactivate", reason="found on the street")
    assert "Inactive" in desk.shown() and "Switch the card on…" in desk.shown()
    assert reason(desk.post("deactivate")) == (409, "already_inactive")
    desk.done("reactivate")
    assert desk.office.manager.get(desk.route).json()["state"] == "active"


def test_a_lost_card_goes_on_under_a_blanks_number(desk: Desk) -> None:
    (blank,) = desk.office.cards.shop.blanks()
    known = desk.form("replace", code=desk.office.cards.numbers[desk.card])
    assert (known.status_code, "This card has been handed out already." in known.text) == (422, True)
    desk.done("replace", code=written(blank.number), reason="lost")
    view = desk.office.manager.get(desk.route).json()
    assert (view["number"], view["stamps"]["count"]) == (blank.number, 3)
    assert desk.office.owner.get(f"{API}/{blank.id}").status_code == 404, "the blank leads elsewhere"


def test_a_code_is_drawn_and_the_log_says_who_saw_it(desk: Desk) -> None:
    answer = desk.office.manager.get(f"{desk.route}/code.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.content.startswith(b"<svg")
    assert f"{desk.route}/code.svg" in desk.office.manager.browser().get(f"{desk.page}?do=reprint").text
    with desk.office.server.units.read() as conn:
        lines = audit.listed(conn, desk.office.cards.shop.company_id, limit=500)
    assert [line.action for line in lines if line.subject_id == str(desk.card)] == ["card_code_shown"]
    assert reason(desk.office.support.get(f"{desk.route}/code.svg")) == (403, "not_allowed")


def test_a_customer_is_edited_and_a_new_contact_is_not_verified(desk: Desk) -> None:
    with desk.office.server.units.write_unlocked() as conn:
        conn.execute(update(customers).values(verified_at=desk.office.cards.shop.now))
    present = desk.office.manager.get(f"{desk.route}/customer").json()
    fields = {name: present[name] or "" for name in ("email", "phone", "version")}
    desk.office.cards.shop.passes(minutes=1)
    desk.done("edit", name="Léa Muller", note="likes oat milk", consent="true", **fields)
    same = desk.office.manager.get(f"{desk.route}/customer").json()
    assert (same["name"], same["note"], same["consent"]) == ("Léa Muller", "likes oat milk", True)
    assert (same["email"], same["verified"]) == (present["email"], True), "the same contact stays verified"
    stale = desk.form("edit", name="Somebody", **fields)
    assert (stale.status_code, "Somebody else has changed this" in stale.text) == (409, True)
    wanted = {"name": "Léa", "email": "", "phone": "+352 621 000 111", "consent": False}
    old = desk.office.manager.patch(f"{desk.route}/customer", wanted | {"version": present["version"]})
    assert (reason(old), old.json()["present"]["version"]) == ((409, "changed_meanwhile"), same["version"])
    new = desk.office.manager.patch(f"{desk.route}/customer", wanted | {"version": same["version"]}).json()
    assert (new["name"], new["note"], new["email"], new["phone"]) == ("Léa", "", None, "+352621000111")
    assert (new["verified"], new["consent"]) == (False, False)
    taken = desk.form("edit", name="Léa", email="marie@example.org", version=new["version"])
    assert (taken.status_code, "This customer has a card already." in taken.text) == (422, True)
    desk.office.cards.tills[0].sync()
    assert desk.history()[0]["kind"] == "customer_edited"


def test_only_who_may_change_a_card_is_offered_it(desk: Desk) -> None:
    page = desk.office.support.browser().get(f"{desk.page}?do=adjust").text
    assert "/adjust" not in page and "Take back…" not in page and "do=" not in page
    for action in ("adjust", "deactivate", "replace", "edit"):
        assert desk.office.support.browser().form(f"{desk.page}/{action}").status_code == 403
        assert desk.office.cashier.browser().form(f"{desk.page}/{action}").status_code == 403
    foreign = f"/api/store/v1/{OTHER}/cards/{desk.card}/deactivate"
    assert reason(desk.office.stranger.post(foreign, {}, idempotency_key=str(uuid4()))) == (404, "unknown")
