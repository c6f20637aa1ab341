"""The routes of terminals: `POST /sync/v1/pair`, `POST /sync/v1/exchange` and `GET /sync/v1/hints`.

Refusals are answered with a `Refused` and the status of their kind; errors are logged under an id that the answer
names. Bodies, tokens and codes must not be logged.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from anyio.to_thread import run_sync
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from server import phrases
from server.api.sync.group_commit import GroupCommit
from server.api.sync.listeners import Listeners
from server.api.sync.pairing_rate_limit import PairingRateLimit
from server.api.sync.snapshots import SnapshotApi
from server.api.sync.terminal_auth import Call, Callers, digest_of, token_of
from server.companies import companies
from server.db.units import Units
from server.exchange.exchange import Exchanges
from server.exchange.request_group import Deferred, TillRequest
from server.exchange.turned_away import EntryFailed, TurnedAway
from server.hints import Hints, Stream
from server.keys import Keys
from server.problems import DatabaseProblem
from server.refusals import Refused
from server.terminals import pairing
from sync.protocol import chain, messages
from sync.protocol.authenticity import MAC_HEADER, is_mac, pairing_mac, response_mac
from sync.protocol.messages import (
    ExchangeRequest,
    ExchangeResponse,
    Garbled,
    Hint,
    Listening,
    PairRequest,
    decode,
    encode,
    listening_in,
)

_log = structlog.get_logger()
_JSON = "application/json"
RETRY_AFTER_S = 5  # a full disk is not emptied sooner
_KEEP_ALIVE = b":\n\n"  # a comment, ignored by readers
_OF_STREAM = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # some proxies would wait for the stream's end
    "Connection": "close",  # the connection ends with the stream, without further requests
}
_STATUS = {
    messages.GARBLED: 400,
    messages.UNSUPPORTED: 400,
    messages.TOKEN_UNKNOWN: 401,
    messages.REVOKED: 403,
    messages.CODE_REFUSED: 403,
    messages.FORKED: 409,
    messages.TOO_LARGE: 413,
    messages.TRY_LATER: 429,
    messages.ENTRY_FAILED: 422,
    phrases.DOWN: 503,
    phrases.FAILED: 500,
}


class SyncApi:
    """Request handlers for terminals. Reading and streaming are asynchronous; database work runs in threads."""

    def __init__(
        self,
        units: Units,
        keys: Keys,
        exchanges: Exchanges,
        hints: Hints,
        *,
        snapshots: SnapshotApi,
        now: Callable[[], datetime],
    ) -> None:
        self._units = units
        self._keys = keys
        self._exchanges = exchanges
        self._hints = hints
        self._snapshots = snapshots
        self._now = now
        self._rate_limit = PairingRateLimit()
        self._listeners = Listeners(exchanges)
        self._group_commit = GroupCommit(exchanges.take, self._listeners.audience)
        self._callers = Callers(units, keys)

    async def pair(self, request: Request) -> Response:
        """Pairs a new terminal, which has only a code."""
        address = "" if request.client is None else request.client.host
        digest, key = b"", b""

        async def answer(body: bytes) -> bytes:
            nonlocal digest, key
            digest = digest_of(request, "", body) or b""
            paired = await run_sync(self._pair, body, address, digest, request.headers.get(MAC_HEADER, ""))
            key = paired.key
            return paired.answer

        response = await _answered(request, answer)
        if key:
            response.headers[MAC_HEADER] = response_mac(key, digest, response.status_code, bytes(response.body))
        return response

    async def exchange(self, request: Request) -> Response:
        """Answers an exchange."""
        return await self._answered_to_till(request, self._exchange)

    async def hints(self, request: Request) -> Response:
        """Streams the company's version, now and at every change, as server-sent events."""
        position = dict(request.query_params)
        return await self._answered_to_till(request, lambda call: self._streamed(call, position))

    async def snapshot(self, request: Request) -> Response:
        """Offers the snapshot a terminal may start from."""
        return await self._answered_to_till(request, lambda call: run_sync(self._offered, call))

    async def snapshot_file(self, request: Request) -> Response:
        """Sends the snapshot's bytes, or the requested range."""
        name = str(request.path_params["name"])
        return await self._answered_to_till(request, lambda call: run_sync(self._file, call, name))

    async def _answered_to_till(
        self, request: Request, answer: Callable[[Call], Awaitable[bytes | Response]]
    ) -> Response:
        """Answers a paired terminal; whatever is sent in one piece carries its code of authenticity."""
        token, call = token_of(request), None

        async def answer_caller(body: bytes) -> bytes | Response:
            nonlocal call
            digest, caller = digest_of(request, token, body), await self._callers.of(token)
            if caller is None:
                signature = None if digest is None else chain.sign_unknown(self._keys.signing, digest)
                raise _NotTaken(messages.TOKEN_UNKNOWN, signature)
            call = Call(caller, token, body, digest)
            return await answer(call)

        response = await _answered(request, answer_caller)
        return response if call is None else call.sealed(response)

    def _offered(self, call: Call) -> Response:
        self._check_not_revoked(call)
        return self._snapshots.offered(call.caller.company_id, call.caller.terminal_id)

    def _file(self, call: Call, name: str) -> Response:
        self._check_not_revoked(call)
        return self._snapshots.file(call.caller.company_id, name)

    def _check_not_revoked(self, call: Call) -> None:
        owner = self._callers.owner(call.token)
        if owner is None or owner.revoked:
            raise _NotTaken(messages.REVOKED)

    async def _streamed(self, call: Call, position: dict[str, str]) -> Response:
        terminal_id = call.caller.terminal_id
        stream = self._hints.enter(terminal_id)
        await asyncio.sleep(0)  # of many simultaneous streams, only the latest continues
        try:
            if not stream.over.is_set():
                await run_sync(self._check_not_revoked, call)
            listening = listening_in(position) if position else None  # older tills send none and get bare versions
        except BaseException:
            self._hints.leave(terminal_id, stream)
            raise
        return StreamingResponse(
            self._events(call, stream, listening), media_type="text/event-stream", headers=_OF_STREAM
        )

    async def _events(self, call: Call, stream: Stream, listening: Listening | None) -> AsyncGenerator[bytes, None]:
        if stream.over.is_set():
            return
        company_id, terminal_id, _ = call.caller
        listener = None if listening is None else self._listeners.enter(company_id, terminal_id, listening)
        number = 0
        try:
            known = partial(run_sync, self._version, company_id)
            async with aclosing(self._hints.listen(company_id, stream, known)) as versions:
                async for version in versions:
                    if version is None:
                        yield _KEEP_ALIVE
                        continue
                    if listener is None:
                        hint: bytes | None = encode(Hint(version=version))
                    else:
                        hint = await self._listeners.hint(listener, version)
                    if hint is not None:
                        number += 1
                        yield call.event(number, hint)
        finally:
            self._hints.leave(terminal_id, stream)
            if listener is not None:
                self._listeners.leave(listener)

    def _version(self, company_id: UUID) -> int:
        with self._units.read() as conn:
            return companies.version(conn, company_id)

    def _pair(self, body: bytes, address: str, digest: bytes, mac: str) -> pairing.Paired:
        request = decode(PairRequest, body)
        if messages.PROTOCOL not in request.protocols or not request.id:
            raise _NotTaken(messages.UNSUPPORTED)
        if not self._rate_limit.may_try(address, self._now()):
            raise _NotTaken(messages.TRY_LATER)
        try:
            with self._units.read() as conn:
                company_id = pairing.company_of(conn, request.id, self._keys.platform)
            with self._units.write(company_id) as conn:
                return pairing.pair(
                    conn,
                    company_id,
                    request,
                    self._keys,
                    self._now(),
                    is_proved=lambda key: is_mac(mac, pairing_mac(key, digest)),
                )
        except Refused as refused:
            self._rate_limit.was_wrong(address, self._now())
            raise _NotTaken(messages.CODE_REFUSED) from refused

    async def _exchange(self, call: Call) -> bytes:
        company_id, terminal_id, _ = call.caller
        answer: ExchangeResponse | None = None
        self._listeners.asks(terminal_id)
        try:
            answer = await self._answer(company_id, terminal_id, call.body)
        finally:
            self._listeners.answered(company_id, terminal_id, answer)
        return encode(answer)

    async def _answer(self, company_id: UUID, terminal_id: UUID, body: bytes) -> ExchangeResponse:
        request = decode(ExchangeRequest, body)  # a few milliseconds at most, not worth a thread
        outcome = await self._group_commit.outcome(company_id, TillRequest(terminal_id, request))
        if isinstance(outcome, Deferred):
            outcome = await run_sync(
                self._finished, company_id, outcome
            )  # outside the group, so that no other request waits
        if isinstance(outcome, EntryFailed):
            log_id = secrets.token_hex(4)
            _log.error("an entry failed", exc_info=outcome.__cause__, seq=outcome.seq, log_id=log_id)
            raise _NotTaken(outcome.kind, seq=outcome.seq, log_id=log_id) from outcome
        if isinstance(outcome, TurnedAway):
            raise _NotTaken(outcome.kind, outcome.signature, outcome.salvaged_seq) from outcome
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _finished(self, company_id: UUID, deferred: Deferred) -> ExchangeResponse | TurnedAway:
        try:
            return self._exchanges.finish(company_id, deferred)
        except TurnedAway as error:  # revoked since the group committed
            return error


class _NotTaken(Exception):
    """A refused request, answered with a kind of `messages.Refused`."""

    def __init__(
        self,
        kind: str,
        signature: bytes | None = None,
        salvaged_seq: int | None = None,
        seq: int | None = None,
        log_id: str = "",
    ) -> None:
        super().__init__(kind)
        self.kind = kind
        self.signature = signature
        self.salvaged_seq = salvaged_seq
        self.seq = seq
        self.log_id = log_id


async def _answered(request: Request, answer: Callable[[bytes], Awaitable[bytes | Response]]) -> Response:
    try:
        result = await answer(await _limited(request))
        return result if isinstance(result, Response) else Response(result, media_type=_JSON)
    except _NotTaken as refusal:
        return _refused(refusal)
    except Garbled:
        return _refused(_NotTaken(messages.GARBLED))
    except ClientDisconnect:
        return _refused(_NotTaken(messages.GARBLED))  # the till has disconnected
    except DatabaseProblem as problem:
        _log.error("the database failed", path=request.url.path, kind=problem.kind, detail=str(problem))
        return _refused(_NotTaken(phrases.DOWN))
    except Exception:
        log_id = secrets.token_hex(4)
        _log.exception("request failed", path=request.url.path, log_id=log_id)
        return _refused(_NotTaken(phrases.FAILED, log_id=log_id))


async def _limited(request: Request) -> bytes:
    """Reads the body, and aborts as soon as it exceeds the limit."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > messages.REQUEST_BYTES_MAX:
            raise _NotTaken(messages.TOO_LARGE)
    return bytes(body)


def _refused(no: _NotTaken) -> Response:
    kind = messages.TRY_LATER if no.kind == phrases.DOWN else no.kind
    text = phrases.to_terminal(no.kind, no.log_id)
    said = messages.Refused(kind=kind, text=text, signature=no.signature, salvaged_seq=no.salvaged_seq, seq=no.seq)
    headers = {"Retry-After": str(RETRY_AFTER_S)} if no.kind == phrases.DOWN else {}
    return Response(encode(said), _STATUS[no.kind], headers=headers, media_type=_JSON)
