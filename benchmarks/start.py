"""`start`: from the start of the till's process until it is ready to scan: its page is painted and a first frame
decoded.

A code scanned from then on waits until the till's files are open; `answered` is when the card of a code in the camera's
first frame is painted. Compared with a process that imports PySide6.QtWidgets and shows an empty window. All with
compiled bytecode, as installed; the first runs, which write it, do not count.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.figures.floors import fdatasync_s, percentile
from benchmarks.figures.outcome import Outcome, ms
from benchmarks.setups.shop import keys_in_a_file, shop, token

CARDS = 10_000
STARTS = 10
WARM_UP = 2
_BARE = """
import sys
from PySide6.QtWidgets import QApplication, QWidget
app = QApplication([])
window = QWidget()
window.show()
app.processEvents()
sys.stdout.write("shown\\n")
sys.stdout.flush()
"""


def run(folder: Path, *, cards: int = CARDS, starts: int = STARTS) -> list[Outcome]:
    """Alternating runs of both; medians."""
    with shop(folder / "shop", cards=cards) as ours:
        profile = ours.pair("till")
        till = ours.open(profile)
        till.exchanger.sync(600)
        till.close()
        keys_in_a_file(profile)
        disk = fdatasync_s(folder)
        bare, till_s, answered = list[float](), list[float](), list[float]()
        for number in range(WARM_UP + starts):
            kept = number >= WARM_UP
            empty = _lines_s("-c", _BARE)
            ready_s = _lines_s("-m", "benchmarks.setups.start_probe", str(profile))
            card = _lines_s("-m", "benchmarks.setups.start_probe", str(profile), token(number))
            if kept:
                bare.append(empty[0])
                till_s.append(ready_s[0])
                answered.append(card[1])
    floor, ready = percentile(bare, 0.5), percentile(till_s, 0.5)
    return [
        Outcome(
            name="start",
            ratio=ready / floor,
            goal=3,
            higher_is_better=False,
            floor=ms(floor),
            peer=f"empty-window:{ms(floor)}",
            fdatasync_s=disk,
            more=(
                ("ready", ms(ready)),
                ("slowest", ms(max(till_s))),
                ("answered", ms(percentile(answered, 0.5))),
                ("starts", str(starts)),
            ),
        )
    ]


def _lines_s(*words: str) -> list[float]:
    """The seconds from starting the interpreter until each of its lines."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, *words], env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    taken = []
    while process.stdout.readline():
        taken.append(time.perf_counter() - begun)
    process.stdout.close()
    process.wait()
    assert taken, "the process ended without output"
    return taken
