"""The way of a card into Google Wallet over HTTP: the button of its page, callbacks, and the pictures of passes."""

import html
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from PIL import Image

from server import bootstrap
from server.companies import looks
from server.companies.logos import Logo
from server.pages.storefront.google_wallet import SAVED_BY_CARD
from server.settings import GoogleWallet
from server.wallet import state
from server.wallet.google.objects import SAVE
from server.wallet.state import Condition, Pass
from tests.company.customers.test_storefront import Phone
from tests.support.card_office import SLUG, CardOffice, card_office
from tests.support.office_web import Caller
from tests.support.wallets.google import ISSUER, FakeGoogle, claims_of

pytestmark = pytest.mark.slow

BUTTON, WAY = "Add to Google Wallet", f"/{SLUG}/card/google"


@dataclass(frozen=True)
class Cafe:
    """A café with an issuer at Google, and its bare twin without one."""

    office: CardOffice
    google: FakeGoogle
    with_google: Caller

    def phone(self, name: str, caller: Caller | None = None) -> Phone:
        """The phone of somebody who has opened their card's code."""
        token = self.office.cards.tokens[self.office.ids[name]]
        browser = (caller or self.with_google).browser()
        return Phone(replace(browser, headers=browser.headers | {"accept-language": "en"})).open(f"/c/{token}")

    def newest(self, name: str) -> Pass:
        server = self.office.server
        with server.units.read() as conn:
            return state.of_cards(conn, server.company(SLUG).id, [self.office.ids[name]])[0]

    def called_back(self, one: Pass, event: str, nonce: str) -> int:
        sent = self.google.callback(self.object_id(one), event, nonce)
        return self.with_google.send("POST", "/wallet/google", content=json.dumps(sent).encode()).status_code

    @staticmethod
    def object_id(one: Pass) -> str:
        return f"{ISSUER}.o-{one.id.hex}"


@pytest.fixture(scope="module")
def cafe(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cafe]:
    folder = tmp_path_factory.mktemp("cafe")
    with card_office(migrated_file, folder) as office, FakeGoogle(office.server.now, lambda _address: True) as google:
        chosen = GoogleWallet(ISSUER, google.key_file(folder), google.url)
        app = bootstrap.build_app(replace(office.server, google=chosen))
        yield Cafe(office, google, Caller(app, None, False))


def test_the_button_leads_to_google_with_a_link_to_the_cards_object(cafe: Cafe) -> None:
    phone = cafe.phone("Marie Weber")
    assert BUTTON in phone.page(f"/{SLUG}/card")
    answer = phone.caller.form(WAY)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    (link,) = set(re.findall(rf"{re.escape(SAVE)}[\w.-]+", html.unescape(answer.text)))
    assert f'http-equiv="refresh" content="0;url={link}"' in answer.text
    claims = claims_of(link.removeprefix(SAVE))
    assert claims is not None
    (named,) = claims["payload"]["loyaltyObjects"]
    kept = cafe.google.objects[named["id"]]
    assert kept["loyaltyPoints"]["balance"] == {"string": "7 of 10"} and kept["accountName"] == "Marie"


def test_without_an_issuer_there_is_neither_button_nor_way(cafe: Cafe) -> None:
    phone = cafe.phone("Marie Weber", Caller(cafe.office.app, None, False))
    assert BUTTON not in phone.page(f"/{SLUG}/card")
    assert phone.caller.form(WAY).status_code == 404
    for path in ("/wallet/google", f"/wallet/google/logo/{'0' * 32}/a/b.png"):
        assert Caller(cafe.office.app, None, False).get(path).status_code == 404


def test_who_holds_no_card_and_who_comes_from_another_site_get_no_pass(cafe: Cafe) -> None:
    before = len(cafe.google.asked)
    assert cafe.with_google.browser().form(WAY).status_code == 303  # to how one gets a card
    phone = cafe.phone("Marie Weber").caller
    assert replace(phone, headers=phone.headers | {"sec-fetch-site": "cross-site"}).form(WAY).status_code == 403
    assert len(cafe.google.asked) == before


def test_a_card_is_saved_only_so_often(cafe: Cafe) -> None:
    phone = cafe.phone("=1+1").caller
    answers = [phone.form(WAY).status_code for _ in range(SAVED_BY_CARD.count + 1)]
    assert answers == [200] * SAVED_BY_CARD.count + [429]


def test_google_tells_that_a_pass_was_saved_and_removed(cafe: Cafe) -> None:
    cafe.phone("Tom Kieffer").caller.form(WAY)
    one = cafe.newest("Tom Kieffer")
    assert one.condition is Condition.OFFERED
    assert cafe.called_back(one, "save", "n-1") == 200
    assert cafe.newest("Tom Kieffer").saved_at is not None
    assert cafe.called_back(one, "del", "n-2") == 200
    assert cafe.newest("Tom Kieffer").condition is Condition.GONE
    assert cafe.called_back(one, "save", "n-1") == 200, "it was taken before"
    assert cafe.newest("Tom Kieffer").condition is Condition.GONE
    assert cafe.called_back(one, "save", "n-3") == 200
    assert cafe.newest("Tom Kieffer").condition is not Condition.GONE


def test_nobody_but_google_is_believed(cafe: Cafe) -> None:
    cafe.phone("Tom Kieffer").caller.form(WAY)
    before = cafe.newest("Tom Kieffer")
    with FakeGoogle(cafe.office.server.now) as stranger:
        forged = stranger.callback(cafe.object_id(before), "del", "n-9")
    for body in (json.dumps(forged).encode(), b"", b"[]", b"\xff", b"x" * 16_384):
        assert cafe.with_google.send("POST", "/wallet/google", content=body).status_code == 401
    assert cafe.with_google.send("POST", "/wallet/google", content=b"x" * 16_385).status_code == 413
    assert cafe.newest("Tom Kieffer") == before


def test_what_is_signed_of_another_program_of_the_issuer_is_taken_and_left(cafe: Cafe) -> None:
    sent = cafe.google.callback(f"{ISSUER}.concert-12", "save", "n-20")
    assert cafe.with_google.send("POST", "/wallet/google", content=json.dumps(sent).encode()).status_code == 200


def picture_at(cafe: Cafe, address: str) -> Image.Image:
    answer = cafe.with_google.get(urlsplit(address).path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert "immutable" in answer.headers["cache-control"]
    return Image.open(io.BytesIO(answer.content))


def test_google_finds_the_pictures_where_the_passes_say(cafe: Cafe) -> None:
    cafe.phone("Marie Weber").caller.form(WAY)
    kept = cafe.google.objects[cafe.object_id(cafe.newest("Marie Weber"))]
    hero = kept["heroImage"]["sourceUri"]["uri"]
    assert picture_at(cafe, hero).size == (1032, 336)
    (of_company,) = cafe.google.classes.values()
    logo = of_company["programLogo"]["sourceUri"]["uri"]
    assert picture_at(cafe, logo).size == (660, 660)
    for address in (hero, logo):
        path = urlsplit(address).path
        head, _, seal = path.removesuffix(".png").rpartition("/")
        guessed = ("1" if seal[0] == "0" else "0") + seal[1:]
        assert cafe.with_google.get(f"{head}/{guessed}.png").status_code == 404
        assert cafe.with_google.get(path.replace(f"{UUID(int=0).hex}", "x")).status_code == 200
        assert cafe.with_google.get(re.sub(r"/[0-9a-f]{32}/", "/nobody/", path, count=1)).status_code == 404


def test_a_companys_own_logo_is_shown_on_its_colour(cafe: Cafe) -> None:
    server = cafe.office.server
    company_id, out = server.company(SLUG).id, io.BytesIO()
    Image.new("RGBA", (300, 100), "#FF0000").save(out, "PNG")
    with server.units.write(company_id) as conn:
        version = looks.of_company(conn, company_id).version
        looks.set_logo(conn, company_id, Logo(out.getvalue(), out.getvalue()), version=version, now=server.now())
        ground = looks.of_company(conn, company_id).shade.ground
    cafe.google.asked.clear()
    cafe.phone("Marie Weber").caller.form(WAY)
    (of_company,) = cafe.google.classes.values()
    drawn = picture_at(cafe, of_company["programLogo"]["sourceUri"]["uri"]).convert("RGB")
    assert drawn.getpixel((330, 330)) == (255, 0, 0)
    assert drawn.getpixel((5, 5)) == tuple(bytes.fromhex(ground[1:]))
