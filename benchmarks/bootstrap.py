"""`bootstrap`: a new till gets the company's million cards, with a ready snapshot and without one.

The peer is measured with a tenth and scaled up, which favours it, as it slows down with size. It does not fsync; ours
does.
"""

import os
import subprocess
import sys
from pathlib import Path

import msgspec

from benchmarks.figures.floors import fdatasync_s, timed
from benchmarks.figures.outcome import Outcome
from benchmarks.peers import pouchdb
from benchmarks.setups.shop import Shop, card_id, shop

CARDS = 1_000_000
PEER_CARDS = 100_000
_FLOOR_PIECE = 4 * 1024 * 1024


def run(folder: Path) -> list[Outcome]:
    """Runs without a snapshot first, as that till's request has one made."""
    disk = fdatasync_s(folder)
    with shop(folder / "shop", cards=CARDS) as ours:
        none_ready = loaded_s(ours, "first")
        size = (folder / "shop" / "first" / "replica.db").stat().st_size
        _make_ready(ours)
        ready = loaded_s(ours, "second")
    floor = written_s(folder, size)
    peer = pouchdb.bootstrap_s(folder / "pouchdb", PEER_CARDS, pouchdb.TUNED_BATCH) * CARDS / PEER_CARDS
    return [
        Outcome(
            name=name,
            ratio=peer / seconds,
            goal=goal,
            higher_is_better=True,
            floor=f"{floor:.2f}s/write+fsync",
            peer=f"{peer:.0f}s(scaled_from_{PEER_CARDS})",
            fdatasync_s=disk,
            more=(("ours", f"{seconds:.2f}s"), ("cards", str(CARDS)), ("replica", f"{size / 1e6:.0f}MB")),
        )
        for name, seconds, goal in (("bootstrap", ready, 100), ("bootstrap-none-ready", none_ready, 20))
    ]


def loaded_s(ours: Shop, name: str) -> float:
    """The seconds from a paired till's first exchange until it has everything on disk."""
    till = ours.open(ours.pair(name))
    try:
        (seconds,) = timed(lambda: till.exchanger.sync(1800), 1)
        with till.replica.snapshot() as snapshot:
            assert snapshot.state().complete, "the first load is incomplete"
            assert snapshot.card(card_id(CARDS - 1)) is not None
        return seconds
    finally:
        till.close()


def written_s(folder: Path, size: int) -> float:
    """The seconds to write this many bytes durably: a floor for any replica of that size."""
    block = os.urandom(_FLOOR_PIECE)

    def write() -> None:
        with (folder / "floor").open("wb", buffering=0) as file:
            for _ in range(size // _FLOOR_PIECE):
                file.write(block)
            os.fdatasync(file.fileno())

    return timed(write, 1)[0]


def _make_ready(ours: Shop) -> None:
    """Makes a snapshot at once; `serve` would make one within seconds of a pairing code."""
    environment = os.environ | {
        "ORION_DATABASE": ours.server.units.address.render_as_string(hide_password=False),
        "ORION_KEYS": str(ours.server.keys.path),
    }
    words = [sys.executable, "-c", "from server.cli import main; main()", "snapshot", "--company", "aurora", "--json"]
    done = subprocess.run(words, env=environment, check=True, stdout=subprocess.PIPE)
    assert msgspec.json.decode(done.stdout)["ok"]
