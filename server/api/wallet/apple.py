"""Apple's web service for passes: phones register for pushes, ask which of their passes have changed, and fetch them.

Paths, statuses and the scheme `ApplePass` are Apple's ("PassKit Web Service Reference"). A wrong token, an unknown pass
type and an unknown serial get the same answer. What phones log is counted, not kept.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from uuid import UUID

import msgspec
import structlog
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Mapped

from server.accounts import attempts
from server.accounts.attempts import Limit
from server.db import job_queue
from server.db.job_queue import DueJob
from server.db.units import UnitOfWork
from server.edge import bodies
from server.edge.asks import Installation
from server.edge.problem_json import HttpProblem
from server.edge.public_url import caller
from server.problems import DatabaseProblem
from server.refusals import TooMany
from server.wallet import directory, state, telling
from server.wallet.apple import devices, maker, pass_file
from server.wallet.apple.devices import Registration
from server.wallet.apple.maker import SERVICE, Apple
from server.wallet.apple.signer import IdentityUnusable
from server.wallet.card_content import Reader
from server.wallet.state import Pass

_V1 = SERVICE + "/v1"
REGISTRATION = _V1 + "/devices/{device}/registrations/{pass_type}/{serial}"
PASSES_OF_DEVICE = _V1 + "/devices/{device}/registrations/{pass_type}"
PASS = _V1 + "/passes/{pass_type}/{serial}"
LOG = _V1 + "/log"

REGISTRATIONS_OF_PASS = Limit("apple_registration", 30, timedelta(minutes=1))
LOGS_OF_ADDRESS = Limit("apple_log", 60, timedelta(hours=1))
NAME_CHARS_MAX = 200  # of a phone's identifier, and of a push token
BYTES_MAX = (1 << 20) - 1
DIGITS_MAX = 20  # of a tag
THREADS = 4
_log = structlog.get_logger()


class _Registration(Struct):
    push_token: str = msgspec.field(name="pushToken")


class _Logs(Struct):
    logs: list[str]


class _Changed(Struct):
    serials: list[str] = msgspec.field(name="serialNumbers")
    last: str = msgspec.field(name="lastUpdated")


class _Answered(Exception):
    """The request is answered without going further."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True)
class _Ask:
    """A request of a phone."""

    device: str
    pass_type: str
    serial: str
    token: str  # empty where none was sent
    since: str  # the tag of the last answer
    modified_since: datetime | None
    address: str


class AppleCalls:
    """Answers phones."""

    def __init__(self, installation: Installation, apple: Apple, sealed: Callable[[Response], Response]) -> None:
        self._here, self._apple, self._sealed = installation, apple, sealed
        self._threads = CapacityLimiter(THREADS)

    @property
    def routes(self) -> list[Mapped]:
        """What answers at which path."""
        return [
            Mapped(REGISTRATION, self.register, methods=["POST"]),
            Mapped(REGISTRATION, self.unregister, methods=["DELETE"]),
            Mapped(PASSES_OF_DEVICE, self.changed, methods=["GET"]),
            Mapped(PASS, self.fetch, methods=["GET"]),
            Mapped(LOG, self.log, methods=["POST"]),
        ]

    async def register(self, request: Request) -> Response:
        """Notes that a phone has a pass: 201, or 200 if that was known."""
        return await self._answer(request, self._registered)

    async def unregister(self, request: Request) -> Response:
        """Notes that a phone has a pass no more, also where it had none."""
        return await self._answer(request, self._unregistered)

    async def changed(self, request: Request) -> Response:
        """The serials of a phone's passes that have changed, 204 if there are none."""
        return await self._answer(request, self._changed)

    async def fetch(self, request: Request) -> Response:
        """The pass as it is now, 304 if the phone has it so."""
        return await self._answer(request, self._fetched)

    async def log(self, request: Request) -> Response:
        """Counts what phones complain about."""
        return await self._answer(request, self._logged)

    async def _answer(self, request: Request, work: Callable[[_Ask, bytes], Response]) -> Response:
        try:
            body = await bodies.read(request, BYTES_MAX)
            answer = await run_sync(partial(work, _asked(request), body), limiter=self._threads)
        except _Answered as over:
            answer = Response(status_code=over.status)
        except HttpProblem:  # too large, too slow, or broken off
            answer = Response(status_code=400)
        except TooMany as refused:
            answer = Response(status_code=429, headers={"Retry-After": str(refused.retry_after_s)})
        except (DatabaseProblem, IdentityUnusable) as problem:
            _log.error("a phone cannot be answered", kind=type(problem).__name__)
            answer = Response(status_code=503, headers={"Retry-After": "60"})
        return self._sealed(answer)

    def _registered(self, ask: _Ask, body: bytes) -> Response:
        units, keys, now = self._here.units, self._here.keys, self._here.now()
        with units.read() as conn:
            one = self._proven(conn, ask)
        try:
            sent = _registration.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise _Answered(400) from None
        if not (0 < len(sent.push_token) <= NAME_CHARS_MAX and sent.push_token.isalnum() and sent.push_token.isascii()):
            raise _Answered(400)
        with units.write_unlocked() as conn:
            attempts.take(conn, keys.platform, REGISTRATIONS_OF_PASS, ask.serial, now)
        with units.write_unlocked() as conn:
            own = keys.company(one.company_id)
            is_new = devices.register(conn, own, one, Registration(ask.device, sent.push_token), now)
            job_queue.wake(conn, DueJob(one.company_id, telling.JOB), now)
        return Response(status_code=201 if is_new else 200)

    def _unregistered(self, ask: _Ask, _body: bytes) -> Response:
        with self._here.units.read() as conn:
            one = self._proven(conn, ask)
        with self._here.units.write_unlocked() as conn:
            devices.unregister(conn, one, ask.device, self._here.now())
        return Response()

    def _changed(self, ask: _Ask, _body: bytes) -> Response:
        if ask.pass_type != self._apple.pass_type:
            raise _Answered(404)
        now, units = self._here.now(), self._here.units
        with units.read() as conn:
            known = directory.companies_of(conn, directory.of_phone(ask.device))
        if not known:
            raise _Answered(404)
        found: list[Pass] = []
        with units.write_unlocked() as conn:
            for company_id in known:
                found += devices.passes_of(conn, company_id, ask.device, now)
        since = int(ask.since) if ask.since.isascii() and ask.since.isdecimal() else -1
        changed = [one for one in found if one.tag > since]
        if not changed:
            return Response(status_code=204)
        latest = max(one.tag for one in changed)
        answer = _Changed([pass_file.serial(one.id) for one in changed], str(latest))
        return Response(msgspec.json.encode(answer), media_type=bodies.JSON)

    def _fetched(self, ask: _Ask, _body: bytes) -> Response:
        units, keys, now = self._here.units, self._here.keys, self._here.now()
        with units.read() as conn:
            one = self._proven(conn, ask)
            reader = Reader(conn, one.company_id, keys, self._here.place.url, now)
            shown = reader.shown(one)
            logo = maker.logo_of(conn, one.company_id, shown.content)
        with units.write_unlocked() as conn:
            noted = telling.note_read(conn, one, shown, now)
            if noted is not None:  # else it was marked meanwhile, and the phone hears of it soon
                state.fetched(conn, noted, now)
                one = noted
        changed_at = (one.changed_at or now).replace(microsecond=0)
        headers = {"Last-Modified": format_datetime(changed_at.astimezone(UTC), usegmt=True)}
        if ask.modified_since is not None and ask.modified_since >= changed_at:
            return Response(status_code=304, headers=headers)
        file = self._apple.file(one, shown.content, logo, now)
        return Response(file, media_type=pass_file.MEDIA_TYPE, headers=headers)

    def _logged(self, ask: _Ask, body: bytes) -> Response:
        try:
            with self._here.units.write_unlocked() as conn:
                attempts.take(conn, self._here.keys.platform, LOGS_OF_ADDRESS, ask.address, self._here.now())
        except TooMany:
            return Response()
        try:
            count = len(_logs.decode(body).logs)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise _Answered(400) from None
        _log.warning("a phone complains of passes", count=count)
        return Response()

    def _proven(self, conn: UnitOfWork, ask: _Ask) -> Pass:
        """The pass that a request names, of whose token it is; anything else is answered with 401."""
        try:
            pass_id = UUID(hex=ask.serial)
        except ValueError:
            pass_id = UUID(int=0)
        company_id = next(iter(directory.companies_of(conn, directory.of_serial(pass_id))), UUID(int=0))
        right = self._apple.auth_token(company_id, pass_id)
        is_right = hmac.compare_digest(right.encode(), ask.token.encode()) and ask.pass_type == self._apple.pass_type
        found = state.by_id(conn, company_id, pass_id) if is_right else None
        if found is None or found.maker is not self._apple.maker or ask.serial != pass_file.serial(pass_id):
            raise _Answered(401)
        return found


def _asked(request: Request) -> _Ask:
    named = request.path_params
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    since = request.headers.get("if-modified-since")
    device = str(named.get("device", ""))
    if len(device) > NAME_CHARS_MAX:
        raise _Answered(404)
    return _Ask(
        device=device,
        pass_type=str(named.get("pass_type", "")),
        serial=str(named.get("serial", "")),
        token=token.strip() if scheme.lower() == "applepass" else "",
        since=request.query_params.get("passesUpdatedSince", "")[:DIGITS_MAX],
        modified_since=None if since is None else _moment(since),
        address=caller("" if request.client is None else request.client.host),
    )


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


_registration, _logs = msgspec.json.Decoder(_Registration), msgspec.json.Decoder(_Logs)
