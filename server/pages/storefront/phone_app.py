"""What lets a phone keep the card's page: its name and icon on the home screen, and what works without a network."""

from typing import Any

import msgspec
from starlette.responses import Response

from resources.colours import STOREFRONT_LIGHT
from server.accounts.rights import Right
from server.companies import looks
from server.edge.asks import Ask
from server.edge.routes import Route, Visit
from server.pages import assets

MANIFEST, WORKER = "/{slug}/manifest.webmanifest", "/{slug}/worker.js"
_MANIFEST_TYPE, _SCRIPT = "application/manifest+json", "text/javascript; charset=utf-8"


def manifest(ask: Ask) -> Response:
    look, slug = looks.of_company(ask.conn, ask.company_id), ask.visit.company.slug
    icon = f"/{slug}/logo?v={look.logo}" if look.logo else assets.address("mark.svg")
    sizes, kind = ("128x128", "image/png") if look.logo else ("any", "image/svg+xml")
    said = {
        "name": look.name,
        "short_name": look.name[:12],
        "start_url": f"/{slug}/card",
        "scope": f"/{slug}/",
        "display": "standalone",
        "background_color": STOREFRONT_LIGHT.ground,
        "theme_color": look.shade.ground,
        "icons": [{"src": icon, "sizes": sizes, "type": kind}],
    }
    return Response(msgspec.json.encode(said), media_type=_MANIFEST_TYPE)


def worker(_ask: Ask) -> Response:
    """A worker's scope is at most the folder that it is loaded from."""
    return Response(assets.assets()["worker.js"].content, media_type=_SCRIPT, headers={"Cache-Control": "no-cache"})


_FILE: dict[str, Any] = {"method": "GET", "right": Right.STOREFRONT, "visit": Visit.ANYBODY}

ROUTES = (
    Route(**_FILE, path=MANIFEST, handler=manifest, title="The page as an app", media_type=_MANIFEST_TYPE),
    Route(**_FILE, path=WORKER, handler=worker, title="The page without a network", media_type=_SCRIPT),
)
