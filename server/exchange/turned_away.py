"""Reasons why an exchange is refused. Nothing of a refused request is merged; the till keeps its journal."""

from typing import ClassVar

from sync.protocol import messages


class TurnedAway(Exception):
    """A refused exchange; `kind` and the arguments are those of `messages.Refused`."""

    kind: ClassVar[str]

    def __init__(self, *, signature: bytes | None = None, salvaged_seq: int | None = None) -> None:
        super().__init__(self.kind)
        self.signature = signature
        self.salvaged_seq = salvaged_seq


class Forked(TurnedAway):
    """The journal differs from the one the server has continued so far."""

    kind = messages.FORKED


class Behind(Forked):
    """The journal ends with a row the server holds, but the server holds more.

    Either a restored backup has not continued yet, or the request was delayed; only a till that has heard this answer
    and comes again shows which.
    """


class Revoked(TurnedAway):
    """The terminal no longer belongs to the company."""

    kind = messages.REVOKED


class EntryFailed(TurnedAway):
    """The one entry that came could not be judged or written, and the database is well: the till may set it aside."""

    kind = messages.ENTRY_FAILED

    def __init__(self, seq: int) -> None:
        super().__init__()
        self.seq = seq


class NotSigned(TurnedAway):
    """The head is not signed by this terminal, or the page does not lead up to it."""

    kind = messages.GARBLED


class Unsupported(TurnedAway):
    """The server does not support the protocol version."""

    kind = messages.UNSUPPORTED


class TooLarge(TurnedAway):
    """The page exceeds the limits; the till halves it."""

    kind = messages.TOO_LARGE
