"""Erasing a customer in the office: an owner's, with the password, and the name typed on the page."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.customers import erasure
from tests.support.card_office import API, PAGE, CardOffice, card_office, text
from tests.support.office_web import PASSWORD

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def office(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardOffice]:
    with card_office(migrated_file, tmp_path_factory.mktemp("cards")) as built:
        yield built


def a_card(office: CardOffice, name: str) -> str:
    card_id = office.cards.enrol(name, email=f"{name.lower()}@example.org")
    office.cards.tills[0].sync()
    return str(card_id)


def test_an_owner_types_the_name_and_the_card_is_nobodys(office: CardOffice) -> None:
    card_id = a_card(office, "Léonie")
    page, browser = f"{PAGE}/{card_id}/erase", office.owner.browser()
    assert "To be sure, type Léonie" in text(browser.get(page).text)
    wrong = browser.form(page, typed="Leonie", _password=PASSWORD)
    assert wrong.status_code == 422 and "That is not what stands there." in text(wrong.text)
    done = browser.form(page, typed="Léonie", _password=PASSWORD)
    assert (done.status_code, done.headers["location"]) == (303, page)
    shown = text(browser.get(page).text)
    assert "and switched off." in shown and "Erased on 0 of 1 till that had it." in shown
    assert "Léonie" not in text(browser.get(f"{PAGE}/{card_id}").text)
    assert card_id not in browser.get(PAGE).text


def test_a_program_erases_once_and_gets_the_same_again(office: CardOffice) -> None:
    card_id = a_card(office, "Marc")
    assert office.owner.post("/api/auth/v1/confirm", {"password": PASSWORD}).status_code == 204
    answers = [office.owner.post(f"{API}/{card_id}/erase") for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].json() == answers[1].json() | {"tills": 1, "tills_done": 0}
    assert office.owner.get(f"{API}/{card_id}/customer").json()["name"] == ""
    with office.server.units.read() as conn:
        assert erasure.standing(conn, office.cards.shop.company_id, office.cards.shop.company_id) is None


def test_a_manager_does_not_erase(office: CardOffice) -> None:
    card_id = a_card(office, "Nora")
    assert office.manager.browser().get(f"{PAGE}/{card_id}/erase").status_code == 403
    assert office.manager.post(f"{API}/{card_id}/erase").status_code == 403
    assert "Erase the customer…" not in text(office.manager.browser().get(f"{PAGE}/{card_id}").text)
