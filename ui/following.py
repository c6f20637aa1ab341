"""What was chosen holds at once: look, motion, sound, mirror, the order of keys. The language is the conversation's."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from terminal.preferences import Preferences
from ui.choices import Choices
from ui.theme import Theme
from ui.window import Window


class Following(QObject):
    """Brings window, theme and sounds after the choices, and after the system where that was chosen."""

    def __init__(
        self,
        choices: Choices,
        theme: Theme,
        sound: Callable[[bool, str], None],
        system_dark: Callable[[], bool],
        *,
        window: Window | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._choices, self._theme, self._sound, self._system_dark = choices, theme, sound, system_dark
        self._window = window
        choices.changed.connect(self._follow)
        self._follow(choices.now)

    def system_changed(self) -> None:
        """The desktop went light or dark."""
        self._follow(self._choices.now)

    def _follow(self, now: Preferences) -> None:
        self._theme.set_dark(self._system_dark() if now.look == "system" else now.look == "dark")
        self._theme.still = now.still
        self._sound(now.sound, now.volume)
        if (window := self._window) is not None:
            for camera in (window.scan.camera, window.pairing.camera):
                camera.mirror(now.mirror)
            for pad in (window.shift.pad, window.override.pad):
                pad.shuffle(now.pin_shuffled)
