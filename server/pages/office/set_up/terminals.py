"""A company's tills: how each stands, pairing a new one beside them, and what is done to one under its row."""

from dataclasses import replace
from typing import Any, Literal
from uuid import UUID

from server.accounts.rights import Right
from server.cards import pools
from server.companies import stores
from server.db.units import UnitOfWork
from server.edge.asks import Ask
from server.edge.fields import Name, Version
from server.edge.lists import ROWS, PageQuery, paging
from server.edge.routes import Body, Page, Redirect, Route, Unit
from server.pages import forms, qr_codes
from server.pages.forms import Form
from server.refusals import ChangedMeanwhile, Refused
from server.terminals import contact_log, contacts, pairing, revocation, terminals
from server.terminals.contacts import State
from server.terminals.pairing import Offer
from server.terminals.terminals import Terminal

_PATH = "/office/{slug}/terminals"
_PAIR = _PATH + "/pairing"
Act = Literal["", "contact", "rename", "retire", "revoke"]


class Opened(PageQuery):
    """What is open on the page: the form of a row, or that of pairing."""

    open: UUID | None = None
    act: Act = ""
    wrong: bool = False  # the name typed to revoke was another one
    pair: bool = False
    done: UUID | None = None  # what was just renamed or signed off


class Rename(Body):
    name: Name
    version: Version


class Revoke(Body):
    name: str = ""


class NewOffer(Body):
    store_id: UUID
    name: Name


def listed(ask: Ask) -> Page:
    query: Opened = ask.query
    values: dict[str, Any] = {"opened": query.open, "act": query.act, "wrong": query.wrong}
    if query.open is not None and query.act == "rename":
        till = _own(ask, query.open)
        values["form"] = forms.stored(name=till.name, version=till.version)
    if query.open is not None and query.act == "contact":
        till = _own(ask, query.open)
        values["gaps"] = contact_log.gaps(ask.conn, ask.company_id, till.id)
    if query.done is not None:
        till = terminals.by_id(ask.conn, ask.company_id, query.done)
        values["done"] = till if ask.who.may_in(till.store_id) else None
    if query.pair and ask.who.may(Right.TERMINALS_CHANGE):
        values |= {"aside": "form", "pair_form": forms.stored(name="", store_id=ask.store_id)}
    return _page(ask, **values)


def rename(ask: Ask) -> Page | Redirect:
    before = _own(ask, ask.id("terminal_id"))
    if ask.errors:
        return _page(ask, opened=before.id, act="rename", form=forms.typed(ask))
    name, version = ask.body.name, ask.body.version
    try:
        after = terminals.rename(ask.conn, ask.company_id, before.id, name, version=version, now=ask.now)
    except ChangedMeanwhile:
        form = Form({"name": name, "version": before.version}, {"name": _changed_to(ask, before.name)})
        return _page(ask, 409, opened=before.id, act="rename", form=form)
    except Refused as no:
        return _page(ask, opened=before.id, act="rename", form=forms.refused(ask, no))
    ask.log("terminal_renamed", "terminal", after.id, before={"name": before.name}, after={"name": after.name})
    return Redirect(f"{_PATH.format(**ask.path)}?done={after.id}#t-{after.id}")


def retire(ask: Ask) -> Redirect:
    till = _own(ask, ask.id("terminal_id"))
    terminals.sign_off(ask.conn, ask.company_id, till.id, ask.now)
    ask.log("terminal_retired", "terminal", till.id, before={"name": till.name, "store": till.store})
    return Redirect(f"{_PATH.format(**ask.path)}?done={till.id}")


def revoke(ask: Ask) -> Redirect:
    path, till = _PATH.format(**ask.path), _own(ask, ask.id("terminal_id"), in_use=False)
    if ask.body is None or ask.body.name.strip() != till.name:
        return Redirect(f"{path}?open={till.id}&act=revoke&wrong=true#t-{till.id}")
    revocation.begin(ask.conn, ask.company_id, till.id, ask.now)
    ask.log("terminal_revoked", "terminal", till.id, before={"name": till.name, "store": till.store})
    return Redirect(f"{path}?done={till.id}")


def offer(ask: Ask) -> Page:
    """Answers with the code itself, as it is shown once and kept nowhere."""
    here = ask.installation
    if ask.errors:
        return _page_of_own(ask, aside="form", pair_form=forms.typed(ask))
    name, store_id = ask.body.name, ask.body.store_id
    ask.who.require_in(store_id)

    def noted(conn: UnitOfWork, offer_id: UUID) -> None:
        inside = ask.within(conn)
        inside.who.require_in(store_id)
        inside.log("pairing_offered", "terminal", offer_id, after={"name": name, "store": store_id})

    try:
        made, text = pairing.offer(here.units, here.keys, ask.company_id, store_id, name, now=ask.now, noted=noted)
    except Refused as no:
        return _page_of_own(ask, aside="form", pair_form=forms.refused(ask, no))
    address = f"orion-pair:{here.place.url}#{text}"
    return _page_of_own(ask, aside="offer", offer=made, code=text, qr=qr_codes.svg(address))


def offered(ask: Ask) -> Page:
    """What has become of a code: asked for by the page that shows it, every few seconds."""
    found = pairing.offered(ask.conn, ask.company_id, ask.id("offer_id"))
    ask.who.require_in(found.store_id)
    return _page(ask, aside="offer", offer=found)


def _page_of_own(ask: Ask, **values: Any) -> Page:
    """The page of a handler that began its own unit of work."""
    with ask.installation.units.read() as conn:
        return _page(replace(ask, unit=conn), **values)


def _page(ask: Ask, status: int = 200, **values: Any) -> Page:
    assert ask.company is not None, "it is in the path"
    settings = ask.company.settings
    found = contacts.standings(ask.conn, ask.company_id, ask.shown_stores, settings, ask.now)
    known = stores.listed(ask.conn, ask.company_id)
    places = [one for one in known if ask.who.may_in(one.id) and not one.is_closed]
    form: Form = values.get("form") or values.get("pair_form") or Form()
    offer: Offer | None = values.get("offer")
    query = _turned_to(ask, [one.id for one in found], values.get("opened"))
    rows = found[query.offset : query.offset + ROWS]
    shown: dict[str, Any] = {
        "tills": rows,
        "count": len(found),
        "paging_place": paging(query, len(rows), len(found)),
        "stores": places,
        "store_options": forms.store_options(ask, places),
        "server_url": ask.installation.place.url,
        "store_count": len({one.store_id for one in found}),
        "had_tills": not found and bool(terminals.listed(ask.conn, ask.company_id)),
        "in_touch": sum(one.state is State.IN_TOUCH for one in found),
        "waiting": sum(one.waiting or 0 for one in found if one.state is not State.IN_TOUCH),
        "kept_days": contact_log.KEPT_FOR.days,
        "blanks": pools.left(ask.conn, ask.company_id),
        "place": next((one.name for one in places if offer and one.id == offer.store_id), ""),
        "left": None if offer is None else offer.expires_at - ask.now,
        **dict.fromkeys(("opened", "done", "form", "gaps", "pair_form", "offer"), None),
        **dict.fromkeys(("act", "aside", "code", "qr"), ""),
        "wrong": False,
    }
    is_still = bool(values.get("aside") or values.get("act"))
    return Page("office/set_up/terminals.html", shown | values, status if status != 200 else form.status, is_still)


def _turned_to(ask: Ask, ids: list[UUID], opened: UUID | None) -> PageQuery:
    """The part of the list that was asked for, or that in which a row is open."""
    if opened in ids:
        return PageQuery(page=ids.index(opened) // ROWS + 1)
    return ask.query if isinstance(ask.query, PageQuery) else PageQuery()


def _own(ask: Ask, terminal_id: UUID, *, in_use: bool = True) -> Terminal:
    """A till in a store of who asks; one that is signed off can still be revoked."""
    return terminals.of_stores(ask.conn, ask.company_id, terminal_id, ask.who.store_ids, in_use=in_use)


def _changed_to(ask: Ask, name: str) -> str:
    said = ask.words.gettext("Somebody else has named it {name} in the meantime. Save again to keep yours.")
    return said.format(name=name)


ROUTES = (
    Route(
        method="GET",
        path=_PATH,
        right=Right.TERMINALS_READ,
        handler=listed,
        title="Terminals",
        query=Opened,
        is_live=True,
    ),
    Route(
        method="POST",
        path=_PATH + "/{terminal_id}/rename",
        right=Right.TERMINALS_CHANGE,
        handler=rename,
        title="Rename a terminal",
        body=Rename,
    ),
    Route(
        method="POST",
        path=_PATH + "/{terminal_id}/retire",
        right=Right.TERMINALS_CHANGE,
        handler=retire,
        title="Sign off a terminal",
    ),
    Route(
        method="POST",
        path=_PATH + "/{terminal_id}/revoke",
        right=Right.TERMINALS_CHANGE,
        handler=revoke,
        title="Revoke a terminal",
        body=Revoke,
        confirms=True,
    ),
    Route(
        method="POST",
        path=_PAIR,
        right=Right.TERMINALS_CHANGE,
        handler=offer,
        title="Pair a terminal",
        body=NewOffer,
        unit=Unit.OWN,
    ),
    Route(
        method="GET",
        path=_PAIR + "/{offer_id}",
        right=Right.TERMINALS_CHANGE,
        handler=offered,
        title="Pair a terminal",
    ),
)
