"""Decodes a picture that somebody sent, in a process apart: bytes on standard input, two pictures on standard output.

It is run as a script and imports nothing of ours, so that what is wrong in a decoder meets a process without keys and
without a database, which may use little memory and little time, and may open no file.
"""

import io
import resource
import struct
import sys

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP")
PIXELS_MAX = 40_000_000
SIDE_MAX, ICON_SIDE = 1024, 128  # of the picture, and of the small square one
UNREADABLE, TOO_LARGE = 3, 4  # exit codes
_MEMORY_MAX = 1 << 30
_CPU_S = 10


def main() -> int:
    """Reads, decodes and writes; the exit code says what was wrong."""
    data = sys.stdin.buffer.read()
    Image.init()  # loads the decoders, while files can still be opened
    _restrict()
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as found:
            if found.width * found.height > PIXELS_MAX:
                return TOO_LARGE
            pictures = _written_anew(found)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError, MemoryError):
        return UNREADABLE
    for picture in pictures:
        sys.stdout.buffer.write(struct.pack(">I", len(picture)) + picture)
    return 0


def _restrict() -> None:
    for what, most in (
        (resource.RLIMIT_AS, _MEMORY_MAX),
        (resource.RLIMIT_CPU, _CPU_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 3),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _written_anew(found: Image.Image) -> tuple[bytes, bytes]:
    """The picture, and a small square one, as PNG without anything that came beside the pixels."""
    found.draft("RGB", (SIDE_MAX, SIDE_MAX))  # a JPEG is decoded at the size it is needed in
    upright = ImageOps.exif_transpose(found)
    if upright.mode.startswith("I"):  # 16 bits a pixel
        upright = upright.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    pixels = upright.convert("RGBA")
    pixels.thumbnail((SIDE_MAX, SIDE_MAX), reducing_gap=3.0)
    icon = ImageOps.pad(pixels, (ICON_SIDE, ICON_SIDE), color=(0, 0, 0, 0))
    return _png(pixels), _png(icon)


def _png(pixels: Image.Image) -> bytes:
    bare = Image.frombytes(pixels.mode, pixels.size, pixels.tobytes())  # without metadata
    out = io.BytesIO()
    bare.save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
