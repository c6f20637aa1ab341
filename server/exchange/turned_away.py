"""Why an exchange is not answered. Nothing of such a request has been merged, and nothing of it is lost: the till
keeps its journal. What happens to single entries is a verdict, never one of these.
"""

from typing import ClassVar

from sync.protocol import messages


class TurnedAway(Exception):
    """An exchange without an answer. `kind` and what is handed in are those of `messages.Refused`."""

    kind: ClassVar[str]

    def __init__(self, *, signature: bytes | None = None, salvaged_seq: int | None = None) -> None:
        super().__init__(self.kind)
        self.signature = signature
        self.salvaged_seq = salvaged_seq


class Forked(TurnedAway):
    """The journal is another one than the one the server has continued so far."""

    kind = messages.FORKED


class Behind(Forked):
    """The journal ends with a row the server holds, and the server holds more.

    A backup was restored that has not gone on yet, or the request is an old one that was late: only a till that has
    heard the answer and comes again says which.
    """


class Revoked(TurnedAway):
    """The terminal is not one of the company's any more."""

    kind = messages.REVOKED


class NotSigned(TurnedAway):
    """The head is not signed by this terminal, or the page does not lead up to it."""

    kind = messages.GARBLED


class Unsupported(TurnedAway):
    """A protocol this server does not speak."""

    kind = messages.UNSUPPORTED


class TooLarge(TurnedAway):
    """A page above the limits: the till halves it."""

    kind = messages.TOO_LARGE
