"""The counter, as the exchanger reaches it: by the two pipes between them. No wait for it is without an end."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from time import monotonic
from typing import BinaryIO

from sync.exchange.ports import TillGone
from terminal.exchanger.messages import BlanksCame, ComeBack, Done, FromExchanger, KeysCame, LetGo, Revoked, line

ANSWER_S_MAX = 30.0  # a keyring may ask somebody first


class CounterGone(TillGone):
    """Nobody is there any more to be asked: the till was closed, as after it was signed off."""


class NotDone(Exception):
    """The counter met a problem, whose kind this is."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class RemoteCounter:
    """What the exchanger tells the counter and asks of it, from any thread."""

    def __init__(self, out: BinaryIO, answer_s_max: float = ANSWER_S_MAX) -> None:
        self._out = out
        self._answer_s_max = answer_s_max
        self._gate = threading.Lock()  # one line at a time
        self._asked = 0
        self._answers: SimpleQueue[Done | None] = SimpleQueue()

    def tell(self, word: FromExchanger) -> None:
        """Says it and waits for nothing. That the counter is gone is noticed where it is listened to."""
        with self._gate, suppress(OSError):
            self._out.write(line(word))
            self._out.flush()

    def ask(self, word: Callable[[int], KeysCame | LetGo | Revoked]) -> Done:
        """Waits for the answer; on the driver's thread, so for one at a time. Raises `NotDone` and `CounterGone`."""
        self._asked += 1
        self.tell(word(self._asked))
        until = monotonic() + self._answer_s_max
        while True:
            try:
                answer = self._answers.get(timeout=max(0.0, until - monotonic()))
            except Empty:
                raise NotDone("bug") from None
            if answer is None:
                self._answers.put(None)  # for whoever asks next
                raise CounterGone
            if answer.number != self._asked:
                continue  # it was waited for too long once, and comes now
            if answer.problem_kind is not None:
                raise NotDone(answer.problem_kind)
            return answer

    def answered(self, answer: Done) -> None:
        """It has answered."""
        self._answers.put(answer)

    def gone(self) -> None:
        """It is gone: whoever waits need not."""
        self._answers.put(None)

    @contextmanager
    def away(self) -> Iterator[None]:
        """While the counter does not have the replica open."""
        try:
            self.ask(LetGo)
            yield
        finally:
            self.tell(ComeBack())  # also after an answer that did not come in time: it may let go of it later


class RemoteKeys:
    """The counter's keys, of which the exchanger knows the ids only."""

    def __init__(self, counter: RemoteCounter, ids: tuple[int, int]) -> None:
        self._counter, self._ids = counter, ids

    def ids(self) -> tuple[int, int]:
        """Of the data key and the pepper."""
        return self._ids

    def take(self, sent: bytes) -> None:
        """Has the counter open and keep newer ones."""
        self._ids = self._counter.ask(lambda number: KeysCame(number, sent)).key_ids


class RemotePool:
    """The counter's pool of blanks."""

    def __init__(self, counter: RemoteCounter, wanted: int | None) -> None:
        self._counter, self._wanted = counter, wanted

    def wanted(self) -> int | None:
        """As the counter said last."""
        return self._wanted

    def wants(self, wanted: int | None) -> None:
        """The counter says so."""
        self._wanted = wanted

    def take(self, sent: bytes) -> None:
        """Hands them over."""
        self._wanted = None
        self._counter.tell(BlanksCame(sent))
