"""The requests of the counter: frozen values, decoded from JSON lines by their `do`."""

from uuid import UUID

import msgspec

from terminal.interface.ask import Ask, Override
from terminal.interface.card_asks import HandedOver, ShowCode
from terminal.interface.case_asks import Case, Cases, DecideCase
from terminal.interface.pin_asks import ChangePin, ResetPin, Telephone, UnlockByPhone
from terminal.interface.report_asks import Decided, Open, Report, Served


class Pin(Ask, frozen=True, tag="pin"):
    """Puts a person on shift."""

    staff: str
    pin: str


class Lock(Ask, frozen=True, tag="lock"):
    """Ends the shift."""


class Unlock(Ask, frozen=True, tag="unlock"):
    """Ends a colleague's lock-out; for managers."""

    staff: str
    override: Override


class Colleagues(Ask, frozen=True, tag="staff"):
    """Requests the people who may work at this till, for the name tiles."""


class Scan(Ask, frozen=True, tag="scan"):
    """Finds a card by a scanned or typed token, URL or card number, or by another program's code.

    With *by_camera* it is no such code, as the camera reads nothing but QR codes.
    """

    code: str
    by_camera: bool = False


class Recognise(Ask, frozen=True, tag="recognise"):
    """Finds out which of several readings of a scanned code is known here; puts no card in front."""

    readings: tuple[str, ...]


class Find(Ask, frozen=True, tag="find"):
    """Finds a card by e-mail or phone, or lists purchases; exactly one of the four is given.

    *purchase* is a receipt, the number of a printed slip, or a card's code or number, whose purchases come in pages.
    """

    email: str | None = None
    phone: str | None = None
    receipt: str | None = None
    purchase: str | None = None
    limit: int = 20
    before: UUID | None = None


class PutAway(Ask, frozen=True, tag="put_away"):
    """Removes the card in front."""


class Stamp(Ask, frozen=True, tag="stamp"):
    """Gives stamps to the card in front."""

    count: int = 1


class Quote(Ask, frozen=True, tag="quote"):
    """Asks what a purchase of this amount would give; writes nothing."""

    amount_minor: int
    receipt: str | None = None


class Earn(Ask, frozen=True, tag="earn"):
    """Gives points for a purchase, with `stamps` also its stamps: both or neither."""

    amount_minor: int
    receipt: str | None = None
    stamps: int = 0


class Redeem(Ask, frozen=True, tag="redeem"):
    """Gives a reward: "stamps", or a reward's id."""

    reward: str
    override: Override | None = None


class Void(Ask, frozen=True, tag="void"):
    """Voids a transaction; with `amount_minor` part of a purchase; `also` is the other transaction of the same step."""

    entry: UUID
    amount_minor: int | None = None
    override: Override | None = None
    also: UUID | None = None


class QuoteVoid(Ask, frozen=True, tag="quote_void"):
    """Asks what voiding a transaction, or a part of it, would take from the card; writes nothing."""

    entry: UUID
    amount_minor: int | None = None


class Enrol(Ask, frozen=True, tag="enrol"):
    """Makes a blank a customer's card: the one whose code is given, or one of this till's pool, to be shown."""

    code: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    consent: bool = False


class Adjust(Ask, frozen=True, tag="adjust"):
    """Adjusts stamps or points; for managers."""

    points: int = 0
    stamps: int = 0
    reason: str = ""
    override: Override | None = None


class Deactivate(Ask, frozen=True, tag="deactivate"):
    """Deactivates the card in front."""

    reason: str = ""
    override: Override | None = None


class Reactivate(Ask, frozen=True, tag="reactivate"):
    """Reactivates the card in front."""

    reason: str = ""
    override: Override | None = None


class EditCustomer(Ask, frozen=True, tag="edit_customer"):
    """Changes the given fields of a customer; for managers. An empty text removes a field; a new contact replaces
    both."""

    name: str | None = None
    note: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    consent: bool = False
    override: Override | None = None


class Replace(Ask, frozen=True, tag="replace"):
    """Moves the history of the card in front to a blank's number and code."""

    code: str
    reason: str = ""
    override: Override | None = None


class History(Ask, frozen=True, tag="history"):
    """Requests the transactions of the card in front, newest first, after the entry `before`."""

    limit: int = 20
    before: UUID | None = None


class Recent(Ask, frozen=True, tag="recent"):
    """Requests this till's latest transactions on all cards."""

    limit: int = 8


class Status(Ask, frozen=True, tag="status"):
    """Requests the till's status."""


class Refresh(Ask, frozen=True, tag="refresh"):
    """Requests status, current card and latest transactions of one moment, for a screen."""

    limit: int = 8


class Sync(Ask, frozen=True, tag="sync"):
    """Exchanges until nothing is left to send or fetch, or the time is up."""

    timeout_s: float = 10.0


class Speak(Ask, frozen=True, tag="speak"):
    """Changes the language of sentences: en, fr, de or lb."""

    language: str


AnyAsk = (
    Pin
    | Lock
    | Unlock
    | ChangePin
    | ResetPin
    | Telephone
    | UnlockByPhone
    | Colleagues
    | Scan
    | Recognise
    | Find
    | PutAway
    | Stamp
    | Quote
    | Earn
    | Redeem
    | Void
    | QuoteVoid
    | Enrol
    | ShowCode
    | HandedOver
    | Adjust
    | Deactivate
    | Reactivate
    | Replace
    | EditCustomer
    | History
    | Recent
    | Decided
    | Served
    | Open
    | Report
    | Cases
    | Case
    | DecideCase
    | Status
    | Refresh
    | Sync
    | Speak
)


ask_decoder: msgspec.json.Decoder[AnyAsk] = msgspec.json.Decoder(AnyAsk)
