"""Serving customers by the API: finding exactly one card, and booking on it once."""

from uuid import UUID, uuid4

import httpx
import pytest

from loyalty.staff import Role
from server.cards import blanks
from server.cards.paper import sheets
from server.cards.paper.sheets import Order, Paper
from server.companies import stores
from server.counter import found_card_tokens
from tests.company.counter.conftest import PATH, Counters
from tests.support.office_web import PIN, Caller, reason, signed_in

pytestmark = pytest.mark.slow

NORA = {"name": "Nora Steffen", "email": "nora@example.com", "phone": "691 123 456"}


def done(answer: httpx.Response) -> dict[str, int]:
    """Stamps and points of the card after what was done."""
    assert answer.status_code == 200, answer.text
    card = answer.json()["card"]
    return {"stamps": card["stamps"]["count"], "points": card["points"]["balance"]}


def test_a_card_is_found_by_code_number_and_whole_contact(counters: Counters) -> None:
    card = counters.new_card(**NORA)
    asked = [
        {"code": card["qr_code"]},
        {"code": f"https://loyalty.example/c/{card['qr_code']}"},
        {"code": card["card_number"]},
        {"email": "Nora@example.com"},
        {"phone": "+352 691 123 456"},
    ]
    found = [counters.post("ana", "look-up", **one).json() for one in asked]
    assert {one["id"] for one in found} == {card["id"]}
    assert [one["by"].partition(".")[0] for one in found] == ["code", "code", "number", "email", "phone"]
    assert [one["rewards"][0]["refusal"]["reason"] for one in found] == ["stamps_missing"] * 5


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"code": "4821-0937-5516"}, {"reason": "unknown_card", "by": "number"}),
        ({"code": "k" * 32}, {"reason": "unknown_card"}),
        ({"code": "https://example.com"}, {"reason": "foreign_code", "seems": "web_address"}),
        ({"email": "nora"}, {"reason": "contact_invalid"}),
        ({"email": "nor@example.com"}, {"reason": "unknown_card", "by": "email"}),
        ({"phone": "691 123 45"}, {"reason": "unknown_card", "by": "phone"}),
    ],
)
def test_what_leads_to_no_card_says_why(counters: Counters, asked: dict[str, str], refusal: dict[str, str]) -> None:
    counters.new_card(**NORA)
    answer = counters.post("ana", "look-up", **asked)
    assert (answer.status_code, answer.json()["refusal"]) == (409, refusal)


def test_a_card_of_a_withdrawn_sheet_is_found_as_such(counters: Counters) -> None:
    shop, withdrawn = counters.shop, {"reason": "card_withdrawn"}
    with shop.units.write(shop.company_id) as conn:
        order = Order(counters.gare, 1, Paper.A4, ("fr", "de"))
        sheet = sheets.make(conn, shop.company_id, shop.keys, uuid4(), order, shop.now)
        _, (card,) = sheets.codes(conn, shop.company_id, shop.keys.company(shop.company_id), sheet.id, shop.now)
        sheets.withdraw(conn, shop.company_id, sheet.id, shop.now)
    for code in (card.token, card.number):
        assert counters.post("ana", "look-up", code=code).json()["refusal"] == withdrawn
        assert counters.post("ana", "enrol", code=code).json()["refusal"] == withdrawn


def test_one_thing_is_looked_up_by(counters: Counters) -> None:
    assert reason(counters.post("ana", "look-up")) == (422, "invalid")
    assert reason(counters.post("ana", "look-up", email="a@example.com", code="x")) == (422, "invalid")


def test_a_customer_is_served(counters: Counters) -> None:
    on = counters.found("ana", code=counters.new_card()["qr_code"])
    assert done(counters.post("ana", "stamp", count=3, **on)) == {"stamps": 3, "points": 0}
    assert done(counters.post("ana", "earn", amount_minor=6500, receipt="A 17", **on)) == {"stamps": 3, "points": 65}
    assert done(counters.post("ana", "redeem", reward="stamps", **on)) == {"stamps": 0, "points": 65}
    taken = counters.post("ana", "redeem", reward="croissant", **on)
    assert done(taken) == {"stamps": 0, "points": 5}
    back = counters.post("ana", "void", original=taken.json()["transactions"][0]["id"])
    assert done(back) == {"stamps": 0, "points": 65}
    assert counters.shop.card(UUID(str(on["card"]))).points_balance == 65


def test_a_refusal_has_its_numbers(counters: Counters) -> None:
    on = counters.found("ana", code=counters.new_card()["qr_code"])
    answer = counters.post("ana", "redeem", reward="croissant", **on)
    assert reason(answer) == (409, "points_missing")
    assert answer.json()["refusal"] == {"reason": "points_missing", "missing": 60}
    assert answer.json()["detail"] == "60 points are missing for this reward."


def test_a_request_sent_twice_books_once(counters: Counters) -> None:
    card, key = counters.new_card(), str(uuid4())
    on = counters.found("ana", code=card["qr_code"])
    first, again = (counters.post("ana", "stamp", key, **on) for _ in range(2))
    assert (first.content, again.headers["idempotent-replay"]) == (again.content, "true")
    enrolling = str(uuid4())
    new, same = (counters.post("ana", "enrol", enrolling, name="Tom") for _ in range(2))
    assert new.content == same.content
    assert counters.shop.kinds(UUID(card["id"])) == ["card_created", "stamp_earned"]


def test_a_cashier_acts_on_no_card_that_they_have_not_looked_up(counters: Counters) -> None:
    card = counters.new_card()
    on = counters.found("ana", code=card["card_number"])
    as_if = {"card": on["card"], "by": str(on["by"]).replace("number", "code")}
    for by in ("", "code.1.x", "x", "é", str(as_if["by"])):
        assert reason(counters.post("ana", "stamp", card=card["id"], by=by)) == (404, "unknown")
    assert reason(counters.post("joel", "stamp", **on)) == (404, "unknown"), "it is Ana who has looked it up"
    assert done(counters.post("sofie", "stamp", card=card["id"], by=""))["stamps"] == 1
    counters.shop.now += found_card_tokens.HOLDS
    counters.shop.passes(seconds=1)
    assert reason(counters.post("ana", "stamp", **on)) == (404, "unknown")


def test_a_reward_without_the_code_needs_a_managers_pin(counters: Counters) -> None:
    on = counters.found("ana", code=counters.new_card()["card_number"])
    done(counters.post("ana", "stamp", count=3, **on))
    reward = on | {"reward": "stamps"}
    answer = counters.post("ana", "redeem", **reward)
    assert answer.json()["refusal"] == {"reason": "manager_needed", "why": "without_code"}

    def refusal(staff: str, pin: str) -> dict[str, object]:
        said: dict[str, object] = counters.post("ana", "redeem", override={"staff": staff, "pin": pin}, **reward).json()
        found: dict[str, object] = said["refusal"]  # type: ignore[assignment]
        return found

    assert refusal("joel", PIN) == {"reason": "not_a_manager"}
    assert refusal("nobody", PIN) == {"reason": "staff_unknown"}
    assert [refusal("sofie", "1234") for _ in range(4)] == [
        {"reason": "pin_wrong", "left": left} for left in (4, 3, 2, 1)
    ]
    assert refusal("sofie", "1234") == {"reason": "pin_locked", "minutes": 15}
    assert refusal("sofie", PIN) == {"reason": "pin_locked", "minutes": 15}
    counters.shop.passes(minutes=15)
    agreed = counters.post("ana", "redeem", override={"staff": "sofie", "pin": PIN}, **reward)
    assert done(agreed) == {"stamps": 0, "points": 0}
    (taken,) = agreed.json()["transactions"]
    assert taken["override"] not in (None, taken["staff"])


def test_a_store_is_ones_own(counters: Counters, other_company: UUID) -> None:
    on = counters.found("ana", code=counters.new_card()["qr_code"])
    with counters.shop.units.write(other_company) as conn:
        theirs = stores.create(conn, other_company, "Theirs", counters.shop.now)
    assert reason(counters.post("ana", "stamp", **(on | {"store": counters.bonnevoie}))) == (403, "not_allowed")
    assert reason(counters.post("sofie", "stamp", **(on | {"store": theirs.id}))) == (404, "unknown")
    assert done(counters.post("sofie", "stamp", **(on | {"store": counters.bonnevoie})))["stamps"] == 1


def test_another_companys_card_does_not_exist(counters: Counters, other_company: UUID) -> None:
    shop = counters.shop
    with shop.units.write(other_company) as conn:
        drawn = blanks.random_blanks()
        (theirs,) = blanks.issue(conn, other_company, shop.keys, drawn, count=1, now=shop.now)
    assert counters.post("sofie", "look-up", code=theirs.token).json()["refusal"] == {"reason": "unknown_card"}
    assert reason(counters.post("sofie", "stamp", card=theirs.id, by="")) == (404, "unknown")
    assert counters.post("sofie", "enrol", code=theirs.token).json()["refusal"] == {"reason": "not_a_blank"}
    assert reason(counters.post("sofie", "void", original=uuid4())) == (404, "unknown")
    stranger = signed_in(shop.server, "other", Role.OWNER)
    asked = {"store": str(counters.gare), "code": theirs.token}
    answer = Caller(counters.app, stranger).post(PATH + "look-up", asked)
    assert reason(answer) == (404, "unknown")
