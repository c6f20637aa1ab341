"""What can happen around the current card, and what is to be done then: the values that `card_engine` steps on."""

from enum import Enum

from msgspec import Struct

from terminal.interface.asks import Earn, Enrol, Find, Redeem, Scan, Stamp, Void
from terminal.interface.card_asks import ShowCode
from terminal.interface.report_asks import Open
from terminal.interface.views import CardView, EntryView, NewCardView, QuoteView, RefusalView, Reply, RewardView

Lookup = Scan | Find | Open | ShowCode
Write = Stamp | Earn | Redeem | Void | Enrol


# -- events: what happened ------------------------------------------------------------------------------------------


class Happened(Enum):
    """Events that say all by their name."""

    AMOUNT_CONFIRMED = "the unusual amount is what was meant"
    UNDO_TAPPED = "the last write is to be taken back"
    UNDO_LAPSED = "undo was offered long enough"
    REWARD_KEPT = "the reward that was reached is for another day"
    CARD_WANTED = "back to the card in front, from another view of it"
    ENROLMENT_BEGUN = "there is a new customer"
    LANGUAGE_CHANGED = "what was composed in the other language is shown anew, or goes"
    PUT_AWAY = "nobody is in front any more"
    WRITE_FAILED = "the write that was under way met a problem: nothing was written"
    CLOSED = "the till is not open any more: what was asked is answered by nobody"


class LookUp(Struct, frozen=True):
    """A card was scanned, typed, or chosen from a list; or the last one's code is wanted once more."""

    ask: Lookup


class Found(Struct, frozen=True):
    """The look-up of this number has found a card."""

    number: int
    ask: Lookup
    card: CardView


class NotFound(Struct, frozen=True):
    """The look-up of this number was refused, or has met a problem that was reported already."""

    number: int
    refusal: RefusalView | None = None


class Refreshed(Struct, frozen=True):
    """The counter's card in front as it is by now."""

    card: CardView


class WriteAsked(Struct, frozen=True):
    """Something is to be written."""

    ask: Write


class Written(Struct, frozen=True):
    """The write that was under way is answered: done or refused."""

    reply: Reply


class AmountTyped(Struct, frozen=True):
    """The amount on the pad has changed."""

    minor: int


class Given(Struct, frozen=True):
    """The button for stamps, points or both was tapped; *quote* is what the amount is known to be worth."""

    stamps: int
    minor: int
    quote: QuoteView | None


class Quoted(Struct, frozen=True):
    """What the amount on the pad is worth has come."""

    quote: QuoteView | None


class RewardTaken(Struct, frozen=True):
    """The button of a reward was tapped."""

    reward: RewardView


class CodeShown(Struct, frozen=True):
    """The look-up of this number has found the last card for a phone, and its code."""

    number: int
    card: CardView
    new_card: NewCardView


Event = (
    Happened
    | LookUp
    | Found
    | NotFound
    | Refreshed
    | WriteAsked
    | Written
    | AmountTyped
    | Given
    | Quoted
    | RewardTaken
    | CodeShown
)


# -- actions: what is to be done ------------------------------------------------------------------------------------


class Do(Enum):
    """Actions that say all by their name."""

    ASK_PUT_AWAY = "tell the counter that no card is in front"
    ASK_PEOPLE = "ask who is locked out by now, since a PIN was wrong"
    REFRESH = "ask how the till stands"
    TELL_WAIT = "say that a card is being read"
    TELL_NOT_FOUND = "let those who listen know that a code was refused"
    NOT_A_BLANK = "say to who enrols that this card is somebody's"
    CLEAR = "give the camera the room again; nothing of the card is left"
    CLEAR_NOTICE = "what passes beside the camera is over"
    CLEAR_TROUBLE = "the problem beside the camera is over: something was saved"
    CLEAR_AMOUNT = "the typed amount is booked"
    DROP_AMOUNT = "the amount was typed for another customer: clear it and say so"
    CLEAR_UNDO = "what was written for another customer is not offered any more"
    END_UNDO = "nor on the celebration"
    SHOW_UNDONE = "say that it was taken back"
    SHOW_UNKNOWN = "show the ways on from a code of our shape that is not known here"
    SHOW_CARD_AGAIN = "the card in place of the celebration"
    START_ENROLMENT = "ask for a blank card, or for the customer's phone"
    START_AWAY = "count the time after which an untouched card is put away"
    CLOSE_OVERRIDE = "the manager's panel has done its work"


class AskLookup(Struct, frozen=True):
    """Asks the counter for a card; the answer comes with this number."""

    number: int
    ask: Lookup


class AskWrite(Struct, frozen=True):
    """Asks the counter to write."""

    ask: Write


class AskQuote(Struct, frozen=True):
    """Asks what an amount is worth."""

    minor: int


class AskManager(Struct, frozen=True):
    """Opens the manager's panel for a write."""

    ask: Redeem | Void
    refusal: RefusalView


class AskAmount(Struct, frozen=True):
    """Asks whether the amount is really meant."""

    minor: int
    text: str


class Refuse(Struct, frozen=True):
    """Says no beside the camera, where no overlay asked."""

    text: str


class RefuseOverride(Struct, frozen=True):
    """Says no on the manager's panel."""

    text: str


class RefuseEnrolment(Struct, frozen=True):
    """Says no where a new customer is enrolled."""

    text: str


class TakeInFront(Struct, frozen=True):
    """This card is in front now; *same* as before, or another."""

    card: CardView
    same: bool


class ShowCard(Struct, frozen=True):
    """Shows the card in the middle, and says it *aloud* where it has just come."""

    card: CardView
    aloud: bool = False


class RenewCard(Struct, frozen=True):
    """Shows the card that stands there as it is by now."""

    card: CardView


class ShowRefused(Struct, frozen=True):
    """Shows the ways on from a code that is none of ours, or a number that nobody has."""

    refusal: RefusalView


class Celebrate(Struct, frozen=True):
    """Shows that a reward is reached."""

    card: CardView
    reward: RewardView
    stamps: int
    can_undo: bool


class ShowBlank(Struct, frozen=True):
    """Goes on with the blank card that was found."""

    ask: Lookup
    card: CardView


class ShowNewCode(Struct, frozen=True):
    """Shows the code of a new card, for the customer's phone."""

    new_card: NewCardView


class TellWritten(Struct, frozen=True):
    """Says what was written, and offers to take it back where *undo_s* is left."""

    ask: Write
    entry: EntryView
    card: CardView | None
    undo_s: int


class Report(Struct, frozen=True):
    """Lets those who listen know that a write was answered."""

    ask: Write
    reply: Reply


Action = (
    Do
    | AskLookup
    | AskWrite
    | AskQuote
    | AskManager
    | AskAmount
    | Refuse
    | RefuseOverride
    | RefuseEnrolment
    | TakeInFront
    | ShowCard
    | RenewCard
    | ShowRefused
    | Celebrate
    | ShowBlank
    | ShowNewCode
    | TellWritten
    | Report
)
