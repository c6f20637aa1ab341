"""`start`: from the start of the till's process until it is ready to scan: its page painted, a first frame looked at.

Measured against the start of a process that imports PySide6.QtWidgets and shows an empty window. Both with compiled
bytecode, as installed; the first runs write it and do not count.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.floors import fdatasync_s, percentile
from benchmarks.outcome import Outcome, ms
from benchmarks.shop import keys_in_a_file, shop

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
    """In turn, so that both meet the same minute; medians."""
    with shop(folder / "shop", cards=cards) as ours:
        profile = ours.pair("till")
        till = ours.open(profile)
        till.driver.sync(600)
        till.close()
        keys_in_a_file(profile)
        disk = fdatasync_s(folder)
        bare, till_s = [], []
        for number in range(WARM_UP + starts):
            counts = number >= WARM_UP
            bare += [_line_s("-c", _BARE)] if counts else []
            seconds = _line_s("-m", "benchmarks.ready", str(profile))
            till_s += [seconds] if counts else []
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
            more=(("ready", ms(ready)), ("slowest", ms(max(till_s))), ("starts", str(starts))),
        )
    ]


def _line_s(*words: str) -> float:
    """Seconds from starting the interpreter until it has printed a line."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, *words], env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    line = process.stdout.readline()
    taken = time.perf_counter() - begun
    process.stdout.close()
    process.wait()
    assert line, "it ended without a word"
    return taken
