"""The counter in JSON lines: one request a line in, one reply a line out, in order.

A reply to something that writes is printed only after the entry is durable. `docs/interfaces.md` is the contract.
"""

from collections.abc import Iterator
from typing import BinaryIO, Protocol

import msgspec
from msgspec import Raw, Struct

from terminal.phrases import Speech, problem
from terminal.views import AnyAsk, Reply, ask_decoder

LINE_BYTES_MAX = 1024 * 1024


class Handles(Protocol):
    """A counter."""

    def handle(self, ask: AnyAsk) -> Reply: ...


class _Numbered(Struct):
    id: Raw = Raw(b"null")


_number = msgspec.json.Decoder(_Numbered)
_encode = msgspec.json.Encoder().encode


def serve(counter: Handles, asked: BinaryIO, answered: BinaryIO) -> None:
    """Answers every line until the input ends."""
    words = Speech()
    for line in _lines(asked):
        number, reply = Raw(b"null"), Reply(ok=False, problem=problem("request", words))
        if line is not None:
            if not line.strip():
                continue
            number = _number_of(line)
            try:
                ask = ask_decoder.decode(line)
            except (msgspec.MsgspecError, ValueError, RecursionError):
                pass  # not an ask: the reply says so
            else:
                reply = counter.handle(ask)
        body = _encode(reply)
        answered.write(b'{"id":' + bytes(number) + b"," + body[1:] + b"\n")
        answered.flush()


def _number_of(line: bytes) -> Raw:
    try:
        return _number.decode(line).id
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Raw(b"null")


def _lines(asked: BinaryIO) -> Iterator[bytes | None]:
    """The lines; None for one that is longer than any request."""
    while line := asked.readline(LINE_BYTES_MAX + 1):
        if len(line) <= LINE_BYTES_MAX:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = asked.readline(LINE_BYTES_MAX)
        yield None
