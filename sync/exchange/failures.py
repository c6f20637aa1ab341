"""How an exchange can fail, told apart by what the till does next.

The transport raises these, the engine is told their kind; `terminal.interface.phrases` gives each kind its sentence.
None of them holds a token, a code or a customer's data.
"""

from enum import StrEnum
from typing import ClassVar

from sync.protocol import messages


class FailureKind(StrEnum):
    """One word each; where the server says why, it is the server's word."""

    UNREACHABLE = "unreachable"
    SERVER_FAILED = "server_failed"
    NOT_OUR_SERVER = "not_our_server"
    TOO_LARGE = messages.TOO_LARGE
    FORKED = messages.FORKED
    REVOKED = messages.REVOKED
    TOKEN_UNKNOWN = messages.TOKEN_UNKNOWN
    UNSUPPORTED = messages.UNSUPPORTED
    CODE_REFUSED = messages.CODE_REFUSED
    TRY_LATER = messages.TRY_LATER


class ExchangeFailure(Exception):
    """A request that was not answered as asked."""

    kind: ClassVar[FailureKind]


class Unreachable(ExchangeFailure):
    """No connection, no answer in time, or the transport was closed."""

    kind = FailureKind.UNREACHABLE


class ServerFailed(ExchangeFailure):
    """The server answered that it failed, or refused in a word this program does not know."""

    kind = FailureKind.SERVER_FAILED

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class NotOurServer(ExchangeFailure):
    """What answered is not the company's server: a captive portal, a proxy, garbage, a foreign seal."""

    kind = FailureKind.NOT_OUR_SERVER


class TooLarge(ExchangeFailure):
    """The request was larger than the server, or something before it, takes."""

    kind = FailureKind.TOO_LARGE


class TurnedAway(ExchangeFailure):
    """The server does not take this journal or terminal any more; what it lacks may still be handed over."""

    def __init__(self, *, signature: bytes | None = None, salvaged_seq: int | None = None) -> None:
        super().__init__(self.kind)
        self.signature = signature
        self.salvaged_seq = salvaged_seq


class Forked(TurnedAway):
    """The server holds another journal under this name: a restored backup or a cloned disk."""

    kind = FailureKind.FORKED


class Revoked(TurnedAway):
    """This terminal may no longer take part; believed with the server's signature only."""

    kind = FailureKind.REVOKED


class TokenUnknown(ExchangeFailure):
    """The server does not know this terminal."""

    kind = FailureKind.TOKEN_UNKNOWN


class Unsupported(ExchangeFailure):
    """The server does not speak this program's protocol."""

    kind = FailureKind.UNSUPPORTED


class CodeRefused(ExchangeFailure):
    """The pairing code is wrong, used or too old."""

    kind = FailureKind.CODE_REFUSED


class TryLater(ExchangeFailure):
    """Too many wrong pairing codes were tried, by whomever."""

    kind = FailureKind.TRY_LATER
