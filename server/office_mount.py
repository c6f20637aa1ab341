"""The office within the web application: its pages, routes and files, and an answer wherever nothing is.

It stands behind the paths of tills, so that their requests pass through none of it.
"""

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Mapped
from starlette.types import Receive, Scope, Send

from server.api.customer import card_events
from server.api.customer.card_events import CardEvents
from server.api.wallet.apple import AppleCalls
from server.api.wallet.google import GoogleCalls
from server.edge import security_headers
from server.edge.asks import Installation
from server.edge.dispatcher import Dispatcher
from server.edge.routes import Route
from server.hints import Hints
from server.pages import assets
from server.pages.render import Pages
from server.route_table import ROUTES
from server.wallet import badges
from server.wallet.badges import Badges
from server.wallet.google import objects


def mount(app: FastAPI, installation: Installation, hints: Hints, routes: Sequence[Route] = ROUTES) -> None:
    """Adds the office to the application, behind what it already answers; *hints* wake the pages of customers."""
    dispatcher = Dispatcher(installation, routes, Pages(routes))
    entrances = dispatcher.entrances()
    app.router.routes.append(Mapped(card_events.PATH, CardEvents(installation, hints).answer, methods=["GET"]))
    if installation.apple is not None:
        app.router.routes += AppleCalls(installation, installation.apple, dispatcher.sealed).routes
    if installation.google is not None:
        calls = GoogleCalls(installation, installation.google, dispatcher.sealed)
        app.router.routes.append(Mapped(objects.CALLBACK, calls.callback, methods=["POST"]))
        app.router.routes.append(Mapped(objects.HERO, calls.hero, methods=["GET"]))
        app.router.routes.append(Mapped(objects.LOGO, calls.logo, methods=["GET"]))
    if installation.badges is not None:
        app.router.routes.append(Mapped(badges.PATH, _BadgeFiles(dispatcher, installation.badges)))
    fixed_first = sorted(entrances, key=lambda path: ("{" in path, path))  # /stores/new before /stores/{store_id}
    for path in fixed_first:
        app.router.routes.append(Mapped(path, entrances[path]))
    app.router.routes.append(Mapped(assets.PATH + "{name}", _Files(dispatcher)))
    app.router.routes.append(Mapped("/{path:path}", _Nowhere(dispatcher)))


class _Files:
    """Answers with the files that browsers keep for good."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        asset = assets.by_hashed_name().get(request.path_params["name"])
        if asset is None or request.method not in ("GET", "HEAD"):
            await (await self._dispatcher.not_found(request))(scope, receive, send)
            return
        content, headers = asset.content, {"Cache-Control": security_headers.FOREVER, "Vary": "Accept-Encoding"}
        if asset.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            content = asset.packed
            headers["Content-Encoding"] = "gzip"
        answer = Response(content, media_type=asset.kind, headers=headers)
        await self._dispatcher.sealed(answer)(scope, receive, send)


class _BadgeFiles:
    """Answers with the makers' badges."""

    def __init__(self, dispatcher: Dispatcher, kept: Badges) -> None:
        self._dispatcher, self._kept = dispatcher, kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        badge = self._kept.named(request.path_params["name"])
        if badge is None or request.method not in ("GET", "HEAD"):
            await (await self._dispatcher.not_found(request))(scope, receive, send)
            return
        answer = Response(badge.content, media_type=badge.kind, headers={"Cache-Control": security_headers.FOREVER})
        await self._dispatcher.sealed(answer)(scope, receive, send)


class _Nowhere:
    """Answers at addresses that lead nowhere."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._dispatcher.not_found(Request(scope, receive))
        await answer(scope, receive, send)
