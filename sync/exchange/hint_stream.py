"""One stream of hints from the company's server, heard to its end, within bounds of time, silence and size.

It imports httpx at once, so nobody imports it before a till listens.
"""

import socket
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

import httpx
import msgspec
from httpx_sse import SSEError, connect_sse

from sync.exchange.failures import NotOurServer, Unreachable
from sync.exchange.transport import CONNECT_S, Answer, failure_of, failure_on_the_way, open_client
from sync.protocol import messages
from sync.protocol.messages import HINT_BYTES_MAX, HINTS_KEEP_ALIVE_S, HINTS_PATH, Hint, Listening

SILENCE_S = HINTS_KEEP_ALIVE_S + 5.0
LIFE_MAX_S = 900.0  # our servers end a stream after minutes; what stands before them may not
BYTES_MAX = HINT_BYTES_MAX + 64 * 1024  # from one hint to the next, keep-alives and all


def hear(
    server_url: str,
    token: str,
    heard: Callable[[Hint], None],
    *,
    listening: Listening | None,
    on_socket: Callable[[socket.socket], None],
) -> None:
    """Tells *heard* each hint until the stream ends, well or in a failure.

    *listening* says what the till has already; without it no hint brings anything.
    *on_socket* gets the socket before anything is read from it: shutting it down is what ends a read in another thread.
    """

    def traced(event: str, info: dict[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            on_socket(info["return_value"].get_extra_info("socket"))

    timeout = httpx.Timeout(SILENCE_S, connect=CONNECT_S)
    said = {} if listening is None else msgspec.to_builtins(listening)
    try:
        with (
            open_client(server_url, {"Authorization": f"Bearer {token}"}) as client,
            connect_sse(
                client, "GET", HINTS_PATH, params=said, timeout=timeout, extensions={"trace": traced}
            ) as source,
        ):
            response = source.response
            assert isinstance(response.stream, httpx.SyncByteStream)
            response.stream = stream = _Bounded(response.stream)
            if response.status_code != 200:
                raise failure_of(Answer(response.status_code, response.read()))
            for event in source.iter_sse():
                if event.event == "message":  # other kinds are a newer server's
                    heard(messages.decode(Hint, event.data.encode()))
                    stream.room = BYTES_MAX
    except (SSEError, messages.Garbled) as error:
        raise NotOurServer("status 200 without hints") from error
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise failure_on_the_way(error) from error


class _Bounded(httpx.SyncByteStream):
    """A body that may neither last nor grow without end."""

    def __init__(self, stream: httpx.SyncByteStream) -> None:
        self.room = BYTES_MAX
        self._stream = stream
        self._until = monotonic() + LIFE_MAX_S

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            self.room -= len(piece)
            if self.room < 0:
                raise NotOurServer("more than hints of ours")
            if monotonic() > self._until:
                raise Unreachable("a stream that does not end")
            yield piece

    def close(self) -> None:
        self._stream.close()
