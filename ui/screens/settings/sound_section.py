"""The settings for sounds, with a button to try each."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from terminal.machine.preferences import Preferences
from ui.look.theme import Theme
from ui.phrases.labels import Labels
from ui.phrases.phrases import Phrases
from ui.screens.settings.section import Section
from ui.threads.sound_player import Sound
from ui.widgets.button_styles import SIDE
from ui.widgets.buttons import Button
from ui.widgets.options import Options


class SoundSection(Section):
    """The section; sounds can be tried while sound is on."""

    icon = "volume-2"
    tried = Signal(object)  # Sound

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(theme, phrases, parent)
        words = phrases.labels
        hint, listen, loud = self.paragraph(), self.label(), self.label()
        phrases.always(lambda: loud.setText(words.sound_volume))
        phrases.always(lambda: hint.setText(words.sound_hint))
        phrases.always(lambda: listen.setText(words.sound_listen))
        self.on = Options(theme, 2)
        phrases.always(lambda: self.on.name([(True, words.sound_on, ""), (False, words.sound_off, "")]))
        self.on.chosen.connect(partial(self.chosen.emit, "sound"))
        self.volume = Options(theme, 3)
        self.volume.chosen.connect(partial(self.chosen.emit, "volume"))
        self.volume.chosen.connect(lambda _volume: self.tried.emit(Sound.STAMP))
        phrases.always(
            lambda: self.volume.name(
                [("quiet", words.sound_quiet, ""), ("normal", words.sound_normal, ""), ("loud", words.sound_loud, "")]
            )
        )
        grid = QGridLayout()
        grid.setSpacing(theme.px(12))
        self.tries: dict[Sound, Button] = {}
        for index, sound in enumerate(Sound):
            self.tries[sound] = each = Button(theme, SIDE, icon="volume-2")
            each.chosen.connect(partial(self.tried.emit, sound))
            grid.addWidget(each, *divmod(index, 2))
        phrases.always(self._say)
        self.column.addWidget(hint)
        self.column.addWidget(self.on)
        self.heading(loud)
        self.column.addWidget(self.volume)
        self.heading(listen)
        self.column.addLayout(grid)
        self.column.addStretch(1)

    @staticmethod
    def title(words: Labels) -> str:
        return words.sound

    def show_preferences(self, now: Preferences) -> None:
        self.on.show_chosen(now.sound)
        self.volume.show_chosen(now.volume)
        for button in (*self.tries.values(), *self.volume.buttons):
            button.refuse(None if now.sound or button.isChecked() else self._phrases.labels.sound_is_off)

    def _say(self) -> None:
        words = self._phrases.labels
        named = {
            Sound.READ: words.code_seen,
            Sound.STAMP: words.sound_stamp,
            Sound.POINTS: words.sound_points,
            Sound.REWARD: words.reward_reached,
            Sound.REFUSED: words.not_now,
            Sound.UNDO: words.taken_back,
        }
        for sound, button in self.tries.items():
            button.set_words(named[sound])
