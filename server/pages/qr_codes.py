"""QR codes as drawings within a page, black on white in dark mode too, as cameras need it."""

from collections.abc import Sequence
from functools import lru_cache

from markupsafe import Markup

_QUIET = 4  # modules around it, by the standard
_KEPT = 1_000  # to make one takes half of a card page's time, and an open page asks again after each change


def svg(text: str) -> Markup:
    """A QR code with this text."""
    size, path = outline(text)
    drawing = '<svg class="qr" viewBox="0 0 {0} {0}" aria-hidden="true"><path d="{1}"/></svg>'
    return Markup(drawing).format(size, path)  # noqa: S704 - a drawing of our own


def modules(text: str) -> Sequence[Sequence[int]]:
    """The rows of a QR code, without its quiet zone; 1 is dark."""
    from segno import make_qr  # noqa: PLC0415 - loads the standard library's HTTP

    return make_qr(text, error="m").matrix


@lru_cache(maxsize=_KEPT)
def outline(text: str) -> tuple[int, str]:
    """How many modules wide a QR code is with its quiet zone, and the path of its dark ones."""
    rows = modules(text)
    path = "".join(
        f"M{x + _QUIET} {y + _QUIET}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark
    )
    return len(rows) + 2 * _QUIET, path
