"""Wrong pairing codes are taken slowly: whoever has no token may otherwise guess as fast as the server answers.

Counted for each process, and for everybody together: behind a proxy all have one address. Right codes cost nothing, so
however many tills a chain pairs in one morning, none of them waits for another.
"""

import threading
from datetime import datetime, timedelta

AT_ONCE = 20
ONE_MORE_AFTER = timedelta(seconds=3)


class Guesses:
    """How many wrong codes may still be tried now."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._left = float(AT_ONCE)
        self._at: datetime | None = None

    def may_try(self, now: datetime) -> bool:
        """Whether a code is looked at."""
        with self._gate:
            if self._at is not None:
                self._left = min(AT_ONCE, self._left + max(0.0, (now - self._at) / ONE_MORE_AFTER))
            self._at = now
            return self._left >= 1

    def was_wrong(self) -> None:
        """One code less."""
        with self._gate:
            self._left -= 1
