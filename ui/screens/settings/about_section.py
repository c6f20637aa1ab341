"""Version, components and licences, and saving of a diagnostics file."""

from PySide6.QtCore import QDir, QStandardPaths, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from sync.protocol.version import VERSION
from ui.look.theme import Theme, Type
from ui.phrases.labels import Labels
from ui.phrases.phrases import Phrases
from ui.screens.settings.licences import LICENCES
from ui.screens.settings.section import Section
from ui.widgets.button_styles import SECOND
from ui.widgets.buttons import Button
from ui.widgets.text import Text

FILE_NAME = "orion-terminal-diagnostics.json"


class AboutSection(Section):
    """Asks for the diagnostics file's path; saving is done by others, which report success or failure."""

    icon = "info"
    save_asked = Signal(str)  # the file's path

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(theme, phrases, parent)
        words = phrases.labels
        product = Text(theme, Type.TITLE)
        licence, support, made_of = self.paragraph(), self.label(), self.label()
        hint, self._message, parts = self.paragraph(), self.paragraph(), self.paragraph()
        self.save = Button(theme, SECOND, icon="file-down")
        phrases.always(lambda: product.setText(f"{words.product} {VERSION}"))
        phrases.always(lambda: licence.setText(words.licence))
        phrases.always(lambda: support.setText(words.diagnostics))
        phrases.always(lambda: hint.setText(words.diagnostics_hint))
        phrases.always(lambda: self.save.set_words(words.diagnostics_save))
        phrases.always(lambda: made_of.setText(words.made_of))
        parts.setText(", ".join(f"{name} ({under})" for name, under in LICENCES))
        self.save.chosen.connect(self._where)
        self.column.addWidget(product)
        self.column.addWidget(licence)
        self.heading(support)
        self.column.addWidget(hint)
        self.column.addWidget(self.save)
        self.column.addWidget(self._message)
        self.heading(made_of)
        self.column.addWidget(parts)
        self.column.addStretch(1)
        self._message.hide()

    @staticmethod
    def title(words: Labels) -> str:
        return words.about

    def opened(self) -> None:
        self._message.hide()

    def _chosen_file(self, path: str) -> None:
        self.save.work(True)
        self.save_asked.emit(path)

    def tell(self, words: str) -> None:
        self.save.work(False)
        self._message.setText(words)
        self._message.show()

    @property
    def message(self) -> str:
        return self._message.text() if self._message.isVisible() else ""

    def _where(self) -> None:
        words = self._phrases.labels
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        dialog = QFileDialog(self, words.diagnostics_save, QDir(documents).filePath(FILE_NAME))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("json")
        dialog.fileSelected.connect(self._chosen_file)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()  # open() instead of exec(), so that the till keeps running
