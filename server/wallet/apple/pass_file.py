"""The file of a pass in Apple's format: what it shows as JSON, its pictures, a manifest of hashes, and a signature."""

import html
import io
import zipfile
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha1
from typing import Any
from uuid import UUID

import msgspec
from PIL import Image

from server.translations import Translator
from server.wallet import strip
from server.wallet.apple.signer import Identity
from server.wallet.pass_content import PassContent, PassState

MEDIA_TYPE = "application/vnd.apple.pkpass"
BYTES_MAX = 200_000
_SCALES = {1: "", 2: "@2x", 3: "@3x"}
_ICON, _LOGO = 29, (160, 50)  # points; a logo may be smaller


@dataclass(frozen=True, slots=True)
class Made:
    """What a pass is made of beside its content."""

    pass_id: UUID
    auth_token: str
    team: str
    pass_type: str
    service: str  # the address of the web service, to which phones add "/v1/…"
    logo: bytes | None  # PNG
    voided_at: datetime | None = None


def serial(pass_id: UUID) -> str:
    """The serial number of a pass."""
    return pass_id.hex


def packed(content: PassContent, made: Made, identity: Identity) -> bytes:
    """The signed file of a pass."""
    files = {"pass.json": msgspec.json.encode(described(content, made)), **_pictures(content, made.logo)}
    manifest = msgspec.json.encode({name: sha1(data).hexdigest() for name, data in files.items()})  # noqa: S324 - the format's
    files |= {"manifest.json": manifest, "signature": identity.signature(manifest)}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:  # some readers take nothing else
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def described(content: PassContent, made: Made) -> dict[str, Any]:
    """The contents of `pass.json`."""
    words = Translator(content.language)
    _ = words.gettext
    found: dict[str, Any] = {
        "formatVersion": 1,
        "passTypeIdentifier": made.pass_type,
        "teamIdentifier": made.team,
        "serialNumber": serial(made.pass_id),
        "organizationName": content.company,
        "description": _("Loyalty card of {company}").format(company=content.company),
        "webServiceURL": made.service,
        "authenticationToken": made.auth_token,
        "sharingProhibited": True,
        "logoText": content.company,
        "backgroundColor": _colour(content.ground),
        "foregroundColor": _colour(content.text),
        "labelColor": _colour(content.text),
        "storeCard": {
            "headerFields": _header(content, words),
            "secondaryFields": _secondary(content, words),
            "backFields": _back(content, words),
        },
    }
    if content.token:
        code = {"format": "PKBarcodeFormatQR", "message": content.token, "messageEncoding": "iso-8859-1"}
        found["barcodes"] = [code | {"altText": content.number}]
    if content.state is PassState.VOID:
        found["voided"] = True
        if made.voided_at is not None:
            found["expirationDate"] = made.voided_at.replace(microsecond=0).isoformat()
    return found


def _header(content: PassContent, words: Translator) -> list[dict[str, Any]]:
    if content.points is None:
        return []
    return [{"key": "points", "label": words.gettext("Points"), "value": content.points}]


def _secondary(content: PassContent, words: Translator) -> list[dict[str, Any]]:
    _ = words.gettext
    found: list[dict[str, Any]] = []
    if content.notice:
        found.append({"key": "notice", "label": _("Please note"), "value": content.notice, "changeMessage": "%@"})
    elif content.status:  # the one field whose changes a phone shows: with several it says something general
        status = {"key": "status", "label": content.status_label, "value": content.status, "changeMessage": "%@"}
        found.append(status)
    if content.points_until is not None and content.state is PassState.ON:
        until = {"key": "until", "label": _("Points until"), "value": f"{content.points_until.isoformat()}T12:00:00Z"}
        found.append(until | {"dateStyle": "PKDateStyleMedium", "ignoresTimeZone": True})
    return found


def _back(content: PassContent, words: Translator) -> list[dict[str, Any]]:
    _ = words.gettext
    page = html.escape(content.card_page)
    fields = [
        ("rewards", _("Rewards"), "\n".join(f"{one.name}: {one.value}" for one in content.rewards)),
        ("history", _("Last bookings"), "\n".join(f"{one.name}: {one.value}" for one in content.history)),
        ("stores", _("Stores"), "\n".join(content.stores)),
        ("number", _("Card number"), content.number),
        ("page", _("Your card's page"), content.card_page),
        (
            "leave",
            _("Leaving"),
            _("Remove this pass from your phone. Your card stays as it is."),
        ),
    ]
    found: list[dict[str, Any]] = [
        {"key": key, "label": label, "value": value} for key, label, value in fields if value
    ]
    return [one | {"attributedValue": page} if one["key"] == "page" else one for one in found]


def _colour(colour: str) -> str:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return f"rgb({red}, {green}, {blue})"


def _pictures(content: PassContent, logo: bytes | None) -> dict[str, bytes]:
    row = strip.row_of(content)
    found = {}
    strips = strip.pngs(row, content.ground, strip.APPLE, tuple(_SCALES)) if row is not None else {}
    for scale, suffix in _SCALES.items():
        icon, mark = _marks(logo, content.ground, content.text, content.stamp, scale)
        found[f"icon{suffix}.png"], found[f"logo{suffix}.png"] = icon, mark
        if scale in strips:
            found[f"strip{suffix}.png"] = strips[scale]
    return found


@lru_cache(maxsize=128)
def _marks(logo: bytes | None, ground: str, text: str, stamp: str, scale: int) -> tuple[bytes, bytes]:
    """Icon and logo at one scale: the company's, or its stamp on its colour."""
    if logo is None:
        side = _LOGO[1] * scale
        return strip.icon(ground, text, stamp, _ICON * scale), strip.icon(ground, text, stamp, side)
    with Image.open(io.BytesIO(logo), formats=["PNG"]) as picture:
        pixels = picture.convert("RGBA")
    mark = pixels.copy()
    mark.thumbnail((_LOGO[0] * scale, _LOGO[1] * scale))
    square = Image.new("RGBA", (_ICON * scale, _ICON * scale), ground)
    pixels.thumbnail((_ICON * scale, _ICON * scale))
    square.paste(pixels, ((square.width - pixels.width) // 2, (square.height - pixels.height) // 2), pixels)
    return _png(square), _png(mark)


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
