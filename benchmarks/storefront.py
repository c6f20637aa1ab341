"""`storefront`: the card page of a company with 1,000,000 cards, and exchanges of 50 tills beside 500 open card pages.

A card page passes through the whole application in process: cookie, card, program, QR code and template.

Open pages are streams of events in a process of their own. A page that is told of a change asks for itself again, as in
a browser. Tills send an entry a second each, on cards of which every tenth has its page open; turns with and without
open pages follow one another on the same server, with one process, on SQLite.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from starlette.types import ASGIApp

from benchmarks.figures.floors import fdatasync_s, percentile
from benchmarks.figures.outcome import Outcome, ms
from benchmarks.setups import crowd
from benchmarks.setups.in_process import as_served, asked
from benchmarks.setups.kept_company import SLUG, Kept, kept_company
from benchmarks.setups.open_pages import Open, Told
from benchmarks.setups.shop import Shop, card_id, load_till, shop, token
from benchmarks.setups.till_load import Load, Measured
from server import bootstrap

CARDS = 1_000_000
TIMES, WARM_UP = 200, 20
PAGE_S = 0.02
TILLS, PAGES, SHOP_CARDS = 50, 500, 5_000
TURN_S, TURNS = 10.0, 3  # with open pages, and as many without
EACH_S = 1.0  # a till's entries


@dataclass(frozen=True, slots=True)
class Turn:
    """What tills waited in one turn, and what pages were told."""

    waits_s: list[float]
    told: Told


def run(folder: Path, *, cards: int = CARDS, kept_in: Path | None = None, times: int = TIMES) -> Iterator[Outcome]:
    """The card page on SQLite and on PostgreSQL, and exchanges beside open pages."""
    disk = fdatasync_s(folder)
    with kept_company(cards, kept_in) as kept:
        for url, suffix in ((kept.sqlite, ""), (kept.postgresql, "-postgresql")):
            yield _page(f"storefront-card{suffix}", kept, url, times, disk)
    yield beside(folder, disk)


def beside(
    folder: Path, disk: float, *, tills: int = TILLS, pages: int = PAGES, seconds: float = TURN_S, turns: int = TURNS
) -> Outcome:
    """Exchanges beside open card pages, compared with the same exchanges alone."""
    with shop(folder / "shop", cards=SHOP_CARDS) as ours:
        alone: list[Turn] = []
        among: list[Turn] = []
        for number in range(2 * turns):
            is_alone = number % 4 in (0, 3)  # so that neither kind comes later on the whole
            turn = _turn(ours, f"turn {number}", tills, 0 if is_alone else pages, seconds)
            (alone if is_alone else among).append(turn)
    without, beside_pages = (
        percentile([one for turn in kind for one in turn.waits_s], 0.95) for kind in (alone, among)
    )
    return Outcome(
        name="storefront-open",
        ratio=beside_pages / without,
        goal=1.2,
        higher_is_better=False,
        floor="-",
        peer=f"without:{ms(without)}",
        fdatasync_s=disk,
        more=(
            ("p95", ms(beside_pages)),
            *(
                (name, ms(percentile([one for turn in kind for one in turn.waits_s], 0.5)))
                for name, kind in (("p50", among), ("p50_without", alone))
            ),
            ("exchanges", str(sum(len(turn.waits_s) for turn in among))),
            ("events", str(sum(turn.told.events for turn in among))),
            ("pages_asked", str(sum(turn.told.pages for turn in among))),
            ("tills", str(tills)),
            ("pages", str(pages)),
        ),
    )


def _page(name: str, kept: Kept, url: str, times: int, disk: float) -> Outcome:
    app = bootstrap.build_app(kept.server(url))
    cookies = [f"card-{SLUG}={crowd.token(number * 7_919 % kept.filled.cards)}" for number in range(WARM_UP + times)]
    with as_served():
        whole, cpu = asyncio.run(_looked(app, cookies))
    p95 = percentile(whole[WARM_UP:], 0.95)
    return Outcome(
        name=name,
        ratio=p95 / PAGE_S,
        goal=1,
        higher_is_better=False,
        floor="-",
        peer=f"allowed:{ms(PAGE_S)}",
        fdatasync_s=disk,
        more=(
            ("p50", ms(percentile(whole[WARM_UP:], 0.5))),
            ("p95", ms(p95)),
            ("cpu", ms(percentile(cpu[WARM_UP:], 0.5))),
            ("cards", str(kept.filled.cards)),
        ),
    )


async def _looked(app: ASGIApp, cookies: Sequence[str]) -> tuple[list[float], list[float]]:
    """The seconds that card pages took, and those of the processor."""
    whole: list[float] = []
    cpu: list[float] = []
    for cookie in cookies:
        begun, used = time.perf_counter(), time.process_time()
        await asked(app, f"/{SLUG}/card", cookie)
        whole.append(time.perf_counter() - begun)
        cpu.append(time.process_time() - used)
    return whole, cpu


def _turn(ours: Shop, name: str, tills: int, pages: int, seconds: float) -> Turn:
    """Tills that are new to the server, so that each turn begins alike."""
    address = urlsplit(ours.url)
    assert address.hostname is not None and address.port is not None
    cards = tuple(map(card_id, range(SHOP_CARDS)))
    paired = [load_till(ours.server, ours.company, f"Till {number} of {name}", cards) for number in range(tills)]
    load = Load(address.hostname, address.port, seconds, paired, EACH_S)
    tokens = [token(number) for number in range(0, SHOP_CARDS, SHOP_CARDS // pages)] if pages else []
    with _process("till_load", load) as till_process:
        if not tokens:
            return Turn(_measured(till_process), Told(0, 0))
        with _process("open_pages", Open(address.hostname, address.port, ours.company.slug, tokens)) as page_process:
            waits = _measured(till_process)
            return Turn(waits, msgspec.json.decode(page_process.communicate("close\n")[0], type=Told))


def _measured(process: "subprocess.Popen[str]") -> list[float]:
    return msgspec.json.decode(process.communicate("go\n")[0], type=Measured).waits_s


@contextmanager
def _process(module: str, task: msgspec.Struct) -> "Iterator[subprocess.Popen[str]]":
    """A process of a load that is ready."""
    words = [sys.executable, "-m", f"benchmarks.setups.{module}"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(msgspec.json.encode(task).decode() + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n", f"{module} did not start"
        yield process
