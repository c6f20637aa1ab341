"""The settings for the printer and when to print. Off until a printer is chosen."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from terminal.machine.preferences import Preferences
from terminal.printing.printers import FoundPrinter
from ui.look.theme import Theme, Type
from ui.phrases.labels import Labels
from ui.phrases.phrases import Phrases
from ui.screens.settings.section import Section
from ui.widgets.button_styles import MAIN_PRIMARY, SECOND
from ui.widgets.buttons import Button
from ui.widgets.fields import Field
from ui.widgets.options import Options
from ui.widgets.text import Text

LOOKED_FOR = ("usb", "system")  # ways whose printers can be listed; others need a typed address


class PrinterSection(Section):
    """The section; listing printers and test prints are done by others."""

    icon = "printer"
    looked_around = Signal(str)  # requests the list of printers of this way
    tried = Signal()

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(theme, phrases, parent)
        px, words = theme.px, phrases.labels
        self._now = Preferences()
        self._why_not: str | None = None
        self.ways = Options(theme, 2)
        self.ways.chosen.connect(self._choose_way)
        self.found = Options(theme, 1)
        self.found.chosen.connect(partial(self.chosen.emit, "printer_address"))
        self.address = Field(theme, Type.BODY)
        self.address.setMaxLength(200)
        self.address.returnPressed.connect(self._typed)
        self.keep = Button(theme, SECOND)
        self.keep.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.keep.setFixedHeight(px(64))
        phrases.always(lambda: self.keep.set_words(words.keep_address))
        self.keep.chosen.connect(self._typed)
        self._typing = QWidget()
        row = QHBoxLayout(self._typing)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(12))
        row.addWidget(self.address, 1)
        row.addWidget(self.keep)
        self._hint, self._message = self.paragraph(), self.paragraph()
        self._paper_title, self._when_title = self.label(), self.label()
        self.paper, self.when = Options(theme, 2), Options(theme, 3)
        self.paper.chosen.connect(partial(self.chosen.emit, "paper_mm"))
        self.when.chosen.connect(partial(self.chosen.emit, "print_after"))
        self.test = Button(theme, MAIN_PRIMARY, icon="printer")
        phrases.always(lambda: self.test.set_words(words.print_test))
        self.test.chosen.connect(self._try_out)
        self._why = Text(theme, Type.LABEL, "warn", wrap=True)
        self.column.addWidget(self._why)
        self.column.addWidget(self._hint)
        self.column.addWidget(self.ways)
        self.column.addWidget(self.found)
        self.column.addWidget(self._typing)
        self.column.addWidget(self.test)
        self.column.addWidget(self._message)
        self.heading(self._when_title)
        self.column.addWidget(self.when)
        self.heading(self._paper_title)
        self.column.addWidget(self.paper)
        self.column.addStretch(1)
        phrases.always(self._say)

    @staticmethod
    def title(words: Labels) -> str:
        return words.printer

    @property
    def message(self) -> str:
        return self._message.text()

    def show_preferences(self, now: Preferences) -> None:
        turned, self._now = now.printer != self._now.printer, now
        self.ways.show_chosen(now.printer)
        self.paper.show_chosen(now.paper_mm)
        self.when.show_chosen(now.print_after)
        self.found.show_chosen(now.printer_address)
        if not self.address.hasFocus() or turned:
            self.address.setText(now.printer_address)
        on, looked_for = now.printer is not None, now.printer in LOOKED_FOR
        for part in (self._paper_title, self.paper, self._when_title, self.when, self.test, self._message):
            part.setVisible(on)
        self._typing.setVisible(on and not looked_for)
        self.found.setVisible(looked_for)
        if turned:
            self._look_around()
        self._say()

    def show_found(self, way: str, found: tuple[FoundPrinter, ...]) -> None:
        """Shows the available printers, and the chosen one if it is missing."""
        if way != self._now.printer:
            return
        chosen = self._now.printer_address
        for button in self.ways.buttons:
            button.work(False)
        there = [(one.address, one.name, "") for one in found]
        if chosen and chosen not in {one.address for one in found}:
            there.append((chosen, chosen, self._phrases.labels.printer_away))
        self.found.name(there)
        self.found.show_chosen(chosen)
        self.allow(self._why_not)
        if not there:
            self.tell(self._phrases.labels.printer_none_found)

    def tell(self, words: str) -> None:
        """Shows the result of a test print, or why no printer is found."""
        for button in (self.test, *self.ways.buttons):
            button.work(False)
        self._message.setText(words)

    def allow(self, why_not: str | None) -> None:
        self._why_not = why_not
        self._why.setText(why_not or "")
        self._why.setVisible(why_not is not None)
        for options in (self.ways, self.found, self.paper, self.when):
            for button in options.buttons:
                button.refuse(None if button.isChecked() else why_not)
        self.address.setReadOnly(why_not is not None)
        self.keep.refuse(why_not)

    def opened(self) -> None:
        self.tell("")
        self._look_around()

    def _look_around(self) -> None:
        self.tell("")
        if self._now.printer in LOOKED_FOR and self.isVisible():
            self.found.name([])
            for button in self.ways.buttons:
                button.work(button.isChecked())
            self.looked_around.emit(self._now.printer)

    def _choose_way(self, way: object) -> None:
        if way != self._now.printer:
            self.chosen.emit("printer_address", "")
            self.chosen.emit("printer", way)

    def _typed(self) -> None:
        self.chosen.emit("printer_address", self.address.text().strip())

    def _try_out(self) -> None:
        if self._now.printer not in LOOKED_FOR:
            self._typed()
        self.tell(self._phrases.labels.printing_now)
        self.test.work(True)
        self.tried.emit()

    def _say(self) -> None:
        words = self._phrases.labels
        self.ways.name(
            [
                (None, words.printer_off, ""),
                ("system", words.printer_system, ""),
                ("network", words.printer_network, ""),
                ("usb", words.printer_usb, ""),
                ("file", words.printer_file, ""),
            ]
        )
        self.when.name(
            [
                ("nothing", words.print_when_asked, ""),
                ("receipt", words.print_receipt, ""),
                ("slip", words.print_stamp_slip, ""),
            ]
        )
        self.paper.name([(80, "80 mm", ""), (58, "58 mm", "")])
        self._paper_title.setText(words.paper_width)
        self._when_title.setText(words.after_each_transaction)
        hints = {
            "usb": words.printer_usb_hint,
            "network": words.printer_network_hint,
            "file": words.printer_file_hint,
            "system": words.printer_system_hint,
        }
        self._hint.setText(hints.get(self._now.printer or "", words.printer_hint))
        self.address.setAccessibleName(words.printer_address)
        self.address.setPlaceholderText(
            {"network": "192.168.1.50", "file": "/dev/usb/lp0"}.get(self._now.printer or "", "")
        )
        self.allow(self._why_not)
