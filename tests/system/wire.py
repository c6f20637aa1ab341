"""A network that loses replies after the server has committed."""

import random
from threading import Lock

from demo.wire import Wire


class LossyWire(Wire):
    """Loses a share of the replies, by a seed."""

    def __init__(self, to_port: int, *, seed: int) -> None:
        self.swallowed = 0
        self._share = 0.0
        self._chance = random.Random(seed)
        self._one_at_a_time = Lock()
        super().__init__(to_port)

    def swallow(self, share: float) -> None:
        """Sets the share of lost replies."""
        self._share = share

    def delivers(self) -> bool:
        with self._one_at_a_time:
            if self._chance.random() >= self._share:
                return True
            self.swallowed += 1
            return False
