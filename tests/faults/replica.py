"""Damages a till's replica at random, at a start and while it is in use, and sees that it is served on from the right
rows: a real till joined to a real server, both in this process, with time that passes when it is waited for.

The counter looks and the exchange writes through files of their own, as their two processes do.
"""

import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from server.cards.blanks import Blank
from server.db.migration import migrate
from server.db.units import Units, open_engine
from terminal.counter.counter import Counter
from terminal.interface.asks import Earn, Enrol, Pin, Scan, Stamp, Status
from terminal.interface.views import CardView, Reply
from terminal.storage.damage import Doubt, files_of
from terminal.storage.replica import Replica
from tests.faults.timeline import timeline
from tests.support.builders import a_program
from tests.support.joined_till import JoinedTill
from tests.support.paper_shop import PaperShop

CARDS = 12
BLANKS = 30
WITHIN_S = 20.0  # of the till's time
TOLD_EACH = 250  # damages
MEMORY = Path("/dev/shm")
PASSING = frozenset({"replica", "replica_away"})  # what a till may say until it goes on


class TwoHandedTill(JoinedTill):
    """A till whose counter and exchange each have the replica open, as two processes have."""

    def start(self) -> None:
        super().start()
        looked_at = Replica(self.replica_file, self.journal.identity.journal_id)
        looked_at.on_unreadable(self._unreadable)
        self.looked_at = looked_at
        self.replica._others_away = self._away
        self.counter = Counter(
            journal=self.journal,
            replica=looked_at,
            keys=self.keys,
            clock=self.clock,
            pool=self.pool,
            exchanger=self.driver,
        )

    def stop(self) -> None:
        self.looked_at.close()
        super().stop()

    def _unreadable(self, doubt: Doubt) -> None:
        self.replica.report_unreadable(doubt)
        self.driver.sync_soon()

    @contextmanager
    def _away(self) -> Iterator[None]:
        self.looked_at.let_go()
        try:
            yield
        finally:
            self.looked_at.come_back()


@dataclass
class Counts:
    """What came of it."""

    flips: int = 0
    healed: int = 0
    tracebacks: int = 0
    stuck: int = 0
    healed_s: list[float] = field(default_factory=list)  # of each that was tried to its end, well or not
    failed: list[str] = field(default_factory=list)

    def line(self) -> str:
        told = f"flips={self.flips} healed={self.healed} tracebacks={self.tracebacks} stuck={self.stuck}"
        return f"{told} slowest_s={self._within(1.0):.1f} p99_s={self._within(0.99):.1f} p50_s={self._within(0.5):.1f}"

    def _within(self, share: float) -> float:
        """How long that share of them took at most."""
        taken = sorted(self.healed_s)
        return taken[min(int(share * len(taken)), len(taken) - 1)] if taken else 0.0


class Fuzz:
    """One till, damaged again and again."""

    def __init__(self, folder: Path, seed: int, traced: int | None = None) -> None:
        self.traced = traced  # the damage of which the log is told
        self.rng = random.Random(seed)
        self.counts = Counts()
        engine = open_engine(f"sqlite:///{folder / 'server.db'}")
        migrate(engine)
        self.shop = PaperShop(Units(engine), folder, a_program(cooldown_minutes=0))
        self.shop.person("Lena")
        self.till = TwoHandedTill(folder / "till", self.shop)
        self.till.sync()
        self.till.asks(Pin("Lena", "4711"))
        self.cards = self.shop.blanks(CARDS)
        self.shop.blanks(BLANKS)
        self.till.sync()
        for place, card in enumerate(self.cards):
            assert self.till.asks(Enrol(code=card.token, name=f"Zoé {place}")).ok
            assert self.till.asks(Earn(1000 + 100 * place)).ok
        self.till.sync()

    def run(self, flips: int, told: Callable[[Counts], None] = lambda _counts: None) -> Counts:
        """Half of them at a start, half of them in use, in turns of some each; *told* hears the counts now and then."""
        tell_at = TOLD_EACH
        while self.counts.flips < flips:
            if self.counts.flips >= tell_at:
                told(self.counts)
                tell_at += TOLD_EACH
            self._at_a_start()
            for _ in range(min(self.rng.randrange(1, 4), flips - self.counts.flips)):
                self._in_use()
        return self.counts

    def _at_a_start(self) -> None:
        """As after a power cut: the log lies beside the file, and either is damaged."""
        self._sells()
        kept = {file: file.read_bytes() for file in files_of(self.till.replica_file) if file.is_file()}
        self.till.stop()
        for file in files_of(self.till.replica_file):
            file.unlink()
        for file, data in kept.items():
            file.write_bytes(data)
        how = damage(self.till.replica_file, self.rng, in_use=False)

        def begins() -> None:
            self.till.start()
            self.till.asks(Pin("Lena", "4711"))

        self._tries(f"at a start: {how}", begins)

    def _in_use(self) -> None:
        self._sells()
        how = damage(self.till.replica_file, self.rng, in_use=True)
        self._tries(f"in use: {how}", lambda: None)

    def cut_log(self, lost: int) -> None:
        """Takes the last bytes from the log of a file in use, those of its first page among them, for it has grown."""
        self.shop.blanks(10)
        self.till.sync()
        assert self._serves()  # the counter has read what is cut off, so that the exchange is the first to miss it
        log = self.till.replica_file.with_name(f"{self.till.replica_file.name}-wal")
        os.truncate(log, max(log.stat().st_size - lost, 0))
        self._tries(f"in use: {lost} bytes lost of {log.name}", lambda: None)

    def _sells(self) -> None:
        """Something waits in the journal and in the log."""
        if self.rng.random() < 0.5:
            card = self.rng.choice(self.cards)
            if self.till.asks(Scan(card.token)).ok:
                self.till.asks(Stamp())
        if self.rng.random() < 0.5:
            self.till.sync()

    def _tries(self, how: str, begins: Callable[[], None]) -> None:
        self.counts.flips += 1
        with timeline(lambda: self.shop.now) if self.counts.flips == self.traced else nullcontext():
            try:
                taken_s = self._healed_s(begins)
            except Exception as error:
                self.counts.tracebacks += 1
                self.counts.failed.append(f"{self.counts.flips}: {error!r}, {how}")
                self._begins_again()
                return
        self.counts.healed_s.append(taken_s)
        if taken_s <= WITHIN_S:
            self.counts.healed += 1
            return
        self.counts.stuck += 1
        self.counts.failed.append(f"{self.counts.flips}: not well after {taken_s:.1f} s, {how}: {self._standing()}")
        self._begins_again()

    def _healed_s(self, begins: Callable[[], None]) -> float:
        """How long it takes until the till serves, or later until nothing is wrong; the longer one."""
        began = self._at()
        begins()
        self._waits(all_known=False)
        serving_s = self._at() - began
        # What nobody could notice, such as an index that misses a card, is found where sums are compared.
        self.till.passes(minutes=11)
        began = self._at()
        self.till.sync()
        self._waits(all_known=True)
        return max(serving_s, self._at() - began)

    def _at(self) -> float:
        """Seconds: the till's time, and the real one, in which it does not go on."""
        return time.monotonic() + self.shop.now.timestamp()

    def _waits(self, *, all_known: bool) -> None:
        """Until it serves, but not much longer than it may take."""
        until = self.shop.now + timedelta(seconds=WITHIN_S)
        while not self._serves(all_known=all_known) and self.shop.now <= until:
            self._turns()
            self.till.passes(seconds=0.5)

    def _turns(self) -> None:
        for _ in range(50):
            if self.till.driver.turn() > self.till.clock.monotonic_s():
                return

    def _begins_again(self) -> None:
        """With a file fetched anew, so that one failure is not counted twice."""
        self.till.stop()
        for file in files_of(self.till.replica_file):
            shutil.rmtree(file) if file.is_dir() else file.unlink()
        self.till.start()
        self.till.sync()
        self.till.asks(Pin("Lena", "4711"))

    def _serves(self, *, all_known: bool = False) -> bool:
        """Whether the till stands well and every card is shown as it is; one that is not found is served as unknown."""
        self._checked(self.till.asks(Pin("Lena", "4711")))
        told = self._checked(self.till.asks(Status()))
        if told.status is None or told.status.progress is not None:
            return False
        return all(self._is_right(card, all_known=all_known) for card in self.cards)

    def _is_right(self, card: Blank, *, all_known: bool) -> bool:
        reply = self._checked(self.till.asks(Scan(card.token)))
        view = reply.card
        if not isinstance(view, CardView):
            return False
        if not view.known:
            return not all_known
        row = self.shop.card(card.id)
        assert view.points is not None and view.stamps is not None
        return (view.points.confirmed, view.stamps.confirmed) == (row.points_balance, row.stamp_count) or not all_known

    def _standing(self) -> str:
        """What is wrong, for whoever has to find out why."""
        told = self.till.asks(Status())
        found: list[object] = [told.problem, told.status and told.status.problem, told.status and told.status.progress]
        found += [self.till.driver.status.problem_kind, self.till.replica._damaged, self.till.replica._suspicious]
        wrong = [card for card in self.cards if not self._is_right(card, all_known=True)]
        seen = [(self.till.asks(Scan(card.token)), self.shop.card(card.id)) for card in wrong[:1]]
        return f"{found} {len(wrong)} {seen}"

    def _checked(self, reply: Reply) -> Reply:
        if reply.problem is not None and reply.problem.kind not in PASSING:
            raise AssertionError(f"the till said {reply.problem.kind}: {reply.problem.text}")
        return reply


def damage(path: Path, rng: random.Random, *, in_use: bool) -> str:
    """Does something to one of the files; says what."""
    files = [file for file in files_of(path) if file.is_file() and file.stat().st_size > 0]
    weights = [1 if file.name.endswith("-shm") else 3 if file.name.endswith("-wal") else 6 for file in files]
    (file,) = rng.choices(files, weights)
    data = bytearray(file.read_bytes())
    place = rng.randrange(len(data))
    may_cut = not (in_use and file.name.endswith("-shm"))  # who has it mapped would be killed for reading there
    kind = rng.choices(
        ["byte", "bytes", "zeros", "noise", "head", "cut", "empty", "gone", "folder"],
        [30, 10, 5, 5, 10, 8 * may_cut, 1 * may_cut, 1 * (not in_use), 1 * (not in_use)],
    )[0]
    size = min(rng.choice([16, 512, 4096, 8192]), len(data) - place)
    match kind:
        case "byte":
            data[place] ^= rng.randrange(1, 256)
        case "bytes":
            for _ in range(rng.randrange(2, 20)):
                data[rng.randrange(len(data))] ^= rng.randrange(1, 256)
        case "zeros":
            data[place : place + size] = bytes(size)
        case "noise":
            data[place : place + size] = rng.randbytes(size)
        case "head":  # the header and the schema
            place = rng.randrange(min(4096, len(data)))
            data[place] ^= rng.randrange(1, 256)
        case "cut":
            del data[place:]
        case "empty":
            data.clear()
        case "gone":
            file.unlink()
            return f"{file.name} gone"
        case "folder":
            file.unlink()
            file.mkdir()
            return f"{file.name} is a folder"
    with file.open("r+b") as out:  # in place, as a disk damages it
        out.write(data)
        out.truncate()
    return f"{kind} of {file.name} at {place}, {size} bytes"


def run(flips: int, seed: int, traced: int | None = None) -> Counts:
    """Damages a new till's replica so many times. Of the one that is *traced* the log is told."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        counts = Fuzz(Path(folder), seed, traced).run(flips, _tell)
    for one in counts.failed:
        sys.stderr.write(f"seed {seed}, flip {one}\n")
    return counts


def _tell(so_far: Counts) -> None:
    sys.stderr.write(f"{so_far.line()}\n")
