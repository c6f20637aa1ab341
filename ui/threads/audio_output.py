"""The machine's speaker, through miniaudio. Used only on the thread of `ui.threads.sound_player`."""

import contextlib
import sys
from collections.abc import Generator
from pathlib import Path
from queue import Empty, SimpleQueue

import miniaudio

from ui.threads.sound_player import RATE, Unheard

BUFFER_MS = 30
_SAMPLE_BYTES = 2


class LoudSpeaker:
    """The system's default speaker, open until closed; plays silence between sounds."""

    def __init__(self, backends: list[miniaudio.Backend] | None = None) -> None:
        self._wanted: SimpleQueue[bytes] = SimpleQueue()
        try:
            self._device = miniaudio.PlaybackDevice(
                output_format=miniaudio.SampleFormat.SIGNED16,
                nchannels=1,
                sample_rate=RATE,
                buffersize_msec=BUFFER_MS,
                backends=_backends() if backends is None else backends,
                app_name="Orion Terminal",
            )
            stream = self._stream()
            next(stream)
            self._device.stop_callback = _gone  # required for miniaudio to notice unplugging
            self._device.start(stream)
        except miniaudio.MiniaudioError as error:
            raise Unheard(str(error)) from error

    def play(self, samples: bytes) -> None:
        if not self._device.running:
            raise Unheard("the speaker has gone")
        self._wanted.put(samples)

    def close(self) -> None:
        self._device.close()

    def _stream(self) -> Generator[bytes, int, None]:
        """Called on the driver's thread: yields the requested number of samples of the latest sound."""
        playing = b""
        count = yield b""
        while True:
            with contextlib.suppress(Empty):
                playing = self._wanted.get_nowait()
            size = count * _SAMPLE_BYTES
            now, playing = playing[:size], playing[size:]
            count = yield now.ljust(size, b"\0")


def _gone() -> None: ...


def _backends() -> list[miniaudio.Backend]:
    """The system's audio backends. ALSA is tried only if there is a sound card, as it prints many errors without
    one."""
    if not sys.platform.startswith("linux"):
        return []
    cards = any(Path("/dev/snd").glob("pcm*p"))
    return [miniaudio.Backend.PULSEAUDIO, *([miniaudio.Backend.ALSA] if cards else [])]
