"""Who works in a company: the list, somebody new, and one person's work, PIN, account, unlocking and dismissal."""

from dataclasses import replace
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from loyalty import phrases as rules
from loyalty.refusals import Reason, Refusal
from loyalty.staff import Role
from server.accounts import colleagues, invitations, links
from server.accounts.invitations import Invitation
from server.accounts.members import Member
from server.accounts.rights import Right, Scope
from server.companies import staff, stores
from server.companies.staff import Newcomer
from server.edge.asks import Ask
from server.edge.fields import Email, Name, Version
from server.edge.lists import PageQuery, paging
from server.edge.routes import Body, Page, Redirect, Route, Unit
from server.pages import forms
from server.pages.forms import TOP, Form
from server.pages.role_names import ROLES
from server.refusals import ChangedMeanwhile, No, Refused
from server.terminals import contacts, terminals

_PATH = "/office/{slug}/staff"
_ONE = _PATH + "/{staff_id}"
Done = Literal["", "added", "invited", "work", "pin", "dismissed", "withdrawn"]


class Shown(PageQuery):
    """Which staff are listed, and what was done just now."""

    left: bool = False
    done: Done = ""


class Opened(BaseModel):
    """What is open on somebody's page, and what was done just now."""

    act: Literal["", "dismiss"] = ""
    done: Done = ""


class NewColleague(Body):
    name: Name
    role: Role = Role.CASHIER
    all_stores: bool = False
    store_ids: tuple[UUID, ...] = ()
    email: Email | None = None
    pin: Annotated[str, Field(max_length=20)] = ""


class Work(Body):
    name: Name
    role: Role
    all_stores: bool = False
    store_ids: tuple[UUID, ...] = ()
    version: Version


class NewPin(Body):
    pin: Annotated[str, Field(max_length=20)] = ""


class Invite(Body):
    email: Email


class Challenge(Body):
    terminal_id: UUID
    challenge: Annotated[str, Field(max_length=20)] = ""


def listed(ask: Ask) -> Page:
    query: Shown = ask.query
    everybody = colleagues.listed(ask.conn, _member(ask), ask.shown_stores)
    present = [one for one in everybody if one.colleague.active]
    found = [one for one in everybody if not one.colleague.active] if query.left else present
    rows = found[query.offset : query.offset + 25]
    may_invite = ask.who.may(Right.STAFF_CHANGE)
    values = {
        "people": rows,
        "place": paging(query, len(rows), len(found)),
        "present": len(present),
        "former": len(everybody) - len(present),
        "left": query.left,
        "done": query.done,
        "invitations": [one for one in _invitations(ask) if _is_of(one, ask.shown_stores)] if may_invite else [],
        "role_names": _role_names(ask),
    }
    return Page("office/set_up/staff.html", values)


def pin_changes(ask: Ask) -> Page:
    query: PageQuery = ask.query
    found = staff.pins(ask.conn, ask.company_id, ask.shown_stores)
    rows = [(one, _why(ask, one.reason)) for one in found[query.offset : query.offset + 25]]
    return Page("office/set_up/pin_changes.html", {"changes": rows, "place": paging(query, len(rows), len(found))})


def new(ask: Ask) -> Page:
    return _new_page(ask, forms.stored(role="cashier", name="", email="", pin="", store_ids=[], all_stores=False))


def create(ask: Ask) -> Page | Redirect:
    """Hires who gets a PIN; who gets an invitation alone begins when they accept it."""
    typed = ask.body
    if ask.errors:
        return _new_page(ask, forms.typed(ask))
    store_ids = None if typed.all_stores else frozenset(typed.store_ids)
    if store_ids is not None and not store_ids:
        return _new_page(ask, Form(forms.typed(ask).values, {"store_ids": _no_store(ask)}))
    here, link = ask.installation, None
    try:
        newcomer = None if typed.email is not None and not typed.pin else _newcomer(ask, typed)
        with here.units.write(ask.company_id) as conn:
            inside = ask.within(conn)
            if newcomer is not None:
                colleagues.hire(conn, _member(inside), ask.actor, newcomer=newcomer, store_ids=store_ids, now=ask.now)
            if typed.email is not None:
                link = inside.deliver(_invited(inside, typed, store_ids, newcomer), ask.company, by=_member(ask).name)
    except Refused as no:
        return _new_page(ask, forms.refused(ask, no))
    if link is not None:
        return Page("office/set_up/invitation.html", {"link": link, "name": typed.name, "email": typed.email})
    return Redirect(f"{_PATH.format(**ask.path)}?done={'added' if typed.email is None else 'invited'}")


def _newcomer(ask: Ask, typed: NewColleague) -> Newcomer:
    """Somebody new, with the PIN typed, or with none."""
    assert ask.company is not None, "it is in the path"
    pepper = ask.installation.keys.company(ask.company_id).pepper
    if not typed.pin:
        return staff.without_pin(typed.name, typed.role, pepper)
    return staff.newcomer(typed.name, typed.role, typed.pin, ask.company.settings, pepper)


def _invited(ask: Ask, typed: NewColleague, store_ids: frozenset[UUID] | None, newcomer: Newcomer | None) -> Invitation:
    assert typed.email is not None, "there is somebody to invite"
    by, actor, now = _member(ask), ask.actor, ask.now
    if newcomer is not None:
        return invitations.invite_colleague(ask.conn, by, actor, staff_id=newcomer.id, email=typed.email, now=now)
    ids = None if store_ids is None else sorted(store_ids)
    return invitations.invite(
        ask.conn, by, actor, email=typed.email, name=typed.name, role=typed.role, store_ids=ids, now=now
    )


def shown(ask: Ask) -> Page:
    query: Opened = ask.query
    return _person_page(ask, act=query.act, done=query.done)


def change_work(ask: Ask) -> Page | Redirect:
    staff_id = ask.id("staff_id")
    if ask.errors:
        return _person_page(ask, work=forms.typed(ask))
    typed: Work = ask.body
    store_ids = None if typed.all_stores else frozenset(typed.store_ids)
    if store_ids is not None and not store_ids:
        return _person_page(ask, work=Form(forms.typed(ask).values, {"store_ids": _no_store(ask)}))
    try:
        colleagues.change(
            ask.conn,
            _member(ask),
            ask.actor,
            staff_id=staff_id,
            version=typed.version,
            name=typed.name,
            role=typed.role,
            store_ids=store_ids,
            now=ask.now,
        )
    except ChangedMeanwhile as stale:
        said = ask.words.gettext("Somebody else has changed this in the meantime. Please look at it again.")
        form = Form(dict(forms.typed(ask).values) | {"version": stale.present["version"]}, {TOP: said})
        return _person_page(ask, 409, work=form)
    except Refused as no:
        return _person_page(ask, work=forms.refused(ask, no))
    return Redirect(f"{_ONE.format(**ask.path)}?done=work#work")


def set_pin(ask: Ask) -> Page | Redirect:
    """Hashes the PIN before the company's lock is taken."""
    here, staff_id = ask.installation, ask.id("staff_id")
    assert ask.company is not None, "it is in the path"
    pepper = here.keys.company(ask.company_id).pepper
    try:
        verifier = staff.pin_verifier(staff_id, "" if ask.errors else ask.body.pin, ask.company.settings, pepper)
        with here.units.write(ask.company_id) as conn:
            colleagues.set_pin(
                conn, _member(ask.within(conn)), ask.actor, staff_id=staff_id, verifier=verifier, now=ask.now
            )
    except Refused as no:
        if no.reason is not No.PIN_REFUSED:
            raise
        with here.units.read() as conn:
            return _person_page(replace(ask, unit=conn), pin=forms.refused(ask, no))
    return Redirect(f"{_ONE.format(**ask.path)}?done=pin#set-pin")


def invite(ask: Ask) -> Page | Redirect:
    if ask.errors:
        return _person_page(ask, invitation=forms.typed(ask))
    person = colleagues.found(ask.conn, _member(ask), ask.who.store_ids, ask.id("staff_id"))
    try:
        made = invitations.invite_colleague(
            ask.conn, _member(ask), ask.actor, staff_id=person.colleague.id, email=ask.body.email, now=ask.now
        )
    except Refused as no:
        return _person_page(ask, invitation=forms.refused(ask, no))
    link = ask.deliver(made, ask.company, by=_member(ask).name)
    if link is not None:
        return Page("office/set_up/invitation.html", {"link": link, "name": person.colleague.name, "email": made.email})
    return Redirect(f"{_ONE.format(**ask.path)}?done=invited#account")


def unlock(ask: Ask) -> Page:
    """Answers with the digits to read out, as they are kept nowhere."""
    if ask.errors:
        return _person_page(ask, unlocking=forms.typed(ask))
    till = terminals.of_stores(ask.conn, ask.company_id, ask.body.terminal_id, ask.who.store_ids)
    try:
        digits = colleagues.unlock(
            ask.conn,
            ask.installation.keys,
            _member(ask),
            ask.actor,
            staff_id=ask.id("staff_id"),
            till=till.name,
            challenge=ask.body.challenge,
            now=ask.now,
        )
    except Refused as no:
        return _person_page(ask, unlocking=forms.refused(ask, no))
    return _person_page(ask, answer=f"{digits[:4]} {digits[4:]}", answer_till=till.name)


def dismiss(ask: Ask) -> Page | Redirect:
    try:
        colleagues.dismiss(ask.conn, _member(ask), ask.actor, staff_id=ask.id("staff_id"), now=ask.now)
    except Refused as no:
        return _person_page(ask, act="dismiss", dismissal=forms.refused(ask, no))
    return Redirect(f"{_PATH.format(slug=ask.path['slug'])}?done=dismissed")


def withdraw(ask: Ask) -> Redirect:
    invitations.withdraw_own(ask.conn, _member(ask), ask.actor, ask.path["link_id"], ask.now)
    return Redirect(f"{_PATH.format(slug=ask.path['slug'])}?done=withdrawn")


def _new_page(ask: Ask, form: Form) -> Page:
    if ask.unit is None:
        with ask.installation.units.read() as conn:
            return _new_page(replace(ask, unit=conn), form)
    values = _choices(ask) | {"form": form, "pin_rule": _pin_rule(ask), "can_mail": ask.installation.can_mail}
    return Page("office/set_up/colleague_new.html", values, form.status)


def _person_page(ask: Ask, status: int = 200, **values: Any) -> Page:
    assert ask.company is not None, "it is in the path"
    person = colleagues.found(ask.conn, _member(ask), ask.who.store_ids, ask.id("staff_id"))
    one = person.colleague
    tills = contacts.standings(ask.conn, ask.company_id, ask.who.store_ids, ask.company.settings, ask.now)
    ids = [] if one.store_ids is None else [str(each) for each in one.store_ids]
    given: dict[str, Any] = {
        "work": forms.stored(
            name=one.name,
            role=one.role.value,
            store_ids=ids,
            all_stores=one.store_ids is None,
            version=one.version,
        ),
        "pin": Form(),
        "invitation": forms.stored(email=""),
        "unlocking": Form(),
        "dismissal": Form(),
        **dict.fromkeys(("act", "done", "answer", "answer_till"), ""),
    } | values
    wrong = any(isinstance(form, Form) and form.errors for form in given.values())
    shown: dict[str, Any] = {
        "person": person,
        "one": one,
        "tills": [(till.id, f"{till.name}, {till.store}") for till in tills],
        "pin_rule": _pin_rule(ask),
        "can_mail": ask.installation.can_mail,
        "waiting": next((link for link in _invitations(ask) if link.staff_id == one.id), None),
        "role_names": _role_names(ask),
    }
    status = 422 if wrong and status == 200 else status
    return Page("office/set_up/colleague.html", shown | _choices(ask) | given, status)


def _choices(ask: Ask) -> dict[str, Any]:
    """The roles and stores that who asks may give somebody."""
    is_all = ask.who.scope is not Scope.CASHIERS
    names = _role_names(ask)
    roles = [Role.CASHIER, Role.MANAGER, Role.OWNER] if is_all else [Role.CASHIER]
    mine = _member(ask).store_ids
    places = [one for one in stores.listed(ask.conn, ask.company_id) if mine is None or one.id in mine]
    return {
        "role_options": [(role.value, names[role.value]) for role in roles],
        "store_options": [(str(one.id), forms.store_name(ask, one)) for one in places],
        "may_all_stores": mine is None,
    }


def _is_of(link: links.Link, store_ids: frozenset[UUID] | None) -> bool:
    """True if who is invited works in one of these stores."""
    return store_ids is None or link.store_ids is None or not store_ids.isdisjoint(link.store_ids)


def _invitations(ask: Ask) -> list[links.Link]:
    """Those that are not accepted yet and that who asks could have made."""
    found = links.invitations(ask.conn, ask.company_id, ask.now)
    by = _member(ask)
    return [one for one in found if invitations.may_make(by, one)]


def _pin_rule(ask: Ask) -> str:
    """What a PIN has to be like."""
    assert ask.company is not None, "it is in the path"
    count = ask.company.settings.pin_length
    said = ask.words.ngettext(
        "{n} digit; neither all the same, as 1111, nor counting, as 1234.",
        "{n} digits; neither all the same, as 1111, nor counting, as 1234.",
        count,
    )
    return said.format(n=count)


def _why(ask: Ask, reason: str | None) -> str:
    return "" if reason is None else rules.refusal(Refusal(Reason(reason)), ask.words)


def _no_store(ask: Ask) -> str:
    return ask.words.gettext("Please choose at least one store.")


def _role_names(ask: Ask) -> dict[str, str]:
    return {role.value: ask.words.gettext(name) for role, name in ROLES.items()}


def _member(ask: Ask) -> Member:
    assert ask.who.member is not None, "the path names a company"
    return ask.who.member


def _change(path: str, handler: Any, title: str, body: type[Body] | None = None, **more: Any) -> Route:
    return Route(method="POST", path=path, right=Right.STAFF_CHANGE, handler=handler, title=title, body=body, **more)


ROUTES = (
    Route(method="GET", path=_PATH, right=Right.STAFF_READ, handler=listed, title="Staff", query=Shown),
    Route(
        method="GET",
        path=_PATH + "/pins",
        right=Right.STAFF_READ,
        handler=pin_changes,
        title="PIN changes",
        query=PageQuery,
    ),
    Route(method="GET", path=_PATH + "/new", right=Right.STAFF_CHANGE, handler=new, title="Somebody new"),
    _change(_PATH + "/new", create, "Somebody new", NewColleague, unit=Unit.OWN, confirms=True),
    _change(_PATH + "/invitations/{link_id}/withdraw", withdraw, "Take an invitation back"),
    Route(method="GET", path=_ONE, right=Right.STAFF_READ, handler=shown, title="Somebody", query=Opened),
    _change(_ONE + "/work", change_work, "Role and stores", Work, confirms=True),
    _change(_ONE + "/pin", set_pin, "PIN", NewPin, unit=Unit.OWN),
    _change(_ONE + "/invite", invite, "Invite to the office", Invite, confirms=True),
    _change(_ONE + "/unlock", unlock, "Unlock at a till", Challenge),
    _change(_ONE + "/dismiss", dismiss, "Dismiss"),
)
