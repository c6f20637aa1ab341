"""What was chosen holds at once: light or dark, sound or none. The language is the conversation's."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from terminal.preferences import Preferences
from ui.choices import Choices
from ui.theme import Theme


class Following(QObject):
    """Brings theme and sounds after the choices, and after the system where that was chosen."""

    def __init__(
        self,
        choices: Choices,
        theme: Theme,
        sound: Callable[[bool], None],
        system_dark: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._choices, self._theme, self._sound, self._system_dark = choices, theme, sound, system_dark
        choices.changed.connect(self._follow)
        self._follow(choices.now)

    def system_changed(self) -> None:
        """The desktop went light or dark."""
        self._follow(self._choices.now)

    def _follow(self, now: Preferences) -> None:
        self._theme.set_dark(self._system_dark() if now.look == "system" else now.look == "dark")
        self._theme.still = now.still
        self._sound(now.sound)
