"""Unusable buttons show a short reason, and the full sentence when tapped."""

from datetime import UTC

import pytest
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication

from loyalty.phrases import refusal as sentence
from loyalty.refusals import Reason, Refusal, Why
from terminal.interface.phrases import CompanySpeech
from terminal.interface.refusal_view import refused
from tests.screens.conftest import Opens
from tests.support.cafe import MARIE, NOON, Cafe, token
from tests.support.walk import come_on_shift, scan, settle, tap, type_keys
from tests.support.words import clipped
from ui.look.theme import Theme, Type, load_fonts
from ui.phrases.phrases import Phrases
from ui.phrases.refusals import short

ROOM_PX = 238  # width of a reward's second line at a window of 1024
OF_REWARDS = (
    Refusal(Reason.CARD_INACTIVE),
    Refusal(Reason.STAMPS_MISSING, missing=10),
    Refusal(Reason.POINTS_MISSING, missing=12_500),
    Refusal(Reason.BELOW_MINIMUM_REDEMPTION, minimum=10_000),
    Refusal(Reason.OFFLINE_TOO_LONG, days=12),
    Refusal(Reason.OTHER_STORE),
    Refusal(Reason.REWARD_INACTIVE),
    Refusal(Reason.CARD_WAITING),
    *(Refusal(Reason.MANAGER_NEEDED, why=why, hours=48) for why in Why),
)


@pytest.mark.parametrize("language", ["en", "fr", "de", "lb"])
@pytest.mark.parametrize("no", OF_REWARDS, ids=lambda no: f"{no.reason}-{no.why or ''}")
def test_what_keeps_a_reward_has_few_words_in_every_language(qapp: QApplication, no: Refusal, language: str) -> None:
    load_fonts()
    speech = CompanySpeech(language, "EUR")
    said = short(Phrases(speech, lambda: NOON, UTC), refused(no, speech))
    assert said != sentence(no, speech)
    assert QFontMetricsF(Theme().font(Type.BODY)).horizontalAdvance(said) <= ROOM_PX, said


def test_a_card_that_is_not_in_use_says_so_on_each_button_and_in_full_when_one_is_tapped(opens: Opens) -> None:
    cafe = Cafe()
    cafe.changes(MARIE, is_active=False)
    cafe.counter.hears()
    screen = opens(cafe, size=(1024, 768))
    come_on_shift(screen)
    scan(screen, token("marie"))
    card = screen.window.card_panel
    assert card.stamp.text() == "Card not in use"
    assert {button.second for button in card.rewards.buttons} == {"Card not in use"}
    assert clipped(screen.window) == []
    tap(screen, card.rewards.buttons[0])
    notice = screen.window.scan_panel.notice
    assert notice is not None
    assert notice.text == "This card is switched off. A manager can switch it on again."


def test_the_key_for_rewards_says_why_where_none_can_be_taken(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("paul"))
    type_keys(screen.window, "r")
    settle(screen)
    notice = screen.window.scan_panel.notice
    assert notice is not None
    assert notice.text == "1 stamp is missing for this reward."
