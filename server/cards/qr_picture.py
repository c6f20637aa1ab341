"""A card's code as a picture, for printing it again."""

import io

import segno

_QUIET = 4  # modules around the code


def picture(token: str) -> bytes:
    """The token as a QR code in SVG, black on white."""
    drawn = io.BytesIO()
    segno.make_qr(token, error="m").save(drawn, kind="svg", border=_QUIET, light="#fff", omitsize=True, xmldecl=False)
    return drawn.getvalue()
