"""Requests that book are carried out once: the answer is stored with the booking and repeated for the same key.

The key is reserved before the work begins, so that the same request is refused while the first one still runs. Stored
answers are encrypted, as they may name a customer.
"""

import hmac
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import msgspec
from starlette.responses import Response

from server.db import answers
from server.db.units import UnitOfWork
from server.edge.problem_json import HttpProblem
from server.keys import CompanyKeys
from sync.protocol.sealing import Key, Unopenable, decrypt, encrypt

KEPT = timedelta(hours=24)
RUNS_FOR = timedelta(minutes=1)  # then its process has died, and the same key may be tried again
REPLAY = "Idempotent-Replay"
HEADER = "idempotency-key"  # of a program's request
KEY_FIELD = "_key"  # of a form


class _Stored(msgspec.Struct, frozen=True):
    status: int
    body: str
    media_type: str | None
    location: str | None


_decoder = msgspec.json.Decoder(_Stored)


def new_key() -> str:
    """A key for a form that books."""
    return str(uuid4())


def key(written: object) -> UUID:
    """The key as a request brings it."""
    try:
        return UUID(str(written))
    except ValueError:
        raise HttpProblem("idempotency_key_missing") from None


def booking_id(sender_id: UUID, company_id: UUID, route: str, key: UUID) -> UUID:
    """The id of what a request books: the same for the same key of the same person, so that it is booked once."""
    return uuid5(sender_id, f"{company_id} {route} {key}")


def mark(url: str, sent: Any, key: Key) -> bytes:
    """What tells one request from another under the same key; keyed, as a request may hold a PIN."""
    if isinstance(sent, dict):
        sent = {name: value for name, value in sent.items() if name != "_password"}
    text = b"idempotency\x00" + msgspec.json.encode([url, sent], order="sorted", enc_hook=str)
    return hmac.digest(key.secret, text, "sha256")


@dataclass(frozen=True, slots=True)
class Request:
    """A request that books, and what it is stored under."""

    id: UUID
    company_id: UUID
    mark: bytes
    keys: CompanyKeys
    now: datetime

    def reserve(self, conn: UnitOfWork) -> Response | None:
        """Reserves the key. The stored answer if there is one; refuses the key of another request, or of one that
        still runs."""
        found = answers.find(conn, self.id)
        if found is None or found.expires_at <= self.now:
            until = self.now + RUNS_FOR
            answers.reserve(conn, self.id, self.company_id, mark=self.mark, now=self.now, expires_at=until)
            return None
        if found.mark != self.mark:
            raise HttpProblem("idempotency_key_reused")
        if found.answer is None:
            raise HttpProblem("in_progress")
        stored = self._opened(found.answer)
        answer = Response(stored.body, stored.status, media_type=stored.media_type)
        answer.headers[REPLAY] = "true"
        if stored.location is not None:
            answer.headers["Location"] = stored.location
        return answer

    def keep(self, conn: UnitOfWork, answer: Response) -> None:
        """Stores the answer in the unit of work that books."""
        location = answer.headers.get("location")
        stored = _Stored(answer.status_code, bytes(answer.body).decode(), answer.media_type, location)
        sealed = encrypt(self.keys.data, self.id, msgspec.json.encode(stored).decode())
        answers.keep(conn, self.id, sealed, self.now, self.now + KEPT)

    def _opened(self, sealed: bytes) -> _Stored:
        """The stored answer, under the present key or, if a till was revoked since, a former one."""
        for key in self.keys.all_data:
            with suppress(Unopenable):
                return _decoder.decode(decrypt(key, self.id, sealed))
        raise HttpProblem("answer_lost")  # the key file is an older one

    def release(self, conn: UnitOfWork) -> None:
        """Forgets a request that was refused, so that it may be sent again."""
        answers.release(conn, self.id)
