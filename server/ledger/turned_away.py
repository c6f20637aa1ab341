"""Why an exchange is not answered. Nothing of such a request has been merged, and nothing of it is lost: the till
keeps its journal. What happens to single entries is a verdict, never one of these.
"""

from typing import ClassVar

from sync import messages


class TurnedAway(Exception):
    """An exchange without an answer. `kind` is the word of `messages.Refused`."""

    kind: ClassVar[str]


class Forked(TurnedAway):
    """The journal is another one than the one the server has continued so far."""

    kind = messages.FORKED


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
