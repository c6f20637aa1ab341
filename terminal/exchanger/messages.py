"""Messages between counter and exchanger, one a line. They contain secrets, so they must not be logged.

The exchanger sends one request at a time and waits for its `Done`; all other messages are not answered.
"""

from uuid import UUID

import msgspec
from msgspec import Struct

from sync.exchange.ports import SyncStatus
from terminal.machine.clock import Anchor
from terminal.machine.recent_log import LogLine


class Message(Struct, frozen=True, tag=True):
    """A message, sent as one line."""


# to the exchanger


class Begin(Message, frozen=True):
    """The first message: the till's profile, and what only the counter can read."""

    folder: str  # the till's profile
    signing: bytes
    token: str
    key_ids: tuple[int, int]
    blanks_wanted: int | None
    boot: UUID  # outside Linux, each process would generate its own

    def __repr__(self) -> str:
        return "Begin(…)"


class Wake(Message, frozen=True):
    """Something was written; *blanks_wanted* as in `Pool.wanted`."""

    blanks_wanted: int | None


class SyncRequested(Message, frozen=True):
    """Requests an exchange until nothing is left, answered by `Settled` with this number."""

    number: int
    timeout_s: float


class Doubted(Message, frozen=True):
    """The counter found unreadable data: True for the whole file, False for one row."""

    damaged: bool


class Done(Message, frozen=True):
    """A request is done, or failed with a kind of problem."""

    problem_kind: str | None = None
    key_ids: tuple[int, int] = (0, 0)


# from the exchanger


class StatusChanged(Message, frozen=True):
    """The exchange's status, and what is known of the server's time."""

    status: SyncStatus
    anchor: Anchor | None = None


class Settled(Message, frozen=True):
    """The sync requested by this number is over."""

    number: int


class BlanksCame(Message, frozen=True):
    """New blanks, as sealed by the server."""

    sent: bytes


class Logged(Message, frozen=True):
    """A line for the diagnostics file."""

    line: LogLine


class KeysCame(Message, frozen=True):
    """Request: store the new keys, as sealed by the server."""

    sent: bytes


class LetGo(Message, frozen=True):
    """Request: close the replica until `ComeBack`, because the file is being replaced."""


class ComeBack(Message, frozen=True):
    """The replica may be opened again."""


class Revoked(Message, frozen=True):
    """Request: erase everything received from the company."""


ToExchanger = Begin | Wake | SyncRequested | Doubted | Done
FromExchanger = StatusChanged | Settled | BlanksCame | Logged | KeysCame | LetGo | ComeBack | Revoked

read_by_exchanger = msgspec.json.Decoder(ToExchanger).decode
read_by_counter = msgspec.json.Decoder(FromExchanger).decode
_encode = msgspec.json.Encoder().encode


def line(message: Message) -> bytes:
    """The encoded message with its line end."""
    return _encode(message) + b"\n"
