"""The logic of the current card, without a screen: turns events into actions."""

from enum import Enum
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from loyalty.refusals import Reason
from terminal.interface.asks import Earn, Enrol, Redeem, Stamp, Void
from terminal.interface.views import CardView, EntryView, RefusalView, Reply
from ui.flows.serving.card_events import (
    Action,
    AmountTyped,
    AskAmount,
    AskLookup,
    AskManager,
    AskQuote,
    AskWrite,
    Celebrate,
    CodeShown,
    Do,
    Event,
    Found,
    Given,
    Happened,
    LookUp,
    NotFound,
    Overridable,
    Quoted,
    ReceiptEntered,
    Refreshed,
    Refuse,
    RefuseEnrolment,
    RefuseOverride,
    RenewCard,
    Report,
    RewardTaken,
    ShowBlank,
    ShowCard,
    ShowNewCode,
    ShowReceipt,
    ShowRefused,
    TakeInFront,
    TellWritten,
    Write,
    WriteAsked,
    Written,
)
from ui.flows.serving.manager_panel import ManagerPanel, manager_panel
from ui.phrases.card_work import CardWork

NOT_OURS = (Reason.FOREIGN_CODE, Reason.UNKNOWN_CARD)


class Stage(Enum):
    """What the middle of the screen is used for."""

    NONE = "none"
    CARD = "card"
    CELEBRATION = "celebration"
    UNKNOWN = "unknown"  # a code that is not a card known here
    ENROLMENT = "enrolment"


class State(Struct, frozen=True):
    """The card in front, and the requests not answered yet."""

    stage: Stage = Stage.NONE
    card: CardView | None = None
    looking: tuple[int, ...] = ()  # numbers of the running look-ups
    lookups: int = 0  # number of look-ups so far
    writing: Write | None = None
    abandoned: bool = False  # the card was put away during the write
    undo: tuple[UUID, UUID | None] | None = None  # the entries of one tap that can be undone
    amount: int = 0
    receipt: str = ""  # of the purchase whose amount is typed
    doubted: Earn | None = None  # waits for the confirmation of its amount
    early: tuple[int, int] | None = None  # stamps and amount, tapped before the quote arrived


Step = tuple[State, tuple[Action, ...]]
_SHOWN = (Stage.CARD, Stage.CELEBRATION)


def step(state: State, event: Event) -> Step:
    """The new state after *event*, and the actions to perform in order."""
    match event:
        case LookUp(ask=ask):
            if state.stage is Stage.ENROLMENT and (
                state.looking or state.writing is not None or state.card is not None
            ):
                return (
                    state,
                    (),
                )  # whose card is being made is settled: another one may not come in front of the counter
            number = state.lookups + 1
            state = replace(state, lookups=number, looking=(*state.looking, number))
            return state, (AskLookup(number, ask),)
        case Found() | NotFound() | CodeShown():
            return _looked(state, event)
        case Refreshed(card=card):
            changing = state.looking or state.writing is not None or state.stage not in _SHOWN
            return (state, ()) if changing or card == state.card else _renewed(state, card)
        case WriteAsked(ask=ask):
            return _write(state, ask)
        case Written(reply=reply):
            return (state, ()) if state.writing is None else _written(state, state.writing, reply)
        case AmountTyped(minor=minor):
            return _quoted_anew(replace(state, amount=minor))
        case ReceiptEntered(receipt=receipt):
            if state.card is None:
                return state, ()
            state, quoted = _quoted_anew(replace(state, receipt=receipt))
            return state, (ShowReceipt(receipt), *quoted)
        case Given():
            return _give(state, event)
        case Quoted(quote=quote):
            early, state = state.early, replace(state, early=None)
            if early is None or early[1] != state.amount:
                return state, ()  # not tapped, or the amount changed
            return _give(state, Given(*early, quote))
        case RewardTaken(reward=reward):
            redeem, no = Redeem(reward.id), reward.refusal
            if no is not None and manager_panel(no.reason) is ManagerPanel.OPENS:
                return state, (AskManager(redeem, no),)
            return _write(state, redeem)
        case Happened():
            return _happened(state, event)


def _quoted_anew(state: State) -> Step:
    asked = (AskQuote(state.amount, state.receipt),) if state.amount and state.card is not None else ()
    return state, asked


def _happened(state: State, event: Happened) -> Step:
    match event:
        case Happened.AMOUNT_CONFIRMED:
            doubted, state = state.doubted, replace(state, doubted=None)
            return (state, ()) if doubted is None else _write(state, doubted)
        case Happened.UNDO_TAPPED:
            return (state, ()) if state.undo is None else _write(state, Void(state.undo[0], also=state.undo[1]))
        case Happened.UNDO_LAPSED:
            return replace(state, undo=None), (Do.END_UNDO,)
        case Happened.REWARD_KEPT:
            if state.stage is not Stage.CELEBRATION:
                return state, ()
            return replace(state, stage=Stage.CARD), (Do.SHOW_CARD_AGAIN,)
        case Happened.CARD_WANTED:
            return _own_shown(state)
        case Happened.ENROLMENT_BEGUN:
            return _enrol(state)
        case Happened.LANGUAGE_CHANGED:
            if state.stage is Stage.CARD and state.card is not None:
                return state, (ShowCard(state.card), *_quoted_anew(state)[1])
            return (state, ()) if state.stage is Stage.NONE else _put_away(state)
        case Happened.PUT_AWAY:
            return _put_away(state)
        case Happened.WRITE_FAILED:
            return replace(state, writing=None, abandoned=False), ()
        case Happened.CLOSED:
            return replace(state, looking=(), writing=None, abandoned=False), ()


# -- looking up -----------------------------------------------------------------------------------------------------


def _looked(state: State, answer: Found | NotFound | CodeShown) -> Step:
    if answer.number not in state.looking:
        return state, ()  # the card was put away meanwhile
    state = replace(state, looking=tuple(each for each in state.looking if each != answer.number))
    match answer:
        case Found():
            return _found(state, answer)
        case NotFound(refusal=refusal):
            return _not_found(state, refusal)
        case CodeShown(card=card, new_card=new_card):
            shown = state.stage is Stage.ENROLMENT
            return (replace(state, card=card), (Do.START_AWAY, ShowNewCode(new_card))) if shown else (state, ())


def _found(state: State, found: Found) -> Step:
    card = found.card
    if state.stage is Stage.ENROLMENT:
        return state, (ShowBlank(found.ask, card) if card.blank else Do.NOT_A_BLANK,)
    same = card.id is not None and _is_in_front(state, card)
    actions: list[Action] = []
    if not same:
        actions += [Do.DROP_AMOUNT if state.amount or state.receipt else Do.CLEAR_NOTICE, Do.CLEAR_UNDO]
        state = replace(_nothing_begun(state), amount=0, receipt="")
    state = replace(state, card=card)
    actions += [TakeInFront(card, same), Do.START_AWAY]
    if not card.known:
        return replace(state, stage=Stage.UNKNOWN), (*actions, Do.SHOW_UNKNOWN)
    if card.blank:
        state, begun = _enrol(state)
        return state, (*actions, *begun, ShowBlank(found.ask, card))
    if same and state.stage in _SHOWN:
        return state, (*actions, RenewCard(card))
    return replace(state, stage=Stage.CARD), (*actions, ShowCard(card, aloud=True))


def _not_found(state: State, no: RefusalView | None) -> Step:
    if no is None:
        return state, ()
    if state.stage is Stage.ENROLMENT:
        return state, (Do.TELL_NOT_FOUND, RefuseEnrolment(no.text))
    on_the_counter = state.card is not None and state.stage in _SHOWN  # a payment code does not remove a card
    if on_the_counter or no.reason not in NOT_OURS:
        return state, (Do.TELL_NOT_FOUND, Refuse(no.text))
    return replace(state, stage=Stage.UNKNOWN), (Do.TELL_NOT_FOUND, ShowRefused(no), Do.START_AWAY)


def _is_in_front(state: State, card: CardView) -> bool:
    return state.card is not None and card.id == state.card.id


def _renewed(state: State, card: CardView) -> Step:
    return replace(state, card=card), (RenewCard(card),)


# -- writing --------------------------------------------------------------------------------------------------------


def _write(state: State, ask: Write) -> Step:
    if state.looking:
        return state, (Do.TELL_WAIT,)
    if state.writing is not None:
        return state, ()  # ignores taps until the write is answered
    if isinstance(ask, Stamp | Earn | Redeem | CardWork) and state.card is None:
        return state, ()
    return replace(state, writing=ask), (AskWrite(ask),)


def _give(state: State, given: Given) -> Step:
    if not given.minor:
        return _write(state, Stamp(given.stamps))
    if given.quote is None:
        return replace(state, early=(given.stamps, given.minor)), ()
    earn = Earn(given.minor, state.receipt or None, stamps=given.stamps)
    if given.quote.unusual is None:
        return _write(state, earn)
    return replace(state, doubted=earn), (AskAmount(given.minor, given.quote.unusual.text),)


def _written(state: State, ask: Write, reply: Reply) -> Step:
    if state.abandoned:
        state, actions = _written_late(state, ask, reply)
    elif reply.refusal is not None:
        state, actions = _refused(state, ask, reply)
    else:
        state, actions = _done(state, ask, reply)
    return replace(state, writing=None, abandoned=False), (*actions, Report(ask, reply))


def _written_late(state: State, ask: Write, reply: Reply) -> Step:
    """Reports a write for a card put away meanwhile, without showing the card."""
    if reply.refusal is not None:
        return state, (Refuse(reply.refusal.text),)
    if isinstance(ask, Void) or reply.entry is None:
        return state, (Do.CLEAR_TROUBLE, Do.REFRESH)
    entry = _one_step(reply.entry, reply.also)
    return state, (Do.CLEAR_TROUBLE, TellWritten(ask, entry, None, 0), Do.REFRESH)


def _refused(state: State, ask: Write, reply: Reply) -> Step:
    no, actions = reply.refusal, list[Action]()
    assert no is not None, "it was refused"
    if isinstance(reply.card, CardView) and _is_in_front(state, reply.card):
        state, renewed = _renewed(state, reply.card)
        actions += renewed
    if isinstance(ask, Overridable):
        panel = manager_panel(no.reason)
        if ask.override is not None and panel is ManagerPanel.STAYS:
            return state, (*actions, RefuseOverride(no.text), Do.ASK_PEOPLE)
        if ask.override is None and panel is ManagerPanel.OPENS:
            return state, (*actions, AskManager(ask, no))
    refusal = RefuseEnrolment(no.text) if state.stage is Stage.ENROLMENT else Refuse(no.text)
    return state, (*actions, Do.CLOSE_OVERRIDE, refusal)


def _done(state: State, ask: Write, reply: Reply) -> Step:
    actions: list[Action] = [Do.CLEAR_TROUBLE, Do.CLOSE_OVERRIDE]
    card = reply.card if isinstance(reply.card, CardView) else None
    enrolled = isinstance(ask, Enrol) and state.stage is Stage.ENROLMENT
    if card is not None and (enrolled or _is_in_front(state, card)):
        state, renewed = _renewed(state, card)
        actions += renewed
    if isinstance(ask, Earn):
        state = replace(state, amount=0, receipt="")
        actions.append(Do.CLEAR_AMOUNT)
    if isinstance(ask, Void):
        state = _nothing_begun(state)
        actions.append(Do.SHOW_UNDONE)
    elif reply.entry is not None:
        entry = _one_step(reply.entry, reply.also)
        also = None if reply.also is None else reply.also.id
        state = replace(state, undo=(entry.id, also) if entry.undo_s else None)
        actions.append(TellWritten(ask, entry, state.card, entry.undo_s))
    state, shown = _after_write(state, ask, reply)
    return state, (*actions, *shown, Do.REFRESH)


def _one_step(entry: EntryView, also: EntryView | None) -> EntryView:
    """The entry of a tap, with stamps and points combined."""
    if also is None:
        return entry
    reached = entry.reward_reached or also.reward_reached
    return replace(entry, stamps=entry.stamps + also.stamps, reward_reached=reached)


def _after_write(state: State, ask: Write, reply: Reply) -> Step:
    card = state.card
    if card is None:
        return state, ()
    wrote = [entry for entry in (reply.entry, reply.also) if entry is not None]
    reward = next((each for each in card.rewards if each.cost is None), None)
    if isinstance(ask, Void):
        return _own_shown(state) if state.stage in _SHOWN else (state, ())
    if reward is not None and any(entry.reward_reached for entry in wrote):
        state = replace(state, stage=Stage.CELEBRATION)
        stamps = sum(entry.stamps for entry in wrote)
        return state, (Celebrate(card, reward, stamps, state.undo is not None),)
    if reply.new_card is not None:
        return state, (Do.START_AWAY, ShowNewCode(reply.new_card))
    return _own_shown(state)


# -- beginning and ending -------------------------------------------------------------------------------------------


def _own_shown(state: State) -> Step:
    if state.card is None:
        return state, ()
    return replace(state, stage=Stage.CARD), (ShowCard(state.card),)


def _enrol(state: State) -> Step:
    state, cleared = _cleared(state)
    return replace(state, stage=Stage.ENROLMENT), (*cleared, Do.START_ENROLMENT)


def _put_away(state: State) -> Step:
    state, cleared = _cleared(state)
    return replace(state, looking=()), (*cleared, Do.ASK_PUT_AWAY)


def _cleared(state: State) -> Step:
    state = replace(_nothing_begun(state), stage=Stage.NONE, card=None, amount=0, receipt="")
    return replace(state, abandoned=state.writing is not None), (Do.CLEAR,)


def _nothing_begun(state: State) -> State:
    """The state without unfinished steps, which must not continue on another card."""
    return replace(state, undo=None, doubted=None, early=None)
