"""What Google calls back when a pass was saved or removed: verified by the chain of keys that signed it.

A root key that Google publishes signs a key for some days, and that key the message (`ECv2SigningOnly`).
"""

import base64
import binascii
import struct
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import httpx
import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

PROTOCOL = "ECv2SigningOnly"
SIGNATURES_MAX = 4  # of an intermediate key: each of Google's root keys makes one
SENDER = "GooglePayPasses"  # unverified: some of Google's pages say GoogleWalletPasses
ROOTS = "https://pay.google.com/gp/m/issuer/keys"
RENEWED_BEFORE = timedelta(hours=1)  # the last root key ends
KEPT_AT_MOST = timedelta(days=1)
AGAIN_AFTER = timedelta(minutes=1)  # after root keys could not be fetched, or did not verify
TIMEOUT_S = 5.0


class Event(StrEnum):
    """What happened to a pass in Google Wallet."""

    SAVED = "save"
    REMOVED = "del"


@dataclass(frozen=True, slots=True)
class Called:
    """A verified callback."""

    class_id: str
    object_id: str
    event: Event
    nonce: str
    ends: datetime  # until when it may be repeated


class CallbackWrong(ValueError):
    """Not from Google, or not for us, or too old."""


class _Intermediate(msgspec.Struct, frozen=True, rename="camel"):
    signed_key: str
    signatures: list[str]


class _Sent(msgspec.Struct, frozen=True, rename="camel"):
    signature: str
    intermediate_signing_key: _Intermediate
    protocol_version: str
    signed_message: str


class _Key(msgspec.Struct, frozen=True, rename="camel"):
    key_value: str
    key_expiration: str = ""
    protocol_version: str = PROTOCOL


class _Keys(msgspec.Struct, frozen=True):
    keys: list[_Key]


class _Message(msgspec.Struct, frozen=True, rename="camel"):
    class_id: str
    object_id: str
    event_type: Event
    exp_time_millis: int | str
    nonce: str


_SENT, _MESSAGE = msgspec.json.Decoder(_Sent), msgspec.json.Decoder(_Message)
_KEY, _KEYS = msgspec.json.Decoder(_Key), msgspec.json.Decoder(_Keys)


class RootKeys:
    """Google's root keys, kept until an hour before the last of them ends."""

    def __init__(self, http: httpx.Client, now: Callable[[], datetime], address: str = ROOTS) -> None:
        self._http, self._now, self._address = http, now, address
        self._gate = threading.Lock()
        self._keys: list[_Key] = []
        self._until: datetime | None = None
        self._asked: datetime | None = None

    def present(self) -> Sequence[EllipticCurvePublicKey]:
        """The keys in force; none if they cannot be fetched."""
        with self._gate:
            now = self._now()
            if self._until is None or now >= self._until:
                self._fetch(now)
            return [_loaded(one.key_value) for one in self._keys if _is_in_force(one, now)]

    def renewed(self) -> Sequence[EllipticCurvePublicKey] | None:
        """The keys fetched anew, as they may have changed; None if they were fetched just now."""
        with self._gate:
            if self._asked is not None and self._now() < self._asked + AGAIN_AFTER:
                return None
            self._until = None
        return self.present()

    def _fetch(self, now: datetime) -> None:
        if self._asked is not None and now < self._asked + AGAIN_AFTER:
            return
        self._asked = now
        try:
            answer = self._http.get(self._address, timeout=TIMEOUT_S).raise_for_status()
            found = _KEYS.decode(answer.content).keys
        except (httpx.HTTPError, msgspec.MsgspecError):
            return  # those kept before hold until they end
        self._keys = [one for one in found if one.protocol_version == PROTOCOL]
        ends = [_moment(one.key_expiration) for one in self._keys if one.key_expiration]
        self._until = min(now + KEPT_AT_MOST, max(ends, default=now + KEPT_AT_MOST) - RENEWED_BEFORE)


def verified(body: bytes, roots: RootKeys, issuer: str, now: datetime) -> Called:
    """The callback in *body*; raises `CallbackWrong`."""
    try:
        sent = _SENT.decode(body)
        if sent.protocol_version != PROTOCOL:
            raise CallbackWrong("protocol")
        chain = sent.intermediate_signing_key
        if len(chain.signatures) > SIGNATURES_MAX:
            raise CallbackWrong("signatures")
        key = _KEY.decode(chain.signed_key)
        message = _MESSAGE.decode(sent.signed_message)
        if not _is_by_root(chain, roots):
            raise CallbackWrong("intermediate key")
        if not key.key_expiration or not _is_in_force(key, now):
            raise CallbackWrong("intermediate key has ended")
        signed = _signed_bytes(SENDER, issuer, PROTOCOL, sent.signed_message)
        if not _is_signed([_loaded(key.key_value)], [sent.signature], signed):
            raise CallbackWrong("signature")
        ends = _moment(message.exp_time_millis)
    except (msgspec.MsgspecError, UnicodeError, ValueError, OverflowError, UnsupportedAlgorithm) as error:
        raise CallbackWrong(str(error) if isinstance(error, CallbackWrong) else "unreadable") from None
    if ends <= now:
        raise CallbackWrong("too old")
    return Called(message.class_id, message.object_id, message.event_type, message.nonce, ends)


def _is_by_root(chain: _Intermediate, roots: RootKeys) -> bool:
    signed = _signed_bytes(SENDER, PROTOCOL, chain.signed_key)
    if _is_signed(roots.present(), chain.signatures, signed):
        return True
    renewed = roots.renewed()
    return renewed is not None and _is_signed(renewed, chain.signatures, signed)


def _is_signed(keys: Sequence[EllipticCurvePublicKey], signatures: Sequence[str], signed: bytes) -> bool:
    return any(_verifies(key, signature, signed) for key in keys for signature in signatures)


def _verifies(key: EllipticCurvePublicKey, signature: str, signed: bytes) -> bool:
    try:
        key.verify(base64.b64decode(signature, validate=True), signed, ECDSA(SHA256()))
    except (InvalidSignature, binascii.Error):
        return False
    return True


def _signed_bytes(*parts: str) -> bytes:
    """Each part behind its length."""
    encoded = [part.encode() for part in parts]
    return b"".join(struct.pack("<I", len(one)) + one for one in encoded)


def _loaded(value: str) -> EllipticCurvePublicKey:
    key = load_der_public_key(base64.b64decode(value, validate=True))
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise CallbackWrong("key")
    return key


def _is_in_force(key: _Key, now: datetime) -> bool:
    return not key.key_expiration or now < _moment(key.key_expiration)


def _moment(millis: str | int) -> datetime:
    return datetime.fromtimestamp(int(millis) / 1000, UTC)
