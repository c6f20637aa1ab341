"""A new customer at the counter: a blank card becomes theirs, or they get one for their phone."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from loyalty.texts import NAME_CHARS_MAX
from server.accounts.rights import Right
from server.cards.booking_asks import Newcomer
from server.counter import desk
from server.counter.desk import Desk
from server.counter.found_card_tokens import FoundBy, FoundCard
from server.edge.asks import Ask
from server.edge.routes import Body, Page, Redirect, Route
from server.pages import forms
from server.pages.counter_desk import PATH, Code, Contact, desk_in, place_at, stores_of
from server.pages.forms import Form
from server.refusals import Refused


class NewQuery(BaseModel):
    at: UUID | None = None  # the store, where none is chosen in the bar


class NewCustomer(Body):
    store: UUID
    code: Code = ""
    name: Annotated[str, Field(max_length=NAME_CHARS_MAX)] = ""
    email: Contact = ""
    phone: Contact = ""
    language: Annotated[str, Field(max_length=2)] = ""
    consent: bool = False


def new(ask: Ask) -> Page:
    return page(ask, desk_in(ask, ask.query.at), forms.stored())


def enrol(ask: Ask) -> Page | Redirect:
    typed: NewCustomer | None = ask.body
    if typed is None:
        return page(ask, desk_in(ask, None), forms.typed(ask))
    here = desk.at(ask, typed.store)
    assert ask.booking_id is not None, "the route books"
    said = typed.model_dump(exclude={"store"}) | {"language": typed.language or None}
    try:
        enrolled = here.enrol(ask.booking_id, Newcomer(**said))
    except Refused as no:
        return page(ask, here, forms.refused(ask, no))
    found = FoundCard(enrolled.booked.card.card.id, FoundBy.CODE)
    shown = {} if typed.code else {"code_shown": "true"}
    by = here.view(found).by
    return Redirect(place_at(ask, here, card=found.id, by=by, done=enrolled.booked.main.id, **shown))


def page(ask: Ask, here: Desk | None, form: Form) -> Page:
    values = {
        "here": here,
        "stores": stores_of(ask),
        "form": form,
        "is_blank_known": bool(form.value("code")),
    }
    return Page("office/counter_enrolment.html", values, form.status)


ROUTES = (
    Route(method="GET", path=PATH + "/new", right=Right.COUNTER, handler=new, title="New customer", query=NewQuery),
    Route(
        method="POST",
        path=PATH + "/new",
        right=Right.COUNTER,
        handler=enrol,
        title="New customer",
        body=NewCustomer,
        books=True,
    ),
)
