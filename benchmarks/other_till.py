"""python -m benchmarks.other_till PROFILE CODE: prints the moment and the points whenever CODE's card has others here.

The moment is the system's monotonic clock, which other processes of this machine read too. Ends with its input.
"""

import queue
import sys
import threading
from pathlib import Path
from time import monotonic

from sync.exchange.ports import SyncStatus
from terminal.bootstrap import Till, open_till
from terminal.interface.asks import Scan
from terminal.interface.views import CardView


def main(profile: Path, code: str) -> None:
    """Listens as any till does."""
    moments: queue.SimpleQueue[float] = queue.SimpleQueue()

    def told(status: SyncStatus) -> None:
        if status.online:
            moments.put(monotonic())  # the exchange is on disk; its thread is not held up

    till = open_till(profile, on_status=told)
    threading.Thread(target=_tell, args=(till, code, moments), daemon=True).start()
    sys.stdin.read()
    till.close()


def _tell(till: Till, code: str, moments: "queue.SimpleQueue[float]") -> None:
    shown = -1
    while True:
        at, points = moments.get(), _points(till, code)
        if points != shown:
            shown = points
            sys.stdout.write(f"{at} {points}\n")
            sys.stdout.flush()


def _points(till: Till, code: str) -> int:
    card = till.counter.handle(Scan(code)).card
    return card.points.balance if isinstance(card, CardView) and card.points is not None else 0


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
