"""The events and actions of `card_engine`. Frozen values."""

from enum import Enum

from msgspec import Struct

from terminal.interface.asks import Earn, Enrol, Find, Redeem, Scan, Stamp, Void
from terminal.interface.card_asks import ShowCode
from terminal.interface.report_asks import Open
from terminal.interface.views import CardView, EntryView, NewCardView, QuoteView, RefusalView, Reply, RewardView
from ui.phrases.card_work import CardWork

Lookup = Scan | Find | Open | ShowCode
Overridable = Redeem | Void | CardWork
Write = Stamp | Earn | Enrol | Overridable


# -- events: what happened ------------------------------------------------------------------------------------------


class Happened(Enum):
    """Events without data."""

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
    """A card was scanned, typed or chosen from a list, or the last code was requested again."""

    ask: Lookup


class Found(Struct, frozen=True):
    """The look-up of this number found a card."""

    number: int
    ask: Lookup
    card: CardView


class NotFound(Struct, frozen=True):
    """The look-up of this number was refused, or failed with a problem already reported."""

    number: int
    refusal: RefusalView | None = None


class Refreshed(Struct, frozen=True):
    """The card in front, as the counter has it now."""

    card: CardView


class WriteAsked(Struct, frozen=True):
    """A write was requested."""

    ask: Write


class Written(Struct, frozen=True):
    """The running write was answered."""

    reply: Reply


class AmountTyped(Struct, frozen=True):
    """The amount on the pad changed."""

    minor: int


class ReceiptEntered(Struct, frozen=True):
    """The receipt of the purchase was typed or scanned; empty if it is not to have one."""

    receipt: str


class Given(Struct, frozen=True):
    """The button for stamps, points or both was tapped; *quote* is the amount's value if known."""

    stamps: int
    minor: int
    quote: QuoteView | None


class Quoted(Struct, frozen=True):
    """The value of the amount on the pad arrived."""

    quote: QuoteView | None


class RewardTaken(Struct, frozen=True):
    """The button of a reward was tapped."""

    reward: RewardView


class CodeShown(Struct, frozen=True):
    """The look-up of this number found the last phone card and its code."""

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
    | ReceiptEntered
    | Given
    | Quoted
    | RewardTaken
    | CodeShown
)


# -- actions: what is to be done ------------------------------------------------------------------------------------


class Do(Enum):
    """Actions without data."""

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
    """Requests a card from the counter; the answer carries this number."""

    number: int
    ask: Lookup


class AskWrite(Struct, frozen=True):
    """Sends a write to the counter."""

    ask: Write


class AskQuote(Struct, frozen=True):
    """Requests the value of an amount, with its receipt if it has one."""

    minor: int
    receipt: str = ""


class AskManager(Struct, frozen=True):
    """Opens the manager's panel for a write."""

    ask: Overridable
    refusal: RefusalView


class ShowReceipt(Struct, frozen=True):
    """Shows the purchase's receipt beside the amount."""

    receipt: str


class AskAmount(Struct, frozen=True):
    """Asks whether the amount is correct."""

    minor: int
    text: str


class Refuse(Struct, frozen=True):
    """Shows a refusal beside the camera."""

    text: str


class RefuseOverride(Struct, frozen=True):
    """Shows a refusal on the manager's panel."""

    text: str


class RefuseEnrolment(Struct, frozen=True):
    """Shows a refusal in the enrolment dialog."""

    text: str


class TakeInFront(Struct, frozen=True):
    """Sets the card in front; *same* if it is the former one."""

    card: CardView
    same: bool


class ShowCard(Struct, frozen=True):
    """Shows the card in the middle; *aloud* also announces it."""

    card: CardView
    aloud: bool = False


class RenewCard(Struct, frozen=True):
    """Updates the shown card."""

    card: CardView


class ShowRefused(Struct, frozen=True):
    """Shows the choices for a foreign code or an unknown number."""

    refusal: RefusalView


class Celebrate(Struct, frozen=True):
    """Shows that a reward is reached."""

    card: CardView
    reward: RewardView
    stamps: int
    can_undo: bool


class ShowBlank(Struct, frozen=True):
    """Continues enrolment with a blank."""

    ask: Lookup
    card: CardView


class ShowNewCode(Struct, frozen=True):
    """Shows the code of a new phone card."""

    new_card: NewCardView


class TellWritten(Struct, frozen=True):
    """Shows what was written, and offers undo for *undo_s* seconds."""

    ask: Write
    entry: EntryView
    card: CardView | None
    undo_s: int


class Report(Struct, frozen=True):
    """Emits the signal that a write was answered."""

    ask: Write
    reply: Reply


Action = (
    Do
    | AskLookup
    | AskWrite
    | AskQuote
    | AskManager
    | AskAmount
    | ShowReceipt
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
