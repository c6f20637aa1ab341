"""Signing in and out, and the first page of whoever has."""

from server.accounts import members, sessions, sign_in, support_view
from server.accounts.rights import Right
from server.edge.asks import Ask
from server.edge.fields import EMAIL_CHARS_MAX, Password
from server.edge.routes import Body, Page, Redirect, Route, Unit
from server.pages import forms
from server.pages.forms import TOP, Form
from server.refusals import No, Refused

_HOME = "/account/companies"


class SignIn(Body):
    email: str = ""
    password: Password
    next: str = ""


def asked(ask: Ask) -> Page | Redirect:
    to = _local(str(ask.query.next))
    if ask.asker is not None:
        return Redirect(to or "/")
    return _form_page(ask, forms.stored(next=to))


def signed_in(ask: Ask) -> Page | Redirect:
    if ask.errors:
        return _form_page(ask, forms.typed(ask))
    sent: SignIn = ask.body
    here = ask.installation
    try:
        began = sign_in.sign_in(
            here.units,
            here.keys,
            email=sent.email[:EMAIL_CHARS_MAX],
            password=sent.password,
            device=ask.device,
            address=ask.address,
            now=ask.now,
            former=ask.token,
        )
    except Refused as no:
        if no.reason is not No.SIGN_IN_FAILED:
            raise
        return _form_page(ask, forms.refused(ask, no))
    return Redirect(_local(sent.next) or "/", began.token)


def signed_out(ask: Ask) -> Redirect:
    sessions.end(ask.conn, ask.who.account_id, ask.who.session.id)
    return Redirect("/account/sign-in", "")


def left(ask: Ask) -> Redirect:
    view = ask.who.session.support
    ended = support_view.end(ask.conn, ask.who.session, address=ask.address, now=ask.now)
    return Redirect("/admin" if view is None else f"/admin/companies/{view.company_id}", ended.token)


def first(ask: Ask) -> Redirect:
    if ask.asker is None:
        return Redirect("/account/sign-in")
    found = members.companies_of(ask.conn, ask.who.account_id)
    if len(found) == 1 and not ask.who.session.is_admin:
        return Redirect(f"/office/{found[0].slug}")
    return Redirect("/admin" if ask.who.session.is_admin and not found else _HOME)


def companies(ask: Ask) -> Page:
    return Page("account/companies.html", {"found": members.companies_of(ask.conn, ask.who.account_id)})


def _form_page(ask: Ask, form: Form) -> Page:
    status = 401 if form.error(TOP) else form.status
    return Page("account/sign_in.html", {"form": form, "can_mail": ask.installation.can_mail}, status)


def _local(path: str) -> str:
    """A path on this server, or nothing: a link must not lead elsewhere after signing in."""
    is_ours = (
        path.startswith("/")
        and not path.startswith("//")
        and "\\" not in path
        and path.isascii()
        and path.isprintable()
    )
    return path if is_ours and not path.startswith("/account/sign-") else ""


class Next(Body):
    next: str = ""


ROUTES = (
    Route(method="GET", path="/", right=Right.ANYBODY, handler=first, title="The first page"),
    Route(method="GET", path="/account/sign-in", right=Right.ANYBODY, handler=asked, title="Sign in", query=Next),
    Route(
        method="POST",
        path="/account/sign-in",
        right=Right.ANYBODY,
        handler=signed_in,
        title="Sign in",
        body=SignIn,
        unit=Unit.OWN,
    ),
    Route(method="POST", path="/account/sign-out", right=Right.OWN_ACCOUNT, handler=signed_out, title="Sign out"),
    Route(
        method="POST",
        path="/account/support/leave",
        right=Right.OWN_ACCOUNT,
        handler=left,
        title="Leave the support view",
    ),
    Route(method="GET", path=_HOME, right=Right.OWN_ACCOUNT, handler=companies, title="Companies"),
)
