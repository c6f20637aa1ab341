"""A card with more stamps than one reward takes: what is ready, and how far the next one is, wherever it stands."""

import pytest
from msgspec.structs import replace

from terminal.interface.phrases import Speech
from terminal.interface.views import CardView, PointsView, StampsView
from ui.gallery.samples import CARDS
from ui.phrases.customer import CustomerPhrases
from ui.phrases.phrases import Phrases


def say() -> Phrases:
    return Phrases(Speech("en"), lambda: pytest.fail("no time is told"))


def stamps(count: int, target: int = 10) -> StampsView:
    return StampsView(count, target, count, 0, target - count, "Free coffee", 3)


def card(count: int) -> CardView:
    shown, _ = CARDS["stamps and points"]
    return replace(shown, stamps=stamps(count), points=PointsView(0, 0, 0), confirmed_at=None)


@pytest.mark.parametrize(
    ("count", "expected", "discs"),
    [
        (0, "0 of 10 stamps", 0),
        (9, "9 of 10 stamps", 9),
        (10, "10 of 10 stamps", 10),
        (11, "1 reward ready, 1 of 10", 1),
        (16, "1 reward ready, 6 of 10", 6),
        (20, "1 reward ready, 10 of 10", 10),
        (25, "2 rewards ready, 5 of 10", 5),
    ],
)
def test_what_is_ready_is_told_beside_what_is_on_its_way(count: int, expected: str, discs: int) -> None:
    assert say().card.stamps_so_far(stamps(count)) == expected
    assert expected in say().card.spoken(card(count))
    assert stamps(count).shown == discs


def test_the_customer_is_told_the_same(count: int = 16) -> None:
    view = CustomerPhrases(say()).card("Aurora", card(count))
    assert view.second == "1 reward ready, 6 of 10"
    assert "6/10" in view.spoken


def test_a_button_says_where_the_next_stamp_goes() -> None:
    assert say().card.stamp_button(stamps(9)) == "Stamp → 10 of 10"
    assert say().card.stamp_button(stamps(16)) == "Stamp → 7 of 10"
    assert say().card.stamps_reach(stamps(8), 3) == "→ 1 of 10"
    assert say().card.stamps_to_go(stamps(16)).startswith("4 to go: ")
