"""The kinds of frames, each a difficulty for a counter's camera, and each frame by its number.

A frame depends only on kind, number and seed. Some of every hard kind are unreadable for any decoder.
"""

import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator

from terminal.scanner.frames import Frame
from tests.frames import faults
from tests.frames.faults import Fault, Spoil
from tests.frames.shots import HEIGHT, WIDTH, Shot, taken, taken_empty
from tests.frames.things import Colour, Print, a_token

SEED = "counter"
EMPTY = ("empty", "empty and cluttered")


@dataclass(frozen=True, slots=True, eq=False)
class KnownFrame:
    """A frame and its texts: `text` is the card's, or None; `beside` may be read too."""

    kind: str
    number: int
    frame: Frame
    text: str | None
    beside: str | None = None


def known_frames(
    per_kind: int, *, seed: str = SEED, kinds: tuple[str, ...] = (), first: int = 0
) -> Iterator[KnownFrame]:
    """*per_kind* frames of each kind."""
    for kind in kinds or KINDS:
        for number in range(first, first + per_kind):
            yield known_frame(kind, number, seed=seed)


def known_frame(kind: str, number: int, *, seed: str = SEED) -> KnownFrame:
    digest = hashlib.sha256(f"{seed}/{kind}/{number}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:16]))
    hard = float(rng.uniform(0, 1))
    shot = KINDS[kind](rng, _everyday(rng), hard)
    if kind in EMPTY:
        return KnownFrame(kind, number, taken_empty(rng, shot), None)
    text = _a_text(rng)
    if kind != "two codes":
        return KnownFrame(kind, number, taken(rng, text, shot), text)
    poster = f"https://example.org/{a_token(rng, 9)}"
    other = Shot(look=Print(on_phone=False), module_px=float(rng.uniform(3, 4.5)), centre=(1040.0, 250.0))
    return KnownFrame(kind, number, taken(rng, text, shot, (poster, other)), text, poster)


def _a_text(rng: Generator) -> str:
    """Mostly a bare token; sometimes with an address or a signed balance."""
    chance = rng.random()
    if chance < 0.6:
        return a_token(rng)
    if chance < 0.85:
        return f"https://go.example/c/{a_token(rng)}"
    return f"https://go.example/c/{a_token(rng, int(rng.integers(20, 90)))}/{a_token(rng)}"


def _everyday(rng: Generator) -> Shot:
    """A code as usually held up."""
    dark, light = int(rng.uniform(5, 50)), int(rng.uniform(205, 252))
    look = Print(
        level=str(rng.choice(["l", "m", "m", "q"])),
        quiet=int(rng.choice([2, 3, 4, 4])),
        dark=(dark, dark, dark),
        light=(light, light, light),
        on_phone=bool(rng.random() < 0.6),
    )
    return Shot(
        look=look,
        module_px=float(rng.uniform(2.7, 6.5)),
        turn=float(rng.uniform(-14, 14)),
        tilt=(float(rng.uniform(-12, 12)), float(rng.uniform(-12, 12))),
        centre=(float(rng.uniform(0.35, 0.65) * WIDTH), float(rng.uniform(0.42, 0.58) * HEIGHT)),
        cluttered=bool(rng.random() < 0.25),
        exposure=float(rng.uniform(0.7, 1.05)),
        noise=float(rng.uniform(1.5, 5)),
        quality=int(rng.uniform(70, 93)),
    )


def _tilted(rng: Generator, shot: Shot, hard: float) -> Shot:
    angle, way = 15 + 48 * hard, rng.uniform(0, 2 * math.pi)
    return replace(shot, tilt=(angle * math.cos(way), angle * math.sin(way)))


def _moving(rng: Generator, shot: Shot, hard: float) -> Shot:
    return replace(shot, motion=(0.5 + 2.3 * hard, float(rng.uniform(0, math.pi))))


def _inverted(rng: Generator, shot: Shot, hard: float) -> Shot:
    glow, night = int(255 - 60 * hard), int(rng.uniform(5, 55))
    look = replace(shot.look, dark=(glow, glow, glow), light=(night, night, night), on_phone=True)
    return replace(shot, look=look)


def _faint(rng: Generator, shot: Shot, hard: float) -> Shot:
    middle, half = rng.uniform(70, 180), 42 - 36 * hard
    tint = rng.uniform(0.9, 1.1, 3)
    dark, light = (tuple(int(v) for v in (middle + side * half) * tint) for side in (-1, 1))
    return replace(shot, look=replace(shot.look, dark=_colour(dark), light=_colour(light)))


def _coloured(rng: Generator, shot: Shot, hard: float) -> Shot:
    """Brand colours: dark ink on a light, coloured ground."""
    ink, ground = rng.uniform(0, 90 + 60 * hard, 3), rng.uniform(150 - 20 * hard, 250, 3)
    ink[rng.integers(0, 3)] += 90
    return replace(shot, look=replace(shot.look, dark=_colour(ink.astype(int)), light=_colour(ground.astype(int))))


def _colour(tones: object) -> Colour:
    blue, green, red = (int(tone) for tone in np.clip(np.asarray(tones), 0, 255))
    return blue, green, red


def _covered(rng: Generator, shot: Shot, hard: float) -> Shot:
    """A thumb over an edge or the corner without a finder pattern, or a logo in the middle."""
    r = 0.08 + 0.2 * hard
    x, y = ((0, 0), (0.5, rng.uniform(-0.25, 0.25)), (rng.uniform(-0.25, 0.25), 0.5), (0.48, 0.48))[rng.integers(0, 4)]
    return replace(shot, cover=(float(x), float(y), r * (0.65 if (x, y) == (0, 0) else 1)))


def _mixed(rng: Generator, shot: Shot, hard: float) -> Shot:
    """Two difficulties at once, each half as strong."""
    some = ("far", "tilted", "turned", "moving", "out of focus", "glare", "dim", "inverted", "moiré", "faint", "jpeg")
    for kind in rng.choice(some, 2, replace=False):
        shot = KINDS[str(kind)](rng, shot, hard * 0.6)
    return shot


def _two(rng: Generator, shot: Shot, hard: float) -> Shot:
    return replace(shot, centre=(float(rng.uniform(330, 520)), 380.0), module_px=min(5.0, shot.module_px))


def _of_one_brightness(rng: Generator, shot: Shot, hard: float) -> Shot:
    """Ink and ground of different colour but almost equal brightness."""
    pairs = rng.uniform(0, 255, (400, 2, 3))
    gray = pairs @ np.array([0.114, 0.587, 0.299])
    apart = np.abs(pairs[:, 0] - pairs[:, 1]).max(axis=1)
    fits = (np.abs(gray[:, 0] - gray[:, 1]) < 2 + 8 * (1 - hard)) & (apart > 110)
    ink, ground = pairs[int(np.argmax(fits))]
    return replace(shot, look=replace(shot.look, dark=_colour(ink), light=_colour(ground)))


def _with_logo(rng: Generator, shot: Shot, hard: float) -> Shot:
    """A logo in the middle of a code designed for it."""
    return replace(shot, cover=(0.0, 0.0, 0.08 + 0.1 * hard), look=replace(shot.look, level="h"))


def _cut_off(rng: Generator, shot: Shot, hard: float) -> Shot:
    """A code at the edge of the picture, with a cut quiet zone or cut modules."""
    module = min(shot.module_px, 5.0)
    half = module * 16.5  # half of a bare token's code
    inside = half * (1 + 0.12 - 0.2 * hard)
    x, y = ((inside, 360.0), (WIDTH - inside, 360.0), (640.0, HEIGHT - inside))[rng.integers(0, 3)]
    return replace(shot, centre=(x, y), module_px=module, turn=0.0, tilt=(0.0, 0.0))


def _befallen(fault: Fault) -> "Kind":
    return lambda rng, shot, hard: replace(shot, before=(fault, hard))


def _spoilt(fault: Spoil) -> "Kind":
    return lambda rng, shot, hard: replace(shot, after=(fault, hard))


BEFALLS: dict[str, Fault] = {
    "skewed": faults.skewed,
    "doubled": faults.doubled,
    "lit by LEDs": faults.lit_by_leds,
    "refreshed": faults.refreshed,
    "hazy": faults.hazy,
    "dirty lens": faults.dirty,
    "vignetted": faults.vignetted,
    "folded": faults.folded,
    "crumpled": faults.crumpled,
    "tinted": faults.tinted,
    "through pixels": faults.through_pixels,
}
SPOILS: dict[str, Spoil] = {
    "sharpened": faults.sharpened_too_much,
    "few tones": faults.in_few_tones,
    "dead pixels": faults.with_dead_pixels,
    "coarse": faults.coarse,
}

Kind = Callable[[Generator, Shot, float], Shot]

KINDS: dict[str, Kind] = {
    "clean": lambda rng, shot, hard: shot,
    "far": lambda rng, shot, hard: replace(shot, module_px=2.7 - 1.5 * hard),
    "tilted": _tilted,
    "turned": lambda rng, shot, hard: replace(shot, turn=float(rng.uniform(0, 360))),
    "moving": _moving,
    "out of focus": lambda rng, shot, hard: replace(shot, defocus=0.25 + 0.7 * hard),
    "glare": lambda rng, shot, hard: replace(shot, glare=hard),
    "dim": lambda rng, shot, hard: replace(shot, exposure=0.3 * 0.04**hard, noise=5 + 11 * hard),
    "inverted": _inverted,
    "moiré": lambda rng, shot, hard: replace(shot, raster=0.3 + 0.7 * hard),
    "faint": _faint,
    "covered": _covered,
    "cluttered": lambda rng, shot, hard: replace(shot, cluttered=True),
    "jpeg": lambda rng, shot, hard: replace(shot, quality=int(42 - 34 * hard)),
    "overexposed": lambda rng, shot, hard: replace(shot, bloom=0.2 + 0.8 * hard),
    "bent": lambda rng, shot, hard: replace(shot, bend=0.5 + 0.8 * hard, look=replace(shot.look, on_phone=False)),
    "mirrored": lambda rng, shot, hard: replace(shot, mirrored=True),
    "shadow": lambda rng, shot, hard: replace(shot, shadow=0.5 + 0.49 * hard),
    "flicker": lambda rng, shot, hard: replace(shot, bands=0.4 + 0.55 * hard),
    "coloured": _coloured,
    "dotted": lambda rng, shot, hard: replace(shot, look=replace(shot.look, dotted=0.2 + 0.8 * hard)),
    "smeared": lambda rng, shot, hard: replace(shot, smear=0.4 + 0.8 * hard),
    "cracked": lambda rng, shot, hard: replace(shot, cracks=1 + int(5 * hard), look=replace(shot.look, on_phone=True)),
    "wobble": lambda rng, shot, hard: replace(shot, wobble_px=(0.4 + 1.6 * hard) * shot.module_px),
    "interlaced": lambda rng, shot, hard: replace(shot, comb_px=3 + 14 * hard),
    "window": lambda rng, shot, hard: replace(shot, streak=hard),
    "lamps": lambda rng, shot, hard: replace(shot, lamps=2 + int(7 * hard)),
    "zoomed": lambda rng, shot, hard: replace(shot, module_px=1.5 + 0.8 * (1 - hard), zoom=2.0 + hard),
    "mixed": _mixed,
    **{name: _befallen(fault) for name, fault in BEFALLS.items()},
    **{name: _spoilt(fault) for name, fault in SPOILS.items()},
    "of one brightness": _of_one_brightness,
    "rounded": lambda rng, shot, hard: replace(shot, look=replace(shot.look, dotted=0.1 + 0.5 * hard, rounded=True)),
    "logo": _with_logo,
    "cut off": _cut_off,
    "two codes": _two,
    "empty": lambda rng, shot, hard: replace(shot, cluttered=False),
    "empty and cluttered": lambda rng, shot, hard: replace(shot, cluttered=True),
}
