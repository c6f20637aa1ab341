"""A company's pages for customers, as somebody with the code of a card sees them, and everybody else."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import pytest

from loyalty.codes import written
from loyalty.staff import Role as StaffRole
from server.accounts.attempts import CODES_OF_ADDRESS
from server.cards import booking
from server.cards.booking_asks import Booker, Deactivate, Replace
from server.ledger.judging.savepoint_booking import Ledger
from tests.support.card_office import OTHER, SLUG, CardOffice, card_office
from tests.support.office_web import Caller, staff_id

PAGES = ("card", "rewards", "history")


@pytest.fixture(scope="module")
def cafe(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardOffice]:
    with card_office(migrated_file, tmp_path_factory.mktemp("cafe")) as office:
        yield office


@dataclass(frozen=True)
class Phone:
    """A browser that keeps the cookies it was given."""

    caller: Caller

    def open(self, path: str) -> "Phone":
        """Opens an address; the cookie that it gives is kept."""
        given = self.caller.get(path).headers["set-cookie"].partition(";")[0]
        return Phone(replace(self.caller, headers=self.caller.headers | {"cookie": given}))

    def page(self, path: str, **headers: str) -> str:
        answer = self.caller.get(path, **headers)
        assert answer.status_code == 200, answer.headers.get("location")
        return answer.text

    def led_to(self, path: str) -> str:
        answer = self.caller.get(path)
        assert answer.status_code == 303
        return answer.headers["location"]


def a_phone(office: CardOffice, address: str = "203.0.113.9") -> Phone:
    return Phone(Caller(office.app, None, False, {"accept-language": "en"}, address))


def marie_s(office: CardOffice) -> Phone:
    return a_phone(office).open(f"/c/{office.cards.tokens[office.ids['Marie Weber']]}")


def test_a_code_opens_its_card_and_stands_in_no_later_address(cafe: CardOffice) -> None:
    token = cafe.cards.tokens[cafe.ids["Marie Weber"]]
    answer = a_phone(cafe).caller.get(f"/c/{token}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/{SLUG}/card")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"card-{SLUG}={token};")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_the_card_shows_what_is_on_it_and_what_that_reaches(cafe: CardOffice) -> None:
    page = marie_s(cafe).page(f"/{SLUG}/card")
    number = written(cafe.cards.numbers[cafe.ids["Marie Weber"]])
    for said in (">Marie<", number, "<b>7</b> of 10 stamps", "<b>12</b> points", "3 more stamps to: "):
        assert said in page
    assert "Croissant" in page and "48 more points" in page


def test_the_history_says_what_happened_where(cafe: CardOffice) -> None:
    page = marie_s(cafe).page(f"/{SLUG}/history")
    for said in ("12.40", "+12 points", "+7 stamps", "Gare"):
        assert said in page


@pytest.mark.parametrize("name", PAGES)
def test_nothing_but_the_first_name_is_told_of_the_customer(cafe: CardOffice, name: str) -> None:
    page = marie_s(cafe).page(f"/{SLUG}/{name}")
    assert not any(secret in page for secret in ("Weber", "marie@", "621 123", "621123"))


@pytest.mark.parametrize("name", PAGES)
def test_who_holds_no_card_of_the_company_is_told_how_to_get_one(cafe: CardOffice, name: str) -> None:
    assert a_phone(cafe).led_to(f"/{SLUG}/{name}") == f"/{SLUG}/join"
    assert marie_s(cafe).led_to(f"/{OTHER}/{name}") == f"/{OTHER}/join"
    forged = replace(a_phone(cafe).caller, headers={"cookie": f"card-{SLUG}={'A' * 32}"})
    assert Phone(forged).led_to(f"/{SLUG}/{name}") == f"/{SLUG}/join"


def test_the_first_page_is_the_card_or_how_to_get_one(cafe: CardOffice) -> None:
    assert marie_s(cafe).led_to(f"/{SLUG}") == f"/{SLUG}/card"
    assert a_phone(cafe).led_to(f"/{SLUG}") == f"/{SLUG}/join"
    assert "Ask for a card at the counter" in a_phone(cafe).page(f"/{SLUG}/join")


@pytest.mark.parametrize(
    "text", ["A" * 32, "x", "4821-0937-5516", "%00", "%F0%9F%8D%AA" * 9, "orion-pair:ABC"], ids=range(6)
)
def test_what_is_no_code_of_ours_is_answered_like_an_unknown_one(cafe: CardOffice, text: str) -> None:
    phone = a_phone(cafe, address=f"198.51.100.{len(text)}").caller
    found, unknown = phone.get(f"/c/{text}"), phone.get(f"/c/{'B' * 32}")
    assert (found.status_code, found.text) == (unknown.status_code, unknown.text)
    assert found.status_code == 404 and "A till may still hold it" in found.text
    assert "set-cookie" not in found.headers


def test_guessing_codes_is_limited_by_address(cafe: CardOffice) -> None:
    guesser = a_phone(cafe, address="192.0.2.7").caller
    answers = [guesser.get(f"/c/{number:032}").status_code for number in range(CODES_OF_ADDRESS.count + 1)]
    assert answers == [404] * CODES_OF_ADDRESS.count + [429]
    assert marie_s(cafe).page(f"/{SLUG}/card")


def test_a_blank_is_told_to_be_new(cafe: CardOffice) -> None:
    blank = next(cafe.cards.blanks)
    answer = a_phone(cafe).caller.get(f"/c/{blank.token}")
    assert answer.status_code == 200 and "This card is new" in answer.text
    assert "set-cookie" not in answer.headers


def test_a_page_is_in_a_language_that_the_company_speaks(cafe: CardOffice) -> None:
    cafe.cards.shop.set(languages="de,fr")
    phone = a_phone(cafe)
    assert '<html lang="fr">' in phone.page(f"/{SLUG}/join", accept_language="lb, fr;q=0.5")
    assert '<html lang="de">' in phone.page(f"/{SLUG}/join", accept_language="lb")
    chosen = replace(phone.caller, headers={"cookie": "language=fr", "accept-language": "de"})
    assert '<html lang="fr">' in Phone(chosen).page(f"/{SLUG}/join")
    cafe.cards.shop.set(languages="en,fr,de,lb")


def test_the_companys_colour_is_a_file_that_browsers_keep(cafe: CardOffice) -> None:
    answer = a_phone(cafe).caller.get(f"/{SLUG}/look.css?v=1")
    assert answer.text.startswith(":root{--brand:#") and "immutable" in answer.headers["cache-control"]
    assert a_phone(cafe).caller.get(f"/{SLUG}/logo").status_code == 404


@pytest.mark.slow
def test_a_replaced_code_ends_with_the_new_one_and_a_card_that_is_off_says_so(
    migrated_file: Path, tmp_path: Path
) -> None:
    with card_office(migrated_file, tmp_path) as office:
        shop, card_id = office.cards.shop, office.ids["Marie Weber"]
        phone, blank = marie_s(office), next(office.cards.blanks)
        by = Booker(staff_id=staff_id(office.server, SLUG, f"owner-{SLUG}"), role=StaffRole.OWNER, store_id=None)
        with shop.units.write(shop.company_id) as conn:
            ledger = Ledger(conn, shop.company_id, shop.keys, shop.now)
            booking.book(ledger, uuid4(), card_id, Replace(blank.token, "lost"), by)
            booking.book(ledger, uuid4(), card_id, Deactivate("a question"), by)
        assert phone.led_to(f"/{SLUG}/card") == f"/{SLUG}/join"
        old = a_phone(office).caller.get(f"/c/{office.cards.tokens[card_id]}")
        assert old.status_code == 200 and "was replaced" in old.text
        page = a_phone(office).open(f"/c/{blank.token}").page(f"/{SLUG}/card")
        assert ">Marie<" in page and "This card is switched off" in page


def test_who_is_signed_in_to_the_office_is_refused_on_the_storefronts_own_page(cafe: CardOffice) -> None:
    page = cafe.owner.browser().get(f"/{SLUG}/logo")
    assert page.status_code == 404 and f"/{SLUG}/look.css" in page.text
