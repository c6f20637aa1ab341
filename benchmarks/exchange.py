"""`exchange`: a till's request and the server's answer, with 100 entries and with nothing to say, beside an echo.

The echo carries the same bytes both ways through the same web stack and the same client; it decodes, judges and keeps
nothing.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.drain import write_offline
from benchmarks.echo import BYTES_BACK
from benchmarks.floors import fdatasync_s, percentile, timed
from benchmarks.outcome import Outcome, ms
from benchmarks.shop import shop
from sync.messages import ExchangeRequest, ExchangeResponse, encode
from sync.transport import Exchange, HttpTransport, open_client
from terminal.bootstrap import Till

ENTRIES = 100
TIMES = 60
WARM_UP = 5


@dataclass(frozen=True, slots=True)
class _Noted:
    """One exchange, as the till's transport saw it."""

    seconds: float
    bytes_up: int
    bytes_down: int


def run(folder: Path) -> list[Outcome]:
    """Ours and the echo, one after the other, in one minute."""
    with shop(folder / "shop", cards=5_000) as ours, _noting() as noted:
        till = ours.open(ours.pair("till"))
        try:
            till.driver.sync(60)
            full = _several(till, noted, ENTRIES)
            empty = _several(till, noted, 0)
        finally:
            till.close()
    disk = fdatasync_s(folder)
    return [_outcome("exchange", full, disk, disk, 6), _outcome("exchange-empty", empty, disk, 0.0, 2)]


def _outcome(name: str, noted: list[_Noted], disk: float, commits: float, goal: float) -> Outcome:
    """Compared are medians; what waits for the disk is taken off ours, since the goal grants it."""
    seconds = percentile([one.seconds for one in noted], 0.5)
    up = int(percentile([one.bytes_up for one in noted], 0.5))
    down = int(percentile([one.bytes_down for one in noted], 0.5))
    echoed = _echo_s(up, down)
    return Outcome(
        name=name,
        ratio=(seconds - commits) / echoed,
        goal=goal,
        higher_is_better=False,
        floor=ms(echoed * goal + commits),
        peer=f"echo:{ms(echoed)}",
        fdatasync_s=disk,
        more=(("p50", ms(seconds)), ("bytes_up", str(up)), ("bytes_down", str(down))),
    )


def _several(till: Till, noted: list[_Noted], entries: int) -> list[_Noted]:
    """Exchanges that carry so many entries each; another that finds nothing more to say may follow each."""
    first = []
    for _ in range(WARM_UP + TIMES):
        write_offline(till, entries)
        noted.clear()
        till.driver.sync(60)
        first.append(noted[0])
    return first[WARM_UP:]


@contextmanager
def _noting() -> Iterator[list[_Noted]]:
    """Notes what every exchange of this process takes and carries."""
    noted: list[_Noted] = []
    begin, answer = HttpTransport.begin, Exchange.answer
    under_way: list[tuple[float, ExchangeRequest]] = []

    def begun(self: HttpTransport, request: ExchangeRequest, deadline_s: float) -> Exchange:
        under_way.append((time.perf_counter(), request))
        return begin(self, request, deadline_s)

    def answered(self: Exchange) -> ExchangeResponse:
        response = answer(self)
        at, request = under_way.pop()
        noted.append(_Noted(time.perf_counter() - at, len(encode(request)), len(encode(response))))
        return response

    # For this process, which measures nothing else.
    HttpTransport.begin = begun  # type: ignore[method-assign]
    Exchange.answer = answered  # type: ignore[method-assign]
    try:
        yield noted
    finally:
        HttpTransport.begin, Exchange.answer = begin, answer  # type: ignore[method-assign]


def _echo_s(bytes_up: int, bytes_down: int) -> float:
    """The median of as many echoes."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.echo"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        client = open_client(process.stdout.readline().strip(), {BYTES_BACK: str(bytes_down)})
        body = b"x" * bytes_up
        seconds = timed(lambda: client.post("/echo", content=body).raise_for_status(), WARM_UP + TIMES)
        return percentile(seconds[WARM_UP:], 0.5)
    finally:
        process.communicate()
