"""python -m benchmarks.setups.receiving_till PROFILE CODE: prints the time at which CODE's card has new points.

The time is the system's monotonic clock, which is the same in all processes. Ends with its input.
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
    """Runs a till like any other."""
    moments: queue.SimpleQueue[float] = queue.SimpleQueue()

    def changed(status: SyncStatus) -> None:
        if status.online:
            moments.put(monotonic())  # after the exchange is on disk, without delaying its thread

    till = open_till(profile, on_status=changed)
    threading.Thread(target=_print_changes, args=(till, code, moments), daemon=True).start()
    sys.stdin.read()
    till.close()


def _print_changes(till: Till, code: str, moments: "queue.SimpleQueue[float]") -> None:
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
