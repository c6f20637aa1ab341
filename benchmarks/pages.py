"""`pages`: pages of the office on a company with 1,000,000 cards and 5,000,000 transactions, on both databases.

Each request passes through the whole application in process: session, rights, queries and template. The floor is the
SQL of the same request alone: the statements it gave were recorded before, and the driver runs them again, with nothing
around, in turn with the requests. A page may take three times that, or 25 ms where it is less, and 100 ms at most.

The company is filled once and kept in /var/tmp/orion-benchmarks; `--cards 20000` makes a small one for trying out.
"""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import delete
from starlette.types import ASGIApp

from benchmarks.figures.floors import fdatasync_s, percentile
from benchmarks.figures.outcome import Outcome, ms
from benchmarks.setups import crowd, recorded
from benchmarks.setups.in_process import as_served, asked
from benchmarks.setups.kept_company import ADMIN, OWNER, SLUG, Kept, kept_company
from benchmarks.setups.recorded import Statement
from server import bootstrap
from server.accounts import accounts, sessions
from server.bootstrap import Server
from server.db.account_tables import attempts
from server.db.paging import COUNTED_MAX, PAGE_ROWS
from server.db.units import Units, open_engine

CARDS = 1_000_000
TIMES = 100
WARM_UP = 10
A_LOOK = timedelta(seconds=0.2)  # by which the clock goes on
SQL_TIMES, USUAL_S, LONGEST_S = 3, 0.025, 0.1
LIST = f"/office/{SLUG}/cards"


@dataclass(frozen=True, slots=True)
class Kind:
    """Pages of one kind: their paths in turn, and who looks at them."""

    name: str
    paths: Sequence[str]
    by: str = OWNER


@dataclass(frozen=True, slots=True)
class Measured:
    """How long requests took, and their statements alone."""

    whole_s: list[float]
    bare_s: list[float]
    cpu_s: list[float]  # of the process, of the whole
    statements: int  # of a request, at most


def run(folder: Path, *, cards: int = CARDS, kept_in: Path | None = None, times: int = TIMES) -> Iterator[Outcome]:
    """All kinds of pages, on SQLite and then on PostgreSQL."""
    disk = fdatasync_s(folder)
    with kept_company(cards, kept_in) as kept:
        for url, suffix in ((kept.sqlite, ""), (kept.postgresql, "-postgresql")):
            for kind, measured in _measured(kept, url, times):
                name = f"pages-{kind.name}{suffix}"
                followed = kept.filled.jobs_s["postgresql" if suffix else "sqlite"]
                yield _outcome(name, measured, kept, disk, followed if kind.name == "cards" else {})


def _kinds(cards: int, company_id: Any) -> Iterator[Kind]:
    """The pages; cards are drawn evenly, the same in every run."""
    some = [number * 7_919 % cards for number in range(60)]

    def listed(*queries: dict[str, Any]) -> list[str]:
        return [f"{LIST}?{urlencode(query)}" for query in queries]

    yield Kind("cards", [LIST])
    yield Kind("cards-by-points", listed({"sort": "points"}, {"sort": "points", "dir": "asc"}))
    yield Kind(
        "cards-filtered",
        listed(
            {"state": "reward_ready"},
            {"state": "inactive"},
            {"active_days": 30},
            {"points_min": 60, "sort": "last_activity"},
            {"stamps_min": 10, "active_days": 90, "sort": "points"},
        ),
    )
    turns = min(cards, COUNTED_MAX) // PAGE_ROWS
    yield Kind("cards-later", listed(*({"page": 1 + turns * part // 8} for part in range(1, 8))))
    yield Kind("search-number", listed(*({"q": crowd.digits(number)} for number in some)))
    yield Kind(
        "search-contact", listed(*({"q": one} for n in some for one in (crowd.email_of(n), crowd.phone_of(n)) if one))
    )
    yield Kind("search-name", listed(*({"q": crowd.name_of(number)} for number in some)))
    names = [crowd.name_of(number).split() for number in some]
    yield Kind("search-part", listed(*({"q": f"{first[:3]} {last[:4]}"} for first, last in names)))
    yield Kind("search-common", listed(*({"q": first} for first in dict.fromkeys(first for first, _ in names))))
    yield Kind("card", [f"{LIST}/{crowd.card_id(number)}" for number in some])
    yield Kind("card-long", [f"{LIST}/{crowd.card_id(number)}" for number in range(0, cards, crowd.LONG_EACH)][:20])
    for place in ("counter", "enrolment", "program", "stores", "terminals", "staff", "settings", "audit"):
        yield Kind(place, [f"/office/{SLUG}/{place}"])
    yield Kind("stats", [f"/office/{SLUG}/stats"])
    yield Kind("stats-year", [f"/office/{SLUG}/stats?days=365"])
    yield Kind("programs", ["/admin/programs"], ADMIN)
    yield Kind("companies", ["/admin/companies"], ADMIN)
    yield Kind("company", [f"/admin/companies/{company_id}"], ADMIN)


def _measured(kept: Kept, url: str, times: int) -> Iterator[tuple[Kind, Measured]]:
    server = _in_no_hurry(kept.server(url))
    with server.units.platform_write() as conn:
        conn.execute(delete(attempts))  # of an earlier run, whose clock was ahead
    company_id = server.company(SLUG).id
    engine = open_engine(url)
    given = recorded.record(engine)
    watched = replace(server, units=Units(engine))
    app, watched_app = bootstrap.build_app(server), bootstrap.build_app(watched)
    with recorded.replaying(open_engine(url)) as replay, as_served():
        for kind in _kinds(kept.filled.cards, company_id):
            token = _signed_in(server, kind.by)
            statements = [(path, _statements(watched_app, path, token, given)) for path in kind.paths]
            turns = [statements[turn % len(statements)] for turn in range(-WARM_UP, times)]
            whole, bare, cpu = asyncio.run(_in_turn(app, token, turns, replay))
            most = max(len(given) for _, given in statements)
            yield kind, Measured(whole[WARM_UP:], bare[WARM_UP:], cpu[WARM_UP:], most)


def _in_no_hurry(server: Server) -> Server:
    """The server by a clock that goes on at each look: an account may ask so often in a minute only."""
    gone = itertools.count(1)
    return replace(server, now=lambda: datetime.now(UTC) + next(gone) * A_LOOK)


async def _in_turn(
    app: ASGIApp, token: str, turns: Sequence[tuple[str, list[Statement]]], replay: Callable[[list[Statement]], None]
) -> tuple[list[float], list[float], list[float]]:
    """The seconds of requests, of their statements alone, and of the processor for requests."""
    whole: list[float] = []
    bare: list[float] = []
    cpu: list[float] = []
    for turn, (path, statements) in enumerate(turns):
        for is_whole in (True, False) if turn % 2 else (False, True):  # what comes second finds warm caches
            begun, used = time.perf_counter(), time.process_time()
            if is_whole:
                await asked(app, path, f"orion={token}")
                cpu.append(time.process_time() - used)
            else:
                replay(statements)
            (whole if is_whole else bare).append(time.perf_counter() - begun)
    return whole, bare, cpu


def _statements(app: ASGIApp, path: str, token: str, given: list[Statement]) -> list[Statement]:
    for _ in range(2):  # the first request may open connections
        given.clear()
        asyncio.run(asked(app, path, f"orion={token}"))
    return list(given)


def _signed_in(server: Server, email: str) -> str:
    with server.units.platform_write() as conn:
        account = accounts.by_email(conn, email)
        assert account is not None, "the company was founded with it"
        return sessions.begin(conn, account.id, device="benchmarks", address="127.0.0.0", now=server.now()).token


def _outcome(name: str, measured: Measured, kept: Kept, disk: float, jobs_s: dict[str, float]) -> Outcome:
    """How long the pages took of what they may; *jobs_s*: how long jobs took to follow all cards from cold."""
    p95, bare = percentile(measured.whole_s, 0.95), percentile(measured.bare_s, 0.95)
    allowed = min(max(SQL_TIMES * bare, USUAL_S), LONGEST_S)
    return Outcome(
        name=name,
        ratio=p95 / allowed,
        goal=1,
        higher_is_better=False,
        floor=f"{ms(bare)}/sql",
        peer=f"allowed:{ms(allowed)}",
        fdatasync_s=disk,
        more=(
            ("p50", ms(percentile(measured.whole_s, 0.5))),
            ("p95", ms(p95)),
            ("cpu", ms(percentile(measured.cpu_s, 0.5))),
            ("sql_p50", ms(percentile(measured.bare_s, 0.5))),
            ("times_sql", f"{p95 / bare:.1f}"),
            ("statements", str(measured.statements)),
            ("cards", str(kept.filled.cards)),
            ("transactions", str(kept.filled.transactions)),
            *((f"job_{job}", f"{seconds:.0f}s") for job, seconds in jobs_s.items()),
        ),
    )
