"""What counter and exchanger say to each other, a line each. Secrets pass here, so nothing of it is logged.

The exchanger asks one thing at a time and waits for its `Done`, for a while; all else is told, and waits for nothing.
"""

from uuid import UUID

import msgspec
from msgspec import Struct

from sync.exchange.ports import SyncStatus
from terminal.machine.clock import Anchor
from terminal.machine.recent_log import LogLine
from terminal.storage.damage import Doubt


class Message(Struct, frozen=True, tag=True):
    """One line."""


# to the exchanger


class Begin(Message, frozen=True):
    """The first line: whose till it is, and what only the counter can read."""

    folder: str  # the till's profile
    signing: bytes
    token: str
    answer_key: bytes
    key_ids: tuple[int, int]
    blanks_wanted: int | None
    boot: UUID  # which elsewhere than on Linux each process makes up for itself

    def __repr__(self) -> str:
        return "Begin(…)"


class Wake(Message, frozen=True):
    """Something was written; and whether blanks are few now."""

    blanks_wanted: int | None


class SyncRequested(Message, frozen=True):
    """Somebody waits for an exchange until nothing is left, and wants to hear of it by this number."""

    number: int
    timeout_s: float


class Doubted(Message, frozen=True):
    """A look met what cannot be read."""

    doubt: Doubt


class Done(Message, frozen=True):
    """What was asked is done; or the kind of the problem that it met."""

    number: int  # of the ask
    problem_kind: str | None = None
    key_ids: tuple[int, int] = (0, 0)


# from the exchanger


class StatusChanged(Message, frozen=True):
    """How the exchange stands, and what it knows of the server's time."""

    status: SyncStatus
    anchor: Anchor | None = None


class Settled(Message, frozen=True):
    """Who asked by this number need not wait longer."""

    number: int


class BlanksCame(Message, frozen=True):
    """As the server sealed them."""

    sent: bytes


class Logged(Message, frozen=True):
    """For the file that support may read."""

    line: LogLine


class Alive(Message, frozen=True):
    """Said every second as long as the exchanger goes on: whoever does not say it is ended, and another one started."""


class KeysCame(Message, frozen=True):
    """Asks that they be kept, as the server sealed them."""

    number: int
    sent: bytes


class LetGo(Message, frozen=True):
    """Asks that nobody have the replica open until `ComeBack`: another file takes its place."""

    number: int


class ComeBack(Message, frozen=True):
    """It may be looked at again."""


class Revoked(Message, frozen=True):
    """Asks that all the company told this till be erased."""

    number: int


ToExchanger = Begin | Wake | SyncRequested | Doubted | Done
FromExchanger = Alive | StatusChanged | Settled | BlanksCame | Logged | KeysCame | LetGo | ComeBack | Revoked

read_by_exchanger = msgspec.json.Decoder(ToExchanger).decode
read_by_counter = msgspec.json.Decoder(FromExchanger).decode
_encode = msgspec.json.Encoder().encode


def line(word: Message) -> bytes:
    """The word as it is sent."""
    return _encode(word) + b"\n"
