"""Low windows, as on laptops with task bars, still have room for everything."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication

from tests.screens.pictures.shots import STATES
from tests.support.overlaps import overlapping
from tests.support.screen import Screen
from tests.support.walk import settle, until
from tests.support.words import clipped
from ui.look.screen_layout import LEAST, LEAST_UPRIGHT, least_size, scale_on
from ui.widgets.text import Text

LAPTOP, SMALLEST = (1366, 696), LEAST
CROWDED = (
    "02-card",
    "02h-several",
    "04-offline-cooldown",
    "05-manager",
    "05b-who",
    "05e-many-people",
    "06b-enrol-name",
    "06d-enrol-code-again",
    "07-unknown",
    "11c-receipt-found",
    "12-menu",
    "13b-month",
)


@pytest.fixture
def shown(qapp: QApplication, request: pytest.FixtureRequest) -> Iterator[Screen]:
    name, size = request.param
    screen = STATES[name].open(qapp, size=size, language="de")
    until(lambda: not screen.window.scan_panel.camera.has_seen)
    qapp.processEvents()  # completes the layout
    yield screen
    screen.close()


@pytest.mark.parametrize("shown", [(name, size) for name in CROWDED for size in (LAPTOP, SMALLEST)], indirect=True)
def test_nothing_is_cut_or_lies_on_something_else(shown: Screen) -> None:
    assert overlapping(shown.window) == []
    assert clipped(shown.window) == []


@pytest.mark.parametrize("shown", [("08d-signed-off", LAPTOP), ("08d-signed-off", SMALLEST)], indirect=True)
def test_why_a_till_must_be_paired_is_seen_where_the_page_does_not_fit(shown: Screen) -> None:
    pairing = shown.window.screens.pairing_page
    [message] = [each for each in pairing.findChildren(Text) if each.text() == pairing.message]
    needed = message.heightForWidth(message.width())
    assert needed > message.fontMetrics().height(), "more than a line"
    assert message.visibleRegion().boundingRect().height() >= needed


@given(
    wanted=st.floats(0.5, 4),
    width=st.integers(320, 5000),
    height=st.integers(240, 5000),
)
def test_the_till_grows_with_the_system_as_far_as_the_screen_has_room(wanted: float, width: int, height: int) -> None:
    scale = scale_on(wanted, width, height)
    least = LEAST_UPRIGHT if height > width else LEAST
    assert 1.0 <= scale <= max(1.0, wanted)
    if scale > 1.0:
        assert least[0] * scale <= width + 1 and least[1] * scale <= height + 1
    if wanted >= 1.0 and least[0] * wanted <= width and least[1] * wanted <= height:
        assert scale == wanted


@given(width=st.integers(320, 5000), height=st.integers(240, 5000), wanted=st.floats(0.5, 4))
def test_no_window_gets_smaller_than_what_all_has_room_in(width: int, height: int, wanted: float) -> None:
    scale = scale_on(wanted, width, height)
    across, down = least_size(width, height, scale)
    assert across <= width and down <= height
    least = LEAST_UPRIGHT if height > width else LEAST
    if width >= least[0] and height >= least[1]:
        assert across + 1 >= least[0] * scale and down + 1 >= least[1] * scale


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "size"),
    [(name, LEAST) for name, shot in STATES.items() if not shot.of_customer]
    + [(name, LEAST_UPRIGHT) for name in CROWDED],
)
def test_at_the_smallest_size_every_state_has_its_place(qapp: QApplication, name: str, size: tuple[int, int]) -> None:
    screen = STATES[name].open(qapp, size=size, language="de")
    until(lambda: not screen.window.scan_panel.camera.has_seen)
    if STATES[name].trouble is None:  # else there is no till to answer
        settle(screen)  # and rows that were replaced are gone
    found = overlapping(screen.window)
    screen.close()
    assert found == []
