"""What the counter's pages share: in which store who asks serves, who agrees, and where to go on."""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from loyalty.refusals import Refusal
from loyalty.texts import CONTACT_CHARS_MAX, NAME_CHARS_MAX
from server.companies import stores
from server.companies.stores import Store
from server.counter import desk, views
from server.counter.desk import Desk
from server.edge.asks import Ask
from server.edge.routes import Body
from server.pages.render import address
from server.refusals import Refused

PATH = "/office/{slug}/counter"

Code = Annotated[str, Field(max_length=4096)]
Contact = Annotated[str, Field(max_length=CONTACT_CHARS_MAX)]
FoundByWords = Annotated[str, Field(max_length=100)]


class Overridden(Body):
    """What a manager may have to agree to."""

    store: UUID
    card: UUID | None = None
    by: FoundByWords = ""
    manager: Annotated[str, Field(max_length=NAME_CHARS_MAX)] = ""
    pin: Annotated[str, Field(max_length=20, repr=False)] = ""


def agreed(ask: Ask) -> UUID | Refusal | None:
    """The manager who agrees, before anything is booked."""
    asked: Overridden = ask.body
    if not asked.manager or not asked.pin:
        return None
    return desk.override_checked(ask, asked.store, asked.manager, asked.pin)


def without_override(ask: Ask, store_id: UUID) -> Desk:
    """The desk without a manager who might have agreed."""
    return desk.at(replace(ask, ahead=None), store_id)


def desk_in(ask: Ask, store_id: UUID | None) -> Desk | None:
    """The desk in this store, that of the form, that chosen in the bar, or the only one; None before one is chosen."""
    store_id = store_id or _sent_store(ask)
    if store_id is None and ask.store_id is not None:
        if stores.by_id(ask.conn, ask.company_id, ask.store_id).is_closed:
            return None
        store_id = ask.store_id
    if store_id is not None:
        return desk.at(ask, store_id)
    mine = stores_of(ask)
    return desk.at(ask, mine[0].id) if len(mine) == 1 else None


def _sent_store(ask: Ask) -> UUID | None:
    """The store of a form in which another field is wrong."""
    try:
        return UUID(str((ask.form or {}).get("store", "")))
    except ValueError:
        return None


def stores_of(ask: Ask) -> list[Store]:
    """The open stores in which who asks may serve."""
    known = stores.listed(ask.conn, ask.company_id)
    return [one for one in known if ask.who.may_in(one.id) and not one.is_closed]


def currency_of(ask: Ask) -> str:
    assert ask.company is not None, "the path names a company"
    return ask.company.settings.currency


def place_at(ask: Ask, here: Desk, **query: Any) -> str:
    return address(PATH.format(**ask.path), at=None if here.store_id == ask.store_id else here.store_id, **query)


def said(ask: Ask, refused: tuple[Any, Refused] | None) -> tuple[Any, views.RefusalView] | None:
    if refused is None:
        return None
    place, no = refused
    if no.refusal is None:
        raise no
    return place, views.refused(no.refusal, ask.words)
