"""A company's stores: the list, a new one, and one to rename or close."""

from dataclasses import replace
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from server.accounts.rights import Right
from server.companies import staff, stores
from server.edge.asks import Ask
from server.edge.fields import Name, Version
from server.edge.routes import Body, Page, Redirect, Route
from server.figures import card_counts
from server.pages import forms
from server.pages.forms import Form
from server.refusals import ChangedMeanwhile, Refused

_PATH = "/office/{slug}/stores"
_ONE = _PATH + "/{store_id}"


class Shown(BaseModel):
    """What was done just now, to which store."""

    done: Literal["", "created", "renamed", "closed", "reopened"] = ""
    one: UUID | None = None


class NewStore(Body):
    name: Name


class StoreEdit(Body):
    name: Name
    version: Version


def listed(ask: Ask) -> Page:
    known = stores.listed(ask.conn, ask.company_id)
    changed = next((one for one in known if one.id == ask.query.one), None)
    return Page("office/set_up/stores.html", {"stores": known, "done": ask.query.done, "changed": changed})


def new(ask: Ask) -> Page:
    return _form_page(forms.stored(name=""))


def create(ask: Ask) -> Page | Redirect:
    if ask.errors:
        return _form_page(forms.typed(ask))
    try:
        store = stores.create(ask.conn, ask.company_id, ask.body.name, ask.now)
    except Refused as no:
        return _form_page(forms.refused(ask, no))
    ask.log("store_created", "store", store.id, after={"name": store.name})
    return _done(ask, "created", store.id)


def shown(ask: Ask) -> Page:
    store = stores.by_id(ask.conn, ask.company_id, ask.id("store_id"))
    return _form_page(forms.stored(name=store.name, version=store.version), store)


def edit(ask: Ask) -> Page | Redirect:
    store = stores.by_id(ask.conn, ask.company_id, ask.id("store_id"))
    if ask.errors:
        return _form_page(forms.typed(ask), store)
    try:
        renamed = stores.rename(
            ask.conn, ask.company_id, store.id, ask.body.name, version=ask.body.version, now=ask.now
        )
    except ChangedMeanwhile:
        said = ask.words.gettext("Somebody else has named it {name} in the meantime. Save again to keep yours.")
        values = {"name": ask.body.name, "version": store.version}
        return replace(_form_page(Form(values, {"name": said.format(name=store.name)}), store), status=409)
    except Refused as no:
        return _form_page(forms.refused(ask, no), store)
    ask.log("store_renamed", "store", store.id, before={"name": store.name}, after={"name": renamed.name})
    return _done(ask, "renamed", store.id)


def asked(ask: Ask) -> Page:
    """Asks before a store is closed, or says which tills stand in the way."""
    store = stores.open_one(ask.conn, ask.company_id, ask.id("store_id"))
    values = {
        "store": store,
        "tills": stores.tills(ask.conn, ask.company_id, store.id),
        "cards": card_counts.by_store(ask.conn, ask.company_id).get(store.id, 0),
        "people": staff.only_in(ask.conn, ask.company_id, store.id),
    }
    return Page("office/set_up/store_close.html", values)


def close(ask: Ask) -> Redirect:
    store = stores.close(ask.conn, ask.company_id, ask.id("store_id"), ask.now)
    ask.log("store_closed", "store", store.id, before={"name": store.name})
    return _done(ask, "closed", store.id)


def reopen(ask: Ask) -> Redirect:
    store = stores.reopen(ask.conn, ask.company_id, ask.id("store_id"), ask.now)
    ask.log("store_reopened", "store", store.id, after={"name": store.name})
    return _done(ask, "reopened", store.id)


def _done(ask: Ask, what: str, store_id: UUID) -> Redirect:
    return Redirect(f"{_PATH.format(slug=ask.path['slug'])}?done={what}&one={store_id}")


def _form_page(form: Form, store: stores.Store | None = None) -> Page:
    return Page("office/set_up/store.html", {"form": form, "store": store}, form.status)


ROUTES = (
    Route(method="GET", path=_PATH, right=Right.SETUP_READ, handler=listed, title="Stores", query=Shown),
    Route(method="GET", path=_PATH + "/new", right=Right.SETUP_CHANGE, handler=new, title="New store"),
    Route(
        method="POST", path=_PATH + "/new", right=Right.SETUP_CHANGE, handler=create, title="New store", body=NewStore
    ),
    Route(method="GET", path=_ONE, right=Right.SETUP_CHANGE, handler=shown, title="Store"),
    Route(
        method="POST",
        path=_ONE,
        right=Right.SETUP_CHANGE,
        handler=edit,
        title="Store",
        body=StoreEdit,
    ),
    Route(method="GET", path=_ONE + "/close", right=Right.SETUP_CHANGE, handler=asked, title="Close a store"),
    Route(method="POST", path=_ONE + "/close", right=Right.SETUP_CHANGE, handler=close, title="Close a store"),
    Route(method="POST", path=_ONE + "/reopen", right=Right.SETUP_CHANGE, handler=reopen, title="Reopen a store"),
)
