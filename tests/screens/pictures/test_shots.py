"""The checks of the pictures detect overlapping texts and controls, and texts over an edge."""

import pytest
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from tests.screens.conftest import Opens
from tests.screens.pictures.shots import STATES
from tests.screens.pictures.standing_shots import STANDING_STATES
from tests.support.cafe import token
from tests.support.overlaps import outside, overlapping, painted
from tests.support.walk import come_on_shift, scan
from ui.look.theme import load_fonts


class Sign(QWidget):
    """Paints two texts, *apart* pixels from each other."""

    def __init__(self, apart: int) -> None:
        super().__init__()
        self._apart = apart
        self.resize(300, 80)
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.drawText(10, 40, "Seven of ten")
        painter.drawText(10 + self._apart, 40, "confirmed")


def test_words_that_are_painted_on_one_another_are_named(qapp: QApplication) -> None:
    load_fonts()
    assert overlapping(Sign(20)) == ["'Seven of ten' and 'confirmed'"]
    assert overlapping(Sign(150)) == []


def test_words_that_run_over_the_edge_of_their_place_are_named(qapp: QApplication) -> None:
    assert outside(Sign(260)) == ["confirmed"]
    assert outside(Sign(150)) == []


def test_controls_that_share_a_place_are_named(qapp: QApplication) -> None:
    window = QWidget()
    window.resize(300, 100)
    for name, x in (("One", 0), ("Other", 60), ("Apart", 200)):
        button = QPushButton(name, window)
        button.setAccessibleName(name)
        button.setGeometry(x, 10, 90, 40)
    label = QLabel("Behind", window)
    label.setGeometry(0, 60, 90, 30)
    window.show()
    assert [pair for pair in overlapping(window) if " and " in pair and "'" not in pair] == ["One and Other"]


@pytest.mark.slow
def test_painted_words_are_read_as_well_as_labels(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    words = {each.words for each in painted(screen.window)}
    assert {"Marie Keller", "Card ending 4821", "264", "7 of 10 stamps", "Last at this till"} <= words


def test_every_way_a_till_may_stand_has_its_picture() -> None:
    assert set(STANDING_STATES) <= set(STATES)
    for word in (
        "unreachable",
        "captive-portal",
        "offline-long",
        "rewards-stopped",
        "too-old",
        "pair-again",
        "signed-off",
    ):
        assert any(word in name for name in STATES), word
