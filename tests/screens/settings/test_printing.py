"""Printing: off until chosen, automatic or on request, and without delaying a sale."""

import threading

import pytest

from terminal.printing.printers import FoundPrinter, Printer
from terminal.printing.slip import StampRow
from terminal.problems import PrinterPaperOut, PrinterUnreachable
from tests.screens.conftest import Opens
from tests.support.cafe import token
from tests.support.memory_press import MemoryPress
from tests.support.screen import Screen
from tests.support.walk import ANNA, buy, choose_key, come_on_shift, scan, settle, type_keys, until
from ui.screens.settings.printer_section import PrinterSection
from ui.window.frame import Middle

pytestmark = pytest.mark.slow

NETWORK = {"printer": "network", "printer_address": "192.168.1.50"}


def served(screen: Screen) -> None:
    """Marie buys for 3.20 €."""
    scan(screen, token("marie"))
    buy(screen, "320")


def message(screen: Screen) -> str:
    """The notice beside the camera."""
    notice = screen.window.scan_panel.notice
    return "" if notice is None else notice.text


def printed(screen: Screen, count: int = 1) -> list[str]:
    until(lambda: len(screen.press.printed) >= count)
    return ["\n".join(slip.words) for _, slip in screen.press.printed]


def test_nothing_is_printed_as_long_as_nobody_chose_a_printer(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    served(screen)
    type_keys(screen.window, "p")
    screen.window.top_bar.menu_asked.emit()
    assert "Print the last receipt" not in [button.text() for button in screen.window.screens.menu_overlay.buttons]
    assert screen.print_queue.stop()
    assert screen.press.printed == []


def test_each_transaction_prints_its_receipt_where_that_was_chosen(opens: Opens) -> None:
    screen = opens()
    screen.preferences.choose(**NETWORK, print_after="receipt", paper_mm=58)
    come_on_shift(screen)
    served(screen)
    (receipt,) = printed(screen)
    assert "+3 points\n3.20 €" in receipt
    assert "Card ending 4821" in receipt
    assert "Provisional" in receipt
    assert screen.press.printed[0][0] == Printer("network", "192.168.1.50", 58)
    type_keys(screen.window, "s")
    assert "+1 stamp" in printed(screen, 2)[1]


def test_a_stamp_slip_is_chosen_in_place_of_a_receipt(opens: Opens) -> None:
    screen = opens()
    screen.preferences.choose(**NETWORK, print_after="slip")
    come_on_shift(screen)
    scan(screen, token("marie"))
    type_keys(screen.window, "s")
    settle(screen)
    printed(screen)
    assert StampRow(8, 10) in screen.press.printed[0][1].blocks


def test_the_last_receipt_can_be_had_again_by_key_and_from_the_menu(opens: Opens) -> None:
    screen = opens()
    screen.preferences.choose(**NETWORK)
    come_on_shift(screen)
    served(screen)
    type_keys(screen.window, "p")
    first = printed(screen)[0]
    screen.window.top_bar.menu_asked.emit()
    button = next(
        each for each in screen.window.screens.menu_overlay.buttons if each.text() == "Print the last receipt"
    )
    button.click()
    assert printed(screen, 2)[1] == first


def test_a_row_of_the_history_is_printed_from_its_page(opens: Opens) -> None:
    screen = opens()
    screen.preferences.choose(**NETWORK)
    come_on_shift(screen)
    served(screen)
    type_keys(screen.window, "h")
    settle(screen)
    panel = screen.window.screens.history_page.panel
    assert not panel.print.isVisible()
    screen.window.screens.history_page.lines.lines[0].click()
    assert panel.print.isVisible()
    choose_key(screen.window.screens.history_page, "p")
    assert "3.20 €" in printed(screen)[0]


def test_without_a_printer_the_history_offers_no_receipt(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    served(screen)
    type_keys(screen.window, "h")
    settle(screen)
    screen.window.screens.history_page.lines.lines[0].click()
    assert not screen.window.screens.history_page.panel.print.isVisible()


def test_a_printer_that_is_off_is_told_of_once_and_sales_go_on(opens: Opens) -> None:
    screen = opens()
    screen.preferences.choose(**NETWORK, print_after="receipt")
    screen.press.trouble = PrinterUnreachable("off")
    come_on_shift(screen)
    served(screen)
    until(lambda: message(screen) == screen.problem("printer_unreachable"))
    screen.conversation.notices.clear()
    for _ in range(3):
        served(screen)
    assert message(screen) == ""
    assert [row.points for row in screen.window.recent_panel.shown if row.kind == "points_earned"] == [3, 3, 3, 3]
    type_keys(screen.window, "p")  # whoever asks is answered
    until(lambda: message(screen) == screen.problem("printer_unreachable"))


def test_after_a_slip_that_came_out_the_next_trouble_is_told_again(opens: Opens) -> None:
    screen = opens()
    screen.preferences.choose(**NETWORK, print_after="receipt")
    screen.press.trouble = PrinterPaperOut()
    come_on_shift(screen)
    served(screen)
    until(lambda: message(screen) == screen.problem("printer_paper"))
    screen.press.trouble = None
    served(screen)
    printed(screen)
    screen.conversation.notices.clear()
    screen.press.trouble = PrinterPaperOut()
    served(screen)
    until(lambda: message(screen) == screen.problem("printer_paper"))


class HangingPress(MemoryPress):
    """A device that accepts no data and gives no error."""

    def __init__(self) -> None:
        super().__init__()
        self.free = threading.Event()
        self.begun = 0

    def print_slip(self, *_: object) -> None:
        self.begun += 1
        self.free.wait(30)


def test_a_device_that_hangs_holds_up_no_sale_and_is_given_no_more_slips(opens: Opens) -> None:
    screen = opens(press=(press := HangingPress()))
    screen.preferences.choose(**NETWORK, print_after="receipt")
    come_on_shift(screen)
    served(screen)
    until(lambda: press.begun == 1)
    assert screen.window.middle is Middle.CARD
    screen.seconds.now += 20.0
    served(screen)
    until(lambda: message(screen) == screen.problem("printer_unreachable"))
    press.free.set()
    assert screen.print_queue.stop()
    assert press.begun == 1


# -- the settings ---------------------------------------------------------------------------------------------


def printer_section(screen: Screen) -> PrinterSection:
    screen.conversation.menu_pages.settings.open()
    screen.window.screens.settings_page.open_section(PrinterSection)
    settle(screen)
    return screen.window.screens.settings_page.section(PrinterSection)


def option(section: PrinterSection, words: str) -> None:
    next(button for button in section.ways.buttons if button.text() == words).click()


def test_a_manager_chooses_a_network_printer_types_its_address_and_tries_it(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen, ANNA)
    section = printer_section(screen)
    assert not section.test.isVisible()
    option(section, "Network")
    section.address.setText("192.168.1.50")
    section.test.click()
    until(lambda: section.message == "Printed")
    assert screen.press.printed[0][0] == Printer("network", "192.168.1.50")
    assert "A test. This printer works." in screen.press.printed[0][1].words
    option(section, "Off")
    assert screen.preferences.now.printer is None


def test_a_test_that_fails_says_why_where_it_was_asked_for(opens: Opens) -> None:
    screen = opens()
    screen.preferences.choose(**NETWORK)
    screen.press.trouble = PrinterUnreachable("off")
    come_on_shift(screen, ANNA)
    section = printer_section(screen)
    section.test.click()
    until(lambda: section.message == screen.problem("printer_unreachable"))


def test_printers_of_the_system_are_found_while_somebody_looks(opens: Opens) -> None:
    screen = opens()
    screen.press.there = (FoundPrinter("Office", "Office"), FoundPrinter("Counter", "Counter, 80 mm"))
    come_on_shift(screen, ANNA)
    section = printer_section(screen)
    option(section, "The system's printer")
    until(lambda: [button.text() for button in section.found.buttons] == ["Office", "Counter, 80 mm"])
    section.found.buttons[1].click()
    assert screen.preferences.now.printer_address == "Counter"
    screen.press.there = ()
    section.left()
    section.opened()
    until(lambda: [button.text() for button in section.found.buttons] == ["Counter"])


@pytest.mark.parametrize("way", ["USB", "The system's printer"])
def test_where_no_printer_is_found_the_section_says_so(opens: Opens, way: str) -> None:
    screen = opens()
    come_on_shift(screen, ANNA)
    section = printer_section(screen)
    option(section, way)
    until(lambda: section.message.startswith("No printer is found this way."))


def test_a_cashier_sees_the_choice_and_cannot_change_it(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    section = printer_section(screen)
    option(section, "Network")
    assert screen.preferences.now.printer is None
    others = [button for button in section.ways.buttons if not button.isChecked()]
    assert {button.why for button in others} == {"A manager on shift can change this."}
