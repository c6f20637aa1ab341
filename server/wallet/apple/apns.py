"""Pushes to iPhones through Apple's notification service: empty ones, after which a phone asks for its changed passes.

One connection over HTTP/2 stays open between pushes. It is opened anew where Apple has closed it, or the certificate
was renewed.
"""

import ssl
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import httpx
import msgspec
import structlog
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from server.db.columns import moment_of
from server.wallet.apple.signer import Identity
from server.wallet.makers import LONGEST_WAIT_S

WITHIN_S = 10.0
LASTS = timedelta(hours=24)  # how long Apple tries to reach a phone that is off
_LATEST_MS = 253_402_300_799_000  # the end of the year 9999
_GONE = frozenset({"BadDeviceToken", "DeviceTokenNotForTopic", "Unregistered", "ExpiredToken"})
_OURS = frozenset({"BadTopic", "TopicDisallowed", "MissingTopic"})
_log = structlog.get_logger()


class Push(StrEnum):
    """What became of a push."""

    TAKEN = "taken"
    GONE = "gone"  # the phone does not have the pass any more
    WAITS = "waits"  # this phone is to get no more pushes for a while
    OURS = "ours"  # the certificate or its topic is refused, for every pass
    WRONG = "wrong"  # the push itself is: a fault of this program
    FAILED = "failed"  # nothing is known of it


@dataclass(frozen=True, slots=True)
class Answer:
    """What Apple has answered."""

    push: Push
    error: str = ""
    gone_since: datetime | None = None  # a registration after that counts again
    retry_after_s: int | None = None


class Apns:
    """The connection to Apple, with the certificate that signs passes."""

    def __init__(self, url: str, topic: str, trusted: ssl.SSLContext | None = None) -> None:
        self._url, self._topic = url, topic
        self._trusted = trusted or ssl.create_default_context()
        self._client: httpx.Client | None = None
        self._identity: Identity | None = None

    def push(self, token: str, identity: Identity, now: datetime) -> Answer:
        """Pushes to one phone; takes at most ten seconds."""
        headers = {
            "apns-topic": self._topic,
            "apns-push-type": "background",
            "apns-priority": "5",
            "apns-expiration": str(int((now + LASTS).timestamp())),
        }
        try:
            answer = self._connected(identity).post(f"/3/device/{token}", content=b"{}", headers=headers)
        except (httpx.HTTPError, ssl.SSLError) as error:
            self.close()  # the next push opens another connection
            return Answer(Push.FAILED, type(error).__name__)
        return answered(answer.status_code, answer.content, answer.headers.get("retry-after"))

    def close(self) -> None:
        """Closes the connection."""
        if self._client is not None:
            self._client.close()
        self._client = None

    def _connected(self, identity: Identity) -> httpx.Client:
        if identity is not self._identity:
            self.close()
        if self._client is None:
            _present(self._trusted, identity)
            limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=3600)
            self._client = httpx.Client(
                base_url=self._url, http1=False, http2=True, verify=self._trusted, timeout=WITHIN_S, limits=limits,
                trust_env=False,
            )  # fmt: skip
            self._identity = identity
        return self._client


def answered(status: int, body: bytes, retry_after: str | None = None) -> Answer:
    """What an answer of Apple's means."""
    said = _said(body)
    error = f"{status} {said.reason}".strip()
    if status == 200:
        return Answer(Push.TAKEN)
    if said.reason in _GONE or status == 410:
        is_sound = said.timestamp is not None and 0 <= said.timestamp < _LATEST_MS
        since = moment_of(said.timestamp * 1000) if is_sound and said.timestamp is not None else None
        return Answer(Push.GONE, error, gone_since=since)
    if status == 403 or said.reason in _OURS:
        return Answer(Push.OURS, error)
    if status == 429:
        return Answer(Push.WAITS, error)
    if status >= 500:
        seconds = int(retry_after[:9]) if retry_after is not None and retry_after.isdecimal() else None
        seconds = None if seconds is None else min(seconds, LONGEST_WAIT_S)
        return Answer(Push.FAILED, error, retry_after_s=seconds)
    _log.error("a push is wrong", status=status, reason=said.reason)
    return Answer(Push.WRONG, error)


class _Said(msgspec.Struct):
    reason: str = ""
    timestamp: int | None = None  # milliseconds


def _said(body: bytes) -> _Said:
    try:
        found = _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _Said()
    return found if found.reason.isascii() and found.reason.isalnum() else _Said(timestamp=found.timestamp)


_decoder = msgspec.json.Decoder(_Said)


def _present(context: ssl.SSLContext, identity: Identity) -> None:
    """Has connections present the certificate; the library reads it from a file only."""
    certificates = (identity.certificate, identity.intermediate)
    chain = b"".join(one.public_bytes(Encoding.PEM) for one in certificates)
    key = identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with tempfile.TemporaryDirectory(prefix="orion-") as folder:  # which nobody else may open
        file = Path(folder) / "identity.pem"
        file.touch(mode=0o600)
        file.write_bytes(chain + key)
        context.load_cert_chain(file)
