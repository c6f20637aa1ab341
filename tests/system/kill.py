"""Kills the counter with SIGKILL while it is driven by JSON lines; acknowledged entries are kept, without gaps.

Each process is forked from this one, which has the code loaded, so that a kill takes milliseconds.
"""

import json
import os
import random
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from terminal import bootstrap
from terminal.interface import json_lines
from tests.system.processes import PASSPHRASE, Company, JsonTill, paired, terminal


def run(folder: Path, kills: int, seed: int = 1) -> str:
    """Runs the test and returns the result in one line."""
    chance = random.Random(seed)
    company = Company(folder / "company", cards=20)
    company.serve()
    profile = paired(folder / "till", company, "till")
    till = JsonTill(profile)
    assert till.ask(id=0, do="sync", timeout_s=30)["ok"]
    till.close()
    company.stop()
    codes = [card["qr_code"] for card in company.cards]
    acknowledged: list[tuple[int, str]] = []
    for _life in range(kills):
        acknowledged += _life_and_death(profile, codes, chance)
    rows = terminal(profile, "journal", "list")
    checked = terminal(profile, "journal", "check")[0]
    kept = {row["seq"]: row["entry"]["id"] for row in rows}
    lost = sum(1 for seq, entry in acknowledged if kept.get(seq) != entry)
    holes = len(set(range(1, len(rows) + 1)) ^ set(kept)) + (0 if checked["ok"] else 1)
    return f"acknowledged={len(acknowledged)} kept={len(acknowledged) - lost} lost={lost} holes={holes}"


def _life_and_death(profile: Path, codes: list[str], chance: random.Random) -> list[tuple[int, str]]:
    """One process of the counter; returns what it acknowledged before it was killed."""
    acknowledged: list[tuple[int, str]] = []
    with a_counter(profile) as (child, asks, replies):
        lives_for = chance.randrange(1, 12)
        for number in range(lives_for):
            for reply in _asked(asks, replies, _ask(chance, codes, number)):
                acknowledged.append(reply)
        # More requests without waiting, so that the kill comes between journal and reply.
        asks.write(b"".join(_ask(chance, codes, number) for number in range(20)))
        asks.flush()
        select.select([replies], [], [], chance.random() * 0.02)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        acknowledged += [entry for line in replies if (entry := _entry(line)) is not None]
    return acknowledged


@contextmanager
def a_counter(profile: Path) -> Iterator[tuple[int, BinaryIO, BinaryIO]]:
    """A process that is a counter: its id, what it is asked by, and what it answers with."""
    to_child, asked = os.pipe()
    answered, from_child = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(asked)
        os.close(answered)
        _be_a_counter(profile, to_child, from_child)
    os.close(to_child)
    os.close(from_child)
    with open(asked, "wb") as asks, open(answered, "rb") as replies:  # noqa: PTH123 - descriptors, not paths
        yield child, asks, replies


def _be_a_counter(profile: Path, asked: int, answered: int) -> None:
    """Turns this process into a counter, until it is killed or its input ends; does not return."""
    os.environ |= {"ORION_KEYRING": f"file:{profile}-keys", "ORION_PASSPHRASE": PASSPHRASE}
    try:
        till = bootstrap.open_till(profile, exchanging=False)
        with open(asked, "rb") as asks, open(answered, "wb") as replies:
            json_lines.serve(till.counter, asks, replies)
    finally:
        os._exit(1)  # a forked process must not continue as the test


def _ask(chance: random.Random, codes: list[str], number: int) -> bytes:
    code = chance.choice(codes)
    asks = (
        {"id": number, "do": "enrol", "code": code},
        {"id": number, "do": "scan", "code": code},
        {"id": number, "do": "stamp"},
        {"id": number, "do": "earn", "amount_minor": chance.randrange(100, 9000)},
    )
    return b"".join(json.dumps(ask).encode() + b"\n" for ask in asks)


def _asked(asks: BinaryIO, replies: BinaryIO, lines: bytes) -> list[tuple[int, str]]:
    asks.write(lines)
    asks.flush()
    entries = [_entry(replies.readline()) for _line in lines.splitlines()]
    return [one for one in entries if one is not None]


def _entry(line: bytes) -> tuple[int, str] | None:
    """The entry acknowledged by a complete reply; None for a refusal or a cut line."""
    if not line.endswith(b"\n"):
        return None
    entry = json.loads(line).get("entry")
    return None if entry is None else (entry["seq"], entry["id"])
