"""Kills the counter with SIGKILL while it enrols phone cards; no card is lost, and no code is given to two customers.

Processes are forked as in `kill`; offline, so that only the till's own files matter.
"""

import json
import os
import random
import select
import signal
from pathlib import Path
from typing import Any

from tests.system.kill import a_counter
from tests.system.processes import Company, JsonTill, paired, terminal


def run(folder: Path, kills: int, seed: int = 1) -> str:
    """Runs the test and returns the result in one line."""
    chance = random.Random(seed)
    company = Company(folder / "company", cards=1)
    company.serve()
    profile = paired(folder / "till", company, "till")
    shown: dict[str, str] = {}  # customers by the token they saw
    twice = unseen = lost = 0
    for life in range(kills):
        if life % 10 == 0:  # fills the pool and exchanges
            till = JsonTill(profile)
            assert till.ask(id=0, do="sync", timeout_s=30)["ok"]
            till.close()
        seen, again = _life_and_death(profile, chance, life)
        for token, customer in seen:
            if shown.setdefault(token, customer) != customer:
                twice += 1
        unseen += again
    till = JsonTill(profile)
    status = till.ask(id=0, do="sync", timeout_s=60)["status"]
    assert status["waiting"] == 0, status
    for token, customer in shown.items():
        found = till.ask(id=1, do="scan", code=token)
        lost += not (found["ok"] and found["card"]["name"] == customer)
    till.close()
    made = [row for row in terminal(profile, "journal", "list") if row["entry"]["kind"] == "card_created"]
    company.stop()
    return f"made={len(made)} shown={len(shown)} after_a_kill={unseen} twice={twice} lost={lost}"


def _life_and_death(profile: Path, chance: random.Random, life: int) -> tuple[list[tuple[str, str]], int]:
    """One process of the counter; returns the shown codes with their customers, and how many were shown only after a
    kill."""
    with a_counter(profile) as (child, asks, replies):
        asks.write(_line(do="show_code"))
        asks.flush()
        left = _code(replies.readline())  # a code made but not shown by the previous process
        for number in range(4):
            asks.write(_line(do="enrol", name=f"Customer {life}-{number}"))
        asks.flush()
        select.select([replies], [], [], 1.0)
        select.select([], [], [], chance.random() * 0.03)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        seen = [one for line in replies if (one := _code(line)) is not None]
    return [*([left] if left else []), *seen], int(left is not None)


def _line(**ask: Any) -> bytes:
    return json.dumps(ask).encode() + b"\n"


def _code(line: bytes) -> tuple[str, str] | None:
    """The code shown by a complete reply, with its customer."""
    if not line.endswith(b"\n"):
        return None
    reply = json.loads(line)
    return None if "new_card" not in reply else (reply["new_card"]["qr_code"], reply["card"]["name"])
