"""Merging cards in the office: found, seen side by side, asked about, done once, and told on both cards' pages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from server.accounts import audit
from tests.company.api.forms import fields_of
from tests.support.card_office import API, PAGE, CardOffice, card_office, text
from tests.support.office_cases import a_case
from tests.support.office_web import reason

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def office(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardOffice]:
    with card_office(migrated_file, tmp_path_factory.mktemp("cards")) as built:
        yield built


def two_cards(office: CardOffice) -> tuple[UUID, UUID]:
    """A card with 3 stamps and 20 points, and a newer one of the same customer with 2 stamps."""
    till, mail = office.cards.tills[0], f"{uuid4().hex}@example.org"
    first = office.cards.enrol("Léa Schmit", email=mail)
    till.sync()
    office.cards.shop.passes(minutes=1)
    second = office.cards.enrol("Lea", email=mail)
    till.stamp(first, 3)
    till.earn(first, 20_00, f"L-{uuid4().hex[:6]}")
    till.stamp(second, 2)
    office.cards.sync()
    return first, second


def merge(office: CardOffice, stays: UUID, goes: UUID, key: UUID | None = None, **body: Any) -> httpx.Response:
    said = {"merged": str(goes)} | body
    return office.manager.post(f"{API}/{stays}/merge", said, idempotency_key=str(key or uuid4()))


def test_a_manager_finds_the_other_card_sees_both_and_types_the_name(office: CardOffice) -> None:
    first, second = two_cards(office)
    browser, page = office.manager.browser(), f"{PAGE}/{second}/merge"
    assert "Merge with another card…" in text(browser.get(f"{PAGE}/{second}").text)
    found = browser.get(page).text
    assert "These have the same contact:" in text(found) and f"{page}?other={first}" in found
    assert f"?other={second}" not in found, "a card is not merged with itself"
    assert f"{page}?other={first}" in browser.get(f"{page}?q={office.cards.numbers[first]}").text
    asked = browser.get(f"{page}?other={first}").text
    shown = text(asked)
    assert "To be sure, type Léa Schmit" in shown, "the older card stays"
    assert "To be sure, type Lea " in text(browser.get(f"{page}?other={first}&stays={second}").text)
    before, _, after = shown.partition("Afterwards")
    assert "Stamps 3 Points 20" in before and "Stamps 2 Points 0" in before and "Stamps 5 Points 20" in after
    fields = fields_of(asked, page, page) | {"_key": str(uuid4())}
    assert (fields["other"], fields["stays"]) == (str(first), str(first))
    fields.pop("typed")
    wrong = browser.form(page, **fields, typed="Lea")
    assert (wrong.status_code, "That is not what stands there." in wrong.text) == (422, True)
    done = browser.form(page, **fields, typed="Léa Schmit")
    assert (done.status_code, done.headers["location"]) == (303, f"{PAGE}/{first}?done=merge")
    after = text(browser.get(done.headers["location"]).text)
    assert "The cards are merged." in after and f"card …{office.cards.numbers[second][-4:]}" in after
    view = office.manager.get(f"{API}/{first}").json()
    assert (view["stamps"]["count"], view["points"]["balance"]) == (5, 20)
    gone = browser.get(f"{PAGE}/{second}").text
    assert f'href="{PAGE}/{first}"' in gone and "manager-bean-scene merged this card" in text(gone)
    with office.server.units.read() as conn:
        logged = audit.listed(conn, office.cards.shop.company_id, limit=1)
    assert [(row.action, row.subject_id) for row in logged] == [("cards_merged", str(first))]


def test_a_program_sees_and_merges_once(office: CardOffice) -> None:
    first, second = two_cards(office)
    seen = office.manager.get(f"{API}/{first}/merge?merged={second}").json()
    assert (seen["stays"]["stamps"]["count"], seen["merged"]["stamps"]["count"], seen["stamps"]) == (3, 2, 5)
    assert (seen["points"], seen["taken"], seen["shortfall"], seen["customer"]["name"]) == (20, 0, 0, "Léa Schmit")
    office.cards.tills[0].stamp(second, 1)
    office.cards.tills[0].sync()
    assert reason(merge(office, first, second, seen=seen["mark"])) == (409, "changed_meanwhile")
    key = uuid4()
    answers = [merge(office, first, second, key) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert [one["kind"] for one in answers[0].json()["transactions"]] == ["cards_merged"]
    assert answers[0].json()["card"]["stamps"]["count"] == 6
    assert reason(merge(office, first, second)) == (409, "card_merged")
    assert reason(merge(office, first, first)) == (409, "same_card")
    assert reason(merge(office, first, uuid4())) == (404, "unknown")


def test_what_cannot_be_merged_is_said_on_the_page(office: CardOffice) -> None:
    first, second = two_cards(office)
    office.manager.post(f"{API}/{second}/deactivate", {}, idempotency_key=str(uuid4()))
    page = office.manager.browser().get(f"{PAGE}/{first}/merge?other={second}")
    assert page.status_code == 422 and "switched off" in text(page.text)
    assert office.manager.browser().get(f"{PAGE}/{first}/merge?other={uuid4()}").status_code == 404


def test_the_case_of_two_cards_shows_both_and_merges_them(office: CardOffice) -> None:
    first, second = two_cards(office)
    cases = f"/office/bean-scene/cases?card={second}"
    browser = office.manager.browser()
    assert "Two cards, one contact" in text(browser.get(f"{PAGE}/{first}").text), "it is about both"
    page = browser.get(cases).text
    assert "Both cards" in text(page) and "To merge, type Léa Schmit" in text(page)
    (case,) = office.manager.get(f"/api/store/v1/bean-scene/cases?card={first}").json()["items"]
    path, form = f"/office/bean-scene/cases/{case['id']}/decision", {"_key": str(uuid4()), "choice": "merge"}
    assert browser.form(path, **form, typed="").status_code == 422
    assert browser.form(path, **form, typed="Léa Schmit").status_code == 303
    assert office.manager.get(f"{API}/{first}").json()["stamps"]["count"] == 5
    after = office.manager.get(f"/api/store/v1/bean-scene/cases/{case['id']}").json()
    assert (after["state"], after["choice"]) == ("decided", "merge")


def test_a_case_settles_where_its_cards_are_merged_otherwise(office: CardOffice) -> None:
    first, second = two_cards(office)
    (case,) = office.manager.get(f"/api/store/v1/bean-scene/cases?card={first}").json()["items"]
    merge(office, second, first)
    after = office.manager.get(f"/api/store/v1/bean-scene/cases/{case['id']}").json()
    assert (after["state"], after["settled"] is not None) == ("settled", True)


def test_a_merged_cards_open_cases_are_those_of_the_card_it_went_into(office: CardOffice) -> None:
    first, second = two_cards(office)
    shop = office.cards.shop
    with office.server.units.read() as conn:
        store = shop.store(conn, "Gare").id
    a_case(office.server, shop.company_id, second, store)
    merge(office, first, second)
    assert "Balance too small" in text(office.manager.browser().get(f"{PAGE}/{first}").text)
    (case,) = office.manager.get(f"/api/store/v1/bean-scene/cases?card={first}").json()["items"]
    assert case["kind"] == "balance_too_small"


def test_a_cashier_does_not_merge(office: CardOffice) -> None:
    first, second = two_cards(office)
    assert office.cashier.browser().get(f"{PAGE}/{first}/merge").status_code == 403
    assert office.cashier.post(f"{API}/{first}/merge", {"merged": str(second)}).status_code == 403
