"""Sounds, their settings, and speakers that fail or hang."""

import threading
import wave
from uuid import UUID

import miniaudio
import pytest

import resources
from loyalty.refusals import Reason
from terminal.interface.asks import Stamp
from terminal.interface.views import EntryView, RefusalView, Reply
from terminal.problems import JournalUnwritable
from tests.screens.conftest import Opens
from tests.support.cafe import token
from tests.support.screen import Screen
from tests.support.sounds import as_wave
from tests.support.walk import buy, choose_person, come_on_shift, scan, settle, type_keys
from ui.flows.sound_cues import SoundCues, sound_of
from ui.threads.audio_output import LoudSpeaker
from ui.threads.sound_player import Sound, SoundPlayer, Unheard, samples


class Ear:
    """Records the sounds a screen plays."""

    def __init__(self, screen: Screen) -> None:
        self._heard: list[Sound] = []
        SoundCues(self._heard.append, screen.conversation, screen.thread, screen.conversation)

    def heard(self) -> list[Sound]:
        """The sounds since the last call; equal sounds at one moment count once."""
        new, self._heard[:] = list(dict.fromkeys(self._heard)), []
        return new


class FakeSpeaker:
    """A speaker that records what it plays; it may hang or be missing."""

    def __init__(self) -> None:
        self.played: list[bytes] = []
        self.opened = self.closed = 0
        self.there = True
        self.heard = threading.Event()

    def open(self) -> "FakeSpeaker":
        self.opened += 1
        if not self.there:
            raise Unheard("no card")
        return self

    def play(self, samples: bytes) -> None:
        self.played.append(samples)
        self.heard.set()

    def close(self) -> None:
        self.closed += 1


def test_a_card_that_is_read_ticks_and_its_stamp_sounds(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    ear = Ear(screen)
    scan(screen, token("marie"))
    assert ear.heard() == [Sound.READ]
    type_keys(screen.window, "s")
    settle(screen)
    assert ear.heard() == [Sound.STAMP]
    type_keys(screen.window, "u")
    settle(screen)
    assert ear.heard() == [Sound.UNDO]


def test_a_purchase_and_the_stamp_that_reaches_a_reward_sound_differently(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("paul"))
    ear = Ear(screen)
    buy(screen, "4250")
    assert ear.heard() == [Sound.POINTS]
    type_keys(screen.window, "s")
    settle(screen)
    assert ear.heard() == [Sound.REWARD]


def test_whatever_is_refused_knocks(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    ear = Ear(screen)
    scan(screen, "https://example.com/menu")
    assert ear.heard() == [Sound.READ, Sound.REFUSED]
    scan(screen, token("marie"))
    type_keys(screen.window, "s")
    settle(screen)
    ear.heard()
    type_keys(screen.window, "s")
    settle(screen)
    assert ear.heard() == [Sound.REFUSED], "the cooldown"
    screen.counter.problem = lambda ask: JournalUnwritable() if isinstance(ask, Stamp) else None
    scan(screen, token("paul"))
    type_keys(screen.window, "s")
    settle(screen)
    assert ear.heard() == [Sound.READ, Sound.REFUSED], "a full disk"


def test_a_wrong_pin_knocks(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    screen.conversation.staff.lock()
    settle(screen)
    ear = Ear(screen)
    choose_person(screen.window.screens.shift_page.tiles, "Lena Moreau")
    type_keys(screen.window.screens.shift_page, "0000")
    settle(screen)
    assert ear.heard() == [Sound.REFUSED]


def test_a_question_for_a_manager_is_no_refusal() -> None:
    asks = Reply(ok=False, refusal=RefusalView(Reason.MANAGER_NEEDED, "A manager, please."))
    assert sound_of(Stamp(), asks) is None
    stamped = Reply(ok=True, entry=EntryView(UUID(int=1), 1, "stamp_earned", stamps=1))
    assert sound_of(Stamp(), stamped) is Sound.STAMP


def test_a_sound_that_is_switched_off_reaches_no_speaker() -> None:
    speaker = FakeSpeaker()
    sounds = SoundPlayer(speaker.open, lambda: 0.0)
    sounds.start()
    sounds.on = False
    sounds.play(Sound.STAMP)
    sounds.on = True
    sounds.play(Sound.READ)
    assert speaker.heard.wait(10)
    assert sounds.stop()
    assert speaker.played == [samples(Sound.READ)]
    assert (speaker.opened, speaker.closed) == (1, 1)


def test_a_sound_is_as_loud_as_was_chosen() -> None:
    speaker = FakeSpeaker()
    sounds = SoundPlayer(speaker.open, lambda: 0.0)
    sounds.start()
    for volume in ("quiet", "loud"):
        speaker.heard.clear()
        sounds.switch(True, volume)
        sounds.play(Sound.STAMP)
        assert speaker.heard.wait(10)
    assert sounds.stop()
    quiet, loud = (max(memoryview(played).cast("h")) for played in speaker.played)
    assert 3 < loud / quiet < 3.7


def test_a_till_without_a_speaker_is_silent_and_looks_for_one_only_now_and_then() -> None:
    speaker, now = FakeSpeaker(), [0.0]
    speaker.there = False
    sounds = SoundPlayer(speaker.open, lambda: now[0])
    for _ in range(5):
        sounds.play(Sound.STAMP)
    sounds.play(Sound.READ)
    sounds.start()
    assert sounds.stop()
    assert (speaker.opened, speaker.played) == (1, [])


def test_a_speaker_that_hangs_holds_nobody_up() -> None:
    free, inside = threading.Event(), threading.Event()

    def hang() -> FakeSpeaker:
        inside.set()
        free.wait(30)
        return FakeSpeaker()

    sounds = SoundPlayer(hang, lambda: 0.0)
    sounds.start()
    sounds.play(Sound.STAMP)
    assert inside.wait(10)
    for _ in range(1000):
        sounds.play(Sound.STAMP)
    assert sounds.stop() is False
    free.set()


def test_the_real_speakers_driver_asks_for_every_sample() -> None:
    """Uses the null device, in real time."""
    speaker = LoudSpeaker([miniaudio.Backend.NULL])
    speaker.play(samples(Sound.READ))
    speaker.play(samples(Sound.STAMP))
    speaker.close()
    with pytest.raises(Unheard):
        speaker.play(samples(Sound.READ))


@pytest.mark.slow
def test_the_files_hold_what_was_computed_and_are_small() -> None:
    files = {sound: resources.path(f"sounds/{sound}.wav") for sound in Sound}
    assert [sound for sound, file in files.items() if file.read_bytes() != as_wave(sound)] == []
    assert sum(file.stat().st_size for file in files.values()) < 100_000
    assert {file.stem for file in resources.path("sounds").glob("*.wav")} == set(Sound)


def test_every_sound_is_as_loud_as_the_others_and_as_long_as_designed() -> None:
    lasts_ms = {}
    for sound in Sound:
        with wave.open(str(resources.path(f"sounds/{sound}.wav")), "rb") as file:
            content = memoryview(file.readframes(file.getnframes())).cast("h")
            lasts_ms[sound] = 1000 * file.getnframes() // file.getframerate()
        assert max(abs(value) for value in content) == pytest.approx(32767 * 0.501, rel=0.01)
    assert lasts_ms == {"read": 40, "stamp": 120, "points": 160, "reward": 700, "refused": 180, "undo": 160}
