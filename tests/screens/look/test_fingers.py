"""Scrolling and tapping lists by finger."""

import msgspec
from PySide6.QtCore import QPoint
from PySide6.QtGui import QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from terminal.interface.views import RewardView
from tests.screens.conftest import Opens
from tests.support.cafe import token
from tests.support.screen import Screen
from tests.support.walk import come_on_shift, scan, settle, until
from ui.screens.card.reward_list import RewardList
from ui.screens.settings.about_section import AboutSection

REWARDS = tuple(RewardView(f"r{index}", f"Reward {index}", 10, None) for index in range(8))
STEP_PX, STEPS = 8, 16


class Finger:
    """A finger on the till's window."""

    def __init__(self, screen: Screen) -> None:
        self._window = screen.window
        self._device: QPointingDevice = QTest.createTouchDevice()
        self._at = QPoint()

    def down(self, at: QPoint) -> None:
        self._at = at
        QTest.touchEvent(self._window, self._device, False).press(0, at, self._window).commit()
        QApplication.processEvents()

    def move(self, by: QPoint) -> None:
        self._at += by
        QTest.touchEvent(self._window, self._device, False).move(0, self._at, self._window).commit()
        QApplication.processEvents()

    def up(self) -> None:
        QTest.touchEvent(self._window, self._device, False).release(0, self._at, self._window).commit()
        QApplication.processEvents()


def a_card_with_many(opens: Opens, size: tuple[int, int] = (1366, 768)) -> tuple[Screen, RewardList, list[RewardView]]:
    screen = opens(size=size)
    come_on_shift(screen)
    scan(screen, token("marie"))
    view = screen.counter.card
    screen.window.card_panel.show_view(msgspec.structs.replace(view, rewards=REWARDS))
    settle(screen)
    taken: list[RewardView] = []
    screen.window.card_panel.rewards.chosen.disconnect()
    screen.window.card_panel.rewards.chosen.connect(taken.append)
    return screen, screen.window.card_panel.rewards, taken


def middle_of(screen: Screen, rewards: RewardList, index: int) -> QPoint:
    button = rewards.buttons[index]
    return button.mapTo(screen.window, button.rect().center())


def test_a_finger_that_moves_the_rewards_takes_none_and_they_come_to_rest_on_a_whole_one(opens: Opens) -> None:
    screen, rewards, taken = a_card_with_many(opens)
    before = middle_of(screen, rewards, 0).y()
    finger = Finger(screen)
    finger.down(middle_of(screen, rewards, 1))
    for _ in range(STEPS):
        finger.move(QPoint(0, -STEP_PX))
    finger.up()
    row = middle_of(screen, rewards, 1).y() - middle_of(screen, rewards, 0).y()
    until(lambda: (moved := before - middle_of(screen, rewards, 0).y()) > 0 and moved % row == 0)
    assert taken == []


def test_a_finger_that_taps_a_reward_is_answered_on_the_way_down_and_takes_it(opens: Opens) -> None:
    screen, rewards, taken = a_card_with_many(opens)
    finger = Finger(screen)
    finger.down(middle_of(screen, rewards, 1))
    until(rewards.buttons[1].isDown)
    assert taken == []
    finger.up()
    until(lambda: taken == [REWARDS[1]])


def test_half_of_the_next_reward_is_shown_where_there_is_no_room_for_all(opens: Opens) -> None:
    for size in ((1366, 768), (1024, 768), (800, 1280)):
        _, rewards, _ = a_card_with_many(opens, size)
        shown = [button.visibleRegion().boundingRect().height() for button in rewards.buttons]
        whole = rewards.buttons[0].height()
        assert shown == [whole] * shown.count(whole) + [whole // 2] + [0] * shown.count(0), size
        assert shown.count(whole) >= 2


def test_three_rewards_need_no_moving(opens: Opens) -> None:
    screen = opens(size=(1024, 768))
    come_on_shift(screen)
    scan(screen, token("marie"))
    shown = [button.visibleRegion().boundingRect().height() for button in screen.window.card_panel.rewards.buttons]
    assert shown == [button.height() for button in screen.window.card_panel.rewards.buttons]
    assert len(shown) == 3


def test_a_section_that_fits_is_not_moved_and_has_no_bar(opens: Opens) -> None:
    screen = opens(size=(1024, 768))
    come_on_shift(screen)
    screen.conversation.menu_pages.settings.open()
    screen.window.screens.settings_page.open_section(AboutSection)
    settle(screen)
    section = screen.window.screens.settings_page.section(AboutSection)
    assert section.visibleRegion().boundingRect() == section.rect()
