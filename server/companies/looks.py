"""What a company looks like to its customers: its colour, name, promise, stamp picture and logo.

It fills the customers' own pages and passes; in the office only the logo stands, beside the company's name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, insert, select, update

from loyalty.texts import clean
from resources.colours import LIGHT
from server.companies import companies
from server.companies.colours import Shade, shade
from server.companies.logos import Logo
from server.db.lookups import Query
from server.db.units import next_version
from server.db.work_tables import looks
from server.refusals import ChangedMeanwhile, No, Refused

NAME_CHARS_MAX = 40
PROMISE_CHARS_MAX = 60
COLOUR = r"^#[0-9A-Fa-f]{6}$"
_MARK = Query(select(looks.c.logo_mark).where(looks.c.company_id == bindparam("company")))


class StampPicture(StrEnum):
    """What a stamp shows, by the name of its icon."""

    COFFEE = "coffee"
    CROISSANT = "croissant"
    CAKE = "cake-slice"
    ICE_CREAM = "ice-cream-cone"
    PIZZA = "pizza"
    SANDWICH = "sandwich"
    SALAD = "salad"
    BEER = "beer"
    WINE = "wine"
    FLOWER = "flower-2"
    SCISSORS = "scissors"
    SHIRT = "shirt"
    BOOK = "book-open"
    BAG = "shopping-bag"
    STAR = "star"


class LogoSize(StrEnum):
    """The logo as it was sent, at most 1,024 px wide and high, or small and square."""

    PICTURE = "picture"
    ICON = "icon"


@dataclass(frozen=True, slots=True)
class Look:
    """A company's look. *promises* are by language, and may be missing."""

    name: str
    chosen_name: str  # empty if it is the company's own
    colour: str  # as chosen
    stamp: StampPicture
    promises: Mapping[str, str]
    logo: str | None  # the mark of the logo; None: there is none
    version: int

    @property
    def shade(self) -> Shade:
        """The colour as it is shown, with the text that reads on it."""
        return shade(self.colour)


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose, but for the logo; an empty name is the company's own."""

    name: str
    colour: str
    stamp: StampPicture
    promises: Mapping[str, str]


def of_company(conn: Connection, company_id: UUID) -> Look:
    """The company's look; what was not chosen has a default."""
    own = own_name(conn, company_id)
    columns = (looks.c.name, looks.c.colour, looks.c.stamp, looks.c.promises, looks.c.logo_mark, looks.c.version)
    row = conn.execute(select(*columns).where(looks.c.company_id == company_id)).one_or_none()
    if row is None:
        return Look(own, "", LIGHT.night, StampPicture.COFFEE, {}, None, 0)
    stamp = StampPicture(row.stamp)
    return Look(row.name or own, row.name, row.colour, stamp, row.promises, row.logo_mark, row.version)


def own_name(conn: Connection, company_id: UUID) -> str:
    """The company's name, as long as a card has room for."""
    return companies.by_id(conn, company_id).name[:NAME_CHARS_MAX].strip()


def change(
    conn: Connection, company_id: UUID, choice: Choice, *, version: int, now: datetime
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Changes all but the logo; returns what differs, before and after. Refuses an edit of an older *version*."""
    before = _seen(conn, company_id, version)
    values = {
        "name": clean(choice.name),
        "colour": choice.colour.upper(),
        "stamp": choice.stamp.value,
        "promises": {language: kept for language, text in sorted(choice.promises.items()) if (kept := clean(text))},
    }
    _write(conn, company_id, before, values, now)
    return _differences(shown(before), shown(of_company(conn, company_id)))


def set_logo(conn: Connection, company_id: UUID, logo: Logo | None, *, version: int, now: datetime) -> Look:
    """Sets the logo, or takes it away. Refuses an edit of an older *version*."""
    before = _seen(conn, company_id, version)
    values: dict[str, Any] = {"logo_mark": None, "logo": None, "logo_icon": None}
    if logo is not None:
        values = {"logo_mark": logo.mark, "logo": logo.picture, "logo_icon": logo.icon}
    _write(conn, company_id, before, values, now)
    return of_company(conn, company_id)


def logo(conn: Connection, company_id: UUID, size: LogoSize) -> tuple[bytes, str]:
    """The logo as PNG, with its mark."""
    column = looks.c.logo if size is LogoSize.PICTURE else looks.c.logo_icon
    row = conn.execute(select(column, looks.c.logo_mark).where(looks.c.company_id == company_id)).one_or_none()
    if row is None or row.logo_mark is None:
        raise Refused(No.LOGO_UNKNOWN)
    return bytes(row[0]), row.logo_mark


def logo_mark(conn: Connection, company_id: UUID) -> str | None:
    """The mark of the company's logo; None if it has none. Every page of the office asks for it."""
    row = _MARK.first(conn, company=company_id)
    return None if row is None else row.logo_mark


def shown(look: Look) -> dict[str, Any]:
    """The look as values, for answers and the audit log."""
    values = {"name": look.name, "colour": look.colour, "stamp": look.stamp.value, "promises": dict(look.promises)}
    return values | {"logo": look.logo, "version": look.version}


def _seen(conn: Connection, company_id: UUID, version: int) -> Look:
    present = of_company(conn, company_id)
    if present.version != version:
        raise ChangedMeanwhile(shown(present))
    return present


def _write(conn: Connection, company_id: UUID, before: Look, values: dict[str, Any], now: datetime) -> None:
    values = values | {"version": next_version(conn, company_id), "updated_at": now}
    if before.version:
        conn.execute(update(looks).where(looks.c.company_id == company_id).values(values))
        return
    first: dict[str, Any] = {
        "name": "",
        "colour": before.colour,
        "stamp": before.stamp.value,
        "promises": {},
        "created_at": now,
    }
    conn.execute(insert(looks).values({"company_id": company_id} | first | values))


def _differences(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    changed = [name for name in after if name != "version" and before[name] != after[name]]
    return {name: before[name] for name in changed}, {name: after[name] for name in changed}
