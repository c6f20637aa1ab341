"""Google's REST interface of passes: one request at a time, within the rate, and what each answer means."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from functools import partial
from typing import Any

import httpx
import msgspec

from server.accounts import attempts
from server.accounts.attempts import Limit
from server.db.units import Units
from server.refusals import TooMany
from server.settings import GOOGLE_API
from server.wallet.google.account import AccessTokens, AccountFile, ServiceAccount, TokenRefused, json_bytes
from server.wallet.makers import LONGEST_WAIT_S
from sync.protocol.sealing import Key

CLASSES, OBJECTS = "loyaltyClass", "loyaltyObject"
TIMEOUT_S = 10.0
EACH = timedelta(seconds=1) / 15  # Google takes 20 requests a second of a project
HALVED_FOR = timedelta(minutes=5)  # after Google said that it was too many
NOTICES_OVER = "quotaexceeded"  # unverified: within what Google answers when a pass was notified too often
BUSY_REASONS = {"ratelimitexceeded", "userratelimitexceeded", "resource_exhausted", "quotaexceeded"}

_LOOK_EACH_S = EACH.total_seconds() / 4  # whether it is somebody's turn
_REQUEST, _HALVED = Limit("google", 1, EACH), Limit("google_halved", 1, HALVED_FOR)
_WORD = re.compile(r"[A-Za-z][\w.]{0,79}")


class Meaning(Enum):
    """What an answer of Google's means."""

    DONE = auto()
    MISSING = auto()  # the object, or the class it names
    EXISTS = auto()
    WRONG = auto()  # our mistake: the same request would fail again
    REFUSED = auto()  # the installation's account may not do this
    BUSY = auto()  # too many requests
    NOTIFIED_OUT = auto()  # the pass was notified too often
    DOWN = auto()  # no answer, or one of a server in trouble


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of Google's; *said* is its reason or field, and nothing of a card."""

    meaning: Meaning
    said: str = ""
    after_s: float | None = None  # when Google wants to be asked again
    body: Mapping[str, Any] | None = None


class Rate:
    """The rate of requests that all processes keep to together: one each fifteenth of a second, or half as many."""

    def __init__(
        self,
        units: Units,
        platform: Key,
        now: Callable[[], datetime] | None = None,
        rest: Callable[[float], None] = time.sleep,
    ) -> None:
        self._units, self._platform, self._rest = units, platform, rest
        self._now = now or partial(datetime.now, UTC)

    def wait(self, within_s: float) -> bool:
        """Waits for this request's turn; False if it does not come in time."""
        for _ in range(max(1, int(within_s / _LOOK_EACH_S))):
            if self._take():
                return True
            self._rest(_LOOK_EACH_S)
        return False

    def halve(self) -> None:
        """Half as many from now on, for some minutes."""
        with self._units.write_unlocked() as conn:
            try:
                attempts.take(conn, self._platform, _HALVED, "", self._now())
            except TooMany:
                return  # it is halved already

    def _take(self) -> bool:
        with self._units.write_unlocked() as conn:
            now = self._now()
            try:
                attempts.require_left(conn, self._platform, _HALVED, "", now)
                limit = _REQUEST
            except TooMany:
                limit = Limit(_REQUEST.name, 1, 2 * EACH)
            try:
                attempts.take(conn, self._platform, limit, "", now)
            except TooMany:
                return False
        return True


class GoogleClient:
    """Inserts, gets and updates classes and objects of the issuer."""

    def __init__(
        self, http: httpx.Client, file: AccountFile, tokens: AccessTokens, rate: Rate, api: str = GOOGLE_API
    ) -> None:
        self._http, self._file, self._tokens, self._rate = http, file, tokens, rate
        self._api = f"{api}/walletobjects/v1"

    @property
    def account(self) -> ServiceAccount:
        """The account that requests are made as."""
        return self._file.account()

    def close(self) -> None:
        """Ends its connections."""
        self._http.close()

    def insert(self, kind: str, body: Mapping[str, Any], within_s: float = TIMEOUT_S) -> Reply:
        return self._sent("POST", kind, body, within_s)

    def update(self, kind: str, body: Mapping[str, Any], within_s: float = TIMEOUT_S) -> Reply:
        """Replaces a class or object as a whole, so that what the body leaves out is gone."""
        return self._sent("PUT", f"{kind}/{body['id']}", body, within_s)

    def get(self, kind: str, one: str, within_s: float = TIMEOUT_S) -> Reply:
        return self._sent("GET", f"{kind}/{one}", None, within_s)

    def _sent(self, method: str, path: str, body: Mapping[str, Any] | None, within_s: float) -> Reply:
        """One request; a token that Google takes no more is asked for anew, once."""
        until = time.monotonic() + within_s
        reply = self._tried(method, path, body, until)
        if reply.meaning is Meaning.REFUSED and reply.said == "401":
            reply = self._tried(method, path, body, until)
        if reply.meaning is Meaning.BUSY:
            self._rate.halve()
        return reply

    def _tried(self, method: str, path: str, body: Mapping[str, Any] | None, until: float) -> Reply:
        if not self._rate.wait(until - time.monotonic()):
            return Reply(Meaning.DOWN, "no turn")
        token = ""
        try:
            token = self._tokens.token(self._http, self._file.account(), _left(until))
            answer = self._http.request(
                method,
                f"{self._api}/{path}",
                content=None if body is None else json_bytes(body),
                headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
                timeout=_left(until),
            )
        except TokenRefused as refused:
            return Reply(Meaning.REFUSED, f"token {refused}")
        except httpx.HTTPError as error:
            return Reply(Meaning.DOWN, type(error).__name__)
        if answer.status_code == 401:
            self._tokens.forget(token)
        return understood(answer.status_code, answer.content, answer.headers.get("retry-after"))


class _Detail(msgspec.Struct, frozen=True):
    reason: str = ""
    location: str = ""


class _Error(msgspec.Struct, frozen=True):
    message: str = ""
    status: str = ""
    errors: list[_Detail] = []


class _Failed(msgspec.Struct, frozen=True):
    error: _Error = _Error()


_BODY, _FAILED = msgspec.json.Decoder(dict[str, Any]), msgspec.json.Decoder(_Failed)


def understood(status: int, content: bytes, retry_after: str | None = None) -> Reply:
    """What an answer means."""
    if status in (200, 201):
        try:
            return Reply(Meaning.DONE, body=_BODY.decode(content))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return Reply(Meaning.DOWN, "unreadable")  # a proxy's page, and nobody knows whether it was carried out
    after_s = float(retry_after[:9]) if retry_after and retry_after.isascii() and retry_after.isdigit() else None
    after_s = None if after_s is None else min(after_s, LONGEST_WAIT_S)
    if status == 401:
        return Reply(Meaning.REFUSED, "401")
    if status == 404:
        return Reply(Meaning.MISSING)
    if status == 409:
        return Reply(Meaning.EXISTS)
    error = _error(content)
    reasons = {one.reason.lower() for one in error.errors} | {error.status.lower()}
    if NOTICES_OVER in error.message.lower() and status in (400, 403, 429):
        return Reply(Meaning.NOTIFIED_OUT)
    if status == 429 or (status == 403 and reasons & BUSY_REASONS):
        return Reply(Meaning.BUSY, str(status), after_s)
    if status == 403:
        return Reply(Meaning.REFUSED, "permissionDenied")
    if 400 <= status < 500:
        return Reply(Meaning.WRONG, f"{status} {_field(error)}".strip())
    return Reply(Meaning.DOWN, str(status), after_s)


def _error(content: bytes) -> _Error:
    try:
        return _FAILED.decode(content).error
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _Error()


def _field(error: _Error) -> str:
    """The field or reason that Google names; its sentence may repeat a value of the card."""
    named = next((one.location or one.reason for one in error.errors if one.location or one.reason), error.status)
    return named if _WORD.fullmatch(named) else ""


def _left(until: float) -> float:
    return max(0.05, until - time.monotonic())
