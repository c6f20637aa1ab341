"""Applies preferences at once: theme, motion, sound, mirror, key order. The conversation applies the language."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QWidget

from terminal.machine.preferences import Preferences
from ui.look.high_contrast import in_high_contrast
from ui.look.theme import Theme
from ui.screens.scan.camera_view import CameraView
from ui.screens.staff.pin_pad import PinPad
from ui.threads.saved_preferences import SavedPreferences
from ui.window.window import Window


class PreferencesApplier(QObject):
    """Applies preferences to window, theme and sounds, and follows the system's theme and contrast if chosen."""

    def __init__(
        self,
        preferences: SavedPreferences,
        theme: Theme,
        sound: Callable[[bool, str], None],
        system_dark: Callable[[], bool],
        *,
        system_contrast: Callable[[], QPalette | None] = lambda: None,
        window: Window | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._preferences, self._theme, self._sound, self._system_dark = preferences, theme, sound, system_dark
        self._system_contrast, self._window = system_contrast, window
        preferences.changed.connect(self._follow)
        if window is not None:
            window.added.connect(self._suit)
        self._follow(preferences.now)

    def system_changed(self) -> None:
        """Follows a change of the system's theme, contrast or colours."""
        self._follow(self._preferences.now)

    def _follow(self, now: Preferences) -> None:
        palette = self._system_contrast()
        dark = self._system_dark() if now.look == "system" else now.look == "dark"
        self._theme.set_dark(dark, None if palette is None else in_high_contrast(palette))
        self._theme.still = now.still
        self._sound(now.sound, now.volume)
        if self._window is not None:
            self._suit(self._window)

    def _suit(self, screen: QWidget) -> None:
        """Applies the preferences to the window, or to a part just created."""
        now = self._preferences.now
        for camera in screen.findChildren(CameraView):
            camera.mirror(now.mirror)
        for pad in screen.findChildren(PinPad):
            pad.shuffle(now.pin_shuffled)
