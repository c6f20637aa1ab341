"""Who asks the counter is called back, on the window's thread and in order; or hears that the till is closed."""

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from terminal.interface.asks import AnyAsk, Colleagues, PutAway, Scan, Stamp
from terminal.interface.views import ProblemView, Reply
from terminal.problems import JournalUnwritable, Problem, SignedOff
from tests.support.walk import until
from ui.threads.counter_thread import CounterThread


class Till:
    """A till that is revoked with `PutAway`, has a full disk for a stamp, and answers all else."""

    def __init__(self) -> None:
        self.counter = self

    def handle(self, ask: AnyAsk) -> Reply:
        match ask:
            case PutAway():
                raise SignedOff
            case Stamp():
                raise JournalUnwritable()
            case Scan(code=code):
                return Reply(ok=True, reading=int(code))
        return Reply(ok=True, reading=0)

    def close(self) -> None:
        pass


def tell(problem: Problem) -> ProblemView:
    return ProblemView(problem.kind, "This happened. Go on like this.")


def bug(log_id: str) -> ProblemView:
    return ProblemView("bug", log_id)


@pytest.fixture
def thread(qapp: QApplication) -> Iterator[CounterThread]:
    made = CounterThread(Till, lambda server, code: None, tell, bug)
    yield made
    assert made.stop()


def test_answers_come_to_who_asked_in_order_and_on_the_windows_thread(thread: CounterThread) -> None:
    heard: list[tuple[int, int | None, bool]] = []
    for number in range(20):

        def answered(reply: Reply, number: int = number) -> None:
            heard.append((number, reply.reading, threading.current_thread() is threading.main_thread()))

        thread.ask(Scan(str(number)), answered)
    thread.start()  # what was asked before is answered when the till is open
    until(lambda: len(heard) == 20)
    assert heard == [(number, number, True) for number in range(20)]


def test_a_problem_goes_to_who_asked_or_is_told_where_nobody_minds(thread: CounterThread) -> None:
    mine: list[object] = []
    everybodys: list[object] = []
    thread.troubled.connect(everybodys.append)
    thread.start()
    thread.ask(Stamp(), failed=mine.append)
    thread.ask(Stamp())
    until(lambda: bool(everybodys))
    assert [len(mine), len(everybodys)] == [1, 1]


def test_of_a_revoked_till_nobody_is_called_back_and_after_pairing_everybody_is_again(thread: CounterThread) -> None:
    heard: list[str] = []
    thread.closed.connect(lambda: heard.append("closed"))
    thread.start()
    for ask in (PutAway(), Stamp(), Scan("1")):
        thread.ask(ask, lambda reply: heard.append("answered"), lambda problem: heard.append("failed"))
    until(lambda: heard == ["closed"])
    thread.pair("https://example.com", "ABCD")
    thread.ask(Scan("7"), lambda reply: heard.append(f"answered {reply.reading}"))
    thread.ask(Colleagues(), lambda reply: heard.append(f"answered {reply.reading}"))
    until(lambda: len(heard) == 3)
    assert heard == ["closed", "answered 7", "answered 0"]
