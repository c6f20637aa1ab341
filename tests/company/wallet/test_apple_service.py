"""Apple's web service: each status that its reference names, tokens that open one pass alone, and phones of several
companies that learn nothing of each other."""

from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any, cast
from uuid import uuid4

import pytest
from sqlalchemy import update
from starlette.applications import Starlette

from server import bootstrap
from server.api.wallet.apple import REGISTRATIONS_OF_PASS, AppleCalls
from server.db.tables import platform
from server.db.transfer_tables import apple_devices
from server.db.units import Units
from server.edge.asks import Installation
from server.edge.public_url import Place
from server.wallet.apple.devices import OF_PASS_MAX
from server.wallet.pass_content import PassState
from server.wallet.state import Condition, Pass
from tests.support import erasures
from tests.support.databases import ON_SQLITE
from tests.support.office_web import Caller
from tests.support.wallets.apple_shop import AppleShop
from tests.support.wallets.certificates import PASS_TYPE
from tests.support.wallets.iphone import WalletPass
from tests.support.wallets.pass_shop import URL

pytestmark = pytest.mark.slow

LOG = "/wallet/apple/v1/log"


def a_pass(apple: AppleShop, stamps: int = 3) -> Pass:
    """The pass of a card with so many stamps."""
    card_id = apple.passes.customer()
    apple.passes.stamp(card_id, stamps)
    return apple.offered(card_id)


def condition(apple: AppleShop, one: Pass) -> Condition:
    return apple.passes.row(one).condition


# Registering.


def test_a_phone_registers_once_and_again_with_another_push_token(apple: AppleShop) -> None:
    one, phone = a_pass(apple), apple.phone()
    assert condition(apple, one) is Condition.OFFERED
    kept = apple.added(phone, one)
    assert condition(apple, one) is Condition.CURRENT
    assert phone.register(kept).status_code == 200
    phone.push_token = "b" * 64
    assert phone.register(kept).status_code == 200
    (row,) = apple.passes.shop.rows(apple_devices)
    assert b"b" * 8 not in row.push_token and phone.device.encode() not in row.device_hash


@ON_SQLITE
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"pushToken": 7}', b'{"pushToken": ""}', b'{"pushToken": "../x"}', b"\xff"]
)
def test_a_registration_that_says_nothing_is_refused(apple: AppleShop, body: bytes) -> None:
    kept = apple.in_wallet(a_pass(apple))
    path = f"/wallet/apple/v1/devices/d1/registrations/{kept.type}/{kept.serial}"
    answer = Caller(apple.app).send("POST", path, content=body, authorization=f"ApplePass {kept.token}")
    assert answer.status_code == 400


@ON_SQLITE
def test_a_body_of_a_megabyte_is_refused(apple: AppleShop) -> None:
    kept = apple.in_wallet(a_pass(apple))
    assert apple.phone().register(kept, pushToken="a" * (1 << 20)).status_code == 400


def test_a_phone_unregisters_also_what_it_never_had(apple: AppleShop) -> None:
    one, phone, other = a_pass(apple), apple.phone("1"), apple.phone("2")
    kept = apple.added(phone, one)
    other.passes[kept.serial] = kept
    assert other.remove(kept) == 200
    assert condition(apple, one) is Condition.CURRENT
    assert phone.remove(kept) == 200
    assert condition(apple, one) is Condition.GONE
    assert phone.changed(PASS_TYPE).status_code == 404
    assert phone.register(kept).status_code == 201, "and adds it again"
    assert condition(apple, one) is Condition.CURRENT


@ON_SQLITE
def test_of_more_than_twenty_phones_the_one_goes_that_asked_longest_ago(apple: AppleShop) -> None:
    kept = apple.in_wallet(a_pass(apple))
    phones = [replace(apple.phone(), device=f"device{number:02}", passes={}) for number in range(OF_PASS_MAX + 1)]
    for phone in phones[:-1]:
        assert phone.register(kept).status_code == 201
        apple.passes.shop.passes(seconds=10)
    phones[0].changed(PASS_TYPE)
    assert phones[-1].register(kept).status_code == 201
    known = [phone.changed(PASS_TYPE).status_code == 200 for phone in phones]
    assert known == [True, False, *[True] * (OF_PASS_MAX - 1)]


@ON_SQLITE
def test_registrations_of_a_pass_are_limited(apple: AppleShop) -> None:
    kept, phone = apple.in_wallet(a_pass(apple)), apple.phone()
    statuses = [phone.register(kept).status_code for _ in range(REGISTRATIONS_OF_PASS.count + 1)]
    assert statuses == [201, *[200] * (REGISTRATIONS_OF_PASS.count - 1), 429]
    apple.passes.shop.passes(minutes=1)
    assert phone.register(kept).status_code == 200


# Who may.


def wrong(kept: WalletPass) -> list[WalletPass]:
    """The same request with each part wrong."""
    token = ("B" if kept.token[0] != "B" else "C") + kept.token[1:]
    changes: list[dict[str, Any]] = [
        {"authenticationToken": token},
        {"authenticationToken": ""},
        {"passTypeIdentifier": "pass.example.other"},
        {"serialNumber": uuid4().hex},
        {"serialNumber": "nonsense"},
        {"serialNumber": f"{{{kept.serial}}}"},
    ]
    return [Forged(kept.files, None, kept.json | change) for change in changes]


class Forged(WalletPass):
    """A pass that says something else than its files."""

    def __init__(self, files: dict[str, bytes], modified: str | None, said: dict[str, Any]) -> None:
        super().__init__(files, modified)
        self._said = said

    @property
    def json(self) -> dict[str, Any]:
        return self._said


def test_whoever_does_not_prove_to_have_the_pass_gets_401_and_nothing_else(apple: AppleShop) -> None:
    one, phone = a_pass(apple), apple.phone()
    kept = apple.added(phone, one)
    for forged in wrong(kept):
        phone.passes[forged.serial] = forged
        answers = [phone.register(forged), phone.fetch(forged)]
        assert [answer.status_code for answer in answers] == [401, 401]
        assert all(answer.content == b"" for answer in answers)
        assert phone.remove(forged) == 401
    bare = Caller(apple.app).get(f"/wallet/apple/v1/passes/{kept.type}/{kept.serial}")
    assert bare.status_code == 401
    assert condition(apple, one) is Condition.CURRENT


class ReadOnly:
    """Units of work of which none may write."""

    def __init__(self, units: Units) -> None:
        self.read = units.read


@ON_SQLITE
def test_what_a_stranger_sends_holds_up_nobody_who_writes(apple: AppleShop) -> None:
    kept, server = apple.in_wallet(a_pass(apple)), apple.passes.shop.server
    here = Installation(cast(Units, ReadOnly(server.units)), server.keys, server.now, Place(URL), apple=apple.apple)
    stranger = replace(apple, app=Starlette(routes=AppleCalls(here, apple.apple, lambda answer: answer).routes)).phone()
    assert stranger.changed(PASS_TYPE).status_code == 404
    for forged in wrong(kept):
        stranger.passes[forged.serial] = forged
        assert (stranger.register(forged).status_code, stranger.fetch(forged).status_code) == (401, 401)
        assert stranger.remove(forged) == 401


def test_a_token_opens_its_own_pass_alone(apple: AppleShop) -> None:
    first, second = a_pass(apple), a_pass(apple)
    token = apple.apple.auth_token(first.company_id, first.id)
    assert len(token) == 43
    assert (apple.fetched(first, token).status_code, apple.fetched(second, token).status_code) == (200, 401)
    of_google = apple.passes.offered(first.card_id)
    assert apple.fetched(of_google).status_code == 401, "Google's passes are not to be had here"


# What has changed.


def test_a_phone_is_told_which_of_its_passes_have_changed(apple: AppleShop) -> None:
    first, second, phone = a_pass(apple), a_pass(apple), apple.phone()
    apple.added(phone, first)
    apple.added(phone, second)
    answer = phone.changed(PASS_TYPE)
    assert set(answer.json()["serialNumbers"]) == {first.id.hex, second.id.hex}
    tag = answer.json()["lastUpdated"]
    assert phone.changed(PASS_TYPE, tag).status_code == 204
    apple.passes.stamp(second.card_id)
    apple.passes.passes(seconds=2)
    assert phone.changed(PASS_TYPE, tag).json()["serialNumbers"] == [second.id.hex]
    assert len(phone.changed(PASS_TYPE, "nonsense").json()["serialNumbers"]) == 2
    assert phone.changed("pass.example.other", tag).status_code == 404
    assert apple.phone("2").changed(PASS_TYPE, tag).status_code == 404


@ON_SQLITE
def test_tags_of_a_server_that_was_restored_are_not_above_all_that_follows(apple: AppleShop) -> None:
    one, phone = a_pass(apple), apple.phone()
    apple.added(phone, one)
    far = str(int(phone.changed(PASS_TYPE).json()["lastUpdated"]) + 5)  # given out after the backup was made
    with apple.passes.shop.units.platform_write() as conn:
        conn.execute(update(platform).values(epoch=platform.c.epoch + 1, wallet_tag=0))
    apple.passes.passes(hours=1)
    assert phone.changed(PASS_TYPE, far).status_code == 200


# Fetching.


def test_a_pass_is_sent_when_it_has_changed_and_else_304(apple: AppleShop) -> None:
    one = a_pass(apple)
    first = apple.fetched(one)
    assert (first.status_code, first.headers["content-type"]) == (200, "application/vnd.apple.pkpass")
    since = first.headers["last-modified"]
    again = apple.fetched(one, if_modified_since=since)
    assert (again.status_code, again.content) == (304, b"")
    apple.passes.stamp(one.card_id)
    changed = apple.fetched(one, if_modified_since=since)
    assert changed.status_code == 200
    assert parsedate_to_datetime(changed.headers["last-modified"]) > parsedate_to_datetime(since), "in the same second"
    assert apple.fetched(one, if_modified_since="nonsense").status_code == 200


def test_a_phone_shows_what_the_till_stamped(apple: AppleShop) -> None:
    one, phone = a_pass(apple), apple.phone()
    assert "3 of 10" in apple.added(phone, one).status
    apple.passes.stamp(one.card_id, 4)
    apple.passes.passes(seconds=2)
    assert phone.wake() == [one.id.hex]
    assert "7 of 10" in phone.passes[one.id.hex].status
    assert phone.wake() == [] and phone.asked[-1].status_code == 204


@pytest.mark.slow
def test_a_void_pass_is_answered_and_holds_nothing_of_the_customer(apple: AppleShop) -> None:
    one, phone = a_pass(apple), apple.phone()
    kept = apple.added(phone, one)
    secrets = [kept.json["barcodes"][0]["message"], kept.json["barcodes"][0]["altText"]]
    erasures.erase(apple.passes.shop, one.card_id)
    void = apple.in_wallet(one)
    assert void.json["voided"] and not any(secret.encode() in void.files["pass.json"] for secret in secrets)
    assert "strip.png" not in void.files
    apple.passes.passes(seconds=2)
    assert phone.wake() == [one.id.hex]
    apple.passes.passes(days=8)
    assert apple.fetched(one).status_code == 401, "its time is over"
    assert phone.changed(PASS_TYPE).status_code == 404
    assert apple.passes.shop.rows(apple_devices) == []


# Logs.


@ON_SQLITE
def test_logs_are_counted_and_not_kept(apple: AppleShop) -> None:
    phone = Caller(apple.app, address="203.0.113.5")
    assert phone.post(LOG, json={"logs": ["a secret of the phone"]}).status_code == 200
    assert phone.send("POST", LOG, content=b"nonsense").status_code == 400
    assert [phone.post(LOG, json={"logs": []}).status_code for _ in range(60)] == [200] * 60
    assert phone.send("POST", LOG, content=b"nonsense").status_code == 200, "it is not looked at any more"


@ON_SQLITE
@pytest.mark.parametrize(("method", "path"), [("GET", "/devices"), ("PUT", "/log"), ("GET", "/passes/a")])
def test_other_addresses_lead_nowhere(apple: AppleShop, method: str, path: str) -> None:
    assert Caller(apple.app).send(method, f"/wallet/apple/v1{path}").status_code in (404, 405)


def test_without_settings_there_is_no_service(apple: AppleShop) -> None:
    one = a_pass(apple)
    bare = replace(apple, app=bootstrap.build_app(apple.passes.shop.server))
    assert bare.fetched(one).status_code == 404


@ON_SQLITE
def test_a_certificate_that_ran_out_leaves_passes_as_they_are(apple: AppleShop) -> None:
    one, phone = a_pass(apple), apple.phone()
    apple.added(phone, one)
    apple.passes.shop.passes(days=365 * 5)
    apple.passes.stamp(one.card_id)
    assert apple.fetched(one).status_code == 503
    apple.passes.passes(seconds=2)
    row = apple.passes.row(one)
    assert (row.condition, row.error) == (Condition.FAILING, "ended 2030-01-01")
    assert apple.passes.content(one).state is PassState.ON
