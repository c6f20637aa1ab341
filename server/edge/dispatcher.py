"""Carries out requests of the office: limits, who asks, the unit of work, the answer or the refusal.

Handlers run in threads of their own, few enough that the exchanges of tills always find one.
"""

import hmac
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Protocol

import structlog
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from pydantic_core import to_json
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from server import translations
from server.accounts import attempts, sessions, sign_in, support_view
from server.accounts.rights import Right
from server.companies import companies
from server.companies.companies import Company
from server.customers import customer_sessions
from server.db.units import CompanyUnknown, UnitOfWork
from server.edge import bodies, idempotency, problem_json, security_headers, signed_in, visitors
from server.edge.asks import Ask, Installation
from server.edge.field_errors import parsed
from server.edge.idempotency import KEY_FIELD
from server.edge.problem_json import HttpProblem
from server.edge.public_url import caller, slug_in, with_store
from server.edge.routes import Page, Redirect, Route, Unit
from server.edge.signed_in import Asker
from server.figures import watermarks
from server.problems import DatabaseProblem
from server.refusals import ChangedMeanwhile, No, Refused, TooMany
from server.translations import Translator

THREADS = 8
POLL_HEADER = "x-orion-poll"  # of requests that a page makes by itself, which keep no session alive
AGAIN_FIELD = "_password"  # of a form that asks for the password again
_log = structlog.get_logger()


class Frame(Protocol):
    """Makes pages; the room of pages hands it in."""

    def page(self, ask: Ask, page: Page) -> bytes: ...

    def problem(self, ask: Ask, problem: HttpProblem) -> Response: ...


class _RolledBack(Exception):
    """The answer is a refusal: nothing that its handler wrote stays."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.answer = answer


class Dispatcher:
    """The entrance of the routes of one table."""

    def __init__(self, installation: Installation, routes: Iterable[Route], frame: Frame) -> None:
        self.routes = tuple(routes)
        self._here = installation
        self._frame = frame
        self._threads = CapacityLimiter(THREADS)
        self._requests = attempts.Requests(installation.units, installation.keys.platform)

    def entrances(self) -> "dict[str, Entrance]":
        """What answers at each path."""
        found: dict[str, dict[str, Route]] = {}
        for route in self.routes:
            found.setdefault(route.path, {})[route.method] = route
        return {path: Entrance(self, methods) for path, methods in found.items()}

    async def answer(self, request: Request, route: Route) -> Response:
        """Carries out one request."""
        ask = self._begun(request, route)
        try:
            if route.takes_file is not None:
                return self.sealed(await self._answer_file(ask, request))
            body = await bodies.read(request, route.body_max) if route.changes else b""
            sent: Any = None
            if route.changes and not route.is_api:
                sent = await bodies.from_form(request, body)
            elif route.changes and route.body is not None:
                if bodies.media_type(request) != bodies.JSON:
                    raise HttpProblem("media_type")
                sent = bodies.from_json(body)
            answer = await run_sync(self._answered, ask, request, sent, body, limiter=self._threads)
        except HttpProblem as problem:
            answer = await run_sync(self._refused, ask, problem, limiter=self._threads)
        return self.sealed(answer)

    async def _answer_file(self, ask: Ask, request: Request) -> Response:
        """Carries out a request with a large file, which is read only of somebody who may send it."""
        route = ask.route
        admitted = await run_sync(self._guarded, ask, request, _admitted, limiter=self._threads)
        if admitted.status_code != 200:
            return admitted
        if not route.is_api:
            sent = await bodies.form_with_file(request, route.body_max)
            try:
                return await run_sync(self._answered, ask, request, sent, b"", limiter=self._threads)
            finally:
                for one in sent.values():
                    if isinstance(one, UploadFile):
                        await one.close()
        if bodies.media_type(request) != route.takes_file:
            raise HttpProblem("media_type")
        with await bodies.file(request, route.body_max) as file:
            return await run_sync(self._answered, replace(ask, file=file), request, None, b"", limiter=self._threads)

    def sealed(self, answer: Response) -> Response:
        """The answer with the headers that every one has."""
        cached = answer.headers.get("cache-control")
        more = {} if cached is None else {"cached": cached}
        for name, value in security_headers.headers(is_https=self._here.place.is_https, **more).items():
            answer.headers[name] = value
        return answer

    async def not_found(self, request: Request, reason: str = "unknown") -> Response:
        """The answer at an address that leads nowhere."""
        path = request.url.path
        nowhere = Route(method="GET", path=path, right=Right.ANYBODY, handler=lambda _: None, title="")
        ask = self._begun(request, nowhere)
        return self.sealed(await run_sync(self._refused, ask, HttpProblem(reason), limiter=self._threads))

    def _begun(self, request: Request, route: Route) -> Ask:
        return Ask(
            route=route,
            installation=self._here,
            words=Translator(translations.chosen(request.headers.get("accept-language"))),
            now=self._here.now(),
            url=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            path={name: str(value) for name, value in request.path_params.items()},
            address=caller("" if request.client is None else request.client.host),
            device=request.headers.get("user-agent", ""),
            is_poll=POLL_HEADER in request.headers,
            seen=request.headers.get("if-none-match", ""),
            token=signed_in.credentials(request, self._here.place).token,
            is_same_site=signed_in.is_same_site(request, self._here.place),
        )

    def _answered(self, ask: Ask, request: Request, sent: Any, body: bytes) -> Response:
        """The answer or the refusal, in a thread that may wait for the database."""

        def read(known: Ask) -> Ask:
            return parsed(known, bodies.query(request), sent, body)

        def carry_out(asked: Ask) -> Response:
            return self._once(asked, request, sent) if asked.route.books else self._carried_out(asked)

        return self._guarded(ask, request, carry_out, read)

    def _guarded(
        self,
        ask: Ask,
        request: Request,
        carry_out: Callable[[Ask], Response],
        read: Callable[[Ask], Ask] = lambda known: known,
    ) -> Response:
        """What *carry_out* answers for the request once its sender is known, or the refusal, whose page may repeat what
        *read* has found in the form."""
        try:
            ask = read(self._identified(ask, request))
            return carry_out(ask)
        except HttpProblem as problem:
            return self._refused(ask, problem)
        except Refused as refused:
            return self._refused(ask, problem_json.of_refused(refused, ask.words))
        except CompanyUnknown:
            return self._refused(ask, HttpProblem("unknown"))
        except ChangedMeanwhile as stale:
            return self._refused(ask, HttpProblem("changed_meanwhile", present=stale.present))
        except DatabaseProblem as failure:
            _log.error("the database failed", path=ask.route.path, kind=failure.kind, detail=str(failure))
            return self._refused(ask, HttpProblem("down"))
        except Exception:
            log_id = secrets.token_hex(4)
            _log.exception("request failed", path=ask.route.path, log_id=log_id)
            return self._refused(ask, HttpProblem("failed", log_id=log_id))

    def _identified(self, ask: Ask, request: Request) -> Ask:
        here, route = self._here, ask.route
        held = signed_in.credentials(request, here.place)
        signed_in.require_same_site(request, route, held, here.place)
        if route.visit is not None:
            return self._visiting(ask, request)
        slug = ask.path["slug"] if route.of_company else None
        refused: HttpProblem | None = None
        asker, company = None, None
        with here.units.read() as conn:
            session = signed_in.session_of(conn, held.token, ask.now)
            try:
                asker = signed_in.asker(conn, route, session, slug)
                company = None if slug is None or asker is None else companies.by_slug(conn, slug)
            except HttpProblem as problem:
                refused = problem
        if session is not None:
            self._requests.take(session.account_id, ask.now)  # also what is refused
        if refused is not None:
            raise refused
        if asker is None:
            return ask
        self._note(ask, asker)
        return _known(ask, asker, company)

    def _visiting(self, ask: Ask, request: Request) -> Ask:
        with self._here.units.read() as conn:
            company = companies.by_slug(conn, ask.path["slug"])
            kept = visitors.kept(request, self._here.place, company.slug)
            visitor = visitors.visitor(conn, ask.route, kept, company, ask.now)
        if visitor.session is not None and visitor.session.must_be_seen(ask.now):
            with self._here.units.platform_write() as conn:
                customer_sessions.seen(conn, company.id, visitor.session, ask.now)
        return replace(ask, company=company, visitor=visitor, words=visitors.words(request, visitor))

    def _note(self, ask: Ask, asker: Asker) -> None:
        """Writes down when a session was last seen, and each page or route that a support view opens.

        A request that a page sends by itself keeps nobody signed in, but is logged: its header can be forged.
        """
        was_seen = asker.session.must_be_seen(ask.now) and not ask.is_poll
        must_log = asker.is_support
        if not must_log and not was_seen:
            return
        with self._here.units.platform_write() as conn:
            if was_seen:
                sessions.seen(conn, asker.session, ask.now)
            if must_log:
                path = ask.url.partition("?")[0]
                support_view.page_opened(conn, asker.session, path, address=ask.address, now=ask.now)

    def _once(self, ask: Ask, request: Request, sent: Any) -> Response:
        """Carries out what books, or repeats the answer that the same request got before."""
        written = request.headers.get(idempotency.HEADER) if ask.route.is_api else (ask.form or {}).get(KEY_FIELD)
        key = idempotency.key(written)
        booking_id = idempotency.booking_id(ask.sender_id, ask.company_id, ask.route.name, key)
        ask = replace(ask, booking_id=booking_id)
        own = self._here.keys.company(ask.company_id)
        mark = idempotency.mark(ask.url, sent, self._here.keys.platform)
        once = idempotency.Request(booking_id, ask.company_id, mark, own, ask.now)
        with self._here.units.platform_write() as conn:
            stored = once.reserve(conn)
        if stored is not None:
            return stored
        try:
            return self._carried_out(ask, once)
        except BaseException:
            with self._here.units.platform_write() as conn:
                once.release(conn)
            raise

    def _carried_out(self, ask: Ask, once: idempotency.Request | None = None) -> Response:
        """Calls the handler in its unit of work, which is rolled back if the answer is a refusal."""
        if ask.route.confirms:
            self._confirm(ask)
        if ask.route.ahead is not None and not ask.errors:
            ask = replace(ask, ahead=ask.route.ahead(ask))
        try:
            with self._unit(ask) as conn:
                inside = ask if conn is None else ask.within(conn)
                mark = _mark(inside) if ask.route.is_live else None
                if mark is not None and mark == ask.seen:
                    return Response(status_code=304, headers={"ETag": mark})
                answer = self._made(inside, ask.route.handler(inside))
                if answer.status_code >= 400:
                    raise _RolledBack(answer)
                if mark is not None:
                    answer.headers["ETag"] = mark
                if once is not None and conn is not None:
                    once.keep(conn, answer)
                return answer
        except _RolledBack as refusal:
            if once is not None:
                with self._here.units.platform_write() as conn:
                    once.release(conn)
            return refusal.answer

    def _confirm(self, ask: Ask) -> None:
        """Refuses unless the password was given in the last minutes, or comes with the form."""
        again = (ask.form or {}).get(AGAIN_FIELD)
        if isinstance(again, str) and again:
            sign_in.confirm(self._here.units, self._here.keys, ask.who.session, again, ask.now)
        else:
            ask.who.session.require_confirmed(ask.now)

    @contextmanager
    def _unit(self, ask: Ask) -> Iterator[UnitOfWork | None]:
        units = self._here.units
        match ask.route.begins:
            case Unit.READ:
                with units.read() as conn:
                    yield conn
            case Unit.COMPANY:
                with units.write(ask.company_id) as conn:
                    yield conn
            case Unit.PLATFORM:
                with units.platform_write() as conn:
                    yield conn
            case Unit.OWN:
                yield None

    def _made(self, ask: Ask, result: Any) -> Response:
        if isinstance(result, Response):
            return result
        if isinstance(result, Redirect):
            to = result.to
            if ask.store_id is not None and ask.who.slug is not None:
                to = with_store(to, ask.who.slug, ask.store_id)
            answer = Response(status_code=303, headers={"Location": to})
            if result.token is not None:
                signed_in.set_cookie(answer, result.token, self._here.place)
            return answer
        if isinstance(result, Page):
            return Response(self._frame.page(ask, result), result.status, media_type="text/html")
        if ask.route.answer is None:
            return Response(status_code=204)
        return Response(to_json(result), ask.route.status, media_type=bodies.JSON)

    def _refused(self, ask: Ask, problem: HttpProblem) -> Response:
        """The refusal, on a page within the frame of whoever is signed in, if the database still answers."""
        if ask.route.is_api:
            return problem_json.response(problem, ask.words)
        bare = replace(ask, asker=None, company=None, visitor=None)
        try:
            return self._frame.problem(self._recognised(ask, problem), problem)
        except TooMany as refused:
            return self._frame.problem(bare, problem_json.of_refused(refused, ask.words))
        except Exception:
            _log.exception("a refusal has no frame", path=ask.route.path, reason=problem.reason)
            return self._frame.problem(bare, problem)

    def _recognised(self, ask: Ask, problem: HttpProblem) -> Ask:
        """The request with whoever sent it, even where it was refused before anybody looked."""
        if ask.asker is not None or ask.visitor is not None or ask.token is None:
            return ask
        slug = slug_in(ask.url)
        with self._here.units.read() as conn:
            session = signed_in.session_of(conn, ask.token, ask.now)
            asker = None if session is None else signed_in.recognised(conn, session, slug)
            company = None if slug is None or asker is None else companies.by_slug(conn, slug)
        if asker is None:
            return ask
        if problem.reason != No.TOO_MANY:
            self._requests.take(asker.account_id, ask.now)  # a frame takes as long as a page
        return _known(ask, asker, company)


class Entrance:
    """The ASGI application of one path."""

    def __init__(self, dispatcher: Dispatcher, routes: dict[str, Route]) -> None:
        self._dispatcher = dispatcher
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        route = self._routes.get("GET" if request.method == "HEAD" else request.method)
        if route is None:
            answer = await self._dispatcher.not_found(request, "method_not_allowed")
            answer.headers["Allow"] = ", ".join(sorted(self._routes))
        else:
            answer = await self._dispatcher.answer(request, route)
        await answer(scope, receive, send)


def _known(ask: Ask, asker: Asker, company: Company | None) -> Ask:
    """The request with its sender and company, in the sender's language."""
    language = asker.language if asker.language in translations.LANGUAGES else ask.words.language
    currency = "EUR" if company is None else company.settings.currency
    return replace(ask, asker=asker, company=company, words=Translator(language, currency))


def _admitted(ask: Ask) -> Response:
    """Nothing, before the file is read; a form may bring the password with it."""
    if ask.route.confirms and ask.route.is_api:
        ask.who.session.require_confirmed(ask.now)
    return Response()


def _mark(ask: Ask) -> str:
    """Stays the same for as long as the page does, for the same reader with the same rights at the same address.

    It is compared before the handler and its checks: nobody has a mark who was not sent the page, and who has lost a
    right gets another. It holds the minute, as some things change with time alone, such as which tills are silent.
    """
    is_of_one = ask.company is not None or "company_id" in ask.path
    changes = watermarks.of_company(ask.conn, ask.company_id) if is_of_one else watermarks.of_all(ask.conn)
    who, minute = ask.who, int(ask.now.timestamp()) // 60
    mine = None if who.member is None or who.member.store_ids is None else sorted(map(str, who.member.store_ids))
    page = to_json([minute, ask.words.language, changes, ask.url, str(who.account_id), who.role, mine])
    mark = hmac.digest(ask.installation.keys.platform.secret, b"page\x00" + page, "sha256")
    return f'"{mark.hex()[:32]}"'
