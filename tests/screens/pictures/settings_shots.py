"""The sections of the settings page for the pictures."""

from terminal.interface.phrases import problem
from terminal.printing.printers import FoundPrinter
from terminal.problems import PrinterUnreachable
from terminal.scanner.camera.devices import Camera
from terminal.scanner.scans import Scan
from tests.screens.pictures.shot import Shot, Show, idle, see_a_cafe
from tests.support.cafe import token
from tests.support.screen import Screen
from tests.support.walk import settle, until
from ui.screens.settings.about_section import AboutSection
from ui.screens.settings.customer_section import CustomerSection
from ui.screens.settings.look_section import LookSection
from ui.screens.settings.practice_section import PracticeSection
from ui.screens.settings.printer_section import PrinterSection
from ui.screens.settings.scanner_section import ScannerSection
from ui.screens.settings.section import Section
from ui.screens.settings.sound_section import SoundSection
from ui.screens.settings.till_section import TillSection


def opened(section: type[Section]) -> Show:
    def show(screen: Screen) -> None:
        idle(screen)
        screen.conversation.menu_pages.settings.open()
        screen.window.screens.settings_page.open_section(section)
        settle(screen)

    return show


def tested(code: str) -> Show:
    def show(screen: Screen) -> None:
        opened(ScannerSection)(screen)
        for number in range(12):
            screen.camera.scan(Scan(f"a code {number}", 0.0))
        screen.camera.scan(Scan(code, 0.0, "near, refocused 5", 0.0124))
        see_a_cafe(screen)
        there = (Camera("by-id/one", "Counter camera", 0), Camera("by-id/two", "Built-in camera", 2))
        screen.window.screens.settings_page.section(ScannerSection).show_cameras(there, there[0])

    return show


def printer(**chosen: object) -> Show:
    def show(screen: Screen) -> None:
        screen.press.there = (FoundPrinter("Office", "Office"), FoundPrinter("Counter", "Counter, 80 mm"))
        screen.preferences.choose(**chosen)
        opened(PrinterSection)(screen)
        until(lambda: chosen.get("printer") != "system" or len(section(screen).found.buttons) == 2)

    return show


def section(screen: Screen) -> PrinterSection:
    return screen.window.screens.settings_page.section(PrinterSection)


def printer_off(screen: Screen) -> None:
    screen.press.trouble = PrinterUnreachable("off")
    printer(printer="network", printer_address="192.168.1.50", print_after="slip", paper_mm=58)(screen)
    section(screen).test.click()
    until(lambda: section(screen).message == problem("printer_unreachable", screen.speech).text)


SETTINGS_STATES: dict[str, Shot] = {
    "16f-printer-off": Shot(opened(PrinterSection)),
    "16g-printer-system": Shot(printer(printer="system", printer_address="Counter", print_after="receipt")),
    "16h-printer-silent": Shot(printer_off),
    "16-scanner": Shot(opened(ScannerSection)),
    "16a-scanner-card": Shot(tested(token("marie"))),
    "16a-scanner-foreign": Shot(tested("https://example.com/menu")),
    "16e-look": Shot(opened(LookSection)),
    "16b-sound": Shot(opened(SoundSection)),
    "16c-practice": Shot(opened(PracticeSection)),
    "16d-about": Shot(opened(AboutSection)),
    "16i-customer": Shot(opened(CustomerSection)),
    "16j-till": Shot(opened(TillSection)),
}
