"""Callbacks of Google: what it signed is believed once, and everything else is not."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from server.wallet.google.callback import AGAIN_AFTER, CallbackWrong, Called, Event, RootKeys, verified
from tests.support.wallets.google import ISSUER, FakeGoogle

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
OBJECT = f"{ISSUER}.o-{'0' * 32}"


@dataclass
class Scene:
    google: FakeGoogle
    roots: RootKeys
    at: datetime = NOON

    def verified(self, sent: Any) -> Called:
        return verified(json.dumps(sent).encode(), self.roots, ISSUER, self.at)


@pytest.fixture
def scene() -> Iterator[Scene]:
    with FakeGoogle(lambda: NOON) as google, httpx.Client() as http:
        made = Scene(google, RootKeys(http, lambda: made.at, f"{google.url}/gp/m/issuer/keys"))
        yield made


@pytest.mark.parametrize("event", Event)
def test_what_google_signed_is_believed(scene: Scene, event: Event) -> None:
    called = scene.verified(scene.google.callback(OBJECT, event, "n-1"))
    assert (called.object_id, called.event, called.nonce) == (OBJECT, event, "n-1")
    assert called.ends == NOON + timedelta(hours=1)


def test_root_keys_are_fetched_once_and_again_when_google_has_new_ones(scene: Scene) -> None:
    for _ in range(3):
        scene.verified(scene.google.callback(OBJECT, "save"))
    assert scene.google.roots_asked == 1
    scene.google.rotate()
    scene.at += AGAIN_AFTER
    scene.verified(scene.google.callback(OBJECT, "save"))
    assert scene.google.roots_asked == 2


def test_forged_callbacks_do_not_make_root_keys_be_fetched_each_time(scene: Scene) -> None:
    with FakeGoogle(lambda: NOON) as stranger:
        for _ in range(5):
            with pytest.raises(CallbackWrong):
                scene.verified(stranger.callback(OBJECT, "save"))
    assert scene.google.roots_asked == 1


def _with_message(sent: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return sent | {"signedMessage": json.dumps(json.loads(sent["signedMessage"]) | changed)}


def _with_key(sent: dict[str, Any], **changed: Any) -> dict[str, Any]:
    chain = sent["intermediateSigningKey"]
    key = json.loads(chain["signedKey"]) | changed
    return sent | {"intermediateSigningKey": chain | {"signedKey": json.dumps(key)}}


@pytest.mark.parametrize(
    "changed",
    [
        lambda sent: _with_message(sent, eventType="del"),
        lambda sent: _with_message(sent, objectId=f"{ISSUER}.o-{'1' * 32}"),
        lambda sent: _with_message(sent, nonce="another"),
        lambda sent: _with_key(sent, keyExpiration="99999999999999"),
        lambda sent: sent | {"protocolVersion": "ECv1"},
        lambda sent: sent | {"signature": sent["intermediateSigningKey"]["signatures"][0]},
        lambda sent: sent | {"signature": "no base64!"},
        lambda sent: sent | {"signature": ""},
        lambda sent: sent | {"intermediateSigningKey": sent["intermediateSigningKey"] | {"signatures": []}},
        lambda sent: sent | {"signedMessage": "{}"},
        lambda sent: {name: value for name, value in sent.items() if name != "signature"},
        lambda sent: [sent],
        lambda sent: None,
    ],
    ids=range(13),
)
def test_nothing_that_differs_from_what_was_signed_is_believed(scene: Scene, changed: Callable[[Any], Any]) -> None:
    sent = changed(scene.google.callback(OBJECT, "save"))
    with pytest.raises(CallbackWrong):
        scene.verified(sent)


@pytest.mark.parametrize(
    "told",
    [
        {"issuer": "3388000000099999999"},
        {"lasts": timedelta(seconds=-1)},
        {"key_lasts": timedelta(seconds=-1)},
    ],
    ids=["another issuer's", "too old", "by a key that has ended"],
)
def test_what_google_signed_for_others_or_long_ago_is_not_believed(scene: Scene, told: dict[str, Any]) -> None:
    with pytest.raises(CallbackWrong):
        scene.verified(scene.google.callback(OBJECT, "save", **told))


def test_while_no_root_key_can_be_fetched_nothing_is_believed(scene: Scene) -> None:
    with httpx.Client() as http:
        roots = RootKeys(http, lambda: NOON, "http://127.0.0.1:9/nothing")
        sent = json.dumps(scene.google.callback(OBJECT, "save")).encode()
        with pytest.raises(CallbackWrong):
            verified(sent, roots, ISSUER, NOON)
