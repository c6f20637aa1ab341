"""Kills, stops and damages a till's exchanger at every message between it and its counter, either way: the counter goes
on, another exchanger exchanges, and none is left behind. Real processes and a real server.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from terminal.bootstrap import Till, open_till
from terminal.exchanger import messages, process
from terminal.exchanger.messages import Message
from terminal.interface.asks import Enrol, Scan, Status, Sync
from terminal.problems import ProfileInUse
from tests.system.processes import Company, JsonTill, environment, paired

WITHIN_S = 45.0
ENDS_S = 5.0
TO_EXCHANGER = ("Begin", "Wake", "SyncRequested", "Doubted", "Done")
FROM_EXCHANGER = (
    "Alive",
    "StatusChanged",
    "Settled",
    "BlanksCame",
    "Logged",
    "KeysCame",
    "LetGo",
    "ComeBack",
    "Revoked",
)
ACTIONS = ("kill", "stop", "damage", "damage and kill")


@dataclass
class Counts:
    """What came of it."""

    faults: int = 0
    missed: int = 0  # messages that were never said, so that nothing was tried
    stuck: int = 0
    orphans: int = 0
    slowest_s: float = 0.0
    failed: list[str] = field(default_factory=list)

    def line(self) -> str:
        told = f"faults={self.faults} missed={self.missed} slowest_s={self.slowest_s:.1f}"
        return f"{told} stuck={self.stuck} orphans={self.orphans}"


class Trap:
    """Does something once to the exchanger when a message of the wanted name passes."""

    def __init__(self, name: str, action: str, replica: Path) -> None:
        self.name, self.action, self.replica = name, action, replica
        self.fired = False

    def passes(self, word: Message, running: process._Running | None) -> None:
        if self.fired or type(word).__name__ != self.name or running is None:
            return
        self.fired = True
        if "damage" in self.action:
            spoil(self.replica)
        if "kill" in self.action:
            running.process.kill()
        if self.action == "stop":
            running.process.send_signal(signal.SIGSTOP)

    @contextmanager
    def set(self) -> Iterator[None]:
        """While a till is open."""
        say, heard = process._Running.say, process.ExchangerProcess._handle

        def says(running: process._Running, word: messages.ToExchanger) -> None:
            say(running, word)
            self.passes(word, running)

        def hears(exchanger: process.ExchangerProcess, word: messages.FromExchanger) -> None:
            self.passes(word, exchanger._running)
            heard(exchanger, word)

        with (
            mock.patch.object(process._Running, "say", says),
            mock.patch.object(process.ExchangerProcess, "_handle", hears),
        ):
            yield


def spoil(replica: Path) -> None:
    """Overwrites the header and the schema.

    In another process: whoever closes a file loses all locks that their process has on it, SQLite's too.
    """
    if replica.is_file():
        how = ("if=/dev/urandom", f"of={replica}", "bs=4096", "count=1", "conv=notrunc", "status=none")
        subprocess.run(["dd", *how], check=True)


def exchangers_of(profile: Path) -> list[int]:
    """The processes that exchange for the profile: they have some of its files open."""
    found = []
    for one in Path("/proc").iterdir():
        if not one.name.isdigit() or int(one.name) == os.getpid():
            continue
        with suppress(OSError):
            words = (one / "cmdline").read_bytes()
            opened = {handle.readlink() for handle in (one / "fd").iterdir()}
            if b"terminal.exchanger" in words and any(profile in file.parents for file in opened):
                found.append(int(one.name))
    return found


class Fuzz:
    """One company, and tills of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.counts = Counts()
        self.company = Company(folder / "company", cards=400)
        self.company.serve()
        self.next_card = 10
        self.profile = paired(folder / "till", self.company, "Till")

    def close(self) -> None:
        self.company.stop()

    def run(self, names: tuple[str, ...], actions: tuple[str, ...]) -> Counts:
        for name in names:
            for action in actions:
                if name == "Revoked":
                    self._revoked(action)
                else:
                    self._fault(name, action)
            sys.stderr.write(f"{name}: {self.counts.line()}\n")
        self._counter_killed()
        return self.counts

    def _fault(self, name: str, action: str) -> None:
        trap = Trap(name, action, self.profile / "replica.db")
        if name == "BlanksCame":
            (self.profile / "pool.db").unlink(missing_ok=True)
        with in_environment(self.profile), trap.set():
            self._tries(f"{action} at {name}", trap, lambda till: self._provokes(till, name))
        self._left_behind(self.profile, f"{action} at {name}")

    def _tries(self, what: str, trap: Trap, provokes: Callable[[Till], None]) -> None:
        try:
            till = open_till(self.profile)
        except ProfileInUse:
            self.counts.orphans += 1
            self.counts.failed.append(f"the profile was in use before {what}")
            return
        try:
            began = time.monotonic()
            while not trap.fired and time.monotonic() - began < WITHIN_S:
                provokes(till)
            self.counts.faults += trap.fired
            self.counts.missed += not trap.fired
            began = time.monotonic()
            while not self._serves(till):
                if time.monotonic() - began > WITHIN_S:
                    self.counts.stuck += 1
                    self.counts.failed.append(f"stuck after {what}: {till.counter.handle(Status())}")
                    break
            self.counts.slowest_s = max(self.counts.slowest_s, time.monotonic() - began)
        finally:
            till.close()

    def _provokes(self, till: Till, name: str) -> None:
        """Has the message said, if not by itself then by what makes it necessary."""
        if name in ("Doubted", "LetGo", "ComeBack", "Done", "Logged"):
            spoil(self.profile / "replica.db")
        if name == "KeysCame":
            lost = f"Lost {time.monotonic_ns()}"
            paired(self.folder / lost, self.company, lost)
            self.company.command("terminal", "revoke", "--company", "aurora", lost)
        self._enrols(till)
        till.counter.handle(Sync(5.0))

    def _enrols(self, till: Till) -> bool:
        self.next_card += 1
        card = self.company.cards[self.next_card % len(self.company.cards)]
        return till.counter.handle(Enrol(code=card["qr_code"], name="Marie")).ok

    def _serves(self, till: Till) -> bool:
        """Whether cards are served, and what was done has arrived."""
        if not till.counter.handle(Scan(self.company.cards[3]["qr_code"])).ok:
            till.counter.handle(Sync(1.0))
            return False
        told = till.counter.handle(Sync(5.0)).status
        return told is not None and told.online and told.acked_seq == told.last_seq and told.progress is None

    def _left_behind(self, profile: Path, what: str) -> None:
        end = time.monotonic() + ENDS_S
        while left := exchangers_of(profile):
            if time.monotonic() > end:
                self.counts.orphans += 1
                self.counts.failed.append(f"{left} left behind after {what}")
                for one in left:
                    os.kill(one, signal.SIGKILL)
                return
            time.sleep(0.05)

    def _revoked(self, action: str) -> None:
        """A till that is revoked is erased, whatever happens to its exchanger meanwhile."""
        name = f"Revoked, {action}"
        profile = paired(self.folder / name, self.company, name)
        trap = Trap("Revoked", action, profile / "replica.db")
        with in_environment(profile), trap.set():
            till = open_till(profile)
            till.counter.handle(Sync(5.0))
            self.company.command("terminal", "revoke", "--company", "aurora", name)
            began = time.monotonic()
            while (reply := till.counter.handle(Sync(5.0))).problem is None or reply.problem.kind != "revoked":
                if time.monotonic() - began > WITHIN_S:
                    self.counts.stuck += 1
                    self.counts.failed.append(f"stuck, {name}: {reply}")
                    break
            till.close()
        self.counts.faults += trap.fired
        self.counts.missed += not trap.fired
        self._left_behind(profile, name)

    def _counter_killed(self) -> None:
        """The exchanger ends with its counter, also when it was stopped; the next counter is let in."""
        for stopped in (False, True):
            till = JsonTill(self.profile)
            till.ask(do="sync", timeout_s=WITHIN_S)
            (exchanger,) = exchangers_of(self.profile)
            if stopped:
                os.kill(exchanger, signal.SIGSTOP)
            os.kill(till.process, signal.SIGKILL)
            self.counts.faults += 1
            self._left_behind(self.profile, f"the counter was killed, its exchanger stopped: {stopped}")
        again = JsonTill(self.profile)
        if not again.ask(do="sync", timeout_s=WITHIN_S)["ok"]:
            self.counts.stuck += 1
            self.counts.failed.append("stuck after the counter was killed")
        again.close()


@contextmanager
def in_environment(profile: Path) -> Iterator[None]:
    """This process has the keys of *profile*."""
    with mock.patch.dict(os.environ, environment(profile)):
        yield


def run(names: tuple[str, ...] = (*TO_EXCHANGER, *FROM_EXCHANGER), actions: tuple[str, ...] = ACTIONS) -> Counts:
    """Does each of *actions* at each message of *names*."""
    with tempfile.TemporaryDirectory() as folder:
        fuzz = Fuzz(Path(folder))
        try:
            counts = fuzz.run(names, actions)
        finally:
            fuzz.close()
    for one in counts.failed:
        sys.stderr.write(f"{one}\n")
    return counts
