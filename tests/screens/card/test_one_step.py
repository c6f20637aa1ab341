"""Several stamps at once, amounts with their stamps, and amounts typed by mistake."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from terminal.interface.asks import Earn, Stamp, Void
from tests.screens.conftest import Opens
from tests.support.cafe import Cafe, rules, token
from tests.support.screen import Screen
from tests.support.walk import choose_key, come_on_shift, confirm, scan, settle, tap, type_keys


def served(opens: Opens, whose: str = "marie", cafe: Cafe | None = None) -> Screen:
    screen = opens(cafe)
    come_on_shift(screen)
    scan(screen, token(whose))
    return screen


def wrote(screen: Screen) -> list[object]:
    return [ask for ask in screen.counter.asked if isinstance(ask, Stamp | Earn | Void)]


def test_three_coffees_are_one_tap(opens: Opens) -> None:
    screen = served(opens)
    three = screen.window.card_panel.stamps.three
    assert three.accessibleName() == "3 stamps to 10 of 10"
    tap(screen, three)
    assert wrote(screen) == [Stamp(3)]
    assert screen.window.undo_bar.words == "+3 stamps"


def test_where_one_stamp_is_the_limit_only_one_is_offered(opens: Opens) -> None:
    screen = served(opens, cafe=Cafe(rules(max_stamps_per_visit=1)))
    stamps = screen.window.card_panel.stamps
    assert not (stamps.two.isVisible() or stamps.three.isVisible() or stamps.more.isVisible())
    type_keys(screen.window, "x")
    assert not screen.window.screens.stamp_count_overlay.is_open


def test_more_than_three_are_chosen_from_a_list_by_digit_or_finger(opens: Opens) -> None:
    screen = served(opens, "ines", Cafe(rules(max_stamps_per_visit=6)))
    tap(screen, screen.window.card_panel.stamps.more)
    several = screen.window.screens.stamp_count_overlay
    assert several.is_open
    assert sum(button.isVisible() for button in several.buttons) == 6
    for digit in "57":
        type_keys(several, digit)
    choose_key(several, "7")
    assert several.is_open, "a digit alone is nothing, and there are six"
    choose_key(several, "5")
    settle(screen)
    assert not several.is_open
    assert wrote(screen) == [Stamp(5)]


def test_amount_and_stamp_are_one_step_that_undo_takes_back_whole(opens: Opens) -> None:
    screen = served(opens)
    type_keys(screen.window, "4250")
    settle(screen)
    card = screen.window.card_panel
    assert (card.stamp.text(), card.stamp.second) == ("Stamp → 8 of 10", "with +42 points")
    type_keys(screen.window, "s")
    settle(screen)
    assert wrote(screen) == [Earn(4250, stamps=1)]
    assert card.face.accessibleName().endswith("8 of 10 stamps, 1 waiting, 306 points")
    assert (screen.window.undo_bar.words, screen.window.undo_bar.second) == ("+42 points", "+1 stamp")
    assert card.amount.minor == 0
    type_keys(screen.window, "u")
    settle(screen)
    assert isinstance(wrote(screen)[-1], Void)
    assert len(wrote(screen)) == 2
    assert card.face.accessibleName().split(", ")[2] == "7 of 10 stamps"
    assert card.face.accessibleName().endswith("264 points")


def test_an_amount_below_the_minimum_leaves_the_stamp_alone(opens: Opens) -> None:
    screen = served(opens)
    type_keys(screen.window, "150")
    settle(screen)
    assert screen.window.card_panel.stamp.second == ""
    type_keys(screen.window, "s")
    settle(screen)
    assert wrote(screen) == [Stamp()]


def test_an_unusual_amount_is_asked_about_before_it_is_booked(opens: Opens) -> None:
    screen = served(opens)
    type_keys(screen.window, "425000")
    settle(screen)
    confirm(screen.window)
    settle(screen)
    assert screen.window.doubt.is_open
    assert wrote(screen) == []
    QTest.keyClick(screen.window.doubt, Qt.Key.Key_Escape)
    settle(screen)
    assert wrote(screen) == []
    assert screen.window.card_panel.amount.minor == 425000
    confirm(screen.window)
    settle(screen)
    confirm(screen.window.doubt)
    settle(screen)
    assert wrote(screen) == [Earn(425000)]


def test_a_tap_faster_than_the_answer_is_not_booked_unseen(opens: Opens) -> None:
    screen = served(opens)
    type_keys(screen.window, "425000")
    confirm(screen.window)
    settle(screen)
    assert screen.window.doubt.is_open
    assert wrote(screen) == []


def test_a_card_shown_while_the_question_stands_gets_nothing(opens: Opens) -> None:
    screen = served(opens)
    type_keys(screen.window, "425000")
    settle(screen)
    type_keys(screen.window, "s")
    settle(screen)
    scan(screen, token("ines"))
    assert screen.window.card_panel.face.accessibleName().startswith("Marie Keller")
    confirm(screen.window.doubt)
    settle(screen)
    assert wrote(screen) == [Earn(425000, stamps=1)]
    assert screen.window.card_panel.face.accessibleName().startswith("Marie Keller")
