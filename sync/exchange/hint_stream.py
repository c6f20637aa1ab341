"""Reads one hint stream of the company's server to its end, with limits on time, silence and size.

Imports httpx at module level, so it must be imported only when a till starts to listen.
"""

import socket
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec
from httpx_sse import SSEError, connect_sse

from sync.exchange.access import Access
from sync.exchange.failures import Altered, NotOurServer, Unreachable
from sync.exchange.transport import CONNECT_S, Answer, failure_of, failure_on_the_way, open_client
from sync.protocol import messages
from sync.protocol.messages import HINT_BYTES_MAX, HINTS_KEEP_ALIVE_S, HINTS_PATH, Hint, Listening

SILENCE_S = HINTS_KEEP_ALIVE_S + 5.0
LIFE_MAX_S = 900.0  # our servers end a stream earlier; a proxy may not
BYTES_MAX = HINT_BYTES_MAX + 64 * 1024  # from one hint to the next, including keep-alives


def hear(
    access: Access,
    heard: Callable[[Hint], None],
    *,
    listening: Listening | None,
    on_socket: Callable[[socket.socket], None],
) -> None:
    """Passes each hint to *heard* until the stream ends or fails.

    *listening* is the till's read position; without it, hints carry no news. *on_socket* receives the socket before
    anything is read, because shutting it down is the only way to end a read in another thread.
    """

    def traced(event: str, info: dict[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            on_socket(info["return_value"].get_extra_info("socket"))

    timeout = httpx.Timeout(SILENCE_S, connect=CONNECT_S)
    target = HINTS_PATH if listening is None else f"{HINTS_PATH}?{urlencode(msgspec.to_builtins(listening))}"
    asked, number = access.call(f"GET {target}"), 0
    try:
        with (
            open_client(access.server_url, asked.headers) as client,
            connect_sse(client, "GET", target, timeout=timeout, extensions={"trace": traced}) as source,
        ):
            response = source.response
            assert isinstance(response.stream, httpx.SyncByteStream)
            response.stream = stream = _Bounded(response.stream)
            if response.status_code != 200:
                raise failure_of(Answer(response.status_code, response.read()))
            for event in source.iter_sse():
                # Other kinds come from a newer server, and the library makes events without data of comments.
                if event.event == "message" and event.data:
                    number, data = number + 1, event.data.encode()
                    hint = messages.decode(Hint, data)
                    if not asked.is_hint(number, data, event.id):
                        raise Altered(f"hint {number} of the stream")
                    heard(hint)
                    stream.room = BYTES_MAX
    except (SSEError, messages.Garbled) as error:
        raise NotOurServer("status 200, but no hint stream") from error
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise failure_on_the_way(error) from error


class _Bounded(httpx.SyncByteStream):
    """A response body limited in size and duration."""

    def __init__(self, stream: httpx.SyncByteStream) -> None:
        self.room = BYTES_MAX
        self._stream = stream
        self._until = monotonic() + LIFE_MAX_S

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            self.room -= len(piece)
            if self.room < 0:
                raise NotOurServer("the hint stream exceeds its size limit")
            if monotonic() > self._until:
                raise Unreachable("the hint stream exceeds its time limit")
            yield piece

    def close(self) -> None:
        self._stream.close()
