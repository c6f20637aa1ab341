"""The web server's connections: deadlines, a limit on their number, and which one is closed."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from server.connections import WAIT_LONGER, Deadlines, limited_to
from server.logs import ALIKE_MAX, LINES_MAX, Allowance

ANSWERS_WITHIN_S = 20
SOON = Deadlines(header=0.1, body=0.1, unread=0.1)
PATIENT = Deadlines(header=60, body=60, unread=60)
WHOLE = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\n{}"
ENDLESS = b"GET /endless HTTP/1.1\r\nHost: here\r\n\r\n"
Story = Callable[[int], Awaitable[None]]


async def _app(scope: dict[str, object], receive: object, send: object) -> None:
    request = Request(scope, receive)  # type: ignore[arg-type]
    if scope["path"] == "/endless":

        async def much() -> AsyncGenerator[bytes, None]:
            while True:
                yield b"x" * 65_536
                await asyncio.sleep(0)

        await StreamingResponse(much())(scope, receive, send)  # type: ignore[arg-type]
        return
    if scope["path"] == "/large":
        scope[WAIT_LONGER](60)  # type: ignore[operator]
    await Response(await request.body())(scope, receive, send)  # type: ignore[arg-type]


@asynccontextmanager
async def serving(limit: int, within: Deadlines) -> AsyncGenerator[int, None]:
    """A server on its own port."""
    config = uvicorn.Config(
        _app, port=0, http=limited_to(limit, within), log_config=None, access_log=False, lifespan="off"
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.force_exit = True
        await server.shutdown()


def played(story: Story, limit: int = 100, within: Deadlines = PATIENT) -> None:
    async def all_of_it() -> None:
        async with asyncio.timeout(ANSWERS_WITHIN_S), serving(limit, within) as port:
            await story(port)

    asyncio.run(all_of_it())


async def opened(port: int, says: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(says)
    await writer.drain()
    return reader, writer


async def is_ended(reader: asyncio.StreamReader) -> bool:
    """Waits until the server closes the connection; True if it sent nothing before."""
    try:
        return await reader.read() == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize(
    "says",
    [
        b"",
        b"P",
        b"POST / HTTP/1.1\r\n",
        b"POST / HTTP/1.1\r\nHost: here\r\nX-Much: ",
        b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\n{",
        b"POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
    ],
)
def test_a_request_that_does_not_come_whole_is_hung_up_on(says: bytes) -> None:
    async def story(port: int) -> None:
        reader, _ = await opened(port, says)
        assert await is_ended(reader)

    played(story, within=SOON)


@pytest.mark.parametrize("says", [WHOLE[:9], WHOLE[:-1]])
def test_a_request_that_drips_has_no_longer_than_one_that_stops(says: bytes) -> None:
    async def story(port: int) -> None:
        reader, writer = await opened(port, says[:3])
        ended = asyncio.create_task(is_ended(reader))
        more = says[3:] + b"X-More: more\r\n" if b"{" not in says else says[3:]
        for piece in (more[at : at + 1] for at in range(len(more))):
            if ended.done():
                break
            writer.write(piece)
            await asyncio.wait([ended], timeout=0.02)
        assert await ended

    played(story, within=SOON)


def test_one_that_was_answered_may_ask_again_and_is_held_to_the_same_deadline() -> None:
    async def story(port: int) -> None:
        reader, writer = await opened(port, WHOLE)
        assert (await reader.readuntil(b"{}")).endswith(b"{}")
        writer.write(WHOLE)
        assert (await reader.readuntil(b"{}")).endswith(b"{}")
        writer.write(WHOLE[:20])
        assert await is_ended(reader)

    played(story, within=SOON)


def test_an_answer_that_nobody_reads_is_given_up() -> None:
    async def story(port: int) -> None:
        _, writer = await opened(port, ENDLESS)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        while not writer.transport.is_closing():
            writer.write(b"x")  # a reset is noticed when writing
            await asyncio.sleep(0.01)

    played(story, within=SOON)


@pytest.mark.parametrize("strangers_say", [b"", WHOLE[:9], WHOLE[:-1]])
def test_whoever_comes_beyond_the_limit_is_served_in_the_place_of_who_waits_longest(strangers_say: bytes) -> None:
    async def story(port: int) -> None:
        strangers = [await opened(port, strangers_say) for _ in range(10)]
        for _ in range(3):
            reader, writer = await opened(port, WHOLE)
            assert (await reader.readuntil(b"{}")).endswith(b"{}")
            writer.close()
        assert await is_ended(strangers[0][0])
        reader, writer = strangers[-1]
        writer.write(WHOLE[len(strangers_say) :])
        assert (await reader.readuntil(b"{}")).endswith(b"{}")

    played(story, limit=10)


def test_who_is_being_answered_keeps_the_place() -> None:
    async def story(port: int) -> None:
        busy = [await opened(port, ENDLESS) for _ in range(3)]
        for reader, _ in busy:
            await reader.readexactly(100)
        late, _ = await opened(port)
        assert await is_ended(late)
        for reader, _ in busy:
            await reader.readexactly(100_000)

    played(story, limit=3)


def test_lines_that_say_the_same_are_few_and_the_next_minute_says_how_many_were_left_out() -> None:
    allowance = Allowance()
    assert [allowance.take("one", 5.0) for _ in range(ALIKE_MAX)] == [0] * ALIKE_MAX
    assert [allowance.take("one", 64.0) for _ in range(1000)] == [None] * 1000
    assert allowance.take("another", 64.0) == 0
    assert (allowance.take("one", 66.0), allowance.take("one", 66.0)) == (1000, 0)


def test_lines_that_all_differ_are_bounded_as_well() -> None:
    allowance = Allowance()
    assert sum(allowance.take(f"line {number}", 5.0) is not None for number in range(5000)) == LINES_MAX


def test_the_servers_own_libraries_log_nothing_of_strangers_each_time(caplog: pytest.LogCaptureFixture) -> None:
    async def story(port: int) -> None:
        for _ in range(5):
            reader, _ = await opened(port, WHOLE[:9])
            assert await is_ended(reader)

    with caplog.at_level(logging.DEBUG):
        played(story, within=SOON)
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []


def test_a_body_that_is_known_to_be_large_is_waited_for() -> None:
    async def story(port: int) -> None:
        reader, writer = await opened(port, WHOLE[:-1].replace(b"POST / ", b"POST /large "))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 3 * SOON.body)
        writer.write(WHOLE[-1:])
        assert await reader.read(15) == b"HTTP/1.1 200 OK"
        writer.close()

    played(story, within=Deadlines(header=60, body=SOON.body, unread=60))
