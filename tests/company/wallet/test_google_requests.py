"""Requests to Google: each answer of its and what it means, tokens, and the rate that all processes keep to."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from server.accounts import attempts
from server.db.units import Units, open_engine
from server.problems import SettingUnreadable
from server.wallet.google.account import AccessTokens, AccountFile
from server.wallet.google.client import EACH, HALVED_FOR, GoogleClient, Meaning, Rate, understood
from sync.protocol.sealing import Key
from tests.support.wallets.google import ISSUER, FakeGoogle, Planned

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CLASS_ID, OBJECT_ID = f"{ISSUER}.c-1", f"{ISSUER}.o-1"
CLASS: dict[str, Any] = {
    "id": CLASS_ID,
    "issuerName": "Bean Scene",
    "programName": "Bean Scene",
    "programLogo": {"sourceUri": {"uri": "https://beans.example/logo.png"}},
    "reviewStatus": "UNDER_REVIEW",
}
OBJECT: dict[str, Any] = {"id": OBJECT_ID, "classId": CLASS_ID, "state": "ACTIVE"}


@dataclass
class Clock:
    """A clock that goes on when somebody rests."""

    at: datetime = NOON
    rests: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def rest(self, seconds: float) -> None:
        self.rests.append(seconds)
        self.at += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Scene:
    google: FakeGoogle
    client: GoogleClient
    rate: Rate
    clock: Clock
    folder: Path


@pytest.fixture
def engine(migrated_file: Path, tmp_path: Path) -> Engine:
    (tmp_path / "server.db").write_bytes(migrated_file.read_bytes())
    return open_engine(f"sqlite:///{tmp_path / 'server.db'}")


@pytest.fixture
def scene(units: Units, tmp_path: Path) -> Iterator[Scene]:
    clock = Clock()
    with FakeGoogle(clock.now) as google, httpx.Client() as http:
        rate = Rate(units, Key(1, bytes(32)), clock.now, clock.rest)
        file = AccountFile(google.key_file(tmp_path))
        client = GoogleClient(http, file, AccessTokens(clock.now), rate, google.url)
        yield Scene(google, client, rate, clock, tmp_path)


def test_a_class_and_its_object_are_inserted_and_replaced_as_a_whole(scene: Scene) -> None:
    client, google = scene.client, scene.google
    assert client.insert("loyaltyObject", OBJECT).meaning is Meaning.MISSING  # its class
    assert client.insert("loyaltyClass", CLASS).meaning is Meaning.DONE
    assert client.insert("loyaltyObject", OBJECT | {"accountName": "Marie"}).meaning is Meaning.DONE
    assert client.insert("loyaltyObject", OBJECT).meaning is Meaning.EXISTS
    assert client.update("loyaltyObject", OBJECT | {"state": "INACTIVE"}).meaning is Meaning.DONE
    assert google.objects[OBJECT["id"]] == OBJECT | {"state": "INACTIVE"}  # and no name any more
    assert client.update("loyaltyObject", OBJECT | {"id": f"{ISSUER}.o-2"}).meaning is Meaning.MISSING
    google.users.add(OBJECT["id"])
    found = client.get("loyaltyObject", OBJECT["id"])
    assert found.body is not None and found.body["hasUsers"] is True


def test_one_token_is_used_for_its_hour_and_asked_for_anew_once_it_is_taken_no_more(scene: Scene) -> None:
    scene.client.insert("loyaltyClass", CLASS)
    scene.client.update("loyaltyClass", CLASS)
    assert scene.google.tokens_given == 1
    scene.google.tokens.clear()
    assert scene.client.update("loyaltyClass", CLASS).meaning is Meaning.DONE
    assert scene.google.tokens_given == 2
    scene.clock.at += timedelta(minutes=56)
    assert scene.client.update("loyaltyClass", CLASS).meaning is Meaning.DONE
    assert scene.google.tokens_given == 3


def test_an_account_that_may_not_write_is_no_fault_of_one_pass(scene: Scene) -> None:
    scene.google.may_write = False
    assert scene.client.insert("loyaltyClass", CLASS).meaning is Meaning.REFUSED
    scene.google.may_write = True
    scene.google.plan(Planned(401), Planned(401))
    assert scene.client.insert("loyaltyClass", CLASS).meaning is Meaning.REFUSED
    assert not scene.google.planned, "asked again once, with a new token"


def test_a_revoked_key_gets_no_token_and_a_renewed_file_is_read(scene: Scene) -> None:
    scene.google.account_numbers = {1}
    assert scene.client.insert("loyaltyClass", CLASS).meaning is Meaning.REFUSED
    (scene.folder / "google.json").unlink()
    scene.google.key_file(scene.folder, 1)
    assert scene.client.insert("loyaltyClass", CLASS).meaning is Meaning.DONE


def test_a_reply_that_is_lost_is_no_answer_though_the_request_was_carried_out(scene: Scene) -> None:
    scene.google.plan(Planned(is_lost=True, is_carried_out=True), Planned(is_lost=True))
    assert scene.client.insert("loyaltyClass", CLASS).meaning is Meaning.DOWN
    assert CLASS["id"] in scene.google.classes
    assert scene.client.update("loyaltyClass", CLASS).meaning is Meaning.DOWN
    assert scene.client.update("loyaltyClass", CLASS).meaning is Meaning.DONE


def test_a_google_that_stalls_is_waited_for_no_longer_than_said(scene: Scene) -> None:
    scene.google.plan(Planned(stalls=True))
    assert scene.client.insert("loyaltyClass", CLASS, within_s=0.1).meaning is Meaning.DOWN


def test_requests_keep_to_the_rate_together_and_to_half_of_it_after_too_many(scene: Scene) -> None:
    for _ in range(3):
        assert scene.rate.wait(2)
    assert scene.clock.at - NOON >= 2 * EACH
    scene.google.plan(Planned(429, "rateLimitExceeded", headers={"Retry-After": "7"}))
    refused = scene.client.insert("loyaltyClass", CLASS)
    assert (refused.meaning, refused.after_s) == (Meaning.BUSY, 7)
    begun = scene.clock.at
    for _ in range(30):
        assert scene.rate.wait(2)
    assert scene.clock.at - begun > 58 * EACH
    scene.clock.at += HALVED_FOR
    begun = scene.clock.at
    for _ in range(30):
        assert scene.rate.wait(2)
    assert scene.clock.at - begun < 31 * EACH


def test_processes_take_turns_by_the_database(scene: Scene, engine: Engine) -> None:
    """By the real clock: more than fifteen a second come from neither of two alone, nor from both."""

    def asks() -> None:
        with httpx.Client() as http:
            file, rate = AccountFile(scene.folder / "google.json"), Rate(Units(engine), Key(1, bytes(32)))
            client = GoogleClient(http, file, AccessTokens(scene.clock.now), rate, scene.google.url)
            for _ in range(4):
                assert client.get("loyaltyClass", CLASS_ID).meaning is Meaning.MISSING

    begun = time.monotonic()
    both = [threading.Thread(target=asks) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(20)
    assert len(scene.google.asked) == 8
    assert scene.google.took_s(begun) >= 7 * EACH.total_seconds()


def test_who_may_not_wait_for_a_turn_gets_none(scene: Scene) -> None:
    assert scene.rate.wait(0)
    assert not scene.rate.wait(0)


def _error(reason: str = "", message: str = "", location: str = "") -> bytes:
    detail: dict[str, Any] = {"reason": reason, "location": location}
    return json.dumps({"error": {"message": message, "errors": [detail]}}).encode()


@pytest.mark.parametrize(
    ("status", "body", "meaning", "said"),
    [
        (200, b"{}", Meaning.DONE, ""),
        (200, b"<html>a proxy's</html>", Meaning.DOWN, "unreadable"),
        (400, _error("invalid", "Invalid value 4821-0937-5516", "accountId"), Meaning.WRONG, "400 accountId"),
        (400, _error("Marie Weber"), Meaning.WRONG, "400"),  # no word of ours or Google's
        (400, b"", Meaning.WRONG, "400"),
        (401, b"", Meaning.REFUSED, "401"),
        (403, _error("permissionDenied"), Meaning.REFUSED, "permissionDenied"),
        (403, _error("rateLimitExceeded"), Meaning.BUSY, "403"),
        (404, _error("notFound"), Meaning.MISSING, ""),
        (409, _error("alreadyExists"), Meaning.EXISTS, ""),
        (413, b"", Meaning.WRONG, "413"),
        (429, _error("rateLimitExceeded"), Meaning.BUSY, "429"),
        (429, b"", Meaning.BUSY, "429"),
        (429, _error("quotaExceeded", "QuotaExceededException: notifications"), Meaning.NOTIFIED_OUT, ""),
        (500, b"", Meaning.DOWN, "500"),
        (503, b"", Meaning.DOWN, "503"),
        (302, b"", Meaning.DOWN, "302"),
    ],
)
def test_each_answer_has_its_meaning(status: int, body: bytes, meaning: Meaning, said: str) -> None:
    reply = understood(status, body)
    assert (reply.meaning, reply.said) == (meaning, said)


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda path: path.unlink(),
        lambda path: path.write_text("{}"),
        lambda path: path.write_bytes(b"\xff"),
        lambda path: path.chmod(0o604),
        lambda path: path.write_text(path.read_text().replace("http://", "ftp://")),
        lambda path: path.write_text(path.read_text().replace("http://127.0.0.1", "http://203.0.113.9")),
        lambda path: path.write_text(path.read_text().replace("BEGIN", "BEGUN")),
    ],
    ids=["missing", "empty", "no text", "readable by others", "no web address", "in clear", "no key"],
)
def test_a_key_file_that_cannot_be_used_is_named_and_quoted_nowhere(scene: Scene, spoiled: Any) -> None:
    path = scene.folder / "google.json"
    secret = path.read_text()[100:140]
    spoiled(path)
    with pytest.raises(SettingUnreadable) as found:
        AccountFile(path)
    assert found.value.name == "ORION_GOOGLE_KEY" and secret not in str(found.value)


def test_a_new_key_file_that_cannot_be_read_leaves_the_one_before_in_force(scene: Scene) -> None:
    file = AccountFile(scene.folder / "google.json")
    before = file.account()
    (scene.folder / "google.json").write_text("half of a fi")
    assert file.account() is before


def test_what_limits_the_rate_ends_with_it(scene: Scene, units: Units) -> None:
    scene.rate.wait(1)
    with units.write_unlocked() as conn:
        assert attempts.forget_expired(conn, scene.clock.at + timedelta(seconds=1)) == 2
