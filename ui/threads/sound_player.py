"""Plays the till's short sounds on their own thread, so that a speaker cannot block the window.

Sounds accompany visible signs only, so a machine without a speaker is simply silent.
"""

import logging
import threading
import wave
from collections.abc import Callable
from enum import StrEnum
from queue import Empty, SimpleQueue
from typing import Protocol

import resources

RATE = 32_000  # samples per second, mono, 16 bits
LOUDNESS = {"quiet": 0.3, "normal": 0.7, "loud": 1.0}
IDLE_S = 20.0  # then the speaker is closed, as another may have been plugged in
AGAIN_S = 30.0  # between tries to open a missing speaker
STOP_S = 0.3

log = logging.getLogger(__name__)


class Sound(StrEnum):
    """The sounds by meaning; each has a file in resources/sounds."""

    READ = "read"
    STAMP = "stamp"
    POINTS = "points"
    REWARD = "reward"
    REFUSED = "refused"
    UNDO = "undo"


class Unheard(Exception):
    """There is no speaker, or it was unplugged."""


class Speaker(Protocol):
    """An output for samples, used on one thread; a new sound replaces the current one."""

    def play(self, samples: bytes) -> None:
        """Starts playing and returns. Raises `Unheard`."""
        ...

    def close(self) -> None: ...


class SoundPlayer:
    """Plays sounds on its own thread."""

    def __init__(self, open_speaker: Callable[[], Speaker], seconds: Callable[[], float]) -> None:
        self.on = True
        self.volume = "normal"
        self._open_speaker, self._seconds = open_speaker, seconds
        self._wanted: SimpleQueue[Sound | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="sounds", daemon=True)  # a daemon, as a driver may hang

    def start(self) -> None:
        self._thread.start()

    def switch(self, on: bool, volume: str = "normal") -> None:
        """Switches sounds on or off, and sets the volume."""
        self.on, self.volume = on, volume

    def play(self, sound: Sound) -> None:
        """Plays a sound; returns at once. Thread-safe."""
        if self.on:
            self._wanted.put(sound)

    def stop(self) -> bool:
        """Stops; True if the speaker was closed in time."""
        self._wanted.put(None)
        if self._thread.is_alive():
            self._thread.join(STOP_S)
        return not self._thread.is_alive()

    # -- below: on the sounds' thread -------------------------------------------------------------------------

    def _run(self) -> None:
        heard: dict[tuple[Sound, str], bytes] = {}
        speaker: Speaker | None = None
        not_before_s = float("-inf")
        while True:
            try:
                sound = self._wanted.get(timeout=None if speaker is None else IDLE_S)
            except Empty:
                speaker = _close(speaker)
                continue
            if sound is None:
                _close(speaker)
                return
            if self._seconds() < not_before_s:
                continue
            try:
                speaker = speaker or self._open_speaker()
                key = (sound, self.volume)
                if key not in heard:
                    heard[key] = samples(sound, LOUDNESS[self.volume])
                speaker.play(heard[key])
                continue
            except Unheard as trouble:
                log.info("no sound: %s", trouble)
            except Exception:
                log.exception("the speaker broke")
            speaker, not_before_s = _close(speaker), self._seconds() + AGAIN_S


def samples(sound: Sound, loudness: float = LOUDNESS["normal"]) -> bytes:
    """The samples of *sound*."""
    with wave.open(str(resources.path(f"sounds/{sound}.wav")), "rb") as file:
        content = memoryview(file.readframes(file.getnframes())).cast("h")
    return b"".join(round(value * loudness).to_bytes(2, "little", signed=True) for value in content)


def _close(speaker: Speaker | None) -> Speaker | None:
    """Closes the speaker; returns None."""
    if speaker is not None:
        speaker.close()
    return None
