"""Composition root of the demo: a company, its server, a network in between, a till, and a cashier.

Everything is in one folder with its own keyring; the user's keyring, profiles and databases must not be touched.
"""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain as one_after_another
from itertools import repeat
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from demo.cashier import Cashier, Stuck
from demo.cast import STORE, TILL, Customer, cast
from demo.codes import write_codes
from demo.colleague import enrol_elsewhere
from demo.company import Company
from demo.comparison import compare
from demo.day import LAST_EXCHANGE_S, Day
from demo.filming.film import frames
from demo.filming.projector import Film, Projector, recording
from demo.folder import Folder, NotOurs
from demo.play import Waiting, schedule_outage, what_to_try
from demo.tour import NoBrowser, take_pictures
from demo.wire import Wire
from server.phrases import problem as problem_of_server
from server.problems import Problem as ServerProblem
from terminal.bootstrap import pair_till
from terminal.interface.asks import Sync
from terminal.interface.languages import LANGUAGE_VARIABLE
from terminal.interface.phrases import Speech, problem_of
from terminal.problems import Problem as TillProblem
from terminal.scanner.camera.sources import VideoSource, WebcamSource, camera_answers
from ui.application import DISPLAYS
from ui.bootstrap import Application, build

INTERRUPTED = 130  # what a shell calls a program that Ctrl+C has ended
WINDOW_SIZE = (1366, 768)
SCALES = (
    "QT_SCALE_FACTOR",
    "QT_SCREEN_SCALE_FACTORS",
    "QT_FONT_DPI",
)  # settings of the user's screen, which must not affect pictures


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that exists before the cashier starts."""

    application: QApplication
    folder: Folder
    company: Company
    wire: Wire
    customers: tuple[Customer, ...]

    @property
    def address(self) -> str:
        """The server's address as the till uses it, through the wire."""
        return f"http://127.0.0.1:{self.wire.port}"

    @property
    def pairing_code(self) -> str:
        return self.company.pairing_code(STORE, TILL)

    @property
    def codes(self) -> list[str]:
        return [one.code.qr_code for one in self.customers]


def main(argv: list[str] | None = None) -> int:
    """Runs the demo."""
    chosen = _arguments(argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # tidies up like Ctrl+C
    try:
        return _run(chosen)
    except KeyboardInterrupt:
        _say("ended before everybody was served")
        return INTERRUPTED
    except ServerProblem as problem:
        _say(problem_of_server(problem))
    except TillProblem as problem:
        _say(problem_of(problem, Speech("en")).text)
    except OSError as error:
        _say(str(error))
    return 1


def _run(chosen: argparse.Namespace) -> int:
    headless = chosen.headless or not _has_display()
    with ExitStack() as stack:
        kept = chosen.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="orion-demo-")))
        folder = Folder(kept.resolve())
        try:
            passphrase = folder.begin()
        except (NotOurs, OSError) as error:
            _say(str(error))
            return 1
        _take_own_surroundings(folder, passphrase, headless)
        _say("creating a chain of coffee shops with 2,000 customers and their history")
        stage = _set_up(folder, stack)
        scans = _run_alone(stage, chosen) if headless else _play(stage, chosen.video, chosen.outage)
        return 1 if scans is None else _closing_line(scans, stage)


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="orion demo", description="A till that is paired with a company server of its own, and customers."
    )
    parser.add_argument("--outage", action="store_true", help="cut the network in between and bring it back")
    parser.add_argument("--headless", action="store_true", help="off screen, with a cashier of its own")
    parser.add_argument(
        "--video", type=_film_file, metavar="FILE", help="a recording of the demo's codes as the camera"
    )
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep everything in DIR; an earlier demo there is lost"
    )
    return parser.parse_args(argv)


def _film_file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text}")
    return path


def _has_display() -> bool:
    if os.environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal"):
        return False
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in DISPLAYS)


def _take_own_surroundings(folder: Folder, passphrase: str, headless: bool) -> None:
    """Sets up this process's environment: the demo's own keyring, and off screen no settings of the user's screen or
    language."""
    os.environ |= {"ORION_KEYRING": f"file:{folder.keyring}", "ORION_PASSPHRASE": passphrase}
    if headless:
        os.environ |= {"QT_QPA_PLATFORM": "offscreen", LANGUAGE_VARIABLE: "en"}
        for name in SCALES:
            os.environ.pop(name, None)


def _set_up(folder: Folder, stack: ExitStack) -> Stage:
    company = Company(folder.root)
    stack.callback(company.stop)
    company.serve()
    wire = Wire(company.port)
    stack.callback(wire.close)
    customers = cast(company.next_card)
    write_codes([one.code for one in customers], folder.root)
    application = QApplication([sys.argv[0]])
    application.setApplicationName("Orion Terminal")
    return Stage(application, folder, company, wire, customers)


def _run_alone(stage: Stage, chosen: argparse.Namespace) -> int | None:
    """Runs off screen with an automatic cashier. Returns the number of scans, or None if the demo got stuck."""
    folder, company = stage.folder, stage.company
    film = recording(VideoSource(chosen.video)) if chosen.video else Projector(frames(stage.codes))
    counter = build(stage.application, folder.till, film)
    scans = _scans_of(counter, film)
    counter.window.resize(*WINDOW_SIZE)
    counter.window.show()
    cashier = Cashier(counter, folder.shots)
    for one in (signal.SIGINT, signal.SIGTERM):  # an exception inside Qt's loop would only be printed
        signal.signal(one, lambda _signal, _frame: cashier.leave())
    day = Day(
        cashier,
        counter,
        film,
        stage.customers,
        scans=scans,
        wire=stage.wire if chosen.outage else None,
        enrol_elsewhere=lambda name: enrol_elsewhere(folder.other_till, company, name),
    )
    counter.start()
    try:
        day.open(stage.address, stage.pairing_code)
        day.serve_everybody()
        day.close()
        if chosen.keep:
            cashier.until(lambda: company.is_counted, "the office's figures")
            take_pictures(company.office, stage.codes[0], cashier.next_shot, WINDOW_SIZE)
    except NoBrowser as missing:
        _say(str(missing))
    except Stuck as stuck:
        _say(f"{stuck}; the screen is in {cashier.shot_of_trouble()}")
        return None
    finally:
        counter.stop()
    return len(scans)


def _play(stage: Stage, video: Path | None, outage: bool) -> int | None:
    """Runs on screen for a person until the window is closed or a signal ends the program."""
    for one in (signal.SIGINT, signal.SIGTERM):  # by a timer, as the event loop may not run yet
        signal.signal(one, lambda _signal, _frame: QTimer.singleShot(0, stage.application.quit))
    folder = stage.folder
    pair_till(folder.till, stage.address, stage.pairing_code)
    film = None if video or camera_answers() else Projector(_without_end(stage.codes))
    source = film or (VideoSource(video, realtime=True) if video else WebcamSource())
    counter = build(stage.application, folder.till, source)
    scans = _scans_of(counter, film)
    waiting = None if film is None else Waiting(counter.window, film)
    _say(what_to_try(None if film or video else folder.codes_on_paper))
    _say(stage.company.office.words(stage.codes[0]))
    if outage:
        schedule_outage(stage.wire, _say, stage.application)
    counter.window.resize(*WINDOW_SIZE)
    counter.window.showMaximized()
    counter.start()
    stage.application.exec()
    if waiting is not None:
        waiting.stop()
    stage.wire.mend()
    try:
        Cashier(counter, folder.shots).ask(Sync(LAST_EXCHANGE_S), 2 * LAST_EXCHANGE_S)
    except Stuck as stuck:
        _say(str(stuck))
        return None
    finally:
        counter.stop()
    return len(scans)


def _scans_of(counter: Application, film: Projector | None) -> list[str]:
    """A list that collects scanned codes; the film is paused at each."""
    scans: list[str] = []

    def scan(text: str) -> None:
        if film is not None:
            film.hold()
        scans.append(text)

    # Called on the camera's thread, so that the film stops at the very next frame.
    counter.camera.scanned.connect(scan, Qt.ConnectionType.DirectConnection)
    return scans


def _without_end(codes: Sequence[str]) -> Film:
    yield from one_after_another.from_iterable(map(frames, repeat(codes)))


def _closing_line(scans: int, stage: Stage) -> int:
    found = compare(stage.folder.till, stage.company.server, stage.company.id)
    for difference in found.differences:
        _say(difference)
    equal = "yes" if found.ledger_equal else "no"
    sys.stdout.write(f"scans={scans} entries={found.entries} confirmed={found.confirmed} ledger_equal={equal}\n")
    return 0 if found.ledger_equal else 1


def _say(words: str) -> None:
    sys.stderr.write(f"orion demo: {words}\n")
    sys.stderr.flush()
