"""A card's history, and returns by receipt, slip or card. It emits voids and writes nothing itself."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from loyalty.codes import Foreign, parse
from loyalty.slip_numbers import is_slip_code
from loyalty.voids import GIVEN
from terminal.interface.asks import Find, History, QuoteVoid, Void
from terminal.interface.views import CardView, HistoryRow, ProblemView, QuoteView, Reply
from ui.flows.serving.manager_panel import ManagerPanel, manager_panel
from ui.flows.serving.staff import StaffFlow
from ui.flows.till_state import TillState
from ui.phrases.history import PagePhrases
from ui.phrases.phrases import Phrases
from ui.threads.asking import Asking
from ui.window.frame import Middle, Page
from ui.window.window import Window


class CardHistory(QObject):
    """The flow of the history page, for both ways to find a transaction."""

    take_back = Signal(object)  # Void
    print_asked = Signal(object)  # HistoryRow

    def __init__(
        self,
        window: Window,
        counter: Asking,
        phrases: Phrases,
        staff: StaffFlow,
        *,
        till: TillState,
        card: Callable[[], CardView | None],
        prints: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._counter, self._phrases, self._staff = window, counter, phrases, staff
        self._card, self._prints, self._say = card, prints, PagePhrases(phrases)
        self._till = till
        self._pages: list[UUID | None] = [None]  # for each page so far, the entry before it
        self._asked: History | Find | None = None
        self._quoted: QuoteVoid | None = None
        self._quote_shown: QuoteView | None = None
        self._shown: tuple[HistoryRow, ...] = ()
        self._page = page = window.screens.history_page
        page.lines.marked.connect(self._marked)
        page.lines.newer_asked.connect(self._newer)
        page.lines.older_asked.connect(self._older)
        page.purchase_asked.connect(self._find)
        page.search_asked.connect(self.open_search)
        page.panel.quote_asked.connect(self._quote)
        page.panel.return_asked.connect(self._return)
        page.panel.print_asked.connect(self.print_asked)

    def open_return(self) -> None:
        """Opens returns: by history row if a card is in front, else by a number."""
        if self._card() is not None:
            self.open_card()
        else:
            self.open_search()

    def open_card(self) -> None:
        card = self._card()
        if card is None or card.blank:
            return
        self._page.show_card(card)
        self._open()
        self._pages, self._asked = [None], None
        self._ask_page()

    def open_search(self) -> None:
        self._open()
        self._asked = None
        self._page.show_search()

    def take_code(self, text: str) -> bool:
        """True if *text*, scanned, was wanted here: anything while a purchase is searched, else a slip of ours."""
        window = self._window
        if window.overlay_open:
            return False
        if window.more_page is not self._page or not self._page.searches:
            if not is_slip_code(text) or window.page is not Page.SERVE or window.middle is Middle.ENROL:
                return False
            self.open_search()
        self._page.show_search("" if is_slip_code(text) or not isinstance(parse(text), Foreign) else text)
        self._page.setFocus()  # arrow keys go through the lines
        self._find(text)
        return True

    def forget(self) -> None:
        """Closes the page, as its card was put away."""
        if self._window.page is Page.MORE and self._window.more_page is self._page and isinstance(self._asked, History):
            self._window.show_page(Page.SERVE)
        if isinstance(self._asked, History):
            self._asked = None

    def _ask(self, ask: History | Find) -> None:
        self._asked = ask
        self._counter.ask(ask, partial(self._answered, ask), partial(self._failed, ask))

    def _answered(self, ask: History | Find, reply: Reply) -> None:
        if ask is not self._asked:
            return  # the page or the card was left meanwhile
        if reply.refusal is not None:
            self._page.lines.tell(reply.refusal.text)
        elif isinstance(reply.history, tuple):
            if isinstance(ask, Find):
                self._page.show_searched(reply.card if isinstance(reply.card, CardView) else None)
            self._show(reply.history, of_card=isinstance(reply.card, CardView) or isinstance(ask, History))

    def _failed(self, ask: History | Find, problem: ProblemView) -> None:
        if ask is self._asked:
            self._page.lines.tell(problem.text)

    def wrote(self, ask: object, reply: Reply) -> None:
        """Reads the lines again after a write."""
        if self._window.more_page is not self._page or not isinstance(ask, Void):
            return
        panel = self._page.panel
        if reply.refusal is not None:
            if manager_panel(reply.refusal.reason) is ManagerPanel.CLOSES:
                panel.tell(reply.refusal.text)
            return
        wrote = [entry for entry in (reply.entry, reply.also) if entry is not None]
        message = self._say.taken_back(sum(one.stamps for one in wrote), sum(one.points for one in wrote))
        panel.show_row(None, self._till.currency, message)
        self._read_again()

    # -- asks -------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        self._shown = ()
        self._page.lines.show_rows((), self._till.currency)
        self._page.panel.show_row(None, self._till.currency)
        self._window.show_more(self._page)

    def _ask_page(self) -> None:
        """Asks for the page again, or the next one."""
        limit = self._page.lines_in(self._window.size()) + 1  # one more, to know whether there are older ones
        if isinstance(self._asked, Find):
            self._ask(Find(purchase=self._asked.purchase, limit=limit, before=self._pages[-1]))
        else:
            self._ask(History(limit=limit, before=self._pages[-1]))

    def _find(self, purchase: str) -> None:
        self._page.panel.show_row(None, self._till.currency)
        self._pages = [None]
        self._asked = Find(purchase=purchase)
        self._ask_page()

    def _read_again(self) -> None:
        if isinstance(self._asked, History) and (card := self._card()) is not None:
            self._page.show_card(card)
        self._ask_page()

    def _show(self, rows: tuple[HistoryRow, ...], *, of_card: bool) -> None:
        fits = self._page.lines_in(self._window.size())
        self._shown = rows[:fits]
        words, by_card = self._phrases.labels, isinstance(self._asked, Find) and of_card
        self._page.panel.expect_rows(bool(rows))
        self._page.lines.show_rows(
            self._shown,
            self._till.currency,
            newer=of_card and len(self._pages) > 1,
            older=of_card and len(rows) > fits,
            named=not of_card,
            empty=words.no_purchase if by_card else words.no_history if of_card else words.no_receipt,
        )

    def _older(self) -> None:
        if self._shown:
            self._pages.append(self._shown[-1].entry)
            self._ask_page()

    def _newer(self) -> None:
        if len(self._pages) > 1:
            self._pages.pop()
            self._ask_page()

    def _marked(self, row: HistoryRow) -> None:
        self._window.announce(self._page.lines.spoken)
        given = row.kind in GIVEN
        open_still = given and not row.voided and row.state in ("waiting", "accepted", "adjusted")
        message = "" if open_still and not row.note else self._say.details(row, self._till.currency)
        self._page.panel.show_row(row if open_still else None, self._till.currency, message)
        self._page.panel.offer_print(row if self._prints() else None)

    def _quote(self, row: HistoryRow, minor: int) -> None:
        self._quoted = quoted = QuoteVoid(row.entry, minor or None)
        self._quote_shown = None

        def answered(reply: Reply) -> None:
            if quoted is self._quoted and reply.quote is not None:
                self._quote_shown = reply.quote
                self._page.panel.show_quote(reply.quote)

        def failed(problem: ProblemView) -> None:
            if quoted is self._quoted:
                self._page.panel.tell(problem.text)

        self._counter.ask(quoted, answered, failed)

    def _return(self, row: HistoryRow, minor: int) -> None:
        void = Void(row.entry, minor or None)
        if self._till.manager_serves or (row.can_void and not minor):
            self.take_back.emit(void)
            return
        words = self._phrases.labels
        what = self._say.return_of(row, minor, self._quote_shown, self._till.currency)
        self._staff.ask_manager(void, what, words.return_needs_manager, words.allow_return)
