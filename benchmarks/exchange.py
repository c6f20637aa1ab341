"""`exchange`: a till's request and the server's answer, with 100 entries and empty, compared with an echo.

The echo transfers as many bytes both ways through the same web stack and a separate client, without decoding or storing
them. Each round measures both, in alternating order, so that caches and machine load affect both equally.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.drain import write_offline
from benchmarks.figures.floors import fdatasync_s, percentile, timed
from benchmarks.figures.outcome import Outcome, ms
from benchmarks.peers.echo import BYTES_BACK
from benchmarks.setups.shop import shop
from sync.exchange.transport import CallInProgress, HttpTransport, open_client
from sync.protocol.messages import ExchangeRequest, ExchangeResponse, encode
from terminal.bootstrap import Till

ENTRIES = 100
TIMES = 60
WARM_UP = 5


@dataclass(frozen=True, slots=True)
class _Noted:
    """One exchange as measured at the till's transport."""

    seconds: float
    bytes_up: int
    bytes_down: int


def run(folder: Path) -> list[Outcome]:
    """Ours and the echo, alternating."""
    with shop(folder / "shop", cards=5_000) as ours, _noting() as noted, _echo() as echo:
        till = ours.open(ours.pair("till"))
        try:
            till.exchanger.sync(60)
            full = _in_turn(till, noted, echo, ENTRIES)
            empty = _in_turn(till, noted, echo, 0)
        finally:
            till.close()
    disk = fdatasync_s(folder)
    return [_outcome("exchange", full, disk, disk, 6), _outcome("exchange-empty", empty, disk, 0.0, 2)]


def _outcome(name: str, rounds: list[tuple[_Noted, float]], disk: float, commits: float, goal: float) -> Outcome:
    """Compares medians; the allowed wait for the disk is subtracted from ours."""
    noted = [one for one, _ in rounds]
    seconds, echoed = percentile([one.seconds for one in noted], 0.5), percentile([taken for _, taken in rounds], 0.5)
    return Outcome(
        name=name,
        ratio=(seconds - commits) / echoed,
        goal=goal,
        higher_is_better=False,
        floor=ms(echoed * goal + commits),
        peer=f"echo:{ms(echoed)}",
        fdatasync_s=disk,
        more=(
            ("p50", ms(seconds)),
            ("bytes_up", str(int(percentile([one.bytes_up for one in noted], 0.5)))),
            ("bytes_down", str(int(percentile([one.bytes_down for one in noted], 0.5)))),
        ),
    )


def _in_turn(
    till: Till, noted: list[_Noted], echo: Callable[[_Noted], float], entries: int
) -> list[tuple[_Noted, float]]:
    """Alternates exchanges with this many entries and echoes of the same size."""
    rounds: list[tuple[_Noted, float]] = []
    like = _exchanged(till, noted)
    for number in range(WARM_UP + TIMES):
        write_offline(till, entries)
        if number % 2:
            taken = echo(like)
            like = _exchanged(till, noted)
        else:
            like = _exchanged(till, noted)
            taken = echo(like)
        rounds.append((like, taken))
    return rounds[WARM_UP:]


def _exchanged(till: Till, noted: list[_Noted]) -> _Noted:
    noted.clear()
    till.exchanger.sync(60)
    return noted[0]


@contextmanager
def _noting() -> Iterator[list[_Noted]]:
    """Records the duration and size of every exchange of this process."""
    noted: list[_Noted] = []
    begin, answer = HttpTransport.begin, CallInProgress.answer
    under_way: list[tuple[float, ExchangeRequest]] = []

    def begun(self: HttpTransport, request: ExchangeRequest, deadline_s: float) -> CallInProgress:
        under_way.append((time.perf_counter(), request))
        return begin(self, request, deadline_s)

    def answered(self: CallInProgress) -> ExchangeResponse:
        response = answer(self)
        at, request = under_way.pop()
        noted.append(_Noted(time.perf_counter() - at, len(encode(request)), len(encode(response))))
        return response

    # Patched for this process only.
    HttpTransport.begin = begun  # type: ignore[method-assign]
    CallInProgress.answer = answered  # type: ignore[method-assign]
    try:
        yield noted
    finally:
        HttpTransport.begin, CallInProgress.answer = begin, answer  # type: ignore[method-assign]


@contextmanager
def _echo() -> Iterator[Callable[[_Noted], float]]:
    """A function that measures an echo of the same size as an exchange."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.peers.echo"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    client = open_client(process.stdout.readline().strip(), {})

    def echoed_s(like: _Noted) -> float:
        body, headers = b"x" * like.bytes_up, {BYTES_BACK: str(like.bytes_down)}
        (taken,) = timed(lambda: client.post("/echo", content=body, headers=headers).raise_for_status(), 1)
        return taken

    try:
        yield echoed_s
    finally:
        client.close()
        process.communicate()
