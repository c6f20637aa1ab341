"""The pictures that Google fetches for its passes: a company's logo, and the row of stamps.

Their addresses hold what is drawn, and a seal. So nothing is kept for them, and nobody but us can have one drawn.
"""

import io
from uuid import UUID

from PIL import Image

from server.companies import looks
from server.companies.looks import LogoSize
from server.db.units import Units
from server.refusals import Refused
from server.wallet import strip
from server.wallet.google.objects import Issuer
from server.wallet.strip import Row

LOGO_SIDE = 660  # unverified
_FILLED = 0.66  # of the side by a logo, as Google shows a circle


class NoPicture(LookupError):
    """There is no picture at this address."""


def hero(issuer: Issuer, company: str, mark: str, seal: str) -> bytes:
    """The row of stamps at one of our addresses."""
    _checked(issuer, company, mark, seal)
    stamps, target, *rest = mark.split("-")
    ground, text = rest[-2:]
    row = Row(f"#{ground}", f"#{text}", "-".join(rest[:-2]), int(stamps), int(target))
    return strip.png(row, row.ground, strip.GOOGLE)


def logo(issuer: Issuer, units: Units, company: str, mark: str, seal: str) -> bytes:
    """The company's logo at one of our addresses, on its colour; without one, its stamp."""
    company_id = _checked(issuer, company, mark, seal)
    _logo, *stamp, ground, text = mark.split("-")
    try:
        with units.read() as conn:
            picture, _mark = looks.logo(conn, company_id, LogoSize.PICTURE)
    except Refused:
        return strip.icon(f"#{ground}", f"#{text}", "-".join(stamp), LOGO_SIDE)
    return _squared(picture, f"#{ground}")


def _checked(issuer: Issuer, company: str, mark: str, seal: str) -> UUID:
    try:
        company_id = UUID(hex=company)
    except ValueError:
        raise NoPicture from None
    if not issuer.is_sealed(company_id, mark, seal):
        raise NoPicture
    return company_id


def _squared(picture: bytes, ground: str) -> bytes:
    square = Image.new("RGB", (LOGO_SIDE, LOGO_SIDE), ground)
    room = int(LOGO_SIDE * _FILLED)
    with Image.open(io.BytesIO(picture), formats=("PNG",)) as found:
        pixels = found.convert("RGBA")
    scale = min(room / pixels.width, room / pixels.height)
    size = (max(1, round(pixels.width * scale)), max(1, round(pixels.height * scale)))
    pixels = pixels.resize(size, Image.Resampling.LANCZOS)
    square.paste(pixels, ((LOGO_SIDE - size[0]) // 2, (LOGO_SIDE - size[1]) // 2), pixels)
    out = io.BytesIO()
    square.save(out, "PNG", optimize=True)
    return out.getvalue()
