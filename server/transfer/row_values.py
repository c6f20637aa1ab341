"""What the cells of an imported row mean: which column is which, dates in the one order that was chosen, whole numbers,
yes and no. Nothing is guessed: what could be read in two ways refuses its row."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from loyalty.codes import Number, parse
from loyalty.money import POINTS_MAX, STAMPS_MAX
from loyalty.program import Program
from loyalty.settings import LANGUAGES, Settings
from loyalty.texts import NAME_CHARS_MAX, clean, matches
from server.companies.stores import Store
from server.ledger.rows.cards import Contacts
from server.transfer.csv_reading import Wrong, is_mangled
from sync.protocol import sealing
from sync.protocol.sealing import Key

KEPT_AT_LEAST = timedelta(days=30)  # no balance lapses sooner after an import
_FIRST_YEAR = 1980
_DATE = re.compile(r"(\d{1,4})[-./](\d{1,2})[-./](\d{1,4})\.?(?:[T ].*)?")
_WHOLE = re.compile(r"(\d+)(?:[.,](?!000\Z)0*)?")  # 1.000 is one or a thousand
_GROUPS = re.compile("[ \u00a0\u202f']")
_DIGITS_MAX = 12
_YES = frozenset(["1", "x", "y", "yes", "true", "ja", "jo", "oui", "vrai", "wahr"])
_NO = frozenset(("", *["0", "n", "no", "false", "nee", "non", "nein", "faux", "falsch"]))


class Field(StrEnum):
    """What a column can hold."""

    OLD_CODE = "old_code"
    CARD_NUMBER = "card_number"
    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    LANGUAGE = "language"
    CONSENT = "consent"
    CONSENT_ON = "consent_on"
    STAMPS = "stamps"
    POINTS = "points"
    ENROLLED_ON = "enrolled_on"
    LAST_ACTIVITY_ON = "last_activity_on"
    STORE = "store"


class DateOrder(StrEnum):
    """How dates are written that do not begin with the year."""

    ISO = "iso"  # all do
    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


class Refusal(StrEnum):
    """Why a row is not taken, beside `csv_reading.Wrong`."""

    NOBODY = "nobody"  # neither a code nor a person
    NOTHING = "nothing"  # it would change nothing
    TEXT_TOO_LONG = "text_too_long"
    CODE_INVALID = "code_invalid"
    NUMBER_INVALID = "number_invalid"
    CARD_UNKNOWN = "card_unknown"
    CARD_INACTIVE = "card_inactive"
    EMAIL_INVALID = "email_invalid"
    PHONE_INVALID = "phone_invalid"
    CONSENT_UNCLEAR = "consent_unclear"
    COUNT_INVALID = "count_invalid"
    BALANCE_FULL = "balance_full"
    NO_STAMPS = "no_stamps"
    NO_POINTS = "no_points"
    DATE_UNCLEAR = "date_unclear"
    DATE_TO_COME = "date_to_come"
    STORE_UNKNOWN = "store_unknown"
    CLASH = "import_clash"


class Refused(Exception):
    """The row cannot be taken."""

    def __init__(self, reason: Refusal | Wrong) -> None:
        super().__init__(reason)
        self.reason = reason


class Choice(Struct, frozen=True, kw_only=True):
    """What whoever imports has chosen: the column of each field, the order of dates, and the store of rows without."""

    columns: dict[Field, int]
    dates: DateOrder
    store: UUID


_HEADERS: Mapping[Field, str] = {
    Field.OLD_CODE: "old_code code cardcode oldcode barcode card_id kartencode altercode ancien_code code_barres",
    Field.CARD_NUMBER: "card_number cardnumber kartennummer numero_carte kaartenummer number nummer numero",
    Field.NAME: "name full_name customer kunde nom client kennnumm",
    Field.EMAIL: "email e_mail mail email_address e_mail_adresse courriel adresse_e_mail",
    Field.PHONE: "phone telephone mobile tel telefon handy telefoon portable gsm phone_number",
    Field.LANGUAGE: "language lang sprache langue sprooch",
    Field.CONSENT: "consent marketing opt_in einwilligung consentement newsletter",
    Field.CONSENT_ON: "consent_on consent_date opt_in_date einwilligung_am date_consentement",
    Field.STAMPS: "stamps stamp_count stempel tampons",
    Field.POINTS: "points points_balance balance punkte punktestand solde",
    Field.ENROLLED_ON: "enrolled_on created created_at joined registered erstellt inscrit_le date_inscription",
    Field.LAST_ACTIVITY_ON: "last_activity_on last_activity last_visit letzter_besuch derniere_visite",
    Field.STORE: "store shop filiale geschaeft magasin boutique",
}


def guessed(columns: Sequence[str]) -> dict[Field, int]:
    """The columns whose names say what they hold; the first of several that could."""
    known = {name: field for field, names in _HEADERS.items() for name in names.split()}
    found: dict[Field, int] = {}
    for place, column in enumerate(columns):
        field = known.get(_plain(column))
        if field is not None:
            found.setdefault(field, place)
    return found


@dataclass(frozen=True, slots=True)
class Rules:
    """What the values of rows depend on, at one time."""

    choice: Choice
    settings: Settings
    program: Program
    stores: Collection[Store]
    lookup: Key
    now: datetime


@dataclass(frozen=True, slots=True)
class Values:
    """A row that can be read, with its look-up hashes."""

    code_hmac: bytes | None
    code_as_number: bytes | None  # the look-up hash of a card number that reads like the code
    number_hmac: bytes | None
    name: str
    email: str | None
    phone: str | None
    contacts: Contacts
    language: str | None
    consent: bool
    consent_on: datetime | None
    stamps: int
    points: int
    enrolled_at: datetime
    active_at: datetime  # the last activity, or so much later that no balance lapses soon
    store_id: UUID

    @property
    def is_somebody(self) -> bool:
        """True if it names a person."""
        return bool(self.name or self.contacts.known)


def read(cells: Sequence[str], rules: Rules) -> Values:
    """The values of a row; raises `Refused`."""
    said = {field: cells[place] for field, place in rules.choice.columns.items()}
    for field, text in said.items():
        if field is not Field.NAME and is_mangled(text):
            raise Refused(Wrong.NUMBER_MANGLED)
    name = clean(said.get(Field.NAME, ""))
    if len(name) > NAME_CHARS_MAX:
        raise Refused(Refusal.TEXT_TOO_LONG)
    code = said.get(Field.OLD_CODE, "")
    email, phone = said.get(Field.EMAIL, ""), said.get(Field.PHONE, "")
    enrolled, active = _day(said, Field.ENROLLED_ON, rules), _day(said, Field.LAST_ACTIVITY_ON, rules)
    contacts = _contacts(email, phone, rules)
    return Values(
        code_hmac=_code(code, rules.lookup),
        code_as_number=_as_number(code, rules.lookup),
        number_hmac=_number(said.get(Field.CARD_NUMBER, ""), rules.lookup),
        name=name,
        email=sealing.normal_email(email),
        phone=sealing.normal_phone(phone, rules.settings.country) if phone else None,
        contacts=contacts,
        language=_language(said.get(Field.LANGUAGE, "")),
        consent=_consent(said),
        consent_on=_day(said, Field.CONSENT_ON, rules),
        stamps=_count(said.get(Field.STAMPS, ""), STAMPS_MAX, Refusal.NO_STAMPS, gives=rules.program.gives_stamps),
        points=_count(said.get(Field.POINTS, ""), POINTS_MAX, Refusal.NO_POINTS, gives=rules.program.gives_points),
        enrolled_at=enrolled or active or rules.now,
        active_at=_active_at(active or enrolled or rules.now, rules),
        store_id=_store(said.get(Field.STORE, ""), rules),
    )


def _code(text: str, lookup: Key) -> bytes | None:
    if not text:
        return None
    found = sealing.old_code_hmac(lookup, text)
    if found is None:
        raise Refused(Refusal.CODE_INVALID)
    return found


def _number(text: str, lookup: Key) -> bytes | None:
    found = _as_number(text, lookup)
    if text and found is None:
        raise Refused(Refusal.NUMBER_INVALID)
    return found


def _as_number(text: str, lookup: Key) -> bytes | None:
    match parse(text):
        case Number(digits=digits):
            return sealing.number_hmac(lookup, digits)
    return None


def _contacts(email: str, phone: str, rules: Rules) -> Contacts:
    found = Contacts(
        sealing.email_hmac(rules.lookup, email) if email else None,
        sealing.phone_hmac(rules.lookup, phone, rules.settings.country) if phone else None,
    )
    if email and found.email is None:
        raise Refused(Refusal.EMAIL_INVALID)
    if phone and found.phone is None:
        raise Refused(Refusal.PHONE_INVALID)
    return found


def _language(text: str) -> str | None:
    """The language if it is one that we speak; another one is as if none were given."""
    word = re.split(r"[-_]", text.lower(), maxsplit=1)[0]
    return word if word in LANGUAGES else None


def _consent(said: Mapping[Field, str]) -> bool:
    word = said.get(Field.CONSENT, "").casefold()
    if word not in _YES | _NO:
        raise Refused(Refusal.CONSENT_UNCLEAR)
    return word in _YES


def _count(text: str, most: int, none: Refusal, *, gives: bool) -> int:
    plain = _GROUPS.sub("", text)
    if not plain:
        return 0
    whole = _WHOLE.fullmatch(plain) if plain.isascii() else None
    if whole is None or len(whole[1]) > _DIGITS_MAX or int(whole[1]) > most:
        raise Refused(Refusal.COUNT_INVALID)
    count = int(whole[1])
    if count and not gives:
        raise Refused(none)
    return count


def _day(said: Mapping[Field, str], field: Field, rules: Rules) -> datetime | None:
    """The noon of a day in the company's zone, but not after now."""
    text = said.get(field, "")
    if not text:
        return None
    day = _date(text, rules.choice.dates)
    if day > rules.now.astimezone(rules.settings.zone).date():
        raise Refused(Refusal.DATE_TO_COME)
    return min(_noon(day, rules), rules.now)


def _date(text: str, order: DateOrder) -> date:
    found = _DATE.fullmatch(text)
    if found is None:
        raise Refused(Refusal.DATE_UNCLEAR)
    first, second, third = found.groups()
    if len(first) == 4:
        year, month, day = first, second, third
    elif order is DateOrder.ISO or len(third) != 4:
        raise Refused(Refusal.DATE_UNCLEAR)
    else:
        day, month = (first, second) if order is DateOrder.DAY_FIRST else (second, first)
        year = third
    try:
        found_day = date(int(year), int(month), int(day))
    except ValueError:
        raise Refused(Refusal.DATE_UNCLEAR) from None
    if found_day.year < _FIRST_YEAR:
        raise Refused(Refusal.DATE_UNCLEAR)
    return found_day


def _active_at(at: datetime, rules: Rules) -> datetime:
    zone, today = rules.settings.zone, rules.now.astimezone(rules.settings.zone).date()
    needed = last_day_kept(rules.program, today)
    if needed is None or at.astimezone(zone).date() >= needed:
        return at
    return min(_noon(needed, rules), rules.now)


def last_day_kept(program: Program, today: date) -> date | None:
    """The earliest day of a last activity with which no points lapse within 30 days; None if none ever do."""
    if not program.points_expire_after_days:
        return None
    return today + KEPT_AT_LEAST - timedelta(days=program.points_expire_after_days)


def _noon(day: date, rules: Rules) -> datetime:
    return datetime.combine(day, time(12), rules.settings.zone).astimezone(UTC)


def _store(text: str, rules: Rules) -> UUID:
    if not text:
        if all(one.id != rules.choice.store for one in rules.stores):  # it was closed meanwhile
            raise Refused(Refusal.STORE_UNKNOWN)
        return rules.choice.store
    found = matches(text, [(one.name, one.id) for one in rules.stores])
    if len(found) != 1:
        raise Refused(Refusal.STORE_UNKNOWN)
    return found[0]


def _plain(column: str) -> str:
    """A column's name without case, accents and signs."""
    letters = unicodedata.normalize("NFKD", column.casefold().replace("\u00e4", "ae"))
    kept = "".join(one for one in letters if not unicodedata.combining(one))
    return re.sub(r"[^a-z0-9]+", "_", kept).strip("_")
