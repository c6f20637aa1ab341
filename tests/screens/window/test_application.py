"""The complete application, from a camera frame to a row of the journal, and its end."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from loyalty.settings import PinRequired, Settings
from terminal.problems import JournalUnwritable
from terminal.scanner.frames import Frame
from tests.support.paper_company import PaperCompany, PaperTill
from tests.support.pictures import a_code, a_frame
from tests.support.walk import choose_person, type_keys, until
from ui import application, bootstrap
from ui.threads.counter_thread import TillPort
from ui.window.frame import Middle, Page
from ui.window.window import Window
from ui.window_options import WindowOptions


class HeldCamera:
    """A camera that waits for frames given by the test."""

    def __init__(self) -> None:
        self._held: list[Frame] = []
        self._there = threading.Condition()
        self._over = False

    def hold(self, frame: Frame) -> None:
        with self._there:
            self._held.append(frame)
            self._there.notify()

    def read(self) -> Frame | None:
        with self._there:
            self._there.wait_for(lambda: self._held or self._over)
            return self._held.pop(0) if self._held else None

    def close(self) -> None:
        with self._there:
            self._over = True
            self._there.notify()


class Opened:
    """A paper till, opened on the thread that uses it."""

    def __init__(self, folder: Path, company: PaperCompany) -> None:
        self._till = PaperTill(folder, company)
        self.counter = self._till.counter

    def close(self) -> None:
        self._till.stop()


def sees(window: Window, middle: Middle) -> Callable[[], bool]:
    return lambda: window.middle is middle


@pytest.mark.slow
def test_from_a_cameras_frame_to_a_row_of_the_journal(qapp: QApplication, tmp_path: Path) -> None:
    company, camera = PaperCompany(), HeldCamera()
    marie = company.issues_card("Marie Keller")
    exchanges: list[Callable[[], None]] = []

    def open_profile(folder: Path | None, exchanged: Callable[[], None]) -> TillPort:
        assert folder is not None
        exchanges.append(exchanged)
        return Opened(folder, company)

    counter = bootstrap.build(qapp, tmp_path, camera, open_profile=open_profile)
    window = counter.window
    window.resize(1366, 768)
    window.show()
    counter.start()
    until(lambda: window.page is Page.SHIFT)
    until(lambda: bool(window.screens.shift_page.tiles.people))
    choose_person(window.screens.shift_page.tiles, "Lena")
    type_keys(window.screens.shift_page, "4711")
    until(lambda: window.page is Page.SERVE)

    camera.hold(a_frame((a_code(company.tokens[marie]), 640, 360)))
    until(sees(window, Middle.CARD))
    assert window.card_panel.face.accessibleName().startswith("Marie Keller")
    QTest.mouseClick(window.card_panel.stamp, Qt.MouseButton.LeftButton)
    until(lambda: window.undo_bar.words == "+1 stamp")

    window.close()
    camera.close()
    assert counter.stop()
    till = PaperTill(tmp_path, company)
    assert [row.entry.kind for row in till.journal.of_kinds(["stamp_earned"], limit=10)] == ["stamp_earned"]
    till.stop()


@pytest.mark.slow
def test_a_code_scanned_before_the_till_is_open_is_answered_once_it_is(qapp: QApplication, tmp_path: Path) -> None:
    company, camera = PaperCompany(settings=Settings(pin_required=PinRequired.NEVER)), HeldCamera()
    marie = company.issues_card("Marie Keller")
    PaperTill(tmp_path, company).stop()  # creates the till's files
    asked, may_open = threading.Event(), threading.Event()

    def open_profile(folder: Path | None, exchanged: Callable[[], None]) -> TillPort:
        assert folder is not None
        asked.set()
        assert may_open.wait(30)
        return Opened(folder, company)

    counter = bootstrap.build(qapp, tmp_path, camera, open_profile=open_profile)
    window, read = counter.window, list[str]()
    counter.camera.scanned.connect(read.append)
    window.resize(1366, 768)
    window.show()
    counter.start()
    assert window.page is Page.SERVE
    camera.hold(a_frame((a_code(company.tokens[marie]), 640, 360)))
    until(lambda: bool(read) and asked.is_set())
    assert window.middle is Middle.AIM
    assert window.top_bar.connection == "Starting"

    may_open.set()
    until(sees(window, Middle.CARD))
    assert window.card_panel.face.accessibleName().startswith("Marie Keller")
    assert not window.card_panel.stamps.isHidden()

    window.close()
    camera.close()
    assert counter.stop()


@pytest.mark.slow
def test_what_was_scanned_before_a_till_that_cannot_be_opened_holds_nothing_up_later(
    qapp: QApplication, tmp_path: Path
) -> None:
    company, camera = PaperCompany(settings=Settings(pin_required=PinRequired.NEVER)), HeldCamera()
    marie = company.issues_card("Marie Keller")
    PaperTill(tmp_path, company).stop()
    tries: list[int] = []

    def open_profile(folder: Path | None, exchanged: Callable[[], None]) -> TillPort:
        assert folder is not None
        tries.append(1)
        until_read.wait(30)
        if len(tries) == 1:
            raise JournalUnwritable
        return Opened(folder, company)

    until_read = threading.Event()
    counter = bootstrap.build(qapp, tmp_path, camera, open_profile=open_profile)
    window = counter.window
    counter.camera.scanned.connect(lambda _text: until_read.set())
    window.resize(1366, 768)
    window.show()
    counter.start()
    camera.hold(a_frame((a_code(company.tokens[marie]), 640, 360)))
    until(lambda: window.page is Page.TROUBLE)
    window.trouble_page.again_asked.emit()
    until(lambda: window.page is Page.SERVE)
    window.screens.number_lookup.asked.emit(company.numbers[marie])
    until(sees(window, Middle.CARD))
    QTest.mouseClick(window.card_panel.stamp, Qt.MouseButton.LeftButton)
    until(lambda: window.undo_bar.words == "+1 stamp")

    window.close()
    camera.close()
    assert counter.stop()


@pytest.mark.slow
def test_a_counter_that_hangs_does_not_hold_the_closing_window(qapp: QApplication, tmp_path: Path) -> None:
    free, hanging = threading.Event(), threading.Event()
    camera = HeldCamera()

    def open_profile(folder: Path | None, exchanged: Callable[[], None]) -> TillPort:
        hanging.set()
        free.wait(30)
        raise AssertionError("nobody waits for this")

    counter = bootstrap.build(qapp, tmp_path, camera, open_profile=open_profile)
    counter.start()
    counter.window.show()
    until(hanging.is_set)
    counter.window.close()
    assert counter.stop() is False
    camera.close()
    free.set()


def test_without_a_screen_the_till_says_so_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in application.DISPLAYS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert application.main(WindowOptions()) == 1
    assert "There is no screen here." in capsys.readouterr().err  # a thread of the test before may log still
