"""A page with every component in every state, light or dark. It opens no profile, camera or journal."""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QGridLayout, QVBoxLayout, QWidget

import resources
from terminal.interface.languages import begin_with
from terminal.interface.phrases import Speech
from ui.gallery import samples
from ui.look.theme import ROLES, STYLES, Theme, Type, load_fonts
from ui.phrases.phrases import Phrases
from ui.screens.card.card_face import CardFace
from ui.screens.card.recent_panel import RecentRow
from ui.screens.card.undo_bar import UndoBar
from ui.screens.history.plot import Plot
from ui.screens.scan.camera_view import CameraView
from ui.screens.scan.notice_tile import Notice, NoticeTile, Tone
from ui.screens.staff.name_tiles import StaffTile
from ui.screens.staff.pin_pad import PinPad
from ui.widgets import button_styles
from ui.widgets.amount_field import AmountField
from ui.widgets.button_styles import SECOND, ButtonStyle
from ui.widgets.buttons import Button
from ui.widgets.fields import Scroll
from ui.widgets.icon_label import IconLabel
from ui.widgets.number_pad import NumberPad
from ui.widgets.progress_steps import ProgressSteps
from ui.widgets.text import Text
from ui.window.top_bar import TopBar

Specimen = tuple[str, QWidget]
BUTTON_STYLES = {name: style for name, style in vars(button_styles).items() if isinstance(style, ButtonStyle)}


class Swatch(QWidget):
    """A colour sample."""

    def __init__(self, theme: Theme, role: str) -> None:
        super().__init__()
        self._theme, self._role = theme, role
        self.setFixedSize(theme.px(160), theme.px(48))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setPen(self._theme.colour("line_strong"))
        painter.setBrush(self._theme.colour(self._role))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)


class Gallery(QWidget):
    """The page, with a button to switch between light and dark."""

    def __init__(self, theme: Theme, phrases: Phrases) -> None:
        super().__init__()
        self.setWindowTitle("Orion Terminal: gallery")
        self._theme, self._phrases = theme, phrases
        self.shown: dict[str, list[str]] = {}
        light = Button(theme, SECOND, icon="sun")
        light.set_words("Light or dark")
        light.chosen.connect(lambda: theme.set_dark(not theme.dark))
        page = QWidget()
        self._column = QVBoxLayout(page)
        self._column.setSpacing(theme.px(12))
        for title, columns, specimens_of in self._sections():
            self._add(title, columns, list(specimens_of(self)))
        whole = QVBoxLayout(self)
        whole.addWidget(light)
        whole.addWidget(Scroll(theme, page), 1)
        self.page = page
        theme.changed.connect(self.update)

    @staticmethod
    def _sections() -> tuple[tuple[str, int, Callable[["Gallery"], Iterator[Specimen]]], ...]:
        return (
            ("Colours", 5, Gallery._colours),
            ("Type", 1, Gallery._type),
            ("Icons", 8, Gallery._icons),
            ("Buttons", 2, Gallery._buttons),
            ("Card", 1, Gallery._cards),
            ("Connection", 1, Gallery._connections),
            ("Undo", 2, Gallery._undo),
            ("Amount and pads", 3, Gallery._pads),
            ("Colleagues", 3, Gallery._people),
            ("Last at this till", 2, Gallery._rows),
            ("Notices", 2, Gallery._notices),
            ("ProgressSteps", 1, Gallery._steps),
            ("Plots", 2, Gallery._plots),
            ("Camera", 2, Gallery._cameras),
        )

    def _add(self, title: str, columns: int, found: list[Specimen]) -> None:
        head = Text(self._theme, Type.TITLE)
        head.setText(title)
        self._column.addSpacing(self._theme.px(24))
        self._column.addWidget(head)
        grid = QGridLayout()
        grid.setSpacing(self._theme.px(16))
        for index, (name, widget) in enumerate(found):
            caption = Text(self._theme, Type.BODY, "ink2")
            caption.setText(name)
            cell = QVBoxLayout()
            cell.setSpacing(self._theme.px(4))
            cell.addWidget(widget)
            cell.addWidget(caption)
            grid.addLayout(cell, index // columns, index % columns)
        self._column.addLayout(grid)
        self.shown[title] = [name for name, _ in found]

    # -- the components ---------------------------------------------------------------------------------------

    def _colours(self) -> Iterator[Specimen]:
        for role in ROLES:
            yield role, Swatch(self._theme, role)

    def _type(self) -> Iterator[Specimen]:
        for style in STYLES:
            line = Text(self._theme, style)
            line.setText("Coffee, 42.50 €, Größe")
            yield style.value, line

    def _icons(self) -> Iterator[Specimen]:
        for name in icon_names():
            yield name, IconLabel(self._theme, name, 28)

    def _buttons(self) -> Iterator[Specimen]:
        for name, button_style in BUTTON_STYLES.items():
            for state in ("rest", "held", "working", "why not"):
                button = Button(self._theme, button_style, icon="coffee", cap="Ctrl S")
                button.set_words("Stamp → 8 of 10", "leaves 2 stamps" if button_style.height >= 72 else "")
                button.setDown(state == "held")
                button.work(state == "working")
                button.refuse(samples.COOLDOWN.text if state == "why not" else None)
                yield f"{name}, {state}", button

    def _cards(self) -> Iterator[Specimen]:
        for name, (card, just) in samples.CARDS.items():
            face = CardFace(self._theme, self._phrases)
            face.show_view(card)
            if just.stamps or just.points:
                face.celebrate(just.stamps, just.points)
            yield name, face

    def _connections(self) -> Iterator[Specimen]:
        for name, status in samples.CONNECTIONS.items():
            line = TopBar(self._theme, self._phrases)
            line.show_view(status)
            yield name, line

    def _undo(self) -> Iterator[Specimen]:
        running = UndoBar(self._theme, self._phrases, lambda: 0.0)
        running.offer("+1 stamp", "Marie Keller", 10)
        undone = UndoBar(self._theme, self._phrases, lambda: 0.0)
        undone.show_undone(self._phrases.labels.taken_back)
        yield from (("running", running), ("undone", undone))

    def _pads(self) -> Iterator[Specimen]:
        empty, typed = AmountField(self._theme, self._phrases), AmountField(self._theme, self._phrases)
        typed.type_digits("4250")
        wrong = PinPad(self._theme, self._phrases, 64)
        wrong.ask_for(self._phrases.labels.pin, 4)
        wrong.tell("That PIN is wrong. 4 tries are left.")
        half = PinPad(self._theme, self._phrases, 64)
        half.ask_for(self._phrases.labels.pin, 6)
        half.type_digit("1")
        half.type_digit("2")
        yield from (("empty", empty), ("typed", typed), ("keys", NumberPad(self._theme, self._phrases)))
        yield from (("half a PIN", half), ("a wrong PIN", wrong))

    def _people(self) -> Iterator[Specimen]:
        for name, person in samples.PEOPLE.items():
            tile = StaffTile(self._theme, self._phrases, 112)
            tile.show_view(person, name == "chosen")
            yield name, tile

    def _rows(self) -> Iterator[Specimen]:
        for name, row in samples.ROWS.items():
            shown = RecentRow(self._theme, self._phrases)
            shown.show_view(row)
            yield name, shown

    def _notices(self) -> Iterator[Specimen]:
        for tone in Tone:
            tile = NoticeTile(self._theme)
            tile.show_notice(Notice(tone, self._phrases.labels.not_now, samples.COOLDOWN.text))
            yield tone.name.lower(), tile

    def _steps(self) -> Iterator[Specimen]:
        for now in range(3):
            steps = ProgressSteps(self._theme, 3)
            words = self._phrases.labels
            steps.name_steps((words.step_pair, words.step_rules, words.step_cards))
            steps.show_step(now)
            yield f"step {now + 1}", steps

    def _plots(self) -> Iterator[Specimen]:
        for name, series in samples.PLOTS.items():
            plot = Plot(self._theme, self._phrases.formats.number)
            plot.show_series(series)
            yield name, plot

    def _cameras(self) -> Iterator[Specimen]:
        for name in ("looking", "no camera"):
            camera = CameraView(self._theme, self._phrases)
            camera.setFixedHeight(self._theme.px(280))
            if name == "no camera":
                camera.show_broken(self._phrases.labels.no_camera_hint)
            yield name, camera

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        QPainter(self).fillRect(event.rect(), self._theme.colour("bg"))


def icon_names() -> list[str]:
    """The names of all icons."""
    return sorted(path.stem for path in resources.path("icons").glob("*.svg"))


def build_gallery(*, dark: bool = False, language: str = "en") -> Gallery:
    """Builds the gallery without showing it; requires a QApplication."""
    load_fonts()
    return Gallery(Theme(dark), Phrases(Speech(language), lambda: samples.AT, UTC))


def main() -> int:
    """Runs the gallery until it is closed."""
    application = QApplication([sys.argv[0]])
    gallery = build_gallery(
        dark=application.styleHints().colorScheme() is Qt.ColorScheme.Dark, language=begin_with(None)
    )
    gallery.resize(1280, 900)
    gallery.show()
    return application.exec()
