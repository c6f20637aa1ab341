"""A card as a picture, to be kept among the photos of a phone: names, number, and the code black on white."""

import io
from typing import TYPE_CHECKING

import resources
from server.cards.decrypted_texts import PrintedCodes
from server.companies.looks import Look
from server.pages import qr_codes
from server.translations import Translator

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

SIZE = (1080, 1350)
_EDGE, _RADIUS = 80, 56
_CODE = SIZE[0] - 2 * _EDGE
_CODE_TOP = 250
_QUIET = 4  # modules around it, by the standard
_WHITE, _BLACK = "#FFFFFF", "#000000"
_LINES_MIN = 40  # below this a name is cut instead of set smaller


def drawn(look: Look, name: str, codes: PrintedCodes | None, words: Translator) -> bytes:
    """The picture as PNG."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - loads slowly, and most requests draw nothing

    image = Image.new("RGB", SIZE, look.shade.ground)
    pen = ImageDraw.Draw(image)
    text = look.shade.text
    _line(pen, (_EDGE, 78), look.name, 64, text, "Inter-SemiBold.ttf")
    if name:
        _line(pen, (_EDGE, 166), name, 44, text, "Inter-Regular.ttf")
    box = (_EDGE, _CODE_TOP, _EDGE + _CODE, _CODE_TOP + _CODE)
    pen.rounded_rectangle(box, _RADIUS, fill=_WHITE)
    if codes is None:
        return _png(image)
    modules = qr_codes.modules(codes.token)
    side = _CODE // (len(modules) + 2 * _QUIET)
    left, top = (_EDGE + (_CODE - side * len(modules)) // 2, _CODE_TOP + (_CODE - side * len(modules)) // 2)
    for y, row in enumerate(modules):
        for x, is_dark in enumerate(row):
            if is_dark:
                at = (left + x * side, top + y * side)
                pen.rectangle((*at, at[0] + side - 1, at[1] + side - 1), fill=_BLACK)
    _line(pen, (_EDGE, SIZE[1] - 150), codes.number, 56, text, "Inter-SemiBold.ttf")
    hint = words.gettext("Please show this card when you pay.")
    _line(pen, (_EDGE, SIZE[1] - 78), hint, 32, text, "Inter-Regular.ttf")
    return _png(image)


def _line(pen: "object", at: tuple[int, int], text: str, size: int, colour: str, file: str) -> None:  # noqa: PLR0917
    """A line as large as fits, with its end cut off if it has to."""
    from PIL.ImageDraw import ImageDraw  # noqa: PLC0415

    assert isinstance(pen, ImageDraw)
    width = SIZE[0] - 2 * _EDGE
    font = _font(file, size)
    while font.getlength(text) > width and size > _LINES_MIN:
        size -= 4
        font = _font(file, size)
    while font.getlength(text) > width:
        text = f"{text[:-2]}\u2026"
    pen.text(at, text, font=font, fill=colour)


def _font(file: str, size: int) -> "FreeTypeFont":
    from PIL import ImageFont  # noqa: PLC0415

    return ImageFont.truetype(resources.path(f"fonts/{file}"), size, layout_engine=ImageFont.Layout.BASIC)


def _png(image: "object") -> bytes:
    from PIL.Image import Image  # noqa: PLC0415

    assert isinstance(image, Image)
    data = io.BytesIO()
    image.save(data, "PNG", optimize=False)
    return data.getvalue()
