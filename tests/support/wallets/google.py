"""Google's side of wallets on this machine: tokens, classes and objects over REST, root keys and signed callbacks.

It takes what Google takes and refuses what Google refuses, or answers as a test says.
"""

import base64
import json
import re
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

ISSUER = "3388000000012345678"
EMAIL = "orion@wallets.iam.example"
SCOPE = "https://www.googleapis.com/auth/wallet_object.issuer"
NOTICES_IN_A_DAY = 3
STALLS_S = 10.0  # at most; a test ends it
_ID = re.compile(rf"{ISSUER}\.[\w.-]+", re.ASCII)
_REQUIRED = {
    "loyaltyClass": ("id", "issuerName", "programName", "programLogo", "reviewStatus"),
    "loyaltyObject": ("id", "classId", "state"),
}
_STATES = {"ACTIVE", "INACTIVE", "COMPLETED", "EXPIRED"}


def account_key(number: int = 0) -> rsa.RSAPrivateKey:
    """A service account's key; another one for each *number*."""
    return _made_key(number)


@cache
def _made_key(_number: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, 1024)  # weak and quickly made


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    body: dict[str, Any]
    at: float  # by the monotonic clock


@dataclass
class Planned:
    """What the next request gets instead of being carried out, or after it."""

    status: int = 500
    reason: str = ""
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    is_carried_out: bool = False
    is_lost: bool = False  # no answer at all
    stalls: bool = False
    only: str = ""  # in "METHOD path" of the requests it is for


class FakeGoogle:
    """A Google that keeps classes and objects, on a port of this machine."""

    def __init__(self, now: Callable[[], datetime], has_picture: Callable[[str], bool] | None = None) -> None:
        self.now = now
        self.has_picture = has_picture or (lambda address: address.startswith("https://"))
        self.classes: dict[str, dict[str, Any]] = {}
        self.objects: dict[str, dict[str, Any]] = {}
        self.users: set[str] = set()  # objects that somebody has saved
        self.asked: list[Asked] = []
        self.notified: dict[str, list[datetime]] = {}
        self.planned: deque[Planned] = deque()
        self.account_numbers = {0}  # whose keys are taken
        self.may_write = True
        self.tokens: dict[str, datetime] = {}
        self.tokens_given = 0
        self.ended = threading.Event()
        self.roots: list[ec.EllipticCurvePrivateKey] = []
        self.roots_asked = 0
        self.rotate()
        self._gate = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()

    def key_file(self, folder: Path, number: int = 0) -> Path:
        """The JSON file of the service account."""
        private = account_key(number).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        fields = {
            "type": "service_account",
            "client_email": EMAIL,
            "private_key": private.decode(),
            "private_key_id": f"key-{number}",
            "token_uri": f"{self.url}/token",
        }
        path = folder / "google.json"
        path.touch(0o600)
        path.write_text(json.dumps(fields))
        return path

    def plan(self, *planned: Planned) -> None:
        """What happens to the next requests; tokens and root keys are not counted."""
        self.planned.extend(planned)

    def rotate(self, *, keeps_old: bool = False) -> None:
        """Signs with a new root key from now on."""
        new = ec.generate_private_key(ec.SECP256R1())
        self.roots = [new, *self.roots] if keeps_old else [new]

    def took_s(self, begun: float) -> float:
        """The seconds from a moment of the monotonic clock to the latest request."""
        return max(one.at for one in self.asked) - begun

    def until(self, holds: Callable[[], bool], within_s: float) -> bool:
        """Waits until that holds of what is kept here; False if it does not in time."""
        with self._gate:
            return self._gate.wait_for(holds, within_s)

    def callback(
        self,
        object_id: str,
        event: str,
        nonce: str = "nonce-1",
        *,
        issuer: str = ISSUER,
        lasts: timedelta = timedelta(hours=1),
        key_lasts: timedelta = timedelta(days=7),
    ) -> dict[str, Any]:
        """A signed callback, as Google posts it."""
        message = {
            "classId": self.objects.get(object_id, {}).get("classId", f"{ISSUER}.c"),
            "objectId": object_id,
            "eventType": event,
            "expTimeMillis": _millis(self.now() + lasts),
            "nonce": nonce,
        }
        own, text = ec.generate_private_key(ec.SECP256R1()), json.dumps(message)
        signed_key = json.dumps({"keyValue": _public(own), "keyExpiration": str(_millis(self.now() + key_lasts))})
        root = self.roots[0]
        chain = _signature(root, "GooglePayPasses", "ECv2SigningOnly", signed_key)
        return {
            "signature": _signature(own, "GooglePayPasses", issuer, "ECv2SigningOnly", text),
            "intermediateSigningKey": {"signedKey": signed_key, "signatures": [chain]},
            "protocolVersion": "ECv2SigningOnly",
            "signedMessage": text,
        }

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> "_Answer | None":
        """What a request gets; None: the connection ends without an answer."""
        if path == "/token":
            return self._token(parse_qs(body.decode()))
        if path == "/gp/m/issuer/keys":
            self.roots_asked += 1
            ends = str(_millis(self.now() + timedelta(days=30)))
            keys = [
                {"keyValue": _public(one), "protocolVersion": "ECv2SigningOnly", "keyExpiration": ends}
                for one in self.roots
            ]
            return _Answer(200, {"keys": keys})
        sent = json.loads(body) if body else {}
        with self._gate:
            self.asked.append(Asked(method, path, sent, time.monotonic()))
            planned = self._planned_for(f"{method} {path}")
        if planned is not None and planned.stalls:
            self.ended.wait(STALLS_S)
            return None
        if planned is not None and not planned.is_carried_out:
            return None if planned.is_lost else _error(planned.status, planned.reason, planned.message, planned.headers)
        with self._gate:
            found = self._carried_out(method, path, headers, sent)
            self._gate.notify_all()
        return None if planned is not None and planned.is_lost else found

    def _planned_for(self, asked: str) -> Planned | None:
        if self.planned and self.planned[0].only in asked:
            return self.planned.popleft()
        return None

    def _token(self, form: dict[str, list[str]]) -> "_Answer":
        if form.get("grant_type") != ["urn:ietf:params:oauth:grant-type:jwt-bearer"]:
            return _Answer(400, {"error": "unsupported_grant_type"})
        claims = self._claims(form["assertion"][0])
        at = self.now().timestamp()
        is_whole = claims is not None and (claims.get("iss"), claims.get("scope")) == (EMAIL, SCOPE)
        if claims is None or not is_whole or claims["aud"] != f"{self.url}/token":
            return _Answer(400, {"error": "invalid_grant"})
        if not (claims["iat"] - 60 <= at < claims["exp"] and claims["exp"] - claims["iat"] <= 3600):
            return _Answer(400, {"error": "invalid_grant"})
        self.tokens_given += 1
        token = f"token-{self.tokens_given}"
        self.tokens[token] = self.now() + timedelta(hours=1)
        return _Answer(200, {"access_token": token, "expires_in": 3600, "token_type": "Bearer"})

    def _claims(self, token: str) -> dict[str, Any] | None:
        return next((found for one in self.account_numbers if (found := claims_of(token, one)) is not None), None)

    def _carried_out(self, method: str, path: str, headers: Mapping[str, str], sent: dict[str, Any]) -> "_Answer":
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.tokens or self.now() >= self.tokens[token]:
            return _error(401, "authError", "Invalid Credentials")
        if not self.may_write:
            return _error(403, "permissionDenied", f"{EMAIL} is no user of the issuer")
        found = re.fullmatch(r"/walletobjects/v1/(loyaltyClass|loyaltyObject)(?:/(.+))?", path)
        if found is None:
            return _error(404, "notFound", "no such method")
        kind, one = found[1], found[2]
        kept = self.classes if kind == "loyaltyClass" else self.objects
        if method == "GET" and one is not None:
            return _error(404, "notFound", "") if one not in kept else _Answer(200, self._shown(kept[one]))
        if (wrong := self._wrong(kind, one, sent, kept)) is not None:
            return wrong
        resource = sent.get("id") if one is None else one
        assert isinstance(resource, str), "checked"
        if method == "POST" and resource in kept:
            return _error(409, "alreadyExists", f"{resource} already exists")
        if method != "POST" and resource not in kept:
            return _error(404, "notFound", f"{resource} not found")
        notice = sent.pop("notifyPreference", None)
        if notice is not None and (refused := self._notify(resource, notice)) is not None:
            return refused
        kept[resource] = (kept[resource] | sent) if method == "PATCH" else sent
        return _Answer(200, self._shown(kept[resource]))

    def _wrong(
        self, kind: str, one: str | None, sent: dict[str, Any], kept: dict[str, dict[str, Any]]
    ) -> "_Answer | None":
        resource = one or sent.get("id", "")
        if not _ID.fullmatch(resource) or sent.get("id", resource) != resource:
            return _error(400, "invalid", "bad id", {}, "id")
        whole = kept.get(resource, {}) | sent
        for name in _REQUIRED[kind]:
            if not whole.get(name):
                return _error(400, "required", f"{name} of {resource}", {}, name)
        if kind == "loyaltyObject":
            if sent.get("state", "ACTIVE") not in _STATES:
                return _error(400, "invalid", "bad state", {}, "state")
            if whole["classId"] not in self.classes:
                return _error(404, "classNotFound", f"class {whole['classId']} not found")
        elif sent.get("reviewStatus", "UNDER_REVIEW") not in {"UNDER_REVIEW", "DRAFT"}:
            return _error(400, "invalid", "bad review status", {}, "reviewStatus")
        for name in ("programLogo", "heroImage"):
            address = sent.get(name, {}).get("sourceUri", {}).get("uri")
            if name in sent and not (isinstance(address, str) and self.has_picture(address)):
                return _error(400, "invalidImage", f"no picture at {address}", {}, name)
        return None

    def _notify(self, resource: str, notice: str) -> "_Answer | None":
        if notice != "NOTIFY_ON_UPDATE":
            return _error(400, "invalid", "bad preference", {}, "notifyPreference")
        since = self.now() - timedelta(days=1)
        latest = [at for at in self.notified.get(resource, []) if at > since]
        if len(latest) >= NOTICES_IN_A_DAY:
            return _error(429, "quotaExceeded", "QuotaExceededException: too many notifications")
        self.notified[resource] = [*latest, self.now()]
        return None

    def _shown(self, kept: dict[str, Any]) -> dict[str, Any]:
        return kept | {"hasUsers": kept["id"] in self.users} if "classId" in kept else kept


@dataclass(frozen=True)
class _Answer:
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


def claims_of(token: str, number: int = 0) -> dict[str, Any] | None:
    """What a JSON Web Token says, if this account's key signed it."""
    text, _, signature = token.rpartition(".")
    header, claims = (json.loads(_decoded(part)) for part in text.split("."))
    assert header["alg"] == "RS256"
    try:
        account_key(number).public_key().verify(_decoded(signature), text.encode(), PKCS1v15(), SHA256())
    except InvalidSignature:
        return None
    found: dict[str, Any] = claims
    return found


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever has asked is gone."""


def _handler(google: FakeGoogle) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20
        disable_nagle_algorithm = True

        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            path = urlsplit(self.path).path
            answer = google.answer(self.command, path, dict(self.headers.items()), body)
            if answer is None:
                self.close_connection = True
                return
            content = json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = handle_one  # noqa: N815 - the library's names

        def log_message(self, *_said: Any) -> None:
            """Nothing is printed."""

        def log_request(self, *_said: Any) -> None:
            """Nothing is printed."""

    return Handler


def _error(
    status: int, reason: str, message: str, headers: dict[str, str] | None = None, location: str = ""
) -> _Answer:
    detail = {"domain": "global", "reason": reason, "message": message}
    if location:
        detail["location"] = location
    body = {"error": {"code": status, "message": message, "errors": [detail]}}
    return _Answer(status, body, headers or {})


def _signature(key: ec.EllipticCurvePrivateKey, *parts: str) -> str:
    encoded = [part.encode() for part in parts]
    signed = b"".join(struct.pack("<I", len(one)) + one for one in encoded)
    return base64.b64encode(key.sign(signed, ec.ECDSA(SHA256()))).decode()


def _public(key: ec.EllipticCurvePrivateKey) -> str:
    found = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(found).decode()


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
