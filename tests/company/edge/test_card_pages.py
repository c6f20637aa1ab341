"""The list of cards and a card's page, as people and programs of each role get them."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from loyalty.codes import written
from server.accounts import audit
from server.edge.dispatcher import AGAIN_FIELD
from tests.support.card_office import API, OTHER, PAGE, SLUG, CardOffice, card_office, text
from tests.support.office_web import PASSWORD, Caller, reason

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def office(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardOffice]:
    with card_office(migrated_file, tmp_path_factory.mktemp("cards")) as built:
        yield built


def file_of(person: Caller, *, language: str = "en", **filters: Any) -> str:
    browser = person.browser(**{"accept-language": language})
    confirmed = browser.form(f"{PAGE}.csv", _password=PASSWORD, **filters)
    assert (confirmed.status_code, confirmed.content) == (303, b"")
    page = browser.get(confirmed.headers["location"])
    assert (page.status_code, AGAIN_FIELD in page.text) == (200, False), "the list stays open, not the question"
    answer = browser.form(f"{PAGE}.csv", **filters)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="{SLUG}-cards-')
    return answer.content.decode()


def test_the_list_shows_whom_each_card_belongs_to_and_what_it_has(office: CardOffice) -> None:
    page = office.owner.browser().get(PAGE).text
    shown = text(page)
    number = written(office.cards.numbers[office.ids["Marie Weber"]])
    assert f"Marie Weber marie@example.org {number} Gare" in shown
    assert "3 cards of Bean Scene." in shown
    assert "Tom Kieffer" in shown and "412" in shown and "Belval · Till 2" in shown
    assert shown.count("Reward ready") == 1 + shown.count("State Active Reward ready"), "Tom's alone"
    assert "1\u20133 of 3" in shown
    assert 'aria-sort="descending"' in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?q=weber", {"Marie Weber"}),
        ("?q=MARIE@example.org", {"Marie Weber"}),
        ("?state=reward_ready", {"Tom Kieffer"}),
        ("?state=inactive", set()),
        ("?stamps_min=7", {"Marie Weber", "Tom Kieffer"}),
        ("?points_min=60", {"Tom Kieffer"}),
        ("?active_days=1&sort=points&dir=asc", {"Marie Weber", "Tom Kieffer", "=1+1"}),
    ],
)
def test_page_and_route_filter_alike(office: CardOffice, query: str, names: set[str]) -> None:
    found = office.owner.get(API + query).json()
    assert {card["name"] for card in found["items"]} == names
    assert found["count"] == len(names)
    page = text(office.owner.browser().get(PAGE + query).text)
    assert {name for name in office.ids if f" {name} " in page} == names


def test_a_list_of_the_route_goes_on_after_a_cursor_of_its_own_only(office: CardOffice) -> None:
    first = office.owner.get(f"{API}?limit=2&sort=points").json()
    rest = office.owner.get(f"{API}?limit=2&sort=points&cursor={first['next']}").json()
    assert [card["points"] for card in first["items"] + rest["items"]] == [412, 12, 0]
    assert rest["next"] is None
    for cursor in (first["next"], "AAAA"):
        assert reason(office.owner.get(f"{API}?limit=2&cursor={cursor}")) == (422, "invalid")


def test_stores_of_enrolment_are_chosen_together(office: CardOffice) -> None:
    stores = [str(till.store_id) for till in office.cards.tills]
    assert len(office.owner.get(f"{API}?store={stores[1]}").json()["items"]) == 2
    both = f"?store={stores[0]}&store={stores[1]}"
    assert len(office.owner.get(API + both).json()["items"]) == 3
    assert "Enrolled at Belval, Gare" in text(office.owner.browser().get(PAGE + both).text)


def test_an_empty_list_says_why_and_leads_on(office: CardOffice) -> None:
    owner = office.owner.browser()
    for none in ("q=nobody", "points_min=1000000", "stamps_min=99&state=reward_ready", "page=9"):
        assert "No card matches. Clear filters" in text(owner.get(f"{PAGE}?{none}").text), none
    assert "Names are found by three letters and more." in text(owner.get(f"{PAGE}?q=zz").text)
    unknown = text(owner.get(f"{PAGE}?q=4821-0937-5516").text)
    assert "Not known here yet; a till may still hold it." in unknown
    other = office.stranger.browser().get(f"/office/{OTHER}/cards")
    assert "No cards yet. Print blank cards, or enrol a customer at the counter." in text(other.text)
    assert ".csv" not in other.text, "nothing to take along"


def test_a_support_view_reads_cards_with_contacts_masked(office: CardOffice) -> None:
    (card,) = office.support.get(f"{API}?q=weber").json()["items"]
    assert (card["number"], card["email"], card["phone"]) == (None, "m…@example.org", "+352…56")
    page = office.support.browser().get(PAGE)
    assert page.status_code == 200
    for hidden in ("marie@example.org", written(office.cards.numbers[office.ids["Marie Weber"]]), ".csv"):
        assert hidden not in page.text


def test_a_cashier_sees_no_list_and_a_stranger_no_company(office: CardOffice) -> None:
    assert office.cashier.browser().get(PAGE).status_code == 403
    assert reason(office.cashier.get(API)) == (403, "not_allowed")
    assert office.stranger.browser().get(PAGE).status_code == 404
    assert reason(office.stranger.get(API)) == (404, "unknown")


def test_the_file_holds_what_is_filtered_and_the_log_says_so(office: CardOffice) -> None:
    asked = office.owner.browser().form(f"{PAGE}.csv", q="weber")
    assert asked.status_code == 403
    assert "type your password again" in asked.text
    assert f'href="{PAGE}?q=weber"' in asked.text, "Cancel leads back to the filtered list"
    confirmed = office.owner.browser().form(f"{PAGE}.csv", q="weber", _password=PASSWORD).headers["location"]
    assert "The CSV button now downloads the file" in text(office.owner.browser().get(confirmed).text)
    rows = list(csv.DictReader(io.StringIO(file_of(office.owner, q="weber"))))
    number = written(office.cards.numbers[office.ids["Marie Weber"]])
    assert [(row["Card number"], row["Customer"], row["Stamps"], row["Points"]) for row in rows] == [
        (number, "Marie Weber", "7", "12")
    ]
    assert (rows[0]["Phone"], rows[0]["Where"]) == ("+352621123456", "Gare · Till 1")
    with office.server.units.read() as conn:
        lines = audit.listed(conn, office.cards.shop.company_id, limit=100)
    (line,) = [line for line in lines if line.action == "cards_exported" and line.after and "q" in line.after]
    assert line.after == {"q": True, "cards": 1, "store": None}


def test_a_file_is_as_spreadsheets_of_the_language_open_it_and_runs_nothing(office: CardOffice) -> None:
    english, french = file_of(office.owner), file_of(office.owner, language="fr")
    assert english.splitlines()[0].startswith("Card number,Customer")
    assert french.startswith("\ufeff") and ";" in french.splitlines()[0]
    for content, delimiter in ((english, ","), (french, ";")):
        rows = list(csv.reader(io.StringIO(content), delimiter=delimiter))
        assert len(rows) == 4
        assert "'=1+1" in {row[1] for row in rows}


def test_a_manager_takes_along_cards_of_their_own_stores_only(office: CardOffice) -> None:
    page = text(office.manager.browser().get(PAGE).text)
    assert "Tom Kieffer" in page, "the list has all"
    assert "CSV of 1" in page
    rows = list(csv.DictReader(io.StringIO(file_of(office.manager))))
    assert [row["Customer"] for row in rows] == ["Marie Weber"]
    belval = str(office.cards.tills[1].store_id)
    assert list(csv.DictReader(io.StringIO(file_of(office.manager, store=belval)))) == []


def card_of(office: CardOffice, name: str) -> tuple[str, str]:
    """The addresses of a card's route and page."""
    return f"{API}/{office.ids[name]}", f"{PAGE}/{office.ids[name]}"


def test_a_cards_page_shows_what_it_has_and_what_is_missing(office: CardOffice) -> None:
    route, page = card_of(office, "Marie Weber")
    shown = text(office.owner.browser().get(page).text)
    assert "7 of 10" in shown and "3 more for Reward." in shown
    assert "Croissant 60 48 more" in shown and "Breakfast 250 238 more" in shown
    assert "marie@example.org not verified" in shown
    assert "Points for 12.40 € receipt G-1 Gare · Till 1" in shown
    assert "Balances equal the sum of 3 transactions." in shown
    view = office.owner.get(route).json()
    assert (view["stamps"]["count"], view["stamps"]["reward"]["missing"]) == (7, 3)
    assert [(one["id"], one["missing"]) for one in view["points"]["rewards"]] == [("croissant", 48), ("breakfast", 238)]
    assert view["number"] == office.cards.numbers[office.ids["Marie Weber"]]
    ledger = office.owner.get(f"{route}/ledger").json()
    assert (ledger["agrees"], ledger["transactions"], ledger["stamps"], ledger["points"]) == (True, 3, 7, 12)


def test_a_reward_that_is_reached_can_be_taken(office: CardOffice) -> None:
    shown = text(office.owner.browser().get(card_of(office, "Tom Kieffer")[1]).text)
    assert "Reward can be taken." in shown
    assert "Croissant 60 can be taken" in shown


def test_history_is_filtered_and_goes_on_after_a_cursor(office: CardOffice) -> None:
    route, page = card_of(office, "Marie Weber")
    every = office.owner.get(f"{route}/history").json()
    assert [event["kind"] for event in every["items"]][-1] == "card_created"
    assert (every["count"], every["next"]) == (3, None)
    found: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        part = office.owner.get(f"{route}/history?limit=2{cursor and f'&cursor={cursor}'}").json()
        found, cursor = found + part["items"], part["next"]
    assert found == every["items"]
    (stamps,) = office.owner.get(f"{route}/history?kind=stamps").json()["items"]
    assert (stamps["stamps"], stamps["voidable"]) == (7, True)
    belval = office.cards.tills[1].store_id
    assert office.owner.get(f"{route}/history?store={belval}").json()["items"] == []
    assert "Nothing of this kind has happened." in office.owner.browser().get(f"{page}?state=held").text


def test_what_the_company_counted_otherwise_or_holds_says_why(office: CardOffice) -> None:
    cards = office.cards
    gare, belval = cards.tills
    card = cards.enrol("Noah Lang")
    gare.sync()
    belval.sync()
    first = gare.stamp(card, 2)
    gare.earn(card, 31_00, "K-1")
    gare.sync()
    gare.earn(card, 31_00, "K-1")
    belval.void_stamp(card, first.id)
    belval.void_stamp(card, uuid4())
    cards.sync()
    events = office.owner.get(f"{API}/{card}/history").json()["items"]
    adjusted, held = ([event for event in events if event["state"] == one] for one in ("adjusted", "held"))
    assert [(event["kind"], event["claimed"], event["points"]) for event in adjusted] == [("points_earned", 31, 0)]
    assert [event["kind"] for event in held] == ["stamp_voided"]
    (void,) = [event for event in events if event["kind"] == "stamp_voided" and event["state"] == "accepted"]
    assert [event["voided"] for event in events if event["id"] == void["corrects"]] == [True]
    shown = text(office.owner.browser().get(f"{PAGE}/{card}").text)
    assert "31 → 0: The receipt had earned its points already." in shown
    assert "Waits for the transaction it belongs to. Not counted yet." in shown
    assert "2 stamps, today at Gare · Till 1" in shown, "a void names what it takes back"
    assert [event["id"] for event in held] == [
        event["id"] for event in office.owner.get(f"{API}/{card}/history?state=held").json()["items"]
    ]


def test_a_support_view_reads_a_card_without_contacts_and_codes(office: CardOffice) -> None:
    route, page = card_of(office, "Marie Weber")
    assert office.support.get(route).json()["number"] is None
    assert office.support.get(f"{route}/customer").json()["email"] == "m…@example.org"
    shown = office.support.browser().get(page).text
    assert "marie@example.org" not in shown
    assert written(office.cards.numbers[office.ids["Marie Weber"]]) not in shown


def test_a_card_of_another_company_a_blank_and_no_card_are_unknown_alike(office: CardOffice) -> None:
    blank = next(office.cards.blanks).id
    for part in ("", "/history", "/ledger", "/customer"):
        answers = [office.owner.get(f"{API}/{one}{part}") for one in (blank, uuid4(), "x")]
        answers.append(office.stranger.get(f"/api/store/v1/{OTHER}/cards/{office.ids['Marie Weber']}{part}"))
        assert {reason(answer) for answer in answers} == {(404, "unknown")}, part
    page = f"/office/{OTHER}/cards/{office.ids['Marie Weber']}"
    assert office.stranger.browser().get(page).status_code == 404
    assert office.cashier.browser().get(card_of(office, "Marie Weber")[1]).status_code == 403
