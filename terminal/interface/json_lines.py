"""The counter in JSON lines: one request per input line, one reply per output line, in order.

The reply to a write is printed only after the entry is durable. `docs/interfaces.md` is the contract.
"""

import codecs
from collections.abc import Iterator
from typing import BinaryIO, Protocol

import msgspec
from msgspec import Raw, Struct

from terminal.interface.asks import AnyAsk, ask_decoder
from terminal.interface.card_asks import HandedOver
from terminal.interface.phrases import Speech, problem
from terminal.interface.views import Reply

LINE_BYTES_MAX = 1024 * 1024


class Handles(Protocol):
    """The interface of a counter."""

    def handle(self, ask: AnyAsk) -> Reply: ...


class _Numbered(Struct):
    id: Raw = Raw(b"null")


_number = msgspec.json.Decoder(_Numbered)
_encode = msgspec.json.Encoder().encode


def serve(counter: Handles, requests: BinaryIO, replies: BinaryIO) -> None:
    """Answers every line until the input ends."""
    not_understood = Reply(ok=False, problem=problem("request", Speech("en")))
    for line in _lines(requests):
        number, ask = _read(line)
        reply = not_understood if ask is None else counter.handle(ask)
        replies.write(b'{"id":' + number + b"," + _encode(reply)[1:] + b"\n")
        replies.flush()
        if reply.new_card is not None:
            counter.handle(HandedOver())  # printed, so the reader can show it


def _read(line: bytes | None) -> tuple[bytes, AnyAsk | None]:
    """The line's id as written, and the request, if they can be read."""
    number = b"null"
    try:
        # must be text throughout, since the id is returned unparsed
        text = (line or b"").removeprefix(codecs.BOM_UTF8).decode()
        number = bytes(_number.decode(text).id)
        return number, ask_decoder.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return number, None


def _lines(requests: BinaryIO) -> Iterator[bytes | None]:
    """The lines; None for one longer than any request."""
    while line := requests.readline(LINE_BYTES_MAX + 1):
        if len(line) <= LINE_BYTES_MAX:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = requests.readline(LINE_BYTES_MAX)
        yield None
