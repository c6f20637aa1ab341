"""Failing servers and foreign servers: the till keeps serving and reports them, on screen and in JSON lines."""

import io
import json
import random
import socket
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from PySide6.QtWidgets import QApplication

from sync.exchange.access import Access
from sync.exchange.driver import Driver
from sync.exchange.ports import Ports, Signer
from sync.exchange.transport import HttpTransport
from terminal.counter.counter import Counter
from terminal.interface import json_lines
from terminal.interface.asks import Status, Sync
from terminal.machine.clock import Clock, Hardware
from terminal.storage.blank_pool import BlankPool
from terminal.storage.journal import Journal
from terminal.storage.replica import Replica
from tests.support.loopback import LoopbackServer, Script, an_answer
from tests.support.paper_company import FixedKeys, PaperCompany, PaperTill
from tests.support.screen import open_screen
from tests.support.walk import choose_person, scan, settle, tap, type_keys, until
from ui.threads.counter_thread import TillPort
from ui.window.frame import Page

pytestmark = pytest.mark.slow

FAULT = "The company's server has a fault. All is saved here and goes on by itself."
ELSE = "Something else answers in place of the company's server. Check the network's sign-in page; all is saved here."
GONE = "No connection to the company's server. All is saved here and goes on by itself."
WRONG: dict[str, tuple[Script | bytes, str, str]] = {
    "error 500": (an_answer(b"oops", "500 Internal Server Error", "text/plain"), "server_failed", FAULT),
    "garbage": (an_answer(b"\x00\xff garbage"), "not_our_server", ELSE),
    "html": (an_answer(b"<html>Please sign in</html>", content_type="text/html"), "not_our_server", ELSE),
    "cut": (lambda connection, _: connection.shutdown(socket.SHUT_RDWR), "unreachable", GONE),
}


class WronglyServed:
    """A till of *company* whose server is at *url*; exchanges only on request."""

    def __init__(self, folder: Path, company: PaperCompany, url: str) -> None:
        who, keys = company.identity, company.keys
        self.journal = Journal(folder / "journal.db")
        self.replica = Replica(folder / "replica.db", who.journal_id)
        clock = Clock(Hardware(), self.replica.anchor())
        identity = Signer(who.company_id, who.terminal_id, who.journal_id, keys.signing, who.signing_public)
        self.driver = Driver(
            Ports(
                identity,
                self.journal,
                self.replica,
                HttpTransport(Access(url, keys.token, bytes(32), who.signing_public)),
                clock,
            ),
            rng=random.Random(1),
            on_status=lambda _status: None,
        )
        held = FixedKeys(keys)
        self.pool = BlankPool(folder / "pool.db", self.journal, held)
        self.counter = Counter(
            journal=self.journal, replica=self.replica, keys=held, clock=clock, pool=self.pool, exchanger=self.driver
        )

    def exchange_once(self) -> None:
        """Performs one exchange and the engine's reaction."""
        while self.driver.status.problem_kind is None:
            self.driver.turn()

    def close(self) -> None:
        self.driver.stop()
        self.journal.close()
        self.replica.close()
        self.pool.close()


@pytest.fixture
def company() -> PaperCompany:
    return PaperCompany()


@pytest.fixture
def marie(company: PaperCompany) -> UUID:
    return company.issues_card("Marie Keller")


@pytest.fixture
def folder(tmp_path: Path, company: PaperCompany, marie: UUID) -> Path:
    """A till that has exchanged with its company once."""
    PaperTill(tmp_path, company).stop()
    return tmp_path


@pytest.fixture(params=WRONG)
def wrong(request: pytest.FixtureRequest) -> Iterator[tuple[str, str, str]]:
    """The wrong server's URL, and the kind and sentence of its problem."""
    answer, kind, text = WRONG[request.param]
    with LoopbackServer(answer) as server:
        yield server.url, kind, text


def test_json_lines_name_the_problem_in_a_sentence_and_serve_on(
    folder: Path, company: PaperCompany, marie: UUID, wrong: tuple[str, str, str]
) -> None:
    url, kind, text = wrong
    till = WronglyServed(folder, company, url)
    till.exchange_once()
    asks = [
        {"id": 1, "do": "pin", "staff": "Lena", "pin": "4711"},
        {"id": 2, "do": "scan", "code": company.tokens[marie]},
        {"id": 3, "do": "stamp"},
        {"id": 4, "do": "status"},
    ]
    output = io.BytesIO()
    json_lines.serve(till.counter, io.BytesIO(b"".join(json.dumps(ask).encode() + b"\n" for ask in asks)), output)
    till.close()
    replies = [json.loads(line) for line in output.getvalue().splitlines()]
    assert all(reply["ok"] for reply in replies)
    status = replies[-1]["status"]
    assert (status["online"], status["waiting"]) == (False, 1)
    assert status["problem"] == {"kind": kind, "text": text}


def test_the_screen_says_the_same_sentence_and_serves_on(
    qapp: QApplication, folder: Path, company: PaperCompany, marie: UUID, wrong: tuple[str, str, str]
) -> None:
    url, _kind, text = wrong

    def open_till() -> TillPort:
        till = WronglyServed(folder, company, url)
        till.exchange_once()
        return till

    screen = open_screen(qapp, open_till=open_till)
    try:
        until(lambda: screen.window.page is Page.SHIFT)
        settle(screen)
        choose_person(screen.window.screens.shift_page.tiles, "Lena")
        type_keys(screen.window.screens.shift_page, "4711")
        until(lambda: screen.window.page is Page.SERVE)
        scan(screen, company.tokens[marie])
        tap(screen, screen.window.card_panel.stamp)
        screen.thread.ask(Status())
        settle(screen)
        assert screen.window.undo_bar.words == "+1 stamp"
        notice = screen.window.scan_panel.notice
        assert notice is not None and notice.text == text
        assert screen.window.top_bar.connection.startswith("Offline since")
    finally:
        screen.close()


def test_a_sync_that_meets_nobody_ends_in_time_and_says_what_waits(
    folder: Path, company: PaperCompany, marie: UUID
) -> None:
    till = WronglyServed(folder, company, "http://127.0.0.1:9")
    reply = till.counter.handle(Sync(timeout_s=0.05))
    till.close()
    assert reply.status is not None and reply.status.problem is not None
    assert msgspec.to_builtins(reply.status.problem) == {"kind": "unreachable", "text": GONE}
