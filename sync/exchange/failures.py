"""The ways an exchange can fail, distinguished by what the till does next.

The transport raises these and the engine gets their kind; `terminal.interface.phrases` words them. They must not
contain tokens, codes or customers' data.
"""

from enum import StrEnum
from typing import ClassVar

from sync.protocol import messages


class FailureKind(StrEnum):
    """The kinds of failure; where the server gives a reason, it is the server's word."""

    UNREACHABLE = "unreachable"
    SERVER_FAILED = "server_failed"
    SERVER_DOWN = "server_down"
    ENTRY_FAILED = messages.ENTRY_FAILED
    NOT_OUR_SERVER = "not_our_server"
    ALTERED = "altered"
    TOO_LARGE = messages.TOO_LARGE
    FORKED = messages.FORKED
    REVOKED = messages.REVOKED
    TOKEN_UNKNOWN = messages.TOKEN_UNKNOWN
    UNSUPPORTED = messages.UNSUPPORTED
    CODE_REFUSED = messages.CODE_REFUSED
    TRY_LATER = messages.TRY_LATER


class ExchangeFailure(Exception):
    """A request that failed or was refused."""

    kind: ClassVar[FailureKind]


class Unreachable(ExchangeFailure):
    """No connection, no answer in time, or the transport was closed."""

    kind = FailureKind.UNREACHABLE


class ServerFailed(ExchangeFailure):
    """The server reported an error, or refused with a word this program does not know."""

    kind = FailureKind.SERVER_FAILED

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class ServerDown(ExchangeFailure):
    """The server says that it cannot work with its database just now: nothing that was sent is to blame."""

    kind = FailureKind.SERVER_DOWN


class EntryFailed(ExchangeFailure):
    """The server says that it is well, and that this one entry is what it cannot take."""

    kind = FailureKind.ENTRY_FAILED

    def __init__(self, seq: int | None) -> None:
        super().__init__(f"entry {seq}")
        self.seq = seq


class NotOurServer(ExchangeFailure):
    """The answer is not from the company's server, but for instance from a captive portal or a proxy."""

    kind = FailureKind.NOT_OUR_SERVER


class Altered(ExchangeFailure):
    """An answer in our server's words that is not proved to be its answer to this request."""

    kind = FailureKind.ALTERED


class TooLarge(ExchangeFailure):
    """The request exceeds what the server, or a proxy in front of it, accepts."""

    kind = FailureKind.TOO_LARGE


class TurnedAway(ExchangeFailure):
    """The server no longer accepts this journal or terminal; entries it lacks may still be handed over."""

    def __init__(self, *, signature: bytes | None = None, salvaged_seq: int | None = None) -> None:
        super().__init__(self.kind)
        self.signature = signature
        self.salvaged_seq = salvaged_seq


class Forked(TurnedAway):
    """The server holds a different journal under this name, because of a restored backup or a cloned disk."""

    kind = FailureKind.FORKED


class Revoked(TurnedAway):
    """The terminal was revoked; valid only with the server's signature."""

    kind = FailureKind.REVOKED


class TokenUnknown(ExchangeFailure):
    """The server does not know this terminal."""

    kind = FailureKind.TOKEN_UNKNOWN


class Unsupported(ExchangeFailure):
    """The server does not support this program's protocol."""

    kind = FailureKind.UNSUPPORTED


class CodeRefused(ExchangeFailure):
    """The pairing code is wrong, used or expired."""

    kind = FailureKind.CODE_REFUSED


class TryLater(ExchangeFailure):
    """Too many wrong pairing codes were tried, by anybody."""

    kind = FailureKind.TRY_LATER
