"""The way of a card into Apple Wallet: a button on its page makes the pass, and the phone opens the file."""

from dataclasses import replace
from pathlib import Path

import pytest

from server import bootstrap
from server.db.transfer_tables import wallet_passes
from tests.support.databases import ON_SQLITE
from tests.support.office_web import Caller
from tests.support.wallets.apple_shop import AppleShop
from tests.support.wallets.iphone import opened
from tests.support.wallets.pass_shop import URL

SLUG = "bean-scene"
BUTTON = f'action="/{SLUG}/card/apple"'
pytestmark = [pytest.mark.slow, ON_SQLITE]


def a_browser(apple: AppleShop, agent: str = "iPhone") -> tuple[Caller, str]:
    """A phone's browser that holds a card with 3 stamps, and the card's code."""
    card_id = apple.passes.customer()
    apple.passes.stamp(card_id, 3)
    code = apple.passes.content(apple.offered(card_id)).token
    with apple.passes.shop.units.write_unlocked() as conn:
        conn.execute(wallet_passes.delete().where(wallet_passes.c.company_id == apple.passes.shop.company_id))
    cookie = Caller(apple.app).get(f"/c/{code}").headers["set-cookie"].partition(";")[0]
    headers = {"cookie": cookie, "accept-language": "fr", "user-agent": agent, "origin": URL}
    return Caller(apple.app, None, False, headers), code


def test_the_button_makes_the_pass_and_leads_to_its_file(apple: AppleShop) -> None:
    browser, code = a_browser(apple)
    assert BUTTON in browser.get(f"/{SLUG}/card").text
    look = browser.get(f"/{SLUG}/card/apple.pkpass")
    assert (look.status_code, look.headers["location"]) == (303, f"/{SLUG}/card"), "a look makes none"
    for _ in range(2):
        answer = browser.form(f"/{SLUG}/card/apple")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/{SLUG}/card/apple.pkpass")
    file = browser.get(answer.headers["location"])
    assert (file.status_code, file.headers["content-type"]) == (200, "application/vnd.apple.pkpass")
    one = opened(file.content)
    assert one.json["barcodes"][0]["message"] == code
    assert "3 sur 10" in one.status, "in the language of the page"
    assert len(apple.passes.shop.rows(wallet_passes)) == 1
    assert apple.phone().add(file.content) == 201


def test_who_holds_no_card_gets_no_pass(apple: AppleShop) -> None:
    stranger = Caller(apple.app, None, False, {"origin": URL})
    assert stranger.form(f"/{SLUG}/card/apple").headers["location"] == f"/{SLUG}/join"
    assert stranger.get(f"/{SLUG}/card/apple.pkpass").headers["location"] == f"/{SLUG}/join"


def test_another_site_makes_no_pass(apple: AppleShop) -> None:
    browser, _ = a_browser(apple)
    other = replace(browser, headers=browser.headers | {"origin": "https://elsewhere.example"})
    assert other.form(f"/{SLUG}/card/apple").status_code == 403
    assert apple.passes.shop.rows(wallet_passes) == []


def test_where_no_pass_can_be_signed_there_is_no_button(apple: AppleShop, tmp_path: Path) -> None:
    browser, _ = a_browser(apple)
    browser.form(f"/{SLUG}/card/apple")
    (tmp_path / "pass.pem").unlink()
    assert BUTTON not in browser.get(f"/{SLUG}/card").text
    assert browser.get(f"/{SLUG}/card/apple.pkpass").status_code == 503
    bare = replace(browser, app=bootstrap.build_app(replace(apple.passes.shop.server, url=URL)))
    assert BUTTON not in bare.get(f"/{SLUG}/card").text
    assert bare.form(f"/{SLUG}/card/apple").status_code == 404
