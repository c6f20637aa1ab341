"""The headers of every page and every answer of the API."""

from collections.abc import Mapping

# Everything from this server alone and nothing inline; pictures may be written into the page.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_ALWAYS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
FOREVER = "public, max-age=31536000, immutable"  # for files whose name changes with their content
_PRIVATE = "no-store"
_TWO_YEARS = "max-age=63072000"


def headers(*, is_https: bool, cached: str = _PRIVATE) -> Mapping[str, str]:
    """The headers of one answer; unless it says otherwise nobody keeps it, as most of them are about a person."""
    found = _ALWAYS | {"Cache-Control": cached}
    return found | {"Strict-Transport-Security": _TWO_YEARS} if is_https else found
