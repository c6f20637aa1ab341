"""Icons of rewards, found by their names in any of the till's languages."""

import pytest
from PySide6.QtCore import QRect

from tests.screens.conftest import Opens
from tests.support.cafe import token
from tests.support.walk import come_on_shift, scan, settle
from ui.gallery.gallery import icon_names
from ui.screens.card.reward_icons import _WORDS, reward_icon
from ui.widgets.button_styles import REWARD
from ui.widgets.buttons import Button

WELL = QRect(12, 14, 44, 44)  # the place of a reward's icon


@pytest.mark.parametrize(
    ("icon", "names"),
    [
        (
            "coffee",
            ("Free coffee", "CAFE OFFERT", "Gratiskaffee", "E Kaffi gratis", "Thé à la menthe"),
        ),
        ("croissant", ("Croissant", "Nusshörnchen")),
        ("wheat", ("Bauernbrot", "Pain au levain", "E Brout")),
        ("cake-slice", ("Apfelkuchen", "Muffin", "Gâteau du jour")),
        ("ice-cream-cone", ("Eis", "An ice cream")),
        ("cup-soda", ("Apfelsaft", "Free drink")),
        ("shopping-bag", ("Tote bag", "Stofftasche", "Sac en toile")),
        ("scissors", ("Haarschnitt",)),
        ("percent", ("10 % off", "5% Rabatt auf Kaffee")),
    ],
)
def test_a_reward_is_shown_by_what_its_name_says(icon: str, names: tuple[str, ...]) -> None:
    assert {name: reward_icon(name) for name in names} == dict.fromkeys(names, icon)


@pytest.mark.parametrize("name", ["", "Surprise", "Reisführer", "Steak", "Überraschung", "5 € Einkauf", "Käseplatte"])
def test_what_no_picture_is_known_for_is_a_gift(name: str) -> None:
    assert reward_icon(name) == "gift"


def test_every_icon_of_a_reward_is_there() -> None:
    assert set(_WORDS) | {"gift"} <= set(icon_names())


def test_each_reward_on_the_card_has_its_own_picture(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    settle(screen)
    buttons = screen.window.card_panel.rewards.buttons
    for button, icon in zip(buttons, ("coffee", "croissant", "shopping-bag"), strict=True):
        drawn = Button(screen.theme, REWARD, parent=button.parentWidget())
        drawn.set_words(button.text(), button.second)
        drawn.set_icon(icon, "arrow-right")
        drawn.refuse(button.why)
        drawn.resize(button.size())
        assert button.grab(WELL).toImage() == drawn.grab(WELL).toImage()
