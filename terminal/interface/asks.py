"""What a cashier may ask of the counter: frozen values, no behaviour. They decode from a JSON line by their `do`."""

from uuid import UUID

import msgspec

from terminal.interface.ask import Ask, Override
from terminal.interface.card_asks import HandedOver, ShowCode
from terminal.interface.pin_asks import ChangePin, ResetPin, Telephone, UnlockByPhone
from terminal.interface.report_asks import Decided, Open, Report, Served


class Pin(Ask, frozen=True, tag="pin"):
    """Who is on shift now."""

    staff: str
    pin: str


class Lock(Ask, frozen=True, tag="lock"):
    """Nobody is on shift any more."""


class Unlock(Ask, frozen=True, tag="unlock"):
    """A manager lifts a colleague's lock-out."""

    staff: str
    override: Override


class Colleagues(Ask, frozen=True, tag="staff"):
    """Who may work at this till: the name tiles."""


class Scan(Ask, frozen=True, tag="scan"):
    """A scanned or typed code: token, URL, or card number."""

    code: str


class Recognise(Ask, frozen=True, tag="recognise"):
    """Which of several readings of a code that a hand-held scanner typed is known here. Puts nothing in front."""

    readings: tuple[str, ...]


class Find(Ask, frozen=True, tag="find"):
    """Exactly one of the three."""

    email: str | None = None
    phone: str | None = None
    receipt: str | None = None


class PutAway(Ask, frozen=True, tag="put_away"):
    """No card is in front any more."""


class Stamp(Ask, frozen=True, tag="stamp"):
    """Stamps for the card in front."""

    count: int = 1


class Quote(Ask, frozen=True, tag="quote"):
    """What a purchase of this amount would give; writes nothing."""

    amount_minor: int
    receipt: str | None = None


class Earn(Ask, frozen=True, tag="earn"):
    """Points for a purchase; with `stamps` its stamps as well, both or neither."""

    amount_minor: int
    receipt: str | None = None
    stamps: int = 0


class Redeem(Ask, frozen=True, tag="redeem"):
    """A reward: "stamps", or a reward's id."""

    reward: str
    override: Override | None = None


class Void(Ask, frozen=True, tag="void"):
    """Takes a transaction back; a part of a purchase with `amount_minor`; `also` what was given in the same step."""

    entry: UUID
    amount_minor: int | None = None
    override: Override | None = None
    also: UUID | None = None


class QuoteVoid(Ask, frozen=True, tag="quote_void"):
    """What taking a transaction back, or a part of its purchase, would take from the card; writes nothing."""

    entry: UUID
    amount_minor: int | None = None


class Enrol(Ask, frozen=True, tag="enrol"):
    """A blank becomes a customer's card: the one whose code is named, or one of this till's own, to be shown."""

    code: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    consent: bool = False


class Adjust(Ask, frozen=True, tag="adjust"):
    """A manager's correction."""

    points: int = 0
    stamps: int = 0
    reason: str = ""
    override: Override | None = None


class Deactivate(Ask, frozen=True, tag="deactivate"):
    """The card in front may not be used any more."""

    reason: str = ""
    override: Override | None = None


class Reactivate(Ask, frozen=True, tag="reactivate"):
    """The card in front may be used again."""

    reason: str = ""
    override: Override | None = None


class EditCustomer(Ask, frozen=True, tag="edit_customer"):
    """A manager changes what is named; an empty text takes it away. A new contact replaces e-mail and phone."""

    name: str | None = None
    note: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    consent: bool = False
    override: Override | None = None


class Replace(Ask, frozen=True, tag="replace"):
    """The history of the card in front goes on under a blank's number and code."""

    code: str
    reason: str = ""
    override: Override | None = None


class History(Ask, frozen=True, tag="history"):
    """The transactions of the card in front, newest first; `before` is the entry to go on from."""

    limit: int = 20
    before: UUID | None = None


class Recent(Ask, frozen=True, tag="recent"):
    """This till's last transactions, newest first, whichever card."""

    limit: int = 8


class Status(Ask, frozen=True, tag="status"):
    """How the till stands."""


class Refresh(Ask, frozen=True, tag="refresh"):
    """Status, the card in front and the last transactions as of one moment: what a screen shows beside its pages."""

    limit: int = 8


class Sync(Ask, frozen=True, tag="sync"):
    """Exchange until nothing waits to be sent or fetched, or time is up."""

    timeout_s: float = 10.0


class Speak(Ask, frozen=True, tag="speak"):
    """Sentences come in this language from now on: en, fr, de or lb."""

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
    | Status
    | Refresh
    | Sync
    | Speak
)


ask_decoder: msgspec.json.Decoder[AnyAsk] = msgspec.json.Decoder(AnyAsk)
