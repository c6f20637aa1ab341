"""Rate limit on wrong pairing codes, since pairing requests carry no token.

Wrong codes are counted for each process and for all senders together, because behind a proxy all share an address.
Correct codes are not counted, so pairing many tills in one morning is not slowed down.
"""

import threading
from datetime import datetime, timedelta

AT_ONCE = 20
ONE_MORE_AFTER = timedelta(seconds=3)


class Guesses:
    """Token bucket of wrong codes that may still be tried."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._left = float(AT_ONCE)
        self._at: datetime | None = None

    def may_try(self, now: datetime) -> bool:
        """True if a code may be tried now."""
        with self._gate:
            if self._at is not None:
                self._left = min(AT_ONCE, self._left + max(0.0, (now - self._at) / ONE_MORE_AFTER))
            self._at = now
            return self._left >= 1

    def was_wrong(self) -> None:
        """Counts a wrong code."""
        with self._gate:
            self._left -= 1
