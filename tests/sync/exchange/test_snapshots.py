"""Downloads of snapshots: cut, tampered with, replaced, refused. Only what the server signed is accepted."""

import hashlib
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
import zstandard

from sync.exchange import snapshot_fetcher
from sync.exchange.ports import ReadySnapshot, Signer
from sync.exchange.snapshot_fetcher import SnapshotFetcher
from sync.protocol import chain
from sync.protocol.chain import new_signing_key
from sync.protocol.messages import SNAPSHOT_PATH, Snapshot, encode
from sync.replica.tables import FILE_FORMAT
from tests.support.disk_log import DiskLog
from tests.support.loopback import LoopbackServer, Received, Script
from tests.support.proved import an_access, proved

FILE = b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(20_000))
PACKED = zstandard.ZstdCompressor().compress(FILE)
SERVER = new_signing_key()
COMPANY, TERMINAL, JOURNAL = uuid4(), uuid4(), uuid4()
ME = Signer(COMPANY, TERMINAL, JOURNAL, new_signing_key(), SERVER.public)


def an_offer(company: UUID = COMPANY, terminal: UUID = TERMINAL) -> Snapshot:
    plain = Snapshot(
        format=FILE_FORMAT,
        epoch=1,
        version=70,
        journal=JOURNAL,
        acked_seq=4,
        rows=20_000,
        sha256=hashlib.sha256(PACKED).digest(),
        bytes=len(PACKED),
        file_bytes=len(FILE),
    )
    return chain.sign_snapshot(SERVER, company, terminal, plain)


def offering(snapshot: Snapshot, send: Callable[[socket.socket, int], None]) -> Script:
    """A server that offers the snapshot and sends its bytes from the requested position."""

    def script(connection: socket.socket, request: Received) -> None:
        if request.line.split()[1] == SNAPSHOT_PATH:
            connection.sendall(proved(request, encode(snapshot)))
        else:
            send(connection, int(request.headers.get("range", "bytes=0-")[len("bytes=") : -1]))

    return script


def part_from(start: int, packed: bytes = PACKED) -> bytes:
    """A response with the bytes from *start* on."""
    status = "206 Partial Content" if start else "200 OK"
    ranged = f"Content-Range: bytes {start}-{len(packed) - 1}/{len(packed)}\r\n" if start else ""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(packed) - start}\r\n{ranged}\r\n"
    return head.encode() + packed[start:]


def fetched(url: str, folder: Path) -> tuple[ReadySnapshot | None, list[float]]:
    """The result of a fetch, and the reported progress."""
    fetcher = SnapshotFetcher(an_access(url), ME, folder / "replica.db", lambda _ready: True)
    over, results, parts = threading.Event(), list[ReadySnapshot | None](), list[float]()

    def ended(ready: ReadySnapshot | None) -> None:
        results.append(ready)
        over.set()

    fetcher.start(parts.append, ended)
    assert over.wait(30)
    return results[0], parts


@pytest.mark.slow
def test_a_download_cut_at_every_tenth_of_its_length_goes_on_where_it_was_cut(tmp_path: Path) -> None:
    cuts = [len(PACKED) * tenth // 10 for tenth in range(1, 10)]
    starts: list[int] = []

    def send(connection: socket.socket, start: int) -> None:
        starts.append(start)
        answer = part_from(start)
        until = next((cut for cut in cuts if cut > start), None)
        connection.sendall(answer if until is None else answer[: len(answer) - (len(PACKED) - until)])
        if until is not None:
            connection.shutdown(socket.SHUT_RDWR)

    with LoopbackServer(offering(an_offer(), send)) as server:
        ready, parts = fetched(server.url, tmp_path)
    assert starts == [0, *cuts]
    assert ready is not None and ready.path.read_bytes() == FILE
    assert (ready.version, ready.base_seq, parts[-1]) == (70, 4, 1.0)
    assert [path.name for path in tmp_path.iterdir()] == ["replica.db.new"]


def test_a_download_goes_on_after_a_restart_of_the_program_and_is_unpacked_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = DiskLog(monkeypatch)
    begun = tmp_path / f"replica.{hashlib.sha256(PACKED).hexdigest()[:32]}.part"
    begun.write_bytes(PACKED[:1000])
    starts: list[int] = []

    def send(connection: socket.socket, start: int) -> None:
        starts.append(start)
        connection.sendall(part_from(start))

    with LoopbackServer(offering(an_offer(), send)) as server:
        ready, _ = fetched(server.url, tmp_path)
    assert ready is not None and starts == [1000]
    assert disk.synced == [ready.path.resolve()]


def test_bytes_that_were_tampered_with_are_refused_and_kept_by_nobody(tmp_path: Path) -> None:
    wrong = PACKED[:500] + bytes([PACKED[500] ^ 1]) + PACKED[501:]
    with LoopbackServer(offering(an_offer(), lambda to, start: to.sendall(part_from(start, wrong)))) as server:
        ready, _ = fetched(server.url, tmp_path)
    assert ready is None
    assert list(tmp_path.iterdir()) == []


def test_bytes_after_a_file_that_unpacks_are_no_part_of_what_was_signed(tmp_path: Path) -> None:
    longer = PACKED + b"xyz"
    snapshot = chain.sign_snapshot(SERVER, COMPANY, TERMINAL, msgspec.structs.replace(an_offer(), bytes=len(longer)))
    with LoopbackServer(offering(snapshot, lambda to, start: to.sendall(part_from(start, longer)))) as server:
        ready, _ = fetched(server.url, tmp_path)
    assert ready is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "foreign",
    [
        an_offer(company=uuid4()),
        an_offer(terminal=uuid4()),
        msgspec.structs.replace(an_offer(), acked_seq=5),
        msgspec.structs.replace(an_offer(), sha256=bytes(32)),
    ],
    ids=["another company's", "another terminal's", "another mark", "another file"],
)
def test_what_our_server_did_not_sign_for_this_terminal_is_not_even_fetched(foreign: Snapshot, tmp_path: Path) -> None:
    with LoopbackServer(offering(foreign, lambda to, start: to.sendall(part_from(start)))) as server:
        ready, parts = fetched(server.url, tmp_path)
    assert (ready, parts) == (None, [])


def test_a_snapshot_that_is_being_made_is_waited_for_and_none_ends_the_fetch_at_once(tmp_path: Path) -> None:
    statuses = iter(["202 Accepted", "204 No Content"])
    with LoopbackServer(lambda to, request: to.sendall(proved(request, b"", next(statuses)))) as server:
        ready, _ = fetched(server.url, tmp_path)
        assert len(server.received) == 2
    assert ready is None


def test_a_snapshot_that_is_never_made_is_not_waited_for_without_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot_fetcher, "MADE_WITHIN_S", 0.02)
    monkeypatch.setattr(snapshot_fetcher, "ASK_AGAIN_S", 0.01)
    with LoopbackServer(lambda to, request: to.sendall(proved(request, b"", "202 Accepted"))) as server:
        ready, _ = fetched(server.url, tmp_path)
    assert ready is None


def test_a_download_that_falls_silent_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_fetcher, "SILENCE_S", 0.05)
    monkeypatch.setattr(snapshot_fetcher, "TRIES_MAX", 1)

    def hang(_connection: socket.socket, _start: int) -> None:
        server.ended.wait(20)

    with LoopbackServer(offering(an_offer(), hang)) as server:
        ready, _ = fetched(server.url, tmp_path)
    assert ready is None


def test_a_fetch_ends_at_once_when_the_till_stops(tmp_path: Path) -> None:
    def hang(connection: socket.socket, start: int) -> None:
        connection.sendall(part_from(start)[:2000])
        server.ended.wait(20)

    with LoopbackServer(offering(an_offer(), hang)) as server:
        begun = threading.Event()
        fetcher = SnapshotFetcher(an_access(server.url), ME, tmp_path / "replica.db", lambda _ready: True)
        fetcher.start(lambda _part: begun.set(), lambda _ready: None)
        assert begun.wait(20)
        (thread,) = [one for one in threading.enumerate() if one.name == "snapshot"]
        fetcher.close()
        thread.join(1)
        assert not thread.is_alive()
    (kept,) = tmp_path.iterdir()
    assert kept.suffix == ".part", "what came is gone on with another day; what was unpacked of it is not whole"
