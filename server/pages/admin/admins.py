"""Who administers the platform: the list, an invitation, and taking it away."""

from typing import Literal
from uuid import UUID

from server.accounts import accounts, invitations, links
from server.accounts.rights import Right
from server.edge.asks import Ask
from server.edge.fields import Email
from server.edge.routes import Body, Page, Redirect, Route
from server.pages import forms
from server.pages.forms import Form
from server.refusals import Refused

PATH = "/admin/admins"


class Opened(Body):
    """Whom the page asks about, and what was done just now."""

    remove: UUID | None = None
    done: Literal["", "invited", "removed", "withdrawn"] = ""


class Invite(Body):
    email: Email


def listed(ask: Ask) -> Page:
    return _page(ask, forms.stored(email=""), ask.query)


def invite(ask: Ask) -> Page | Redirect:
    if ask.errors:
        return _page(ask, forms.typed(ask))
    try:
        invitation = invitations.invite_admin(ask.conn, ask.actor, ask.body.email, ask.now)
    except Refused as no:
        return _page(ask, forms.refused(ask, no))
    link = ask.deliver(invitation, None)
    if link is None:
        return Redirect(f"{PATH}?done=invited")
    return Page("admin/link.html", {"email": invitation.email, "link": link, "company": None})


def remove(ask: Ask) -> Page | Redirect:
    try:
        invitations.remove_admin(ask.conn, ask.actor, ask.id("account_id"), ask.now)
    except Refused as no:
        return _page(ask, forms.refused(ask, no))
    return Redirect(f"{PATH}?done=removed")


def withdraw(ask: Ask) -> Redirect:
    invitations.withdraw(ask.conn, None, ask.actor, ask.path["link_id"], ask.now)
    return Redirect(f"{PATH}?done=withdrawn")


def _page(ask: Ask, form: Form, opened: Opened | None = None) -> Page:
    known = accounts.admins(ask.conn)
    opened = opened or Opened()
    values = {
        "admins": known,
        "invited": links.invitations(ask.conn, None, ask.now),
        "asked": next((one for one in known if one.id == opened.remove), None),
        "done": opened.done,
        "form": form,
    }
    return Page("admin/admins.html", values, form.status)


ROUTES = (
    Route(method="GET", path=PATH, right=Right.PLATFORM, handler=listed, title="Admins", query=Opened),
    Route(
        method="POST",
        path=PATH,
        right=Right.PLATFORM,
        handler=invite,
        title="Invite an admin",
        body=Invite,
        confirms=True,
    ),
    Route(
        method="POST",
        path=PATH + "/{account_id}/remove",
        right=Right.PLATFORM,
        handler=remove,
        title="Remove an admin",
        confirms=True,
    ),
    Route(
        method="POST",
        path=PATH + "/invitations/{link_id}/withdraw",
        right=Right.PLATFORM,
        handler=withdraw,
        title="Withdraw an invitation",
    ),
)
