"""A company's stores: the list, a new one, and one to rename."""

from dataclasses import replace

from server.accounts.rights import Right
from server.companies import stores
from server.edge.asks import Ask
from server.edge.fields import Name, Version
from server.edge.routes import Body, Page, Redirect, Route
from server.pages import forms
from server.pages.forms import Form
from server.refusals import ChangedMeanwhile, Refused

_PATH = "/office/{slug}/stores"


class NewStore(Body):
    name: Name


class StoreEdit(Body):
    name: Name
    version: Version


def listed(ask: Ask) -> Page:
    return Page("office/set_up/stores.html", {"stores": stores.listed(ask.conn, ask.company_id)})


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
    return Redirect(_PATH.format(**ask.path))


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
    return Redirect(_PATH.format(**ask.path))


def _form_page(form: Form, store: stores.Store | None = None) -> Page:
    return Page("office/set_up/store.html", {"form": form, "store": store}, form.status)


ROUTES = (
    Route(method="GET", path=_PATH, right=Right.SETUP_READ, handler=listed, title="Stores"),
    Route(method="GET", path=_PATH + "/new", right=Right.SETUP_CHANGE, handler=new, title="New store"),
    Route(
        method="POST", path=_PATH + "/new", right=Right.SETUP_CHANGE, handler=create, title="New store", body=NewStore
    ),
    Route(method="GET", path=_PATH + "/{store_id}", right=Right.SETUP_CHANGE, handler=shown, title="Store"),
    Route(
        method="POST",
        path=_PATH + "/{store_id}",
        right=Right.SETUP_CHANGE,
        handler=edit,
        title="Store",
        body=StoreEdit,
    ),
)
