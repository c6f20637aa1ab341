"""The settings page's sections, in their order. A new one is a class in a module of its own, and a line here."""

from ui.sections.about_section import AboutSection
from ui.sections.customer_section import CustomerSection
from ui.sections.look_section import LookSection
from ui.sections.practice_section import PracticeSection
from ui.sections.printer_section import PrinterSection
from ui.sections.scanner_section import ScannerSection
from ui.sections.section import Section
from ui.sections.sound_section import SoundSection
from ui.sections.till_section import TillSection

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
