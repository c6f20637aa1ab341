"""What Google asks for: it calls back when a pass was saved or removed, and fetches the pictures that passes show."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response

from server.accounts import attempts
from server.accounts.attempts import Limit
from server.db import job_queue
from server.db.job_queue import DueJob
from server.db.units import CompanyUnknown
from server.edge import bodies, problem_json, security_headers
from server.edge.asks import Installation
from server.edge.problem_json import HttpProblem
from server.refusals import TooMany
from server.translations import Translator
from server.wallet import state, telling
from server.wallet.google import pictures
from server.wallet.google.callback import CallbackWrong, Called, Event
from server.wallet.google.maker import Google
from server.wallet.google.pictures import NoPicture

BYTES_MAX = 16_384  # of a callback
THREADS = 2
PNG = "image/png"

_log = structlog.get_logger()


class GoogleCalls:
    """Answers Google."""

    def __init__(self, installation: Installation, google: Google, sealed: Callable[[Response], Response]) -> None:
        self._here, self._google, self._sealed = installation, google, sealed
        self._threads = CapacityLimiter(THREADS)

    async def callback(self, request: Request) -> Response:
        """Takes note of a signed callback, once."""
        try:
            body = await bodies.read(request, BYTES_MAX)
        except HttpProblem as problem:
            return self._sealed(problem_json.response(problem, Translator("en")))
        return self._sealed(Response(status_code=await run_sync(self._noted, body, limiter=self._threads)))

    async def hero(self, request: Request) -> Response:
        """The row of stamps of a pass."""
        return await self._picture(partial(pictures.hero, self._google.issuer, **request.path_params))

    async def logo(self, request: Request) -> Response:
        """A company's logo."""
        drawn = partial(pictures.logo, self._google.issuer, self._here.units, **request.path_params)
        return await self._picture(drawn)

    async def _picture(self, drawn: Callable[[], bytes]) -> Response:
        try:
            picture = await run_sync(drawn, limiter=self._threads)
        except NoPicture:
            return self._sealed(problem_json.response(HttpProblem("unknown"), Translator("en")))
        headers = {"Cache-Control": security_headers.FOREVER}
        return self._sealed(Response(picture, media_type=PNG, headers=headers))

    def _noted(self, body: bytes) -> int:
        now = self._here.now()
        try:
            called = self._google.called(body, now)
        except CallbackWrong as wrong:
            _log.warning("a callback is not Google's", why=str(wrong))
            return 401
        company_id = self._google.issuer.company_of(called.class_id)
        pass_id = self._google.issuer.pass_of(called.object_id)
        if company_id is None or pass_id is None:
            return 200  # of another program of the same issuer
        units, platform = self._here.units, self._here.keys.platform
        try:
            with units.write(company_id) as conn:
                attempts.take(conn, platform, _once(called, now), called.nonce, now)
                if called.event is Event.SAVED:
                    state.saved(conn, company_id, pass_id, now)
                    job_queue.wake(conn, DueJob(company_id, telling.JOB), now)
                else:
                    state.removed(conn, company_id, pass_id, now)
        except (TooMany, CompanyUnknown):
            return 200  # it was noted before, or there is nobody to note it for
        return 200


def _once(called: Called, now: datetime) -> Limit:
    """The limit that takes a callback once, for as long as it may be repeated."""
    return Limit("google_callback", 1, called.ends - now)
