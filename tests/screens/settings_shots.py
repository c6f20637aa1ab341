"""The settings page's states for the pictures: each section, opened as a person would."""

from collections.abc import Callable

from tests.support.screen import Screen
from tests.support.walk import settle
from ui.sections.about_section import AboutSection
from ui.sections.look_section import LookSection
from ui.sections.practice_section import PracticeSection
from ui.sections.section import Section
from ui.sections.sound_section import SoundSection

Show = Callable[[Screen], None]


def settings_states(idle: Show) -> dict[str, Show]:
    """By name; *idle* brings a till on shift."""

    def opened(section: type[Section]) -> Show:
        def show(screen: Screen) -> None:
            idle(screen)
            screen.conversation.settings.open()
            screen.window.settings.open_section(section)
            settle(screen)

        return show

    return {
        "16-look": opened(LookSection),
        "16b-sound": opened(SoundSection),
        "16c-practice": opened(PracticeSection),
        "16d-about": opened(AboutSection),
    }
