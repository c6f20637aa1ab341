"""Shifts, approvals, and wrong PINs."""

from datetime import timedelta

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from terminal.interface.ask import Override
from terminal.interface.asks import Lock, Redeem, Unlock, Void
from terminal.problems import NoCamera
from tests.screens.conftest import Opens
from tests.screens.pictures.shot import see_a_cafe
from tests.support.cafe import Cafe, token
from tests.support.screen import Screen
from tests.support.walk import allow, choose_person, come_on_shift, confirm, scan, settle, shows, tap, type_keys, until
from ui.screens.staff.name_tiles import StaffTile
from ui.threads.asking import Pace
from ui.widgets.text import Text
from ui.window.frame import Middle, Page


def out_of_contact(opens: Opens) -> Screen:
    """For 26 hours, Lena on shift and Ines's card in front."""
    screen = opens(Cafe(offline=timedelta(hours=26)))
    come_on_shift(screen)
    scan(screen, token("ines"))
    return screen


def test_nobody_is_served_before_somebody_is_on_shift(opens: Opens) -> None:
    screen = opens()
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    scan(screen, token("marie"))
    assert screen.window.page is Page.SHIFT


def test_a_wrong_pin_is_told_in_words_and_the_digits_are_gone(opens: Opens) -> None:
    screen = opens()
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    choose_person(screen.window.screens.shift_page.tiles, "Lena Moreau")
    type_keys(screen.window.screens.shift_page, "0000")
    settle(screen)
    assert screen.window.page is Page.SHIFT
    assert screen.window.screens.shift_page.pad.message == "That PIN was not right. 4 tries are left."
    type_keys(screen.window.screens.shift_page, "4711")
    settle(screen)
    assert shows(screen, Middle.AIM)


def test_the_sixth_wrong_pin_meets_a_locked_name(opens: Opens) -> None:
    screen = opens()
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    for _ in range(5):
        choose_person(screen.window.screens.shift_page.tiles, "Lena Moreau")
        type_keys(screen.window.screens.shift_page, "0000")
        settle(screen)
    assert (
        screen.window.screens.shift_page.pad.message == "Too many wrong PINs. Please wait 15 minutes, or ask a manager."
    )
    assert screen.window.screens.shift_page.tiles.person is None
    asked = len(screen.counter.asked)
    type_keys(screen.window.screens.shift_page, "4711")
    assert len(screen.counter.asked) == asked


def test_a_pin_stands_in_no_widget(opens: Opens) -> None:
    screen = opens()
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    choose_person(screen.window.screens.shift_page.tiles, "Lena Moreau")
    type_keys(screen.window.screens.shift_page, "471")
    texts = [str(child.property("text")) for child in screen.window.findChildren(QWidget)]
    assert not any("471" in text for text in texts)


def test_lock_puts_the_card_away_and_asks_who_is_there(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    screen.window.top_bar.lock_asked.emit()
    settle(screen)
    assert screen.window.page is Page.SHIFT
    come_on_shift(screen)
    assert shows(screen, Middle.AIM)


def test_an_idle_till_locks_itself(opens: Opens) -> None:
    screen = opens(pace=Pace(idle_lock=40, status=100_000))
    until(lambda: bool(screen.window.screens.shift_page.tiles.people))
    choose_person(screen.window.screens.shift_page.tiles, "Lena Moreau")
    type_keys(screen.window.screens.shift_page, "4711")
    settle(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_Shift)  # the last touch: on a slow machine that of the PIN is long ago
    until(lambda: Lock() in screen.counter.asked)
    settle(screen)
    assert screen.window.page is Page.SHIFT


def test_a_forgotten_card_is_put_away_and_said_so(opens: Opens) -> None:
    screen = opens(pace=Pace(card_away=40, status=100_000))
    come_on_shift(screen)
    scan(screen, token("marie"))
    until(lambda: shows(screen, Middle.AIM))
    notice = screen.window.scan_panel.notice
    assert notice is not None
    assert notice.title == "Card put away"


def test_a_manager_allows_one_reward_and_the_cashier_stays(opens: Opens) -> None:
    screen = out_of_contact(opens)
    bag = screen.window.card_panel.rewards.buttons[2]
    assert bag.second == "manager: data 26 h old"
    tap(screen, bag)
    override = screen.window.screens.override_overlay
    assert override.is_open
    allow(screen)
    assert not override.is_open
    assert Redeem("bag", Override(screen.cafe.staff_id("Anna Rossi"), "7391")) in screen.counter.asked
    assert screen.counter.staff == "Lena Moreau"
    assert screen.window.undo_bar.words == "Tote bag"


def test_a_managers_wrong_pin_is_told_in_the_overlay_and_nothing_is_given(opens: Opens) -> None:
    screen = out_of_contact(opens)
    tap(screen, screen.window.card_panel.rewards.buttons[2])
    allow(screen, ("Anna Rossi", "0000"))
    assert screen.window.screens.override_overlay.is_open
    assert screen.window.screens.override_overlay.pad.message == "That PIN was not right. 4 tries are left."
    assert screen.counter.entries == []


def test_a_card_shown_while_a_manager_types_changes_nothing(opens: Opens) -> None:
    screen = out_of_contact(opens)
    tap(screen, screen.window.card_panel.rewards.buttons[2])
    scan(screen, token("paul"))
    assert screen.window.screens.override_overlay.is_open
    assert screen.window.card_panel.face.accessibleName().startswith("Ines Vieira")


def test_an_older_transaction_is_taken_back_from_the_list_with_a_manager(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    tap(screen, screen.window.card_panel.stamp)
    screen.counter.passes(minutes=20)
    row = screen.window.recent_panel.shown[0]
    screen.window.recent_panel.row_chosen.emit(row)
    confirm(screen.window.question)
    settle(screen)
    assert screen.window.screens.override_overlay.is_open
    allow(screen, ("Daniel Kim", "9052"))
    assert Void(row.entry, override=Override(screen.cafe.staff_id("Daniel Kim"), "9052")) in screen.counter.asked
    assert screen.window.recent_panel.shown[1].voided
    assert screen.window.undo_bar.words == "Taken back"


def test_a_customer_without_the_code_needs_a_manager_for_rewards_only(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_F2)
    type_keys(screen.window.screens.contact_lookup.field, "ines@example.com")
    QTest.keyClick(screen.window.screens.contact_lookup.field, Qt.Key.Key_Return)
    settle(screen)
    assert shows(screen, Middle.CARD)
    assert screen.window.card_panel.rewards.buttons[1].second == "manager's PIN: no code"
    assert screen.window.card_panel.stamp.why is None


def test_a_manager_unlocks_a_colleague_at_the_till(opens: Opens) -> None:
    screen = opens()
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    shift, override = screen.window.screens.shift_page, screen.window.screens.override_overlay
    at = next(index for index, person in enumerate(shift.tiles.people) if person.name == "Sara Blom")
    tap(screen, shift.tiles.findChildren(StaffTile)[at])
    assert override.is_open
    allow(screen, ("Anna Rossi", "0000"))
    assert override.pad.message == "That PIN was not right. 4 tries are left."
    allow(screen)
    assert not override.is_open
    assert (
        Unlock(screen.cafe.staff_id("Sara Blom"), Override(screen.cafe.staff_id("Anna Rossi"), "7391"))
        in screen.counter.asked
    )
    assert [person.locked_minutes for person in shift.tiles.people if person.name == "Sara Blom"] == [0]
    assert screen.counter.staff is None


def test_tab_reaches_the_names_first_in_their_order(opens: Opens) -> None:
    screen = opens()
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    page = screen.window.screens.shift_page
    screen.window.activateWindow()
    page.setFocus()
    reached = []
    for _ in page.tiles.people:
        QTest.keyClick(QApplication.focusWidget() or page, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is not None
        reached.append(focused.accessibleName().split(",")[0])
    assert reached == [person.name for person in page.tiles.people]


def test_the_camera_is_called_ready_where_there_is_one(opens: Opens) -> None:
    screen = opens()
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)

    def said() -> bool:
        texts = screen.window.screens.shift_page.findChildren(Text)
        return any(each.text() == "The camera stays ready" and each.isVisible() for each in texts)

    assert said()
    screen.camera.end(NoCamera())
    settle(screen)
    assert not said()
    see_a_cafe(screen)
    assert said()
