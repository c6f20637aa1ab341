"""Films at thirty frames a second: a code slides in, brakes and is held, while focus and exposure settle."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from terminal.scanner.frames import Frame
from tests.frames.kinds import SEED
from tests.frames.shots import HEIGHT, OVER, WIDTH, Shot, place, seen
from tests.frames.things import Print, a_counter, a_thing, a_token

FPS = 30
EMPTY_FRAMES = 5
SLIDE_FRAMES = 22
HELD_FRAMES = 12
SHUTTER_S = 0.012


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """The text of the code and the frames."""

    text: str
    frames: Iterator[Frame]


def known_film(number: int, *, seed: str = SEED) -> Film:
    """The film with this number; the same for the same seed."""
    digest = hashlib.sha256(f"{seed}/film/{number}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:16]))
    text = a_token(rng)
    return Film(text, _frames(rng, text))


def _frames(rng: np.random.Generator, text: str) -> Iterator[Frame]:
    dark, light = (26, 26, 26), (238, 238, 238)
    if rng.random() < 0.2:
        dark, light = light, dark
    thing = a_thing(rng, text, Print(dark=dark, light=light, on_phone=bool(rng.random() < 0.6)))
    counter = a_counter(rng, cluttered=bool(rng.random() < 0.4), width=WIDTH * OVER, height=HEIGHT * OVER)
    held = Shot(
        module_px=float(rng.uniform(3.0, 6.5)),
        turn=float(rng.uniform(-14, 14)),
        tilt=(float(rng.uniform(-18, 18)), float(rng.uniform(-18, 18))),
        noise=float(rng.uniform(2, 6)),
        quality=80,
    )
    goal = np.array([rng.uniform(500, 780), rng.uniform(300, 420)])
    start = np.array([(-320, 400), (WIDTH + 320, 380), (640, HEIGHT + 380)][rng.integers(0, 3)])
    blur, glow, phase = rng.uniform(0, 0.9), rng.uniform(1, 2.2), rng.uniform(0, 6)

    def at(t: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        way = 1 - (1 - min(1.0, t * FPS / SLIDE_FRAMES)) ** 3
        tremble = 3 * np.array([math.sin(phase + 16 * t), math.sin(phase + 13 * t)])
        return np.asarray(start + (goal - start) * way + tremble, np.float64)

    for number in range(EMPTY_FRAMES + SLIDE_FRAMES + HELD_FRAMES):
        scene, t = counter.copy(), (number - EMPTY_FRAMES) / FPS
        if t < 0:
            yield seen(rng, scene, held, 1)
            continue
        here, ahead = at(t), at(t + SHUTTER_S)
        dx, dy = ahead - here
        settling = math.exp(-4 * t)
        shot = replace(
            held,
            centre=(float(here[0]), float(here[1])),
            motion=(math.hypot(dx, dy) / held.module_px, math.atan2(dy, dx)) if math.hypot(dx, dy) > 1 else (0.0, 0.0),
            defocus=blur * settling if blur * settling * held.module_px > 0.5 else 0.0,
            exposure=1 + (glow - 1) * settling,
        )
        place(rng, scene, thing, shot)
        yield seen(rng, scene, shot, thing.modules * shot.module_px)
