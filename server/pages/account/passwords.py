"""Passwords: one that is forgotten, one that a link sets, one that is changed. The link's own form uses it up."""

from typing import Any

from server.accounts import invitations, links, sign_in
from server.accounts.links import Link, LinkKind
from server.accounts.rights import Right
from server.companies import companies
from server.edge.asks import Ask
from server.edge.fields import Email, Password
from server.edge.routes import Body, Page, Redirect, Route, Unit
from server.pages import forms
from server.pages.forms import Form
from server.refusals import No, Refused


class Forgot(Body):
    email: Email


class Chosen(Body):
    password: Password


class Changed(Body):
    present_password: Password
    password: Password


def forgot(ask: Ask) -> Page:
    return _forgot_page(ask, forms.stored(email=""))


def sent(ask: Ask) -> Page:
    if ask.errors:
        return _forgot_page(ask, forms.typed(ask))
    here = ask.installation
    try:
        sign_in.request_reset(
            here.units,
            here.keys,
            email=ask.body.email,
            address=ask.address,
            words=ask.words,
            url=here.place.url,
            now=ask.now,
        )
    except Refused as no:
        if no.reason is not No.EMAIL_INVALID:
            raise
        return _forgot_page(ask, forms.refused(ask, no))
    return Page("account/sent.html", {"email": ask.body.email})


def link(ask: Ask) -> Page:
    return _link_page(ask, forms.stored())


def used(ask: Ask) -> Page | Redirect:
    if ask.errors:
        return _link_page(ask, forms.typed(ask))
    here, token = ask.installation, ask.path["token"]
    with here.units.read() as conn:
        kind = links.read(conn, token, ask.now).kind
    who: dict[str, Any] = {"device": ask.device, "address": ask.address, "now": ask.now}
    try:
        if kind is LinkKind.INVITATION:
            password = ask.body.password
            began = invitations.accept(here.units, here.keys, token=token, password=password, **who)
        else:
            began = sign_in.reset_password(here.units, here.keys, token=token, new=ask.body.password, **who)
    except Refused as no:
        if no.reason is No.LINK_INVALID:
            raise
        return _link_page(ask, _at_password(forms.refused(ask, no)))
    return Redirect("/", began.token)


def change(_ask: Ask) -> Page:
    return _change_page(forms.stored())


def changed(ask: Ask) -> Page | Redirect:
    if ask.errors:
        return _change_page(forms.typed(ask))
    here, typed = ask.installation, ask.body
    try:
        began = sign_in.change_password(
            here.units,
            here.keys,
            ask.who.session,
            password=typed.present_password,
            new=typed.password,
            address=ask.address,
            now=ask.now,
        )
    except Refused as no:
        form = forms.refused(ask, no)
        return _change_page(Form(form.values, {"present_password": form.error("")}) if form.error("") else form)
    return Redirect("/account/sessions?saved=password", began.token)


def _forgot_page(ask: Ask, form: Form) -> Page:
    return Page("account/forgot.html", {"form": form, "can_mail": ask.installation.can_mail}, form.status)


def _link_page(ask: Ask, form: Form) -> Page:
    with ask.installation.units.read() as conn:
        found = links.read(conn, ask.path["token"], ask.now)
        company = None if found.company_id is None else companies.by_id(conn, found.company_id)
        is_new = found.kind is LinkKind.RESET or invitations.needs_new_password(conn, found)
    values = {"form": form, "link": found, "of": company, "is_new": is_new, "is_invitation": _is_invitation(found)}
    return Page("account/link.html", values, form.status)


def _change_page(form: Form) -> Page:
    return Page("account/password.html", {"form": form}, form.status)


def _is_invitation(found: Link) -> bool:
    return found.kind is LinkKind.INVITATION


def _at_password(form: Form) -> Form:
    """The form with a sentence that belongs to no field under the password."""
    return Form(form.values, {name or "password": sentence for name, sentence in form.errors.items()})


ROUTES = (
    Route(method="GET", path="/account/forgot", right=Right.ANYBODY, handler=forgot, title="Forgot password"),
    Route(
        method="POST",
        path="/account/forgot",
        right=Right.ANYBODY,
        handler=sent,
        title="Forgot password",
        body=Forgot,
        unit=Unit.OWN,
    ),
    Route(method="GET", path="/account/links/{token}", right=Right.ANYBODY, handler=link, title="Choose a password"),
    Route(
        method="POST",
        path="/account/links/{token}",
        right=Right.ANYBODY,
        handler=used,
        title="Choose a password",
        body=Chosen,
        unit=Unit.OWN,
    ),
    Route(method="GET", path="/account/password", right=Right.OWN_ACCOUNT, handler=change, title="Change password"),
    Route(
        method="POST",
        path="/account/password",
        right=Right.OWN_ACCOUNT,
        handler=changed,
        title="Change password",
        body=Changed,
        unit=Unit.OWN,
    ),
)
