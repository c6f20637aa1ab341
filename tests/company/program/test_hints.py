"""Hints after a commit: sent to that company's listeners only, in every worker, without delaying anything."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from random import Random
from threading import Event
from urllib.parse import urlsplit
from urllib.request import Request, urlopen
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import make_url, update

from server import bootstrap
from server.companies import companies
from server.db.notifications import Notifications
from server.db.tables import terminals
from server.db.units import Units, next_version
from server.hints import Hints, Stream
from sync.exchange.driver import Driver
from sync.exchange.hint_listener import HintListener
from sync.exchange.ports import Ports, Signer
from sync.exchange.transport import HttpTransport
from sync.protocol.messages import HINTS_PATH, PAIR_PATH, Hint, PairResponse, decode
from tests.company.db.test_units import a_company, open_store
from tests.company.program.test_serve import ANSWERS_WITHIN_S, ended, serving
from tests.support.companies import NewTill, Office, a_new_till
from tests.support.exchanges import JournalInMemory, ReplicaInMemory, VirtualClock
from tests.support.paper_shop import PaperShop
from tests.support.web import Web

MINE, THEIRS = uuid4(), uuid4()

# Contents and timing.


def test_a_commit_is_told_once_everybody_can_read_it(units: Units) -> None:
    committed: list[tuple[UUID, int, int]] = []

    def heard(company_id: UUID, version: int) -> None:
        with units.read() as conn:
            committed.append((company_id, version, companies.version(conn, company_id)))

    company_id = a_company(units)
    units.on_commit = heard
    assert open_store(units, company_id, "Gare") == 1
    assert committed == [(company_id, 1, 1)]


def test_what_is_taken_back_or_changes_no_row_of_the_feed_is_not_told(units: Units) -> None:
    committed: list[int] = []
    company_id = a_company(units)
    open_store(units, company_id, "Gare")
    units.on_commit = lambda _, version: committed.append(version)
    with pytest.raises(ZeroDivisionError):
        _fail_after(units, company_id)
    with units.write(company_id):
        pass
    assert committed == []


def _fail_after(units: Units, company_id: UUID) -> None:
    with units.write(company_id) as conn:
        next_version(conn, company_id)
        raise ZeroDivisionError


# Recipients.


def knows(version: int) -> Callable[[], Awaitable[int]]:
    async def known() -> int:
        return version

    return known


async def soon(listener: AsyncGenerator[int | None]) -> int | None:
    return await asyncio.wait_for(anext(listener), ANSWERS_WITHIN_S)


def test_a_listener_hears_its_own_company_and_no_other() -> None:
    async def story() -> None:
        hints = Hints()
        mine, theirs = hints.listen(MINE, Stream(), knows(1)), hints.listen(THEIRS, Stream(), knows(900))
        assert (await soon(mine), await soon(theirs)) == (1, 900)
        hints.committed(THEIRS, 901)
        hints.committed(MINE, 2)
        assert (await soon(mine), await soon(theirs)) == (2, 901)

    asyncio.run(story())


def test_a_commit_while_the_version_is_being_read_is_not_missed() -> None:
    async def story() -> None:
        hints = Hints()

        async def commits_meanwhile() -> int:
            hints.committed(MINE, 8)
            await asyncio.sleep(0)  # lets the loop deliver the commit
            return 7

        listener = hints.listen(MINE, Stream(), commits_meanwhile)
        assert await soon(listener) == 8

    asyncio.run(story())


def test_commits_in_a_row_are_told_as_the_newest_and_a_late_one_not_at_all() -> None:
    async def story() -> None:
        hints = Hints()
        listener = hints.listen(MINE, Stream(), knows(1))
        assert await soon(listener) == 1
        for version in (2, 4, 3):
            hints.committed(MINE, version)
        assert await soon(listener) == 4

    asyncio.run(story())


def test_nothing_new_is_said_as_a_sign_of_life() -> None:
    async def story() -> None:
        listener = Hints(keep_alive_s=0.01).listen(MINE, Stream(), knows(1))
        assert [await soon(listener) for _ in range(3)] == [1, None, None]

    asyncio.run(story())


def test_a_stream_has_an_end_and_leaves_nothing_behind() -> None:
    async def story() -> None:
        hints = Hints(keep_alive_s=0.01, life_s=0.05)
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            heard = [version async for version in hints.listen(MINE, Stream(), knows(1))]
        assert heard[0] == 1 and set(heard[1:]) <= {None}
        assert vars(hints)["_companies"] == {}

    asyncio.run(story())


def test_closing_ends_every_stream_and_those_that_come_later() -> None:
    async def story() -> None:
        hints = Hints()
        listeners = [hints.listen(MINE, Stream(), knows(1)) for _ in range(3)]
        assert [await soon(one) for one in listeners] == [1, 1, 1]
        hints.close()
        for one in (*listeners, hints.listen(MINE, Stream(), knows(1))):
            with pytest.raises(StopAsyncIteration):
                await soon(one)

    asyncio.run(story())


def test_a_terminal_that_listens_anew_listens_once() -> None:
    async def story() -> None:
        hints, till, other = Hints(), uuid4(), uuid4()
        beside = hints.listen(MINE, hints.enter(other), knows(1))
        streams = []
        for _ in range(20):
            streams.append(hints.listen(MINE, hints.enter(till), knows(1)))
            assert await soon(streams[-1]) == 1
        assert await soon(beside) == 1
        for older in streams[:-1]:
            with pytest.raises(StopAsyncIteration):
                await soon(older)
        hints.committed(MINE, 2)
        assert [await soon(one) for one in (streams[-1], beside)] == [2, 2]

    asyncio.run(story())


# From worker to worker, through PostgreSQL.


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.slow
def test_workers_tell_each_other_also_after_their_connections_were_lost(database_url: str) -> None:
    async def story() -> None:
        here, there = (Hints(Notifications(make_url(database_url), again_s=0.01)) for _ in range(2))
        running = [asyncio.create_task(one.run()) for one in (here, there)]
        listener, others = there.listen(MINE, Stream(), knows(0)), there.listen(THEIRS, Stream(), knows(0))
        assert (await soon(listener), await soon(others)) == (0, 0)
        version = await _until_heard(here, listener, after=0)
        with psycopg.connect(database_url) as conn:
            cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'orion hints'"
            assert len(conn.execute(cut).fetchall()) == 4
        await _until_heard(here, listener, after=version)
        there.committed(THEIRS, 1)
        assert await soon(others) == 1, "a hint of another company arrived here"
        for one in running:
            one.cancel()
        await asyncio.wait(running, timeout=ANSWERS_WITHIN_S)

    asyncio.run(story())


async def _until_heard(teller: Hints, listener: AsyncGenerator[int | None], after: int) -> int:
    """Commits repeatedly, since a hint without a connection is lost; skips late hints of versions up to *after*."""
    version, newest = after, after
    while newest <= after:
        heard = asyncio.ensure_future(soon(listener))
        while not heard.done():
            version += 1
            teller.committed(MINE, version)
            await asyncio.wait([heard], timeout=0.05)
        found = heard.result()
        assert found is not None and found <= version
        newest = found
    return version


# Over HTTP.


@pytest.mark.slow
def test_hints_are_for_paired_terminals(shop: PaperShop) -> None:
    web, till = Web(bootstrap.build_app(shop.server)), shop.till()
    for token in (None, "", "nobody's", b"\xfc", till.paired.token[:-1]):
        answer = web.get(HINTS_PATH, token)
        assert (answer.status_code, answer.json()["kind"]) == (401, "token_unknown")
    with shop.units.write(shop.company_id) as conn:
        conn.execute(update(terminals).values(revoked_at=shop.now))
    answer = web.get(HINTS_PATH, till.paired.token)
    assert (answer.status_code, answer.json()["kind"]) == (403, "revoked")


by_one_or_two_workers = pytest.mark.parametrize(
    ("database_url", "workers"), [("sqlite", 1), ("postgresql", 2)], indirect=["database_url"]
)


def pair(address: str, office: Office, company: str, name: str) -> tuple[NewTill, PairResponse]:
    """Pairs a till over HTTP, which the company's other terminals must learn."""
    new = a_new_till()
    request = Request(address + PAIR_PATH, *new.call(office.a_code(company, name)))
    with urlopen(request, timeout=ANSWERS_WITHIN_S) as answer:
        return new, decode(PairResponse, answer.read())


@contextmanager
def ears(address: str, office: Office, company: str, count: int) -> Iterator[list["SimpleQueue[int]"]]:
    """Listening tills, enough that every worker has some; yields what each receives."""
    paired = [pair(address, office, company, f"Ear {number}") for number in range(count)]
    listeners = [HintListener(new.access(address, me)) for new, me in paired]
    heard: list[SimpleQueue[int]] = [SimpleQueue() for _ in listeners]
    for listener, versions in zip(listeners, heard, strict=True):
        listener.start(_put_version(versions), lambda: None)
    try:
        yield heard
    finally:
        for listener in listeners:
            listener.close()


def _put_version(versions: "SimpleQueue[int]") -> Callable[[Hint], None]:
    return lambda hint: versions.put(hint.version)


@pytest.mark.slow
@by_one_or_two_workers
def test_every_worker_tells_the_companys_tills_and_nobody_elses(office: Office, workers: int) -> None:
    mine, theirs = office.a_company("Mine"), office.a_company("Theirs")
    with serving(office, "--workers", str(workers)) as (process, address):
        _, them = pair(address, office, theirs, "Till 1")
        with ears(address, office, mine, 6) as my_ears, ears(address, office, theirs, 6) as their_ears:
            (before,) = {versions.get(timeout=ANSWERS_WITHIN_S) for versions in my_ears}
            (still,) = {versions.get(timeout=ANSWERS_WITHIN_S) for versions in their_ears}
            pair(address, office, mine, "Till 2")
            for versions in my_ears:
                assert versions.get(timeout=ANSWERS_WITHIN_S) > before
            pair(address, office, theirs, "Till 2")
            for versions in their_ears:
                heard = versions.get(timeout=ANSWERS_WITHIN_S)
                assert heard > still
                with office.server().units.read() as conn:
                    assert heard <= companies.version(conn, them.company_id)
        assert ended(process) == 0


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_command_on_postgresql_is_hinted_too(office: Office) -> None:
    mine = office.a_company("Mine")
    with serving(office) as (_, address), ears(address, office, mine, 1) as (versions,):
        before = versions.get(timeout=ANSWERS_WITHIN_S)
        office.done("store", "create", "--company", mine, "--name", "Gare")
        assert versions.get(timeout=ANSWERS_WITHIN_S) > before


@pytest.mark.slow
@by_one_or_two_workers
def test_a_till_that_never_polls_has_what_another_did(office: Office, workers: int) -> None:
    mine = office.a_company("Mine")
    with serving(office, "--workers", str(workers)) as (_, address):
        new, me = pair(address, office, mine, "Till 1")
        identity = Signer(me.company_id, me.terminal_id, uuid4(), new.signing, me.signing_public)
        replica, hinted = ReplicaInMemory(), Event()
        driver = Driver(
            Ports(
                identity,
                JournalInMemory(identity),
                replica,
                HttpTransport(new.access(address, me)),
                VirtualClock(),  # stands still, so that no poll becomes due
                hints=HintListener(new.access(address, me)),
            ),
            rng=Random(1),
            on_status=lambda _: hinted.set(),
        )
        driver.start()
        try:
            assert driver.sync(ANSWERS_WITHIN_S).online
            _, other = pair(address, office, mine, "Till 2")
            while other.terminal_id not in replica.rows:
                assert hinted.wait(ANSWERS_WITHIN_S), "no hint"
                hinted.clear()
        finally:
            driver.stop()


@pytest.mark.slow
@by_one_or_two_workers
def test_fifty_open_streams_do_not_keep_it_alive(office: Office, workers: int) -> None:
    mine = office.a_company("Mine")
    with serving(office, "--workers", str(workers)) as (process, address):
        _, me = pair(address, office, mine, "Till 1")
        streams = [_a_stream(address, me.token) for _ in range(50)]
        assert ended(process) == 0
        for stream in streams:
            with stream:
                assert _read_until(stream, b"0\r\n\r\n"), "the stream ends properly instead of being cut off"


def _a_stream(address: str, token: str) -> socket.socket:
    """A connection on which the first hint has arrived."""
    to = urlsplit(address)
    stream = socket.create_connection((to.hostname, to.port), timeout=ANSWERS_WITHIN_S)
    stream.sendall(f"GET {HINTS_PATH} HTTP/1.1\r\nHost: server\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    assert _read_until(stream, b"}\n\n")
    return stream


def _read_until(stream: socket.socket, end: bytes) -> bool:
    read = b""
    while end not in read:
        piece = stream.recv(4096)
        if not piece:
            return False
        read += piece
    return True
