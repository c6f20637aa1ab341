"""A company's look: text that reads on every colour, and logos that are written anew in a process apart."""

import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, Never

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from server.companies import colours, logos
from server.companies.colours import READS_AT, contrast, shade
from server.refusals import No, Refused

RED = (200, 20, 30)


def a_file(kind: str, mode: str = "RGB", size: tuple[int, int] = (300, 200), **options: Any) -> bytes:
    """A picture as somebody sends it."""
    colour: Any = RED if mode in ("RGB", "RGBA") else 1 if mode in ("P", "1") else 40_000
    drawn = Image.new(mode, size, colour)
    file = BytesIO()
    drawn.save(file, kind, **options)
    return file.getvalue()


def no_of(call: Callable[[], object]) -> No:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.reason


def test_contrast_is_what_the_standard_says() -> None:
    assert contrast("#FFFFFF", "#000000") == 21
    assert round(contrast("#777777", "#FFFFFF"), 2) == 4.48
    assert round(contrast("#0000FF", "#FFFFFF"), 2) == 8.59


@given(st.binary(min_size=3, max_size=3))
def test_text_reads_on_every_colour_and_only_what_must_be_is_darkened(channels: bytes) -> None:
    colour = f"#{channels.hex().upper()}"
    found = shade(colour)
    assert contrast(found.ground, found.text) == found.contrast >= READS_AT
    reads = any(contrast(colour, text) >= READS_AT for text in (colours.WHITE, colours.INK))
    assert (found.ground == colour) == reads
    if not reads:
        assert found.text == colours.WHITE and found.contrast < READS_AT + 0.25, "no darker than it must be"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sent", "size"),
    [
        (a_file("PNG"), (300, 200)),
        (a_file("JPEG", size=(3000, 1500)), (1024, 512)),
        (a_file("WEBP"), (300, 200)),
        (a_file("PNG", "I;16"), (300, 200)),
        (a_file("PNG", "P"), (300, 200)),
    ],
    ids=["png", "jpeg", "webp", "16 bits", "palette"],
)
def test_a_logo_is_written_anew_as_png_at_fixed_sizes(sent: bytes, size: tuple[int, int]) -> None:
    found = logos.decoded(sent)
    with Image.open(BytesIO(found.picture)) as picture, Image.open(BytesIO(found.icon)) as icon:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "RGBA", size)
        assert (icon.format, icon.size) == ("PNG", (128, 128))


@pytest.mark.slow
def test_what_comes_beside_the_pixels_is_gone_and_the_picture_stands_upright() -> None:
    camera = Image.Exif()
    camera[0x0112], camera[0x013B] = 6, "somebody"  # turned, and who took it
    upright = logos.decoded(a_file("JPEG", exif=camera, comment=b"somebody"))
    told = PngImagePlugin.PngInfo()
    told.add_text("Author", "somebody")
    plain = logos.decoded(a_file("PNG", pnginfo=told))
    for found in (upright, plain):
        assert b"somebody" not in found.picture + found.icon
    with Image.open(BytesIO(upright.picture)) as turned, Image.open(BytesIO(plain.picture)) as picture:
        assert (turned.size, turned.info) == ((200, 300), {})
        assert (picture.getpixel((150, 100)), picture.info) == ((*RED, 255), {})


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (SVG, No.LOGO_UNREADABLE),
        (b"", No.LOGO_UNREADABLE),
        (a_file("GIF"), No.LOGO_UNREADABLE),
        (a_file("PNG")[:-40], No.LOGO_UNREADABLE),
        (a_file("PNG", "1", (9000, 9000)), No.LOGO_TOO_LARGE),
        (bytes(logos.BYTES_MAX + 1), No.LOGO_TOO_LARGE),
    ],
    ids=["svg", "nothing", "gif", "cut off", "many pixels", "many bytes"],
)
def test_what_is_no_logo_is_refused(sent: bytes, reason: No) -> None:
    assert no_of(lambda: logos.decoded(sent)) is reason


@pytest.mark.slow
@pytest.mark.parametrize(
    "program",
    ["import os; os.kill(os.getpid(), 9)", "import sys; sys.stdin.read(); input()", "while True: pass"],
    ids=["dies", "fails", "goes on and on"],
)
def test_a_decoder_that_meets_its_end_is_a_picture_that_cannot_be_read(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "decoder.py"
    script.write_text(program)
    monkeypatch.setattr(logos, "_PROGRAM", script)
    monkeypatch.setattr(logos, "WITHIN_S", 0.3)
    assert no_of(lambda: logos.decoded(a_file("PNG"))) is No.LOGO_UNREADABLE


def test_a_decoder_may_take_little_and_open_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = logos._PROGRAM
    script = tmp_path / "decoder.py"
    script.write_text(
        f"import runpy, sys\n"
        f"found = runpy.run_path({str(real)!r})\n"
        f"found['_restrict']()\n"
        f"failed = 0\n"
        f"reads, writes = (lambda: open('/etc/passwd')), (lambda: open({str(tmp_path / 'x')!r}, 'w'))\n"
        f"for do in (lambda: bytearray(2 << 30), reads, writes):\n"
        f"    try:\n"
        f"        do()\n"
        f"    except (MemoryError, OSError):\n"
        f"        failed += 1\n"
        f"sys.exit(4 if failed == 3 else 0)\n"
    )
    monkeypatch.setattr(logos, "_PROGRAM", script)
    assert no_of(lambda: logos.decoded(b"anything")) is No.LOGO_TOO_LARGE, "each of the three is refused"


def test_who_would_wait_long_for_another_logo_is_told_so_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def meanwhile(*_words: Any, **_how: Any) -> Never:
        """Stands where one logo is decoded."""
        assert no_of(lambda: logos.decoded(b"another")) is No.BUSY
        raise subprocess.TimeoutExpired("decoder", logos.WITHIN_S)

    assert logos.TURN_WITHIN_S <= 1, "each who waits holds a thread that other pages need"
    monkeypatch.setattr(logos, "TURN_WITHIN_S", 0.001)
    monkeypatch.setattr(subprocess, "run", meanwhile)
    assert no_of(lambda: logos.decoded(b"one")) is No.LOGO_UNREADABLE
