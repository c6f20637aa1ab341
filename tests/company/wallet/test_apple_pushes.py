"""Pushes to phones through Apple's service, with every answer that it may give, over real HTTP/2 and TLS."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.wallet import makers
from server.wallet.apple.apns import Answer, Push, answered
from server.wallet.state import Condition, Pass
from tests.support.databases import ON_SQLITE
from tests.support.wallets import apns, certificates
from tests.support.wallets.apns import FakeApns
from tests.support.wallets.apple_shop import AppleShop
from tests.support.wallets.iphone import IPhone
from tests.support.wallets.pass_shop import PassShop


@pytest.mark.parametrize(
    ("status", "body", "push"),
    [
        (200, {}, Push.TAKEN),
        (400, {"reason": "BadDeviceToken"}, Push.GONE),
        (400, {"reason": "DeviceTokenNotForTopic"}, Push.GONE),
        (410, {"reason": "Unregistered", "timestamp": 1_772_452_800_000}, Push.GONE),
        (410, {"reason": "ExpiredToken"}, Push.GONE),
        (403, {"reason": "BadCertificate"}, Push.OURS),
        (403, {"reason": "BadCertificateEnvironment"}, Push.OURS),
        (400, {"reason": "BadTopic"}, Push.OURS),
        (400, {"reason": "TopicDisallowed"}, Push.OURS),
        (400, {"reason": "MissingTopic"}, Push.OURS),
        (429, {"reason": "TooManyRequests"}, Push.WAITS),
        (413, {"reason": "PayloadTooLarge"}, Push.WRONG),
        (400, {"reason": "BadPriority"}, Push.WRONG),
        (405, {"reason": "MethodNotAllowed"}, Push.WRONG),
        (500, {"reason": "InternalServerError"}, Push.FAILED),
        (503, {"reason": "Shutdown"}, Push.FAILED),
        (502, "<html>", Push.FAILED),
        (400, {"reason": "<b>no word</b>"}, Push.WRONG),
    ],
)
def test_each_answer_of_apple_has_a_meaning(status: int, body: Any, push: Push) -> None:
    found = answered(status, json.dumps(body).encode())
    assert found.push is push and "<" not in found.error


def test_a_time_that_apple_names_is_kept() -> None:
    assert answered(503, b"", "120").retry_after_s == 120
    assert answered(503, b"", "tomorrow") == Answer(Push.FAILED, "503")


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeApns]:
    with apns.running(tmp_path) as running:
        yield running


@pytest.fixture
def apple(passes: PassShop, tmp_path: Path, fake: FakeApns) -> Iterator[AppleShop]:
    shop = AppleShop.of(passes, tmp_path, fake.url)
    yield shop
    shop.apple.close()


def added(apple: AppleShop, *names: str) -> tuple[Pass, list[IPhone]]:
    """The pass of a card, and the phones that have it."""
    card_id = apple.passes.customer()
    one, phones = apple.offered(card_id), [apple.phone(name) for name in names or ("1",)]
    for phone in phones:
        apple.added(phone, one)
    apple.passes.passes(seconds=2)
    return one, phones


def stamped(apple: AppleShop, one: Pass, **time: float) -> Pass:
    """The pass after a stamp was told."""
    apple.passes.stamp(one.card_id)
    apple.passes.passes(**(time or {"seconds": 2}))
    return apple.passes.row(one)


@pytest.mark.slow
@ON_SQLITE
def test_a_stamp_at_the_till_is_on_the_phone(apple: AppleShop, fake: FakeApns) -> None:
    one, (phone,) = added(apple)
    assert fake.taken == [], "who has just fetched it is not pushed to"
    assert stamped(apple, one).condition is Condition.TOLD
    (pushed,) = fake.taken
    assert pushed.token == phone.push_token and certificates.PASS_TYPE in pushed.subject
    said = pushed.headers
    assert (said["apns-topic"], said["apns-push-type"], said["apns-priority"]) == (
        certificates.PASS_TYPE,
        "background",
        "5",
    )
    assert phone.wake() == [one.id.hex] and "1 of 10" in phone.passes[one.id.hex].status
    assert apple.passes.row(one).condition is Condition.CURRENT
    stamped(apple, one)
    assert (len(fake.taken), fake.connections) == (2, 1), "over the same connection"


@pytest.mark.slow
@ON_SQLITE
def test_pushes_that_nobody_fetches_come_twice_and_no_more(apple: AppleShop, fake: FakeApns) -> None:
    one, (phone,) = added(apple)
    phone.wiped()
    stamped(apple, one)
    for _ in range(5):
        apple.passes.passes(hours=12)
    assert len(fake.taken) == 2
    assert apple.passes.row(one).condition is Condition.TOLD


@pytest.mark.slow
@ON_SQLITE
def test_a_phone_that_is_gone_is_forgotten_and_the_others_are_pushed_to(apple: AppleShop, fake: FakeApns) -> None:
    one, (lost, kept) = added(apple, "1", "2")
    fake.answers[lost.push_token] = (410, {"reason": "Unregistered"})
    stamped(apple, one)
    assert (fake.tokens, apple.passes.row(one).condition) == ([kept.push_token], Condition.TOLD)
    assert lost.changed(certificates.PASS_TYPE).status_code == 404
    fake.answers[kept.push_token] = (400, {"reason": "BadDeviceToken"})
    assert stamped(apple, one).condition is Condition.GONE


@pytest.mark.slow
@ON_SQLITE
def test_a_phone_that_has_registered_since_is_not_gone(apple: AppleShop, fake: FakeApns) -> None:
    one, (phone,) = added(apple)
    before = apple.passes.shop.now - timedelta(hours=1)
    gone = {"reason": "Unregistered", "timestamp": int(before.timestamp() * 1000)}
    fake.answers[phone.push_token] = (410, gone)
    assert stamped(apple, one).condition is Condition.FAILING
    assert phone.changed(certificates.PASS_TYPE).status_code == 200
    del fake.answers[phone.push_token]
    apple.passes.passes(seconds=30)
    assert phone.push_token in fake.tokens and apple.passes.row(one).condition is Condition.TOLD


@pytest.mark.slow
@ON_SQLITE
def test_a_phone_that_apple_wants_left_alone_waits_and_the_others_do_not(apple: AppleShop, fake: FakeApns) -> None:
    one, (slow, quick) = added(apple, "1", "2")
    fake.answers[slow.push_token] = (429, {"reason": "TooManyRequests"})
    row = stamped(apple, one)
    assert (fake.tokens, row.condition) == ([quick.push_token], Condition.FAILING)
    assert row.next_at == apple.passes.shop.now + timedelta(seconds=60)
    apple.passes.passes(seconds=60)
    assert apple.passes.row(one).next_at == apple.passes.shop.now + timedelta(seconds=120)
    del fake.answers[slow.push_token]
    apple.passes.passes(seconds=120)
    assert slow.push_token in fake.tokens and apple.passes.row(one).condition is Condition.TOLD


@pytest.mark.slow
@ON_SQLITE
def test_a_certificate_that_apple_refuses_stops_all_and_removes_nothing(apple: AppleShop, fake: FakeApns) -> None:
    one, (phone,) = added(apple)
    fake.answers[phone.push_token] = (403, {"reason": "BadCertificate"})
    assert stamped(apple, one).error == "403 BadCertificate"
    with apple.passes.shop.units.read() as conn:
        assert apple.apple.maker in makers.stopped(conn, apple.passes.shop.now)
    del fake.answers[phone.push_token]
    apple.passes.passes(seconds=61)
    assert fake.tokens == [phone.push_token]


@pytest.mark.slow
@ON_SQLITE
@pytest.mark.parametrize("fault", ["goaway", "goaway_first", "hang_up"])
def test_a_connection_that_apple_ends_is_opened_anew(apple: AppleShop, fake: FakeApns, fault: str) -> None:
    one, (phone,) = added(apple)
    fake.faults.append(fault)
    stamped(apple, one)
    apple.passes.passes(seconds=5)
    stamped(apple, one)
    apple.passes.passes(seconds=5)
    assert apple.passes.row(one).condition is Condition.TOLD
    assert fake.connections == 2 and fake.tokens.count(phone.push_token) >= 2
    assert phone.wake() == [one.id.hex] and "2 of 10" in phone.passes[one.id.hex].status


@pytest.mark.slow
@ON_SQLITE
def test_pushes_that_are_lost_are_made_up_for_a_day_later(apple: AppleShop, fake: FakeApns) -> None:
    """Apple takes a push and drops it: the second one finds the phone."""
    one, (phone,) = added(apple)
    stamped(apple, one)
    apple.passes.passes(hours=24)
    assert len(fake.taken) == 2
    assert phone.wake() == [one.id.hex]
    apple.passes.passes(hours=24)
    assert len(fake.taken) == 2 and apple.passes.row(one).condition is Condition.CURRENT


@pytest.mark.slow
@ON_SQLITE
def test_while_apple_does_not_answer_a_tills_exchange_does(apple: AppleShop, fake: FakeApns) -> None:
    one, (phone,) = added(apple)
    fake.faults.append("stall")
    acked: list[bool] = []

    def drain() -> None:
        assert fake.stalled.wait(apns.WAITS_S)
        apple.passes.till.stamp(one.card_id, 2)
        apple.passes.till.sync()
        acked.append(apple.passes.till.acked_seq == len(apple.passes.till.journal))
        fake.released.set()

    draining = threading.Thread(target=drain)
    draining.start()
    stamped(apple, one)
    draining.join(apns.WAITS_S)
    assert acked == [True]
    apple.passes.passes(seconds=2)
    phone.wake()
    assert "3 of 10" in phone.passes[one.id.hex].status


@pytest.mark.slow
@ON_SQLITE
def test_a_renewed_certificate_is_presented_to_apple(apple: AppleShop, fake: FakeApns, tmp_path: Path) -> None:
    one, _ = added(apple)
    stamped(apple, one)
    certificates.settings_in(tmp_path, certificates.pass_certificate(), push=fake.url)
    stamped(apple, one)
    assert (len(fake.taken), fake.connections) == (2, 2)
