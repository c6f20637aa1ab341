"""`growth`: how a card look-up, an exchange of three entries and a status query grow from 10⁴ to 10⁶ cards.

Companies of all sizes are open at the same time and measured in turn, so that disk and machine load are the same for
all. Medians; an exchange includes the commits at both ends.
"""

import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from benchmarks.figures.floors import fdatasync_s, percentile, sqlite_commits_s
from benchmarks.figures.outcome import Outcome, ms
from benchmarks.lookup import LOADING_S_MAX, found_s
from benchmarks.setups.shop import shop, token
from sync.protocol.sealing import token_hash
from terminal.bootstrap import Till
from terminal.interface.asks import Earn, Scan, Status

SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
ROUNDS = 60
LOOKUPS = 40  # in each round
SALES = 3  # in each exchange
GOAL = 1.3

Costs = dict[int, list[float]]


def run(folder: Path, *, sizes: tuple[int, ...] = SIZES, rounds: int = ROUNDS) -> list[Outcome]:
    """Compares the largest company with the smallest."""
    with ExitStack() as stack:
        tills = {size: _till(stack, folder / str(size), size) for size in sizes}
        disk, floor = fdatasync_s(folder), percentile(sqlite_commits_s(folder), 0.5)
        look_up, exchange, status = (_in_turn(tills, cost, rounds) for cost in (_look_up, _exchange, _status))
    return [
        _plotted("growth", look_up, floor, disk),
        _plotted("growth-exchange", exchange, floor, disk),
        _plotted("growth-status", status, floor, disk),
    ]


def _till(stack: ExitStack, folder: Path, cards: int) -> Till:
    ours = stack.enter_context(shop(folder, cards=cards))
    till = ours.open(ours.pair("till"))
    stack.callback(till.close)
    till.exchanger.sync(LOADING_S_MAX)
    return till


def _in_turn(tills: dict[int, Till], cost: Callable[[Till, int, random.Random], list[float]], rounds: int) -> Costs:
    chance = random.Random(7)  # noqa: S311 - the same cards in every run
    costs: Costs = {size: [] for size in tills}
    for number in range(rounds + 1):
        for size, till in tills.items():
            taken = cost(till, size, chance)
            costs[size] += taken if number else []  # the first round warms up
    return costs


def _look_up(till: Till, cards: int, chance: random.Random) -> list[float]:
    return [found_s(till, token_hash(token(chance.randrange(cards)))) for _ in range(LOOKUPS)]


def _exchange(till: Till, cards: int, chance: random.Random) -> list[float]:
    for _ in range(SALES):
        assert till.counter.handle(Scan(token(chance.randrange(cards)))).ok
        assert till.counter.handle(Earn(500)).ok
    begun = time.perf_counter()
    till.exchanger.sync(60)
    taken = time.perf_counter() - begun
    assert till.replica.marks().acked_seq == till.journal.head().seq, "not all entries were acknowledged"
    return [taken]


def _status(till: Till, cards: int, chance: random.Random) -> list[float]:
    begun = time.perf_counter()
    assert till.counter.handle(Status()).ok
    return [time.perf_counter() - begun]


def compared(name: str, costs: Costs, of: str, floor: float, disk: float) -> Outcome:
    """The largest against the smallest, by their medians; *of* says what the sizes count."""
    medians = _medians(costs)
    (smallest, first), (_, last) = medians[0], medians[-1]
    return Outcome(
        name=name,
        ratio=last / first,
        goal=GOAL,
        higher_is_better=False,
        floor=f"{ms(floor)}/commit",
        peer=f"{smallest}-{of}:{ms(first)}",
        fdatasync_s=disk,
        more=tuple((f"at_{size}", ms(median)) for size, median in medians),
    )


def _plotted(name: str, costs: Costs, floor: float, disk: float) -> Outcome:
    return replace(compared(name, costs, "cards", floor, disk), curve=_medians(costs))


def _medians(costs: Costs) -> tuple[tuple[int, float], ...]:
    return tuple((size, percentile(taken, 0.5)) for size, taken in sorted(costs.items()))
