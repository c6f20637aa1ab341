"""The real counter behind a window; records requests and replies, and can raise problems."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from terminal.interface.asks import AnyAsk, Pin, Status
from terminal.interface.views import CardView, EntryView, NewCardView, Reply, StatusView
from terminal.problems import Problem
from tests.support.paper_company import PaperTill


@dataclass
class RecordedCounter:
    """A till as the counter's thread opens it. A test's actions between two requests are done before the next one."""

    open_till: Callable[[], PaperTill]
    pins: Mapping[str, str]
    problem: Callable[[AnyAsk], Problem | None] = lambda ask: None  # may also block, to hold back the answer
    asked: list[AnyAsk] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    times_opened: int = 0
    till: PaperTill | None = None
    _first: deque[Callable[[PaperTill], object]] = field(default_factory=deque)

    def open(self) -> "RecordedCounter":
        self.till, self.times_opened = self.open_till(), self.times_opened + 1
        return self

    @property
    def counter(self) -> "RecordedCounter":
        return self

    def close(self) -> None:
        assert self.till is not None, "it was opened"
        self.till.stop()
        self.till = None

    def handle(self, ask: AnyAsk) -> Reply:
        assert self.till is not None, "it was opened"
        while self._first:
            self._first.popleft()(self.till)
        self.asked.append(ask)
        if (problem := self.problem(ask)) is not None:
            raise problem
        self.replies.append(self.till.asks(ask))
        return self.replies[-1]

    # -- what happens between two asks ------------------------------------------------------------------------

    def first(self, happens: Callable[[PaperTill], object]) -> None:
        """Performs *work* with the till between two requests."""
        self._first.append(happens)

    def hears(self, *, more: bool = False, rows_left: int | None = None) -> None:
        """Delivers the company's changes."""
        self.first(lambda till: till.hears(more=more, rows_left=rows_left))

    def passes(self, **time: float) -> None:
        """Advances the time; the person on shift enters their PIN again."""

        def happens(till: PaperTill) -> None:
            status = till.asks(Status()).status
            till.machine.passes(**time)
            if status is not None and status.staff is not None:
                till.asks(Pin(status.staff.name, self.pins[status.staff.name]))

        self.first(happens)

    # -- what was replied -------------------------------------------------------------------------------------

    @property
    def status(self) -> StatusView:
        return next(reply.status for reply in reversed(self.replies) if reply.status is not None)

    @property
    def staff(self) -> str | None:
        return None if self.status.staff is None else self.status.staff.name

    @property
    def card(self) -> CardView:
        return next(reply.card for reply in reversed(self.replies) if isinstance(reply.card, CardView))

    @property
    def entries(self) -> list[EntryView]:
        return [one for reply in self.replies for one in (reply.entry, reply.also) if one is not None]

    @property
    def new_card(self) -> NewCardView | None:
        """The last phone card."""
        return next((reply.new_card for reply in reversed(self.replies) if reply.new_card is not None), None)
