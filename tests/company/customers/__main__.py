"""`python -m tests.company.customers [--tries 400]`: whether the time of an answer tells if a contact has a card.

Asks for cards and for codes, for contacts that have a card and for others in a random order, in process. Prints the
medians and the p of Mann and Whitney's test; fails where p is 0.01 or less and the medians lie 1 ms or more apart.
"""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from math import erfc, sqrt
from pathlib import Path

from sqlalchemy import delete

from server.customers.joining import form_tokens
from server.db.account_tables import attempts
from server.db.migration import migrate
from server.db.units import open_engine
from server.settings import Smtp
from tests.support.card_office import CardOffice, card_office
from tests.support.joining_browser import Browser
from tests.support.memory_folder import memory_folder

P_LEAST, APART_MS = 0.01, 1.0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.company.customers")
    parser.add_argument(
        "--tries", type=int, default=400, help="with contacts that have a card, and as many with others"
    )
    chosen = parser.parse_args(arguments)
    with memory_folder() as folder:
        file = Path(folder) / "empty.db"
        engine = open_engine(f"sqlite:///{file}")
        migrate(engine)
        engine.dispose()
        with card_office(file, Path(folder), Smtp("localhost", 25, "cafe@example.org")) as office:
            office.cards.shop.set(self_enrolment="true")
            found = [_measured(office, name, ask, chosen.tries) for name, ask in ASKS.items()]
    return 1 if any(found) else 0


def _join(office: CardOffice, email: str) -> float:
    shop = office.cards.shop
    form = form_tokens.make(shop.keys, shop.company_id, shop.now - timedelta(seconds=5))
    return _timed(office, lambda browser: browser.send("join", form=form, contact=email).status_code)


def _sign_in(office: CardOffice, email: str) -> float:
    return _timed(office, lambda browser: browser.send("sign-in", email=email).status_code)


def _timed(office: CardOffice, ask: Callable[[Browser], int]) -> float:
    """Milliseconds until the answer to somebody who has tried nothing before."""
    with office.server.units.platform_write() as conn:
        conn.execute(delete(attempts))
    browser, began = Browser(office), time.perf_counter()
    status = ask(browser)
    took = time.perf_counter() - began
    assert status == 303, status
    return took * 1000


ASKS: dict[str, Callable[[CardOffice, str], float]] = {"join": _join, "sign-in": _sign_in}


def _measured(office: CardOffice, name: str, ask: Callable[[CardOffice, str], float], tries: int) -> bool:
    """Prints a line; True if the times tell."""
    known = [f"{name}-known{number}@example.org" for number in range(tries)]
    for email in known:
        _join(office, email)
    wanted = [(True, email) for email in known] + [(False, f"{name}-other{n}@example.org") for n in range(tries)]
    random.Random(1).shuffle(wanted)
    took: dict[bool, list[float]] = {True: [], False: []}
    for is_known, email in wanted:
        took[is_known].append(ask(office, email))
    p = mann_whitney(took[True], took[False])
    medians = {is_known: statistics.median(times) for is_known, times in took.items()}
    line = f"{name}: tries={tries} each known_ms={medians[True]:.2f} unknown_ms={medians[False]:.2f} p={p:.3f}"
    sys.stdout.write(line + "\n")
    return p <= P_LEAST and abs(medians[True] - medians[False]) >= APART_MS


def mann_whitney(one: Sequence[float], other: Sequence[float]) -> float:
    """The two-sided p of Mann and Whitney's test, by the normal distribution; equal values share their ranks."""
    ranked = sorted([(value, True) for value in one] + [(value, False) for value in other])
    ranks = tied = 0.0
    start = 0
    while start < len(ranked):
        end = start
        while end < len(ranked) and ranked[end][0] == ranked[start][0]:
            end += 1
        same = end - start
        ranks += sum(is_one for _, is_one in ranked[start:end]) * (start + 1 + end) / 2
        tied += same**3 - same
        start = end
    n, m = len(one), len(other)
    size = n + m
    u = ranks - n * (n + 1) / 2
    spread = sqrt(n * m / 12 * (size + 1 - tied / (size * (size - 1))))
    return erfc(abs(u - n * m / 2) / spread / sqrt(2)) if spread else 1.0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
