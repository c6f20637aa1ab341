"""Every page that was open before the language is changed speaks the new one when it is opened again."""

from collections.abc import Callable

import pytest

from tests.screens.conftest import Opens
from tests.support.cafe import MARIE
from tests.support.screen import Screen
from tests.support.walk import ANNA, come_on_shift, scan, settle
from tests.support.words import untranslated

pytestmark = pytest.mark.slow


def _menu(screen: Screen) -> None:
    screen.window.top_bar.menu_asked.emit()


PAGES: dict[str, Callable[[Screen], None]] = {
    "menu": _menu,
    "today": lambda screen: screen.conversation.menu_pages.reports.open_today(),
    "decided": lambda screen: screen.conversation.menu_pages.reports.open_decided(),
    "served": lambda screen: screen.conversation.menu_pages.reports.open_served(),
    "settings": lambda screen: screen.conversation.menu_pages.settings.open(),
    "history": lambda screen: screen.conversation.menu_pages.card_history.open_card(),
    "card actions": lambda screen: screen.conversation.menu_pages.card_actions.open(),
    "pins": lambda screen: screen.conversation.menu_pages.pin_changes.open(),
    "enrolment": lambda screen: screen.conversation.current_card.start_enrolment(),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_speaks_the_language_it_is_opened_in(opens: Opens, name: str) -> None:
    screen = opens()
    come_on_shift(screen, ANNA)
    for language in ("en", "de", "fr"):
        screen.preferences.choose(language=language)
        settle(screen)
        scan(screen, MARIE.token)
        settle(screen)
        PAGES[name](screen)
        settle(screen)
        assert untranslated(screen.window, language) == []
        screen.window.close_overlays()
        screen.conversation.current_card.put_away()
        settle(screen)
