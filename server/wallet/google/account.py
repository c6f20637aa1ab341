"""The service account that speaks for the issuer at Google: its key file, what it signs, and its access tokens."""

import base64
import json
import os
import stat
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from server.problems import SettingUnreadable

SCOPE = "https://www.googleapis.com/auth/wallet_object.issuer"
ASSERTED_FOR = timedelta(minutes=60)  # the longest that Google takes
RENEWED_BEFORE = timedelta(minutes=5)  # an access token ends
SETTING = "ORION_GOOGLE_KEY"
LOOPBACK = {"127.0.0.1", "::1", "localhost"}

_log = structlog.get_logger()


class _Fields(msgspec.Struct, frozen=True):
    client_email: str
    private_key: str
    private_key_id: str
    token_uri: str


class _Granted(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int


_FIELDS, _GRANTED = msgspec.json.Decoder(_Fields), msgspec.json.Decoder(_Granted)


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A service account with its private key."""

    email: str
    key_id: str
    token_uri: str
    key: RSAPrivateKey = field(repr=False)

    def signed(self, claims: Mapping[str, Any]) -> str:
        """The claims as a JSON Web Token (RS256)."""
        header = {"alg": "RS256", "typ": "JWT", "kid": self.key_id}
        text = f"{_part(json_bytes(header))}.{_part(json_bytes(claims))}"
        return f"{text}.{_part(self.key.sign(text.encode(), PKCS1v15(), SHA256()))}"


class AccountFile:
    """The service account's JSON file, which is read again when its date changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = self._stamped()
        self._account = _read(path)

    def account(self) -> ServiceAccount:
        """The account as the file says now; a file that cannot be read leaves the one before in force."""
        stamp = self._stamped()
        if stamp not in (None, self._stamp):
            self._stamp = stamp
            try:
                self._account = _read(self._path)
            except SettingUnreadable:
                _log.warning("the new key file of the Google service account cannot be read")
        return self._account

    def _stamped(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino


class TokenRefused(Exception):
    """Google gives this account no access token."""


class AccessTokens:
    """The access token of the account, asked for when there is none or it is about to end."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._gate = threading.Lock()
        self._token = ""
        self._of = ""  # whose key it was got with
        self._ends: datetime | None = None

    def token(self, http: httpx.Client, account: ServiceAccount, timeout_s: float) -> str:
        """The present token; raises `TokenRefused` or `httpx.TransportError`."""
        with self._gate:
            now = self._now()
            if self._ends is None or self._of != account.key_id or now > self._ends - RENEWED_BEFORE:
                granted = _asked(http, account, now, timeout_s)
                self._token, self._of = granted.access_token, account.key_id
                self._ends = now + timedelta(seconds=granted.expires_in)
            return self._token

    def forget(self, token: str) -> None:
        """Has a new token asked for, as Google takes this one no more."""
        with self._gate:
            if self._token == token:
                self._ends = None


def json_bytes(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _asked(http: httpx.Client, account: ServiceAccount, now: datetime, timeout_s: float) -> _Granted:
    at = int(now.timestamp())
    claims = {
        "iss": account.email,
        "scope": SCOPE,
        "aud": account.token_uri,
        "iat": at,
        "exp": at + int(ASSERTED_FOR.total_seconds()),
    }
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": account.signed(claims)}
    answer = http.post(account.token_uri, data=form, timeout=timeout_s)
    if answer.status_code >= 500 or answer.status_code == 429:
        raise httpx.TransportError(f"no token: {answer.status_code}")
    try:
        return _GRANTED.decode(answer.content)
    except msgspec.MsgspecError:
        raise TokenRefused(str(answer.status_code)) from None


def _read(path: Path) -> ServiceAccount:
    try:
        with path.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            fields = _FIELDS.decode(stream.read())
        key = serialization.load_pem_private_key(fields.private_key.encode(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm, msgspec.MsgspecError):
        raise SettingUnreadable(SETTING) from None  # a decoder's message may quote the file
    if mode & stat.S_IRWXO or not isinstance(key, RSAPrivateKey) or not _is_safe(fields.token_uri):
        raise SettingUnreadable(SETTING)
    return ServiceAccount(fields.client_email, fields.private_key_id, fields.token_uri, key)


def _is_safe(address: str) -> bool:
    """True if what is sent there is read by nobody on the way."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _part(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
