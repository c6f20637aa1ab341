"""`python -m tests.support.sounds`: computes the till's sounds and writes the WAV files in resources/sounds.

The sounds are short and of different shapes, to be distinguishable in a noisy shop. The output is reproducible.
"""

import io
import math
import random
import wave
from collections.abc import Callable

import resources
from ui.threads.sound_player import RATE, Sound

PEAK = 10 ** (-6 / 20)  # -6 dBFS
G5, C6, E6 = 783.99, 1046.50, 1318.51
Shape = Callable[[float], float]  # from seconds to amplitude


def tone(pitch: float, decay_s: float, begins_s: float = 0.0) -> Shape:
    """Struck wood: a note with an overtone, decaying."""

    def at(t: float) -> float:
        t -= begins_s
        if t < 0:
            return 0.0
        attack = min(1.0, t / 0.002)
        overtone = 0.35 * math.sin(2 * math.pi * 3.93 * pitch * t) * math.exp(-t / (decay_s / 4))  # a marimba bar's
        return attack * math.exp(-t / decay_s) * (math.sin(2 * math.pi * pitch * t) + overtone)

    return at


def thud(pitch: float, decay_s: float, begins_s: float = 0.0) -> Shape:
    """A low knock with falling pitch."""

    def at(t: float) -> float:
        t -= begins_s
        if t < 0:
            return 0.0
        turns = pitch * (t + 0.012 * (1 - math.exp(-t / 0.012)))
        return min(1.0, t / 0.001) * math.exp(-t / decay_s) * math.sin(2 * math.pi * turns)

    return at


def paper(decay_s: float) -> Shape:
    """The rustle of a stamp on paper: soft noise from a seed."""
    chance = random.Random(1)
    noise = [chance.uniform(-1.0, 1.0) for _ in range(RATE)]

    def at(t: float) -> float:
        index = int(t * RATE)
        return 0.5 * math.exp(-t / decay_s) * sum(noise[max(0, index - 3) : index + 1]) / 4

    return at


SHAPES: dict[Sound, tuple[int, tuple[Shape, ...]]] = {  # duration in ms, and shapes played together
    Sound.READ: (40, (tone(2000, 0.008),)),
    Sound.STAMP: (120, (thud(110, 0.035), paper(0.02))),
    Sound.POINTS: (160, (tone(G5, 0.05), tone(C6, 0.05, 0.07))),
    Sound.REWARD: (700, (tone(G5, 0.12), tone(C6, 0.14, 0.11), tone(E6, 0.2, 0.22), tone(2 * E6, 0.12, 0.22))),
    Sound.REFUSED: (180, (thud(150, 0.03), thud(120, 0.035, 0.09))),
    Sound.UNDO: (160, (tone(C6, 0.05), tone(G5, 0.05, 0.07))),
}


def samples(sound: Sound) -> list[int]:
    """The samples of *sound*: peak at -6 dBFS, the last ten milliseconds faded out."""
    lasts_ms, shapes = SHAPES[sound]
    count = RATE * lasts_ms // 1000
    heard = [sum(shape(index / RATE) for shape in shapes) for index in range(count)]
    fade = RATE // 100
    heard = [value * min(1.0, (count - index) / fade) for index, value in enumerate(heard)]
    loudest = max(abs(value) for value in heard)
    return [round(value / loudest * PEAK * 32767) for value in heard]


def as_wave(sound: Sound) -> bytes:
    """The WAV file of *sound*."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"".join(value.to_bytes(2, "little", signed=True) for value in samples(sound)))
    return out.getvalue()


def renew() -> None:
    """Writes all files."""
    for sound in Sound:
        resources.path(f"sounds/{sound}.wav").write_bytes(as_wave(sound))


if __name__ == "__main__":
    renew()
