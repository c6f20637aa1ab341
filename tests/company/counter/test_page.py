"""The counter's page without a script: what is typed leads to a card, and a refusal stands in the button's place."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
import pytest

from server.pages import amounts
from server.pages.formats import MINUS
from tests.company.counter.conftest import SLUG, Counters
from tests.support.office_web import PIN

PAGE = f"/office/{SLUG}/counter"


class Visitor:
    """Somebody in a browser, who follows where a form leads."""

    def __init__(self, counters: Counters, who: str) -> None:
        self.browser = counters.people[who].browser()
        self.store = str(counters.gare)
        self.front: dict[str, str] = {}
        self.status = 0

    def shows(self, path: str) -> str:
        return self._text(self.browser.get(path))

    def sends(self, what: str, key: str | None = None, **fields: str) -> str:
        """The text of the page that a form leads to."""
        said = {"store": self.store, "_key": key or str(uuid4())} | self.front | fields
        if what == "look-up":
            said = {"store": self.store} | fields
        elif what == "new":
            said = {"store": self.store, "_key": said["_key"]} | fields
        answer = self.browser.form(f"{PAGE}/{what}", **said)
        self.status = answer.status_code
        if answer.status_code != 303:
            return self._text(answer)
        place = answer.headers["location"]
        asked = parse_qs(urlsplit(place).query)
        self.front = {name: asked[name][0] for name in ("card", "by") if name in asked}
        return self.shows(place)

    @staticmethod
    def _text(answer: httpx.Response) -> str:
        main = answer.text.partition("<main")[2]
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())


@pytest.fixture
def ana(counters: Counters) -> Visitor:
    return Visitor(counters, "ana")


@pytest.mark.slow
def test_a_customer_is_served_with_the_tills_words(counters: Counters, ana: Visitor) -> None:
    card = counters.new_card(name="Nora Steffen")
    found = ana.sends("look-up", code=card["qr_code"])
    assert "Nora Steffen" in found
    assert f"Card ending {card['number_end']}" in found
    assert "Stamp → 1 of 3" in found
    assert "3 stamps are missing for this reward." in found
    assert "+2 stamps" in ana.sends("stamp", count="2")
    assert "Reward reached +1 stamp" in ana.sends("stamp", count="1")
    assert "+12 points for €12.40" in ana.sends("earn", amount="12,40").replace("12.40 €", "€12.40")
    assert f"Reward, {MINUS}3 stamps" in ana.sends("redeem", reward="stamps")
    assert counters.shop.card(UUID(card["id"])).points_balance == 12


@pytest.mark.slow
def test_a_refusal_stands_in_the_buttons_place_and_books_nothing(counters: Counters, ana: Visitor) -> None:
    card = counters.new_card()
    ana.sends("look-up", code=card["qr_code"])
    assert "Please type an amount above zero." in ana.sends("earn", amount="twelve")
    assert (ana.status, "60 points are missing for this reward." in ana.sends("redeem", reward="croissant")) == (
        409,
        True,
    )
    assert "At most 3 stamps a visit." in ana.sends("stamp", count="4")
    assert "This is a web address, not one of our cards." in ana.sends("look-up", code="https://example.com")
    assert "No card here belongs to this e-mail address." in ana.sends("look-up", email="nobody@example.com")
    assert counters.shop.kinds(UUID(card["id"])) == ["card_created"]


@pytest.mark.slow
def test_rewards_beyond_the_row_are_said(counters: Counters, ana: Visitor) -> None:
    ana.sends("look-up", code=counters.new_card()["qr_code"])
    ana.sends("stamp", count="3")
    assert "1 reward ready, 1 of 3" in ana.sends("stamp", count="1")


@pytest.mark.slow
def test_a_form_sent_twice_books_once(counters: Counters, ana: Visitor) -> None:
    card, key = counters.new_card(), str(uuid4())
    ana.sends("look-up", code=card["qr_code"])
    for _ in range(2):
        ana.sends("stamp", key, count="1")
    assert counters.shop.card(UUID(card["id"])).stamp_count == 1


@pytest.mark.slow
def test_a_manager_agrees_by_their_pin_where_the_reward_stands(counters: Counters, ana: Visitor) -> None:
    card = counters.new_card()
    shown = ana.sends("look-up", code=card["card_number"])
    ana.sends("stamp", count="3")
    shown = ana.shows(f"{PAGE}?store={ana.store}&card={ana.front['card']}&by={ana.front['by']}")
    assert "Without the card's code, a reward needs a manager's PIN." in shown
    assert "sofie" in shown
    wrong = ana.sends("redeem", reward="stamps", manager="sofie", pin="1234")
    assert "That PIN was not right. 4 tries are left." in wrong
    assert f"Reward, {MINUS}3 stamps" in ana.sends("redeem", reward="stamps", manager="sofie", pin=PIN)


@pytest.mark.slow
def test_what_was_done_is_taken_back_where_it_is_listed(counters: Counters, ana: Visitor) -> None:
    card = counters.new_card("joel")
    ana.sends("look-up", code=card["qr_code"])
    assert "Undo" in ana.sends("stamp", count="1")
    counters.shop.passes(minutes=1)
    (stamp,) = [row for row in counters.shop.ledger(UUID(card["id"])) if row.kind == "stamp_earned"]
    assert f"Stamp taken back, {MINUS}1 stamp" in ana.sends("void", original=str(stamp.transaction_id))
    again = ana.sends("void", original=str(stamp.transaction_id))
    assert "This has been taken back already." in again


@pytest.mark.slow
def test_a_new_customer_gets_a_card_whose_code_is_shown(counters: Counters, ana: Visitor) -> None:
    shown = ana.sends("new", name="Tom Kieffer", email="tom@example.com")
    assert "Take a picture of this code" in shown
    assert "Tom Kieffer" in shown
    counters.shop.passes(minutes=11)
    place = f"{PAGE}?store={ana.store}&card={ana.front['card']}&by={ana.front['by']}&code_shown=true"
    assert "Take a picture of this code" not in ana.shows(place)
    assert "This customer has a card already." in ana.sends("new", email="tom@example.com")
    (blank,) = counters.shop.blanks()
    assert "Hand out the card" in ana.sends("look-up", code=blank.token), "a blank is to be handed out"
    assert "Take a picture" not in ana.sends("new", code=blank.number)
    assert counters.shop.kinds(blank.id) == ["card_created"]


@pytest.mark.slow
def test_a_purchase_is_returned_by_its_receipt(counters: Counters, ana: Visitor) -> None:
    sofie = Visitor(counters, "sofie")
    card = counters.new_card()
    ana.sends("look-up", code=card["qr_code"])
    ana.sends("earn", amount="10", receipt="A 17")
    place = f"{PAGE}/receipt?store={ana.store}&receipt=a%2017"
    assert "10.00 € → +10 points" in sofie.shows(place)
    row = counters.shop.ledger(UUID(card["id"]))[-1]
    back = {"original": str(row.transaction_id), "receipt": "A 17"}
    assert "At most 10.00 € of this purchase can be returned." in sofie.sends("receipt", amount="11", **back)
    assert f"Return, {MINUS}4 points" in sofie.sends("receipt", amount="4", **back)
    assert "4.00 € returned" in sofie.shows(place)
    assert "This needs a manager's PIN." in ana.sends("receipt", amount="1", **back)
    assert f"Return, {MINUS}1 point" in ana.sends("receipt", amount="1", manager="sofie", pin=PIN, **back)
    sofie.sends("receipt", **back)
    assert "No purchase of this shop with this receipt" in sofie.shows(place)


@pytest.mark.slow
def test_a_page_of_another_or_of_long_ago_shows_no_card(counters: Counters, ana: Visitor) -> None:
    card = counters.new_card(name="Nora Steffen")
    ana.sends("look-up", code=card["qr_code"])
    place = f"{PAGE}?store={ana.store}&card={ana.front['card']}&by={ana.front['by']}"
    assert "Nora Steffen" in ana.shows(place).partition("Last at this page")[0]
    joel = Visitor(counters, "joel")
    assert "No card in front" in joel.shows(place)
    assert "Nora" not in joel.shows(place)
    counters.shop.passes(minutes=31)
    assert "No card in front" in ana.shows(place)
    assert "Please scan a card first." in ana.sends("stamp", count="1")


@pytest.mark.parametrize(
    ("text", "minor"),
    [("12.40", 1240), ("12,4", 1240), (" 1 200 ", 120_000), ("0", 0), ("12.405", None), ("-1", None), ("", None)],
)
def test_amounts_are_read_as_people_type_them(text: str, minor: int | None) -> None:
    assert amounts.minor(text, "EUR") == minor
