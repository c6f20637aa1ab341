"""Files that browsers keep for good: style sheet, script, fonts. A file's name has the hash of its content.

A style sheet begins with the colours of `resources.colours`, so that pages and till cannot differ.
"""

import gzip
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from resources.colours import DARK, LIGHT, PAGE_DARK, PAGE_LIGHT, STOREFRONT_DARK, STOREFRONT_LIGHT

FOLDER = Path(__file__).with_name("static")
PATH = "/static/"
_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
_NOT_OF_PAGES = {"scrim", "camera", "pill", "on_pill", "seen"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent."""

    name: str  # with its hash
    kind: str
    content: bytes
    packed: bytes | None  # by gzip; None if that gains nothing


@cache
def assets() -> dict[str, Asset]:
    """All files by their own name."""
    found = {file.name: file.read_bytes() for file in sorted(FOLDER.iterdir()) if file.suffix in _KINDS}
    fonts = {name: _asset(name, content) for name, content in found.items() if not name.endswith(".css")}
    style = found["office.css"].decode()
    for name, asset in fonts.items():  # fonts are named in the style sheet
        style = style.replace(f"url({name})", f"url({PATH}{asset.name})")
    office = _variables((LIGHT, PAGE_LIGHT), (DARK, PAGE_DARK)) + style
    storefront = _variables((LIGHT, PAGE_LIGHT, STOREFRONT_LIGHT), (DARK, PAGE_DARK, STOREFRONT_DARK))
    storefront += found["storefront.css"].decode()
    sheets = {"office.css": office, "storefront.css": storefront}
    return fonts | {name: _asset(name, text.encode()) for name, text in sheets.items()}


@cache
def by_hashed_name() -> dict[str, Asset]:
    """All files by the name they are asked for."""
    return {asset.name: asset for asset in assets().values()}


def address(name: str) -> str:
    """The path of a file."""
    return PATH + assets()[name].name


def _asset(name: str, content: bytes) -> Asset:
    stem, _, kind = name.rpartition(".")
    digest = hashlib.sha256(content).hexdigest()[:12]
    packed = gzip.compress(content, 9, mtime=0)
    smaller = packed if len(packed) < 0.9 * len(content) else None
    return Asset(f"{stem}.{digest}.{kind}", _KINDS[f".{kind}"], content, smaller)


def _variables(in_light: Sequence[Struct], in_dark: Sequence[Struct]) -> str:
    light, dark = "".join(_declared(*in_light)), "".join(_declared(*in_dark))
    return f":root{{color-scheme:light dark;{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"


def _declared(*colours: Struct) -> Iterator[str]:
    for each in colours:
        for role, value in msgspec.structs.asdict(each).items():
            if role not in _NOT_OF_PAGES:
                yield f"--{role.replace('_', '-')}:{value};"
