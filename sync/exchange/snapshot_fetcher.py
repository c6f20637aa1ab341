"""Fetches a company's snapshot on a thread of its own: asks, downloads from where it was cut, has it unpacked.

It never touches the replica: what is whole and signed lies beside it, for the driver to have installed. Whatever goes
wrong, the feed has everything too.
"""

import logging
import random
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from sync.exchange.engine import backoff_s
from sync.exchange.failures import ExchangeFailure, NotOurServer, Unreachable
from sync.exchange.ports import ReadySnapshot, Signer
from sync.exchange.snapshot_writer import Unpacking
from sync.exchange.transport import CONNECT_S, Answer, failure_of, failure_on_the_way, open_client
from sync.protocol import chain, messages
from sync.protocol.messages import SNAPSHOT_PATH, Snapshot
from sync.replica.tables import FILE_FORMAT

if TYPE_CHECKING:
    import httpx

ASK_AGAIN_S = 0.2  # while the server makes one
MADE_WITHIN_S = 900.0
SILENCE_S = 15.0
TRIES_MAX = 5  # in a row that bring nothing
PAUSE_FIRST_S = 0.25
TOLD_BYTES_MAX = 16 * 1024

log = logging.getLogger(__name__)


class Replaced(ExchangeFailure):
    """The server has a newer one by now."""

    kind = NotOurServer.kind


class SnapshotFetcher:
    """A till's way to a replica that is ready. *beside* is where its own lies."""

    def __init__(
        self, server_url: str, token: str, identity: Signer, beside: Path, install: Callable[[ReadySnapshot], bool]
    ) -> None:
        self._server_url = server_url
        self._token = token
        self._identity = identity
        self._beside = beside
        self.install = install
        self._closed = threading.Event()
        self._gate = threading.Lock()  # guards what follows
        self._socket: socket.socket | None = None
        self._ends: Callable[[], None] = lambda: None  # the unpacking under way

    def start(self, moved: Callable[[float], None], ended: Callable[[ReadySnapshot | None], None]) -> None:
        """Tells which part is here, and at the end what may be installed, if anything; on the fetcher's thread."""
        threading.Thread(target=self._run, args=(moved, ended), name="snapshot", daemon=True).start()

    def close(self) -> None:
        """Ends a download under way at once; what came is kept, and gone on with another day."""
        self._closed.set()
        with self._gate:
            self._ends()
            self._hang_up()

    def _run(self, moved: Callable[[float], None], ended: Callable[[ReadySnapshot | None], None]) -> None:
        ready = None
        try:
            with open_client(self._server_url, {"Authorization": f"Bearer {self._token}"}) as client:
                ready = self._fetched(client, moved)
        except ExchangeFailure as failure:
            log.info("no snapshot: %s: %s", failure.kind, failure)
        except OSError as error:
            log.warning("no snapshot: %s", error)  # a disk too small for it may still take the feed's rows
        except Exception:  # a thread begins here, and a till without a snapshot has the feed
            log.exception("no snapshot")
        if not self._closed.is_set():
            ended(ready)

    def _fetched(self, client: "httpx.Client", moved: Callable[[float], None]) -> ReadySnapshot | None:
        for _ in range(TRIES_MAX):
            told = self._told(client)
            if told is None:
                return None
            part = self._part(told)
            unpacking = self._unpacking(told, part)

            def came(share: float, of: Unpacking = unpacking) -> None:
                of.grew()
                moved(share)

            try:
                self._download(client, told, part, came)
                path = unpacking.finished()
            except Replaced:
                continue
            finally:
                unpacking.close()
            base_seq = told.acked_seq if told.journal == self._identity.journal_id else 0
            return ReadySnapshot(path, told.version, base_seq, told.rows)
        return None

    def _unpacking(self, told: Snapshot, part: Path) -> Unpacking:
        unpacking = Unpacking(told, part, self._beside.with_name(f"{self._beside.name}.new"))
        with self._gate:
            self._ends = unpacking.give_up
            if self._closed.is_set():
                unpacking.give_up()
        return unpacking

    def _told(self, client: "httpx.Client") -> Snapshot | None:
        """What there is, once it is made; None when the server makes none."""
        until = monotonic() + MADE_WITHIN_S
        while monotonic() < until:
            answer = self._asked(client)
            if answer.status == 204:
                return None
            if answer.status != 202:
                return self._checked(answer)
            self._pause(ASK_AGAIN_S)
        raise Unreachable("it is not made in time")

    def _checked(self, answer: Answer) -> Snapshot:
        if answer.status != 200:
            raise failure_of(answer)
        try:
            told = messages.decode(Snapshot, answer.body)
        except messages.Garbled as error:
            raise NotOurServer("status 200 without a snapshot") from error
        me = self._identity
        if not chain.snapshot_is_signed(me.server_signing_public, me.company_id, me.terminal_id, told):
            raise NotOurServer("the snapshot is not our server's for this terminal")
        if told.format != FILE_FORMAT:
            raise NotOurServer("a snapshot of another format")
        return told

    def _part(self, told: Snapshot) -> Path:
        """Where its bytes are kept while they come; those of other snapshots go."""
        part = self._beside.with_name(f"{self._beside.stem}.{told.sha256.hex()[:32]}.part")
        for other in self._beside.parent.glob(f"{self._beside.stem}.*.part"):
            if other != part:
                other.unlink()
        return part

    def _download(self, client: "httpx.Client", told: Snapshot, part: Path, moved: Callable[[float], None]) -> None:
        failures = 0
        while (before := _size(part)) < told.bytes:
            try:
                self._go_on(client, told, part, moved)
            except Replaced:
                part.unlink(missing_ok=True)
                raise
            except ExchangeFailure:
                failures = 0 if _size(part) > before else failures + 1
                if failures >= TRIES_MAX:
                    raise
                self._pause(backoff_s(PAUSE_FIRST_S, failures, random.SystemRandom().random()))

    def _go_on(self, client: "httpx.Client", told: Snapshot, part: Path, moved: Callable[[float], None]) -> None:
        """One request for what is missing; ends with all of it or in a failure."""
        import httpx  # noqa: PLC0415 - as in the transport

        have = _size(part)
        path = f"{SNAPSHOT_PATH}/{told.sha256.hex()}"
        wanted = {"Range": f"bytes={have}-"} if have else {}
        timeout = httpx.Timeout(SILENCE_S, connect=CONNECT_S)
        try:
            with client.stream("GET", path, headers=wanted, timeout=timeout, extensions=self._traced) as response:
                if response.status_code == 404:
                    raise Replaced("another has taken its place")
                goes_on = response.status_code == 206 and response.headers.get("content-range", "").startswith(
                    f"bytes {have}-"
                )
                if not goes_on and response.status_code != 200:
                    raise failure_of(Answer(response.status_code, b""))
                with part.open("ab" if goes_on else "wb") as file:
                    have = have if goes_on else 0  # who knows no ranges begins again
                    # As it comes: what a piece of a given size had waited for would be lost with a cut.
                    for piece in response.iter_raw():
                        have += len(piece)
                        if self._closed.is_set() or have > told.bytes:
                            raise Unreachable("closed, or more than was told")
                        file.write(piece)
                        moved(have / told.bytes)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise failure_on_the_way(error) from error
        if have < told.bytes:
            raise Unreachable("cut")

    def _asked(self, client: "httpx.Client") -> Answer:
        import httpx  # noqa: PLC0415 - as in the transport

        timeout = httpx.Timeout(SILENCE_S, connect=CONNECT_S)
        try:
            with client.stream("GET", SNAPSHOT_PATH, timeout=timeout, extensions=self._traced) as response:
                body = bytearray()
                for piece in response.iter_raw():
                    body += piece
                    if len(body) > TOLD_BYTES_MAX:
                        raise NotOurServer("more than any answer of ours")
                return Answer(response.status_code, bytes(body))
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise failure_on_the_way(error) from error

    def _pause(self, seconds: float) -> None:
        if self._closed.wait(seconds):
            raise Unreachable("closed")

    @property
    def _traced(self) -> dict[str, Any]:
        """Has httpx tell its socket: shutting it down is what ends a read in another thread."""

        def traced(event: str, info: dict[str, Any]) -> None:
            if event.endswith(("connect_tcp.complete", "start_tls.complete")):
                with self._gate:
                    self._socket = info["return_value"].get_extra_info("socket")
                    if self._closed.is_set():
                        self._hang_up()

        return {"trace": traced}

    def _hang_up(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # it has ended by itself
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0
