"""What Google keeps of a company and its cards: all that a pass shows, and nothing of one that is void."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from server.wallet.google import objects
from server.wallet.google.account import ServiceAccount
from server.wallet.google.objects import LINK_CHARS_MAX, SAVE, Issuer
from server.wallet.pass_content import PassContent, PassState
from sync.protocol.sealing import Key
from tests.support.wallets.google import EMAIL, ISSUER, account_key, claims_of

URL = "https://beans.example"
HERE = Issuer(ISSUER, URL, Key(1, bytes(32)))
COMPANY, PASS = UUID(int=7), UUID(int=9)
TOKEN = "A" * 32
CARD = PassContent(
    state=PassState.ON,
    language="en",
    company="Bean Scene",
    ground="#0E4A52",
    text="#FFFFFF",
    stamp="coffee",
    logo="abc123",
    card_page=f"{URL}/bean-scene",
    token=TOKEN,
    number="4821-0937-5516",
    first_name="Marie",
    stamps=7,
    target=10,
    points=186,
    status_label="Stamps",
    status="7 of 10, 3 more to: Free coffee",
    points_until=date(2027, 11, 21),
)
READY = replace(CARD, stamps=10, status_label="Ready", status="Free coffee", ready=("Free coffee",))


def body_of(content: PassContent) -> dict[str, Any]:
    return objects.object_body(HERE, COMPANY, PASS, content)


def test_an_object_shows_what_is_on_the_card() -> None:
    body = body_of(CARD)
    assert body["id"] == f"{ISSUER}.o-{PASS.hex}" and body["classId"] == f"{ISSUER}.c-{COMPANY.hex}"
    assert (body["state"], body["accountId"], body["accountName"]) == ("ACTIVE", "4821-0937-5516", "Marie")
    assert body["barcode"] == {"type": "QR_CODE", "value": TOKEN, "alternateText": "4821-0937-5516"}
    assert body["loyaltyPoints"] == {"label": "Stamps", "balance": {"string": "7 of 10"}}
    assert body["secondaryLoyaltyPoints"] == {"label": "Points", "balance": {"int": 186}}
    assert [(one["id"], one["header"], one["body"]) for one in body["textModulesData"]] == [
        ("next", "Stamps", "7 of 10, 3 more to: Free coffee"),
        ("until", "Points until", "Nov 21, 2027"),
    ]
    assert body["linksModuleData"]["uris"][0]["uri"] == f"{URL}/bean-scene"


def test_points_stand_first_where_there_are_no_stamps() -> None:
    body = body_of(replace(CARD, stamps=None, target=None))
    assert body["loyaltyPoints"] == {"label": "Points", "balance": {"int": 186}}
    assert not {"secondaryLoyaltyPoints", "heroImage"} & body.keys()


@pytest.mark.parametrize("language", ["en", "fr", "de", "lb"])
def test_an_object_speaks_the_customers_language(language: str) -> None:
    body = body_of(replace(CARD, language=language))
    expected = {"en": "Points until", "fr": "Points jusqu\u2019au", "de": "Punkte bis", "lb": "Punkte bis"}
    assert body["textModulesData"][1]["header"] == expected[language]


def test_a_card_that_is_switched_off_has_no_code_but_says_why() -> None:
    body = body_of(replace(CARD, state=PassState.OFF, token="", notice="This card is switched off."))
    assert body["state"] == "INACTIVE" and "barcode" not in body
    assert body["textModulesData"][0]["body"] == "This card is switched off."


def test_nothing_of_a_card_is_left_on_a_void_object() -> None:
    void = replace(CARD, state=PassState.VOID)
    bare = {"id": f"{ISSUER}.o-{PASS.hex}", "classId": f"{ISSUER}.c-{COMPANY.hex}", "state": "INACTIVE"}
    assert body_of(void) == bare


def test_a_class_is_the_companys_look_and_asks_for_callbacks() -> None:
    body = objects.class_body(HERE, COMPANY, CARD, country="LU", home=f"{URL}/bean-scene")
    assert (body["issuerName"], body["programName"], body["countryCode"]) == ("Bean Scene", "Bean Scene", "LU")
    assert (body["hexBackgroundColor"], body["reviewStatus"]) == ("#0E4A52", "UNDER_REVIEW")
    assert body["callbackOptions"] == {"url": f"{URL}/wallet/google"}
    assert body["multipleDevicesAndHoldersAllowedStatus"] == "ONE_USER_ALL_DEVICES"


def test_pictures_have_addresses_that_nobody_guesses_and_that_name_no_card() -> None:
    hero = HERE.hero_at(COMPANY, CARD)
    assert hero is not None
    for secret in (TOKEN, "4821", PASS.hex, "Marie"):
        assert secret not in hero
    mark, seal = hero.removesuffix(".png").split("/")[-2:]
    assert HERE.is_sealed(COMPANY, mark, seal)
    assert not HERE.is_sealed(UUID(int=8), mark, seal)
    assert not HERE.is_sealed(COMPANY, mark.replace("7-10", "8-10"), seal)
    assert not HERE.is_sealed(COMPANY, mark, "é")
    other = HERE.hero_at(COMPANY, replace(CARD, stamps=8))
    assert other != hero and HERE.hero_at(COMPANY, replace(CARD, points=0, first_name="Tom")) == hero
    assert HERE.logo_at(COMPANY, CARD) != HERE.logo_at(COMPANY, replace(CARD, logo="def456"))


def test_the_link_that_saves_an_object_names_it_alone_and_is_short() -> None:
    account = ServiceAccount(EMAIL, "key-0", "https://oauth.example/token", account_key())
    link = objects.save_link(account, HERE, COMPANY, PASS, datetime(2026, 3, 2, 12, tzinfo=UTC))
    assert link.startswith(SAVE) and len(link) < LINK_CHARS_MAX - 300  # a key of 2,048 bits signs longer
    assert claims_of(link.removeprefix(SAVE)) == {
        "iss": EMAIL,
        "aud": "google",
        "typ": "savetowallet",
        "iat": 1_772_452_800,
        "origins": [URL],
        "payload": {"loyaltyObjects": [{"id": f"{ISSUER}.o-{PASS.hex}", "classId": f"{ISSUER}.c-{COMPANY.hex}"}]},
    }


@pytest.mark.parametrize(
    ("before", "after", "is_new"),
    [
        (CARD, READY, True),
        (READY, READY, False),
        (READY, CARD, False),
        (READY, replace(READY, status="Free coffee, Croissant", ready=("Free coffee", "Croissant")), True),
        (replace(READY, status="Free coffee, Croissant", ready=("Free coffee", "Croissant")), READY, False),
        (replace(READY, status="Croissant, large", ready=("Croissant, large",)), READY, True),
    ],
    ids=["reached", "the same", "taken", "one more", "one less", "another"],
)
def test_news_is_what_could_not_be_had_before(before: PassContent, after: PassContent, is_new: bool) -> None:
    assert objects.newly_ready(json.loads(json.dumps(body_of(before))), after) is is_new


@pytest.mark.parametrize(
    "text",
    ["", ISSUER, f"{ISSUER}.o-", f"{ISSUER}.o-{'g' * 32}", f"1.o-{PASS.hex}", f"{ISSUER}.c-{PASS.hex}", PASS.hex],
)
def test_what_is_no_object_of_ours_is_of_no_pass(text: str) -> None:
    assert HERE.pass_of(text) is None


def test_ids_lead_back_to_pass_and_company() -> None:
    assert HERE.pass_of(HERE.object_id(PASS)) == PASS
    assert HERE.company_of(HERE.class_id(COMPANY)) == COMPANY


def test_a_service_accounts_key_is_shown_nowhere(tmp_path: Path) -> None:
    account = ServiceAccount(EMAIL, "key-0", "https://oauth.example/token", account_key())
    assert "key=" not in repr(account)
