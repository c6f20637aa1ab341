"""Fetches a company's snapshot on its own thread: requests it, downloads it resumably, and unpacks it beside the
replica.

Must not touch the replica; the driver installs the verified file. If anything fails, the feed has all rows too.
"""

import logging
import random
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from sync.exchange.access import Access
from sync.exchange.backoff import backoff_s
from sync.exchange.failures import Altered, ExchangeFailure, NotOurServer, Unreachable
from sync.exchange.ports import ReadySnapshot, Signer
from sync.exchange.snapshot_writer import Unpacking
from sync.exchange.transport import CONNECT_S, Answer, failure_of, failure_on_the_way, hang_up, open_client
from sync.protocol import chain, messages
from sync.protocol.authenticity import MAC_HEADER
from sync.protocol.messages import SNAPSHOT_PATH, Snapshot
from sync.replica.tables import FILE_FORMAT

if TYPE_CHECKING:
    import httpx

ASK_AGAIN_S = 0.2  # while the server is making one
MADE_WITHIN_S = 900.0
SILENCE_S = 15.0
TRIES_MAX = 5  # consecutive failures without progress
PAUSE_FIRST_S = 0.25
OFFER_BYTES_MAX = 16 * 1024

log = logging.getLogger(__name__)


class Replaced(ExchangeFailure):
    """The server has replaced the snapshot by a newer one."""

    kind = NotOurServer.kind


class SnapshotFetcher:
    """Fetches snapshots for a till whose replica lies at *beside*."""

    def __init__(
        self, access: Access, identity: Signer, beside: Path, install: Callable[[ReadySnapshot], bool]
    ) -> None:
        self._access = access
        self._identity = identity
        self._beside = beside
        self.install = install
        self._closed = threading.Event()
        self._gate = threading.Lock()  # guards what follows
        self._socket: socket.socket | None = None
        self._ends: Callable[[], None] = lambda: None  # cancels the unpacking under way

    def start(self, moved: Callable[[float], None], ended: Callable[[ReadySnapshot | None], None]) -> None:
        """Starts a fetch on its own thread; *moved* gets the downloaded fraction, *ended* the file to install or
        None."""
        threading.Thread(target=self._run, args=(moved, ended), name="snapshot", daemon=True).start()

    def close(self) -> None:
        """Ends a download at once; downloaded bytes are kept and resumed later."""
        self._closed.set()
        with self._gate:
            self._ends()
            self._hang_up()

    def _run(self, moved: Callable[[float], None], ended: Callable[[ReadySnapshot | None], None]) -> None:
        ready = None
        try:
            with open_client(self._access.server_url, {}) as client:
                ready = self._fetched(client, moved)
        except ExchangeFailure as failure:
            log.info("fetching the snapshot failed: %s: %s", failure.kind, failure)
        except OSError as error:
            log.warning("fetching the snapshot failed: %s", error)  # the feed's rows may still fit on the disk
        except Exception:  # the thread's outermost handler: the feed has the rows too
            log.exception("fetching the snapshot failed")
        if not self._closed.is_set():
            ended(ready)

    def _fetched(self, client: "httpx.Client", moved: Callable[[float], None]) -> ReadySnapshot | None:
        for _ in range(TRIES_MAX):
            offer = self._offer(client)
            if offer is None:
                return None
            part = self._part(offer)
            unpacking = self._unpacking(offer, part)

            def came(share: float, of: Unpacking = unpacking) -> None:
                of.grew()
                moved(share)

            try:
                self._download(client, offer, part, came)
                path = unpacking.finished()
            except Replaced:
                continue
            finally:
                unpacking.close()
            base_seq = offer.acked_seq if offer.journal == self._identity.journal_id else 0
            return ReadySnapshot(path, offer.version, base_seq, offer.rows)
        return None

    def _unpacking(self, offer: Snapshot, part: Path) -> Unpacking:
        unpacking = Unpacking(offer, part, self._beside.with_name(f"{self._beside.name}.new"))
        with self._gate:
            self._ends = unpacking.give_up
            if self._closed.is_set():
                unpacking.give_up()
        return unpacking

    def _offer(self, client: "httpx.Client") -> Snapshot | None:
        """The snapshot offered, once it is made; None if the server makes none."""
        until = monotonic() + MADE_WITHIN_S
        while monotonic() < until:
            answer = self._asked(client)
            if answer.status == 204:
                return None
            if answer.status != 202:
                return self._checked(answer)
            self._pause(ASK_AGAIN_S)
        raise Unreachable("the server did not make the snapshot in time")

    def _checked(self, answer: Answer) -> Snapshot:
        if answer.status != 200:
            raise failure_of(answer)
        try:
            offer = messages.decode(Snapshot, answer.body)
        except messages.Garbled as error:
            raise NotOurServer("status 200, but no snapshot offer") from error
        me = self._identity
        if not chain.snapshot_is_signed(me.server_signing_public, me.company_id, me.terminal_id, offer):
            raise NotOurServer("the snapshot is not signed by our server for this terminal")
        if offer.format != FILE_FORMAT:
            raise NotOurServer("the snapshot has a different format")
        return offer

    def _part(self, offer: Snapshot) -> Path:
        """The path for the partial download; partial downloads of other snapshots are deleted."""
        part = self._beside.with_name(f"{self._beside.stem}.{offer.sha256.hex()[:32]}.part")
        for other in self._beside.parent.glob(f"{self._beside.stem}.*.part"):
            if other != part:
                other.unlink()
        return part

    def _download(self, client: "httpx.Client", offer: Snapshot, part: Path, moved: Callable[[float], None]) -> None:
        failures = 0
        while (before := _size(part)) < offer.bytes:
            try:
                self._go_on(client, offer, part, moved)
            except Replaced:
                part.unlink(missing_ok=True)
                raise
            except ExchangeFailure:
                failures = 0 if _size(part) > before else failures + 1
                if failures >= TRIES_MAX:
                    raise
                self._pause(backoff_s(PAUSE_FIRST_S, failures, random.SystemRandom().random()))

    def _go_on(self, client: "httpx.Client", offer: Snapshot, part: Path, moved: Callable[[float], None]) -> None:
        """Requests the missing bytes; returns when all have arrived, or raises a failure."""
        import httpx  # noqa: PLC0415 - as in the transport

        have = _size(part)
        path = f"{SNAPSHOT_PATH}/{offer.sha256.hex()}"
        headers = self._access.call(f"GET {path}").headers | ({"Range": f"bytes={have}-"} if have else {})
        timeout = httpx.Timeout(SILENCE_S, connect=CONNECT_S)
        try:
            with client.stream("GET", path, headers=headers, timeout=timeout, extensions=self._traced) as response:
                if response.status_code == 404:
                    raise Replaced("the snapshot was replaced")
                goes_on = response.status_code == 206 and response.headers.get("content-range", "").startswith(
                    f"bytes {have}-"
                )
                if not goes_on and response.status_code != 200:
                    raise failure_of(Answer(response.status_code, b""))
                with part.open("ab" if goes_on else "wb") as file:
                    have = have if goes_on else 0  # without range support, the download starts over
                    # Unbuffered, so that a broken connection loses no received bytes.
                    for piece in response.iter_raw():
                        have += len(piece)
                        if self._closed.is_set() or have > offer.bytes:
                            raise Unreachable("closed, or the snapshot is larger than announced")
                        file.write(piece)
                        moved(have / offer.bytes)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise failure_on_the_way(error) from error
        if have < offer.bytes:
            raise Unreachable("connection cut")

    def _asked(self, client: "httpx.Client") -> Answer:
        import httpx  # noqa: PLC0415 - as in the transport

        asked = self._access.call(f"GET {SNAPSHOT_PATH}")
        timeout = httpx.Timeout(SILENCE_S, connect=CONNECT_S)
        try:
            with client.stream(
                "GET", SNAPSHOT_PATH, headers=asked.headers, timeout=timeout, extensions=self._traced
            ) as response:
                body = bytearray()
                for piece in response.iter_raw():
                    body += piece
                    if len(body) > OFFER_BYTES_MAX:
                        raise NotOurServer("the answer exceeds its size limit")
                status, mac = response.status_code, response.headers.get(MAC_HEADER, "")
                if status < 300 and not asked.is_answer(status, bytes(body), mac):
                    raise Altered(f"status {status}")
                return Answer(status, bytes(body), mac)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise failure_on_the_way(error) from error

    def _pause(self, seconds: float) -> None:
        if self._closed.wait(seconds):
            raise Unreachable("closed")

    @property
    def _traced(self) -> dict[str, Any]:
        """An httpx trace that records the socket, because shutting it down is the only way to end a read in another
        thread."""

        def traced(event: str, info: dict[str, Any]) -> None:
            if event.endswith(("connect_tcp.complete", "start_tls.complete")):
                with self._gate:
                    self._socket = info["return_value"].get_extra_info("socket")
                    if self._closed.is_set():
                        self._hang_up()

        return {"trace": traced}

    def _hang_up(self) -> None:
        if self._socket is not None:
            hang_up(self._socket)


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0
