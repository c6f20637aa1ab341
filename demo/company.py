"""The demo's company server, filled with the demo chain and served on a thread of this process over HTTP."""

import socket
import threading
from pathlib import Path
from uuid import UUID

import uvicorn
from sqlalchemy import URL

from demo.letterbox import Letterbox
from demo.office import Office
from server import bootstrap, logs
from server.bootstrap import Server
from server.cards import blanks
from server.cards.blanks import Blank
from server.companies import stores
from server.db import job_queue
from server.demo import cafes
from server.demo.filling import BLANKS, fill
from server.jobs.schedule import JOBS
from server.settings import Settings, Smtp
from server.terminals import pairing
from server.terminals.pairing import PairingCode

START_S = 20.0
STOP_S = 3.0
SENDER = "orion@cafe-aurora.example"
_FOLLOWING = {job.name for job in JOBS if job.follows}


class Company:
    """The company of the demo."""

    def __init__(self, folder: Path) -> None:
        database = folder / "server.db"
        address = URL.create("sqlite", database=str(database))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        url = f"http://127.0.0.1:{self.port}"
        self._letterbox = Letterbox()
        smtp = Smtp("127.0.0.1", self._letterbox.port, SENDER)
        chosen = Settings(address, folder / "server.db.keys", folder / "server.db.snapshots", url, smtp)
        logs.configure()
        self.server: Server = bootstrap.prepare(chosen)
        self.office = Office(self.server, self._letterbox)
        company = fill(self.server).company
        self.id: UUID = company.id
        self.name = cafes.COMPANY
        self._next_card = cafes.BLANKS_FROM + BLANKS
        app = bootstrap.build_app(self.server)
        self.office.open(company, app)
        self._web = _Web(app)
        self._thread = threading.Thread(target=self._web.run, args=([self._listener],), name="company", daemon=True)

    def serve(self) -> None:
        """Starts the server; returns when it listens."""
        self._thread.start()
        if not self._web.listening.wait(START_S):
            raise TimeoutError("the company's server did not start")

    def stop(self) -> None:
        """Stops the web server; the database stays open for reading."""
        self._web.should_exit = True
        if self._thread.is_alive():
            self._thread.join(STOP_S)
        self._listener.close()
        self._letterbox.close()

    def pairing_code(self, store: str, terminal: str) -> str:
        """Creates a one-time code for a new till."""
        server = self.server
        with server.units.read() as conn:
            place = stores.by_name(conn, self.id, store)
        code = PairingCode.random()
        with server.units.write(self.id) as conn:
            pairing.open_code(conn, self.id, place, terminal, code, platform=server.keys.platform, now=server.now())
        return code.text

    @property
    def is_counted(self) -> bool:
        """True if the office's list of cards and its figures hold everything that has arrived."""
        with self.server.units.read() as conn:
            states = job_queue.listed(conn, self.server.now())
        return not any(one.is_behind for one in states if one.job.name in _FOLLOWING)

    @property
    def next_card(self) -> Blank:
        """The card to be issued next, still unknown to the company."""
        return cafes.card(self._next_card)

    def issue_next_card(self) -> None:
        """Issues the next card as a blank."""
        server = self.server
        with server.units.write(self.id) as conn:
            blanks.issue(conn, self.id, server.keys, cafes.cards(self._next_card), count=1, now=server.now())
        self._next_card += 1


class _Web(uvicorn.Server):
    """A web server with an event that is set when it listens."""

    def __init__(self, app: object) -> None:
        config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False)  # type: ignore[arg-type]
        config.timeout_graceful_shutdown = 1
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()
