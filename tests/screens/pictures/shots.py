"""Takes pictures of all states through the real window, and checks their texts."""

import itertools
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget

from tests.screens.pictures.case_shots import CASE_STATES
from tests.screens.pictures.customer_shots import CUSTOMER_STATES, customer_window
from tests.screens.pictures.main_shots import MAIN_STATES
from tests.screens.pictures.new_shots import NEW_STATES
from tests.screens.pictures.report_shots import REPORT_STATES
from tests.screens.pictures.settings_shots import SETTINGS_STATES
from tests.screens.pictures.standing_shots import STANDING_STATES
from tests.support.overlaps import overlapping
from tests.support.screen import Screen
from tests.support.walk import until
from tests.support.words import clipped, shared, untranslated
from ui.window.customer_window import CustomerWindow

STATES = MAIN_STATES | SETTINGS_STATES | NEW_STATES | REPORT_STATES | CASE_STATES | STANDING_STATES | CUSTOMER_STATES


def _calm(screen: Screen) -> bool:
    window = screen.window
    return not (window.scan_panel.camera.has_seen or window.celebration.motion.runs or window.card_panel.face.moves)


def _still(shown: QWidget) -> bool:
    return not (isinstance(shown, CustomerWindow) and shown.moves)


@dataclass
class Taken:
    """The number of pictures, and problems with their texts."""

    screens: int = 0
    untranslated: list[str] = field(default_factory=list)
    clipped: list[str] = field(default_factory=list)
    overlapping: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)


def take(
    out: Path, sizes: tuple[tuple[int, int], ...], looks: tuple[bool, ...], languages: tuple[str, ...], only: str = ""
) -> Taken:
    """Writes the pictures to *out* and checks their texts."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    out.mkdir(parents=True, exist_ok=True)
    taken = Taken()
    wanted = {name: shot for name, shot in STATES.items() if only in name}
    for (name, shot), size, dark, language in itertools.product(wanted.items(), sizes, looks, languages):
        screen = shot.open(application, size=size, dark=dark, language=language)
        until(partial(_calm, screen))
        picture_name = f"{name}-{language}-{'dark' if dark else 'light'}-{size[0]}x{size[1]}"
        shown = customer_window(screen) if shot.of_customer else screen.window
        until(partial(_still, shown))
        shown.grab().save(str(out / f"{picture_name}.png"))
        taken.untranslated += [f"{picture_name}: {words}" for words in untranslated(shown, language)]
        taken.clipped += [f"{picture_name}: {words}" for words in clipped(shown)]
        taken.overlapping += [f"{picture_name}: {words}" for words in overlapping(shown)]
        taken.shared += [f"{picture_name}: {words}" for words in shared(shown)]
        if shown is not screen.window:
            shown.deleteLater()
        screen.close()
        taken.screens += 1
    return taken
