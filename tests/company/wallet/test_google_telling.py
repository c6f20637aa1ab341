"""Passes at Google follow their cards: each answer of Google's, what is inserted and replaced, who is notified, and
what is left of a card that is no more."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from loyalty.staff import Role
from server.cards import booking
from server.cards.booking_asks import Booker, Deactivate, Replace
from server.companies import looks
from server.companies.looks import Choice, StampPicture
from server.ledger.judging.savepoint_booking import Ledger
from server.wallet import makers, state
from server.wallet.google.objects import SAVE
from server.wallet.makers import MakerName
from server.wallet.state import Condition, Pass
from tests.support.databases import ON_SQLITE
from tests.support.erasures import erase
from tests.support.merges import merged
from tests.support.wallets.google import ISSUER, FakeGoogle, Planned, claims_of
from tests.support.wallets.google_shop import GoogleShop, google_shop
from tests.support.wallets.pass_shop import PassShop

pytestmark = [pytest.mark.slow, ON_SQLITE]


@pytest.fixture
def shop(passes: PassShop, tmp_path: Path) -> Iterator[GoogleShop]:
    with google_shop(passes, tmp_path) as shop:
        yield shop


def asked(google: FakeGoogle) -> list[str]:
    """The requests so far, without their ids."""
    found = [f"{one.method} {one.path.split('/')[3]}" for one in google.asked]
    google.asked.clear()
    return found


def stamped(shop: GoogleShop, one: Pass, count: int = 1) -> None:
    """The customer gets stamps, and the jobs look."""
    shop.passes.stamp(one.card_id, count)
    shop.passes.passes(seconds=2)


# The offer.


def test_the_first_pass_of_a_company_makes_its_class_and_leads_to_google(shop: GoogleShop) -> None:
    card_id = shop.passes.customer()
    link = shop.link(card_id)
    assert link is not None and link.startswith(SAVE)
    claims = claims_of(link.removeprefix(SAVE))
    assert claims is not None
    (named,) = claims["payload"]["loyaltyObjects"]
    assert named["id"] in shop.google.objects and named["classId"] in shop.google.classes
    assert asked(shop.google) == ["PUT loyaltyClass", "POST loyaltyClass", "POST loyaltyObject"]
    assert shop.link(card_id) == link, "it is kept"
    assert shop.newest(card_id).condition is Condition.OFFERED
    assert shop.link(shop.passes.customer()) not in (None, link)
    assert asked(shop.google) == ["POST loyaltyObject"]


def test_the_link_is_made_anew_when_the_accounts_key_changes(shop: GoogleShop, tmp_path: Path) -> None:
    card_id = shop.passes.customer()
    before = shop.link(card_id)
    (tmp_path / "google.json").unlink()
    shop.google.key_file(tmp_path, 1)
    after = shop.link(card_id)
    assert after is not None and after != before and claims_of(after.removeprefix(SAVE), 1) is not None


@pytest.mark.parametrize(
    "fault",
    [Planned(503), Planned(is_lost=True), Planned(is_lost=True, is_carried_out=True), Planned(403, "permissionDenied")],
    ids=["down", "lost", "lost after it was carried out", "refused"],
)
def test_what_google_does_not_take_at_once_the_job_brings(shop: GoogleShop, fault: Planned) -> None:
    card_id = shop.passes.customer()
    shop.google.plan(fault)
    assert shop.link(card_id) is None
    one = shop.newest(card_id)
    shop.passes.passes(minutes=2)
    assert shop.object(one)["loyaltyPoints"]["balance"] == {"string": "0 of 10"}
    assert shop.link(card_id) is not None


def test_while_google_is_left_alone_nobody_waits_for_it(shop: GoogleShop) -> None:
    shop.google.may_write = False
    card_id = shop.passes.customer()
    assert shop.link(card_id) is None
    asked(shop.google)
    assert shop.link(card_id) is None
    assert asked(shop.google) == []
    with shop.passes.shop.units.read() as conn:
        assert makers.states(conn)[MakerName.GOOGLE].error == "permissionDenied"


def test_a_page_waits_no_longer_than_it_may_for_a_google_that_stalls(shop: GoogleShop) -> None:
    shop.google.plan(Planned(stalls=True))
    card_id = shop.passes.customer()
    begun = time.monotonic()
    assert shop.link(card_id) is None
    assert time.monotonic() - begun < 5  # Google would take 10 s
    shop.google.ended.set()
    shop.passes.passes(minutes=2)
    assert shop.link(card_id) is not None


def test_an_object_that_is_there_already_is_replaced(shop: GoogleShop) -> None:
    card_id = shop.passes.customer()
    shop.google.plan(Planned(is_lost=True, is_carried_out=True, only="POST /walletobjects/v1/loyaltyObject"))
    shop.link(shop.passes.customer())
    shop.google.planned.appendleft(Planned(409, "alreadyExists", only="POST /walletobjects/v1/loyaltyObject"))
    assert shop.link(card_id) is None, "Google says that it is there, and then that it is not"
    shop.passes.passes(minutes=2)
    assert shop.link(card_id) is not None


# Telling.


def test_a_stamp_is_one_request(shop: GoogleShop) -> None:
    one = shop.saved(shop.passes.customer())
    asked(shop.google)
    stamped(shop, one)
    assert asked(shop.google) == ["PUT loyaltyObject"]
    assert shop.object(one)["loyaltyPoints"]["balance"] == {"string": "1 of 10"}
    assert shop.passes.row(one).condition is Condition.CURRENT


def test_a_callback_that_was_lost_is_made_up_for_by_the_next_answer(shop: GoogleShop) -> None:
    one = shop.saved(shop.passes.customer())
    assert shop.passes.row(one).saved_at is None
    stamped(shop, one)
    assert shop.passes.row(one).saved_at is not None


def test_a_new_look_is_told_of_the_class_and_of_each_object(shop: GoogleShop) -> None:
    many = [shop.saved(shop.passes.customer()) for _ in range(3)]
    asked(shop.google)
    choice, paper = Choice("Beans", "#AA3311", StampPicture.STAR, {}), shop.passes.shop
    with paper.units.write(paper.company_id) as conn:
        looks.change(conn, paper.company_id, choice, version=0, now=paper.now)
    shop.passes.passes(seconds=2)
    assert sorted(asked(shop.google)) == ["PUT loyaltyClass"] + ["PUT loyaltyObject"] * 3
    (kept,) = shop.google.classes.values()
    assert kept["programName"] == "Beans" and kept["hexBackgroundColor"] == "#AA3311"
    assert all("star" in shop.object(one)["heroImage"]["sourceUri"]["uri"] for one in many)


@pytest.mark.parametrize("lost", ["objects", "classes"])
def test_what_google_has_lost_is_made_again(shop: GoogleShop, lost: str) -> None:
    one = shop.saved(shop.passes.customer())
    shop.google.objects.clear()
    if lost == "classes":
        shop.google.classes.clear()
    stamped(shop, one)
    assert shop.object(one)["loyaltyPoints"]["balance"] == {"string": "1 of 10"}


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Planned(500), "500"),
        (Planned(429, "rateLimitExceeded"), "429"),
        (Planned(is_lost=True), "RemoteProtocolError"),
        (Planned(is_lost=True, is_carried_out=True), "RemoteProtocolError"),
        (Planned(403, "permissionDenied"), "permissionDenied"),
    ],
    ids=["500", "429", "lost", "lost after it was carried out", "403"],
)
def test_what_fails_is_told_again_with_what_holds_by_then(shop: GoogleShop, fault: Planned, error: str) -> None:
    one = shop.saved(shop.passes.customer())
    shop.google.plan(fault)
    stamped(shop, one)
    assert (shop.passes.row(one).condition, shop.passes.row(one).error) == (Condition.FAILING, error)
    shop.passes.stamp(one.card_id)
    shop.passes.passes(minutes=2)
    assert shop.object(one)["loyaltyPoints"]["balance"] == {"string": "2 of 10"}
    assert shop.passes.row(one).error is None


def test_what_google_finds_wrong_is_logged_and_waits_for_the_next_change(shop: GoogleShop) -> None:
    one = shop.saved(shop.passes.customer())
    shop.google.plan(Planned(400, "invalid"))
    stamped(shop, one)
    asked(shop.google)
    shop.passes.passes(hours=25)
    assert asked(shop.google) == [] and shop.passes.row(one).error == "400 invalid"
    stamped(shop, one)
    assert shop.object(one)["loyaltyPoints"]["balance"] == {"string": "2 of 10"}


# Notices.


def reached(shop: GoogleShop, one: Pass) -> None:
    """A whole row of stamps, and then its reward."""
    stamped(shop, one, 10)
    shop.passes.till.redeem(one.card_id)
    shop.passes.till.sync()
    shop.passes.passes(seconds=2)


def test_a_phone_is_notified_of_a_reward_and_of_no_stamp(shop: GoogleShop) -> None:
    one = shop.saved(shop.passes.customer())
    stamped(shop, one, 9)
    assert shop.google.notified == {}
    stamped(shop, one)
    (times,) = shop.google.notified.values()
    assert len(times) == 1
    stamped(shop, one)
    assert len(times) == 1, "it could be had before"


def test_nobody_is_notified_of_a_pass_that_nobody_has_saved(shop: GoogleShop) -> None:
    card_id = shop.passes.customer()
    assert shop.link(card_id) is not None
    stamped(shop, shop.newest(card_id), 10)
    assert shop.google.notified == {} and shop.object(shop.newest(card_id))["state"] == "ACTIVE"


def test_a_pass_is_notified_three_times_a_day_and_quietly_kept_true_after_that(shop: GoogleShop) -> None:
    one = shop.saved(shop.passes.customer())
    for _ in range(5):
        reached(shop, one)
    (times,) = shop.google.notified.values()
    assert len(times) == 3 and shop.passes.row(one).error is None
    shop.passes.passes(hours=24)
    reached(shop, one)
    (times,) = shop.google.notified.values()
    assert times[-1] > shop.passes.shop.now - timedelta(minutes=1)


def test_a_notice_that_google_counts_otherwise_is_left_out(shop: GoogleShop) -> None:
    one = shop.saved(shop.passes.customer())
    object_id = shop.maker.issuer.object_id(one.id)
    shop.google.notified[object_id] = [shop.passes.shop.now] * 3
    stamped(shop, one, 10)
    assert shop.object(one)["loyaltyPoints"]["balance"] == {"string": "10 of 10"}
    assert len(shop.google.notified[object_id]) == 3


# What happens to an object when …


def off(shop: GoogleShop, one: Pass) -> None:
    book(shop, one, Deactivate("lost"))


def replaced(shop: GoogleShop, one: Pass) -> None:
    (blank,) = shop.passes.shop.blanks()
    book(shop, one, Replace(blank.token, "lost"))


def put_together(shop: GoogleShop, one: Pass) -> None:
    merged(shop.passes.shop, shop.passes.customer(), one.card_id)


def erased(shop: GoogleShop, one: Pass) -> None:
    erase(shop.passes.shop, one.card_id)


def book(shop: GoogleShop, one: Pass, ask: Any) -> None:
    paper = shop.passes.shop
    with paper.units.write(paper.company_id) as conn:
        by = Booker(staff_id=paper.manager, role=Role.MANAGER, store_id=paper.store(conn, "Gare").id)
        booking.book(Ledger(conn, paper.company_id, paper.keys, paper.now), uuid4(), one.card_id, ask, by)


@pytest.mark.parametrize("removed", [False, True], ids=["in a wallet", "removed from it"])
@pytest.mark.parametrize("event", [replaced, put_together, erased])
def test_nothing_is_left_of_a_card_that_is_no_more(
    shop: GoogleShop, event: Callable[[GoogleShop, Pass], None], removed: bool
) -> None:
    one = shop.saved(shop.passes.customer())
    stamped(shop, one, 3)
    if removed:
        with shop.passes.shop.units.write_unlocked() as conn:
            state.removed(conn, one.company_id, one.id, shop.passes.shop.now)
    event(shop, one)
    shop.passes.passes(seconds=2)
    kept = shop.object(one)
    assert kept.keys() == {"id", "classId", "state"} and kept["state"] == "INACTIVE"


@pytest.mark.parametrize("removed", [False, True], ids=["in a wallet", "removed from it meanwhile"])
def test_a_pass_is_forgotten_no_sooner_than_google_has_emptied_it(shop: GoogleShop, removed: bool) -> None:
    one = shop.saved(shop.passes.customer())
    shop.google.may_write = False
    erased(shop, one)
    shop.passes.passes(seconds=2)
    if removed:
        with shop.passes.shop.units.write_unlocked() as conn:
            state.removed(conn, one.company_id, one.id, shop.passes.shop.now)
    shop.passes.passes(days=8)
    assert shop.object(one)["barcode"] and shop.passes.row(one).delete_at is not None
    shop.google.may_write = True
    shop.passes.passes(hours=1)
    assert shop.object(one).keys() == {"id", "classId", "state"}
    with shop.passes.shop.units.read() as conn:
        assert state.by_id(conn, one.company_id, one.id) is None


def test_a_card_that_is_switched_off_has_no_code_in_the_wallet(shop: GoogleShop) -> None:
    one = shop.saved(shop.passes.customer())
    off(shop, one)
    shop.passes.passes(seconds=2)
    kept = shop.object(one)
    assert kept["state"] == "INACTIVE" and "barcode" not in kept
    assert shop.link(one.card_id) is None


def test_a_new_code_gets_a_pass_of_its_own(shop: GoogleShop) -> None:
    one = shop.saved(shop.passes.customer())
    replaced(shop, one)
    shop.passes.passes(seconds=2)
    assert shop.link(one.card_id) is not None
    new = shop.newest(one.card_id)
    assert new.id != one.id and shop.object(new)["barcode"]["value"] != ""
    assert "barcode" not in shop.object(one)


def test_google_is_asked_at_most_fifteen_times_a_second_by_all_processes(shop: GoogleShop) -> None:
    """Turns are counted in the database; the clock here is the rate's own."""
    many = [shop.saved(shop.passes.customer()) for _ in range(6)]
    for one in many:
        shop.passes.till.stamp(one.card_id)
    shop.passes.till.sync()
    begun, before = shop.turns.at, len(shop.google.asked)
    shop.passes.passes(seconds=2)
    requests = len(shop.google.asked) - before
    assert requests == 6 and shop.turns.at - begun >= timedelta(seconds=(requests - 1) / 15)


def test_ids_are_those_that_google_takes(shop: GoogleShop) -> None:
    one = shop.saved(shop.passes.customer())
    assert list(shop.google.objects) == [f"{ISSUER}.o-{one.id.hex}"]
    assert list(shop.google.classes) == [f"{ISSUER}.c-{one.company_id.hex}"]
