"""The list of the settings page's sections in order. A new section is a class in its own module, and a line here."""

from ui.screens.settings.about_section import AboutSection
from ui.screens.settings.customer_section import CustomerSection
from ui.screens.settings.look_section import LookSection
from ui.screens.settings.practice_section import PracticeSection
from ui.screens.settings.printer_section import PrinterSection
from ui.screens.settings.scanner_section import ScannerSection
from ui.screens.settings.section import Section
from ui.screens.settings.sound_section import SoundSection
from ui.screens.settings.till_section import TillSection

SECTIONS: tuple[type[Section], ...] = (
    ScannerSection,
    LookSection,
    SoundSection,
    CustomerSection,
    PrinterSection,
    TillSection,
    PracticeSection,
    AboutSection,
)
