"""The current card, by events only: random histories of touches and answers, at a counter that answers in order."""

from dataclasses import dataclass, field
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.refusals import Reason
from terminal.interface.ask import Override
from terminal.interface.asks import Earn, Enrol, Find, Redeem, Scan, Stamp, Void
from terminal.interface.card_asks import ShowCode
from terminal.interface.report_views import UnusualView
from terminal.interface.views import CardView, EntryView, NewCardView, QuoteView, RefusalView, Reply, RewardView
from ui.flows.serving.card_engine import Stage, State, step
from ui.flows.serving.card_events import (
    Action,
    AmountTyped,
    AskLookup,
    AskManager,
    AskQuote,
    AskWrite,
    CodeShown,
    Do,
    Event,
    Found,
    Given,
    Happened,
    LookUp,
    NotFound,
    Quoted,
    Refreshed,
    RewardTaken,
    WriteAsked,
    Written,
)

REWARD = RewardView("stamps", "Free coffee", None, None)
LOCKED = RewardView("cake", "Cake", 60, RefusalView(Reason.MANAGER_NEEDED, "This needs a manager's PIN."))
WORTH = QuoteView(4250, 42, None)
UNUSUAL = QuoteView(4250, 42, None, UnusualView("above_limit", 1000, "A lot."))
SHOWN = (Stage.CARD, Stage.CELEBRATION)


def a_card(number: int, *, known: bool = True, blank: bool = False, name: str = "") -> CardView:
    return CardView(
        id=UUID(int=number) if known else None,
        known=known,
        number_end=f"{number:04}",
        name=name,
        active=True,
        blank=blank,
        by_code=True,
        stamps=None,
        points=None,
        confirmed_at=None,
        rewards=(REWARD, LOCKED),
        next_stamp=None,
        expires_on=None,
    )


MARIE, PAUL, BLANK, PHONE = a_card(1), a_card(2), a_card(3, blank=True), a_card(4)
CODES = {"marie": MARIE, "paul": PAUL, "blank": BLANK, "unknown": a_card(0, known=False)}
NEW_CODE = NewCardView("4", "phone")


@dataclass
class InOrder:
    """A counter that answers one ask after the other, and a window that performs what the engine says."""

    state: State = field(default_factory=State)
    asks: list[AskLookup | AskWrite | Do] = field(default_factory=list)
    front: CardView | None = None  # the counter's
    wanted: dict[int, CardView | None] = field(default_factory=dict)  # on which card a write was tapped
    actions: list[Action] = field(default_factory=list)
    entries: int = 0

    def happen(self, event: Event) -> None:
        self.state, actions = step(self.state, event)
        self.actions += actions
        for action in actions:
            if isinstance(action, AskWrite):
                assert not any(isinstance(each, AskWrite) for each in self.asks), "one write at a time"
                assert not self.state.looking, "a card may change under a finger"
                self.wanted[id(action)] = self.state.card
            if isinstance(action, AskLookup | AskWrite) or action is Do.ASK_PUT_AWAY or action is Do.REFRESH:
                self.asks.append(action)
        self.holds()

    def answer(self, how: str) -> None:
        """The oldest ask is answered: as it should be, with a no, or with a problem."""
        if not self.asks:
            return
        match self.asks.pop(0):
            case AskLookup(number=number, ask=ask):
                self.looked(number, ask, how)
            case AskWrite() as asked:
                self.written(asked, how)
            case Do.ASK_PUT_AWAY:
                self.front = None
            case Do.REFRESH if self.front is not None and how != "problem":
                self.happen(Refreshed(self.front))

    def looked(self, number: int, ask: object, how: str) -> None:
        card = PHONE if isinstance(ask, ShowCode) else CODES.get(ask.code) if isinstance(ask, Scan) else None
        if how == "problem":
            self.happen(NotFound(number))
        elif card is None or how == "no":
            reason = Reason.FOREIGN_CODE if isinstance(ask, Scan) else Reason.UNKNOWN_CARD
            self.happen(NotFound(number, RefusalView(reason, "This is not one of ours.")))
        elif isinstance(ask, ShowCode):
            self.front = card
            self.happen(CodeShown(number, card, NEW_CODE))
        else:
            assert isinstance(ask, Scan)
            self.front = card
            self.happen(Found(number, ask, card))

    def written(self, asked: AskWrite, how: str) -> None:
        ask, front = asked.ask, self.front
        if how == "problem":
            self.happen(Happened.WRITE_FAILED)
            return
        if isinstance(ask, Stamp | Earn | Redeem):
            assert front is not None and front == self.wanted[id(asked)], "booked on the card that was in front"
        if how != "done":
            reason = {"pin": Reason.PIN_WRONG, "manager": Reason.MANAGER_NEEDED}.get(how, Reason.COOLDOWN)
            self.happen(Written(Reply(ok=False, refusal=RefusalView(reason, "No."), card=front)))
            return
        new_card = None
        if isinstance(ask, Enrol):
            front = self.front = PHONE if ask.code is None else a_card(5, name="New")
            new_card = NEW_CODE if ask.code is None else None
        self.entries += 1
        kind = "stamp_voided" if isinstance(ask, Void) else "stamp_earned"
        entry = EntryView(UUID(int=1000 + self.entries), self.entries, kind, 1, 0, self.entries % 3 == 0, 10)
        self.happen(Written(Reply(ok=True, entry=entry, card=front, new_card=new_card)))

    def holds(self) -> None:
        """What is true at every moment."""
        state = self.state
        assert (state.stage in SHOWN) <= (state.card is not None)
        assert (state.undo is not None) <= (state.card is not None)
        assert (state.writing is not None) == any(isinstance(each, AskWrite) for each in self.asks)
        pending = [each.number for each in self.asks if isinstance(each, AskLookup)]
        assert set(state.looking) <= set(pending)
        if not self.asks and state.stage in SHOWN:
            assert self.front == state.card, "what is shown is what the counter would book on"


TOUCHES: tuple[Event, ...] = (
    *(LookUp(Scan(code)) for code in ("marie", "paul", "blank", "unknown", "web")),
    LookUp(Find(email="nobody@example.com")),
    *(WriteAsked(ask) for ask in (Stamp(), Earn(4250), Void(UUID(int=1001)))),
    *(WriteAsked(Redeem("stamps", override)) for override in (None, Override("Anna", "7391"))),
    *(AmountTyped(minor) for minor in (0, 4250)),
    *(Given(1, minor, quote) for minor, quote in ((0, None), (4250, None), (4250, WORTH), (4250, UNUSUAL))),
    *(Quoted(quote) for quote in (None, WORTH, UNUSUAL)),
    *(RewardTaken(reward) for reward in (REWARD, LOCKED)),
    *(each for each in Happened if each not in (Happened.WRITE_FAILED, Happened.CLOSED)),
    *(Happened.PUT_AWAY, Happened.ENROLMENT_BEGUN),
)
ENROL_PHONE, ENROL_BLANK, CODE = "on their phone", "with a blank card", "the code again"  # only where one enrols
ON_THE_PANEL: dict[str, Event] = {
    ENROL_PHONE: WriteAsked(Enrol()),
    ENROL_BLANK: WriteAsked(Enrol("blank")),
    CODE: LookUp(ShowCode()),
}
ANSWERS = ("done", "no", "pin", "manager", "problem")
touches, answers = st.sampled_from(TOUCHES), st.sampled_from(ANSWERS)
histories = st.lists(st.sampled_from((*TOUCHES, *ANSWERS, *5 * ("done",), *3 * tuple(ON_THE_PANEL))), max_size=30)


def played(history: list[Event | str]) -> InOrder:
    shop = InOrder()
    for what in history:
        if what in ON_THE_PANEL:
            if shop.state.stage is Stage.ENROLMENT:
                shop.happen(ON_THE_PANEL[str(what)])
        elif isinstance(what, str):
            shop.answer(what)
        else:
            shop.happen(what)
    return shop


@pytest.mark.slow
@given(histories)
@settings(max_examples=500, deadline=None)
def test_whatever_is_touched_and_answered_one_write_at_a_time_reaches_the_card_in_front(
    history: list[Event | str],
) -> None:
    shop = played(history)
    while shop.asks:
        shop.answer("done")


@pytest.mark.slow
@given(histories, st.lists(answers, max_size=20))
@settings(max_examples=300, deadline=None)
def test_after_the_card_is_put_away_no_answer_brings_anything_back(
    history: list[Event | str], later: list[str]
) -> None:
    shop = played(history)
    shop.happen(Happened.PUT_AWAY)
    for how in later:
        shop.answer(how)
        state = shop.state
        assert (state.stage, state.card, state.looking, state.undo) == (Stage.NONE, None, (), None)
        assert (state.amount, state.doubted, state.early) == (0, None, None)


@pytest.mark.slow
@given(histories, touches)
@settings(max_examples=300, deadline=None)
def test_a_second_tap_is_one_tap(history: list[Event | str], tap: Event) -> None:
    shop = played(history)
    before = sum(isinstance(each, AskWrite) for each in shop.actions)
    shop.happen(tap)
    shop.happen(tap)
    assert sum(isinstance(each, AskWrite) for each in shop.actions) - before <= 1


@pytest.mark.slow
@given(histories)
@settings(max_examples=200, deadline=None)
def test_a_till_that_is_closed_waits_for_nothing(history: list[Event | str]) -> None:
    shop = played(history)
    shop.asks.clear()
    shop.happen(Happened.CLOSED)
    assert (shop.state.looking, shop.state.writing) == ((), None)
    shop.happen(WriteAsked(Void(UUID(int=1000))))
    assert isinstance(shop.actions[-1], AskWrite)


def test_a_card_enrolled_for_somebody_who_was_put_away_is_nobody_elses() -> None:
    shop = InOrder()
    for event in (Happened.ENROLMENT_BEGUN, WriteAsked(Enrol()), Happened.PUT_AWAY, Happened.ENROLMENT_BEGUN):
        shop.happen(event)
    shop.answer("done")
    assert (shop.state.stage, shop.state.card) == (Stage.ENROLMENT, None)


def front_with(card: str) -> InOrder:
    shop = InOrder()
    shop.happen(LookUp(Scan(card)))
    shop.answer("done")
    return shop


def test_while_a_card_is_looked_up_a_tap_is_told_to_wait() -> None:
    shop = front_with("marie")
    shop.happen(LookUp(Scan("paul")))
    shop.happen(WriteAsked(Stamp()))
    assert shop.actions[-1] is Do.TELL_WAIT
    assert shop.state.writing is None


def test_an_amount_that_was_tapped_before_its_worth_was_known_is_booked_when_it_is() -> None:
    shop = front_with("marie")
    shop.happen(AmountTyped(4250))
    assert shop.actions[-1] == AskQuote(4250)
    shop.happen(Given(1, 4250, None))
    assert shop.state.writing is None
    shop.happen(Quoted(WORTH))
    assert shop.state.writing == Earn(4250, stamps=1)


def test_another_customers_card_drops_the_amount_and_what_could_be_undone() -> None:
    shop = front_with("marie")
    shop.happen(WriteAsked(Stamp()))
    shop.answer("done")
    assert shop.state.undo is not None
    shop.answer("done")
    shop.happen(AmountTyped(4250))
    shop.happen(LookUp(Scan("paul")))
    shop.answer("done")
    assert [shop.state.undo, shop.state.amount] == [None, 0]
    assert Do.DROP_AMOUNT in shop.actions


def test_a_reward_that_needs_a_manager_is_asked_of_one_first() -> None:
    shop = front_with("marie")
    shop.happen(RewardTaken(LOCKED))
    assert isinstance(shop.actions[-1], AskManager)
    assert shop.state.writing is None
