"""The counter as seen by the exchanger, through the pipes between them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import BinaryIO

from terminal.exchanger.messages import BlanksCame, ComeBack, Done, FromExchanger, KeysCame, LetGo, Revoked, line


class CounterGone(Exception):
    """The counter has ended and cannot answer."""


class NotDone(Exception):
    """The counter failed to do a request; carries the kind of problem."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class RemoteCounter:
    """Sends messages and requests to the counter. Thread-safe."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._gate = threading.Lock()  # guards writing a line
        self._answers: SimpleQueue[Done | None] = SimpleQueue()

    def tell(self, word: FromExchanger) -> None:
        """Sends a message without waiting. A closed pipe is ignored, as the input's end shows it too."""
        with self._gate, suppress(OSError):
            self._out.write(line(word))
            self._out.flush()

    def ask(self, word: KeysCame | LetGo | Revoked) -> Done:
        """Sends a request and waits for its answer; on the driver's thread only. Raises `NotDone` and `CounterGone`."""
        self.tell(word)
        answer = self._answers.get()
        if answer is None:
            raise CounterGone
        if answer.problem_kind is not None:
            raise NotDone(answer.problem_kind)
        return answer

    def answered(self, answer: Done) -> None:
        """Passes on an answer of the counter."""
        self._answers.put(answer)

    def gone(self) -> None:
        """Wakes a waiting request because the counter has ended."""
        self._answers.put(None)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Context in which the counter has the replica closed."""
        self.ask(LetGo())
        try:
            yield
        finally:
            self.tell(ComeBack())


class RemoteKeys:
    """The counter's keys, of which the exchanger knows only the ids."""

    def __init__(self, counter: RemoteCounter, ids: tuple[int, int]) -> None:
        self._counter, self._ids = counter, ids

    def ids(self) -> tuple[int, int]:
        """The ids of the data key and the pepper."""
        return self._ids

    def take(self, sent: bytes) -> None:
        """Has the counter decrypt and store newer keys."""
        self._ids = self._counter.ask(KeysCame(sent)).key_ids


class RemotePool:
    """The counter's pool of blanks."""

    def __init__(self, counter: RemoteCounter, wanted: int | None) -> None:
        self._counter, self._wanted = counter, wanted

    def wanted(self) -> int | None:
        """The number of blanks left if more are needed, as last reported by the counter."""
        return self._wanted

    def wants(self, wanted: int | None) -> None:
        """Takes the counter's report."""
        self._wanted = wanted

    def take(self, sent: bytes) -> None:
        """Hands new blanks to the counter."""
        self._wanted = None
        self._counter.tell(BlanksCame(sent))
