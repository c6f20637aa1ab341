"""What admins do about a company: suspend, resume, hand over, invite an owner, look as support."""

from server.accounts import invitations, ownership
from server.accounts.ownership import Former
from server.accounts.rights import Right
from server.companies import companies
from server.edge.asks import Ask
from server.edge.fields import Email, Name, Reason
from server.edge.routes import Body, Page, Redirect, Route, Unit
from server.pages import forms
from server.pages.admin.companies import as_owner, delivered, done
from server.pages.admin.company import PATH, overview_page
from server.refusals import Refused


class HandOver(Body):
    owner: Name
    email: Email
    former: Former


class Invite(Body):
    owner: Name
    email: Email


class Support(Body):
    reason: Reason


def suspend(ask: Ask) -> Redirect:
    return _suspended(ask, is_suspended=True)


def resume(ask: Ask) -> Redirect:
    return _suspended(ask, is_suspended=False)


def _suspended(ask: Ask, *, is_suspended: bool) -> Redirect:
    ownership.set_suspended(ask.conn, ask.company_id, ask.actor, is_suspended, ask.now)
    return done(ask.company_id, "suspended" if is_suspended else "resumed")


def hand_over(ask: Ask) -> Page | Redirect:
    if ask.errors:
        return overview_page(ask, "hand-over", forms.typed(ask))
    sent: HandOver = ask.body
    try:
        invitation = ownership.hand_over(
            ask.conn, ask.company_id, ask.actor, email=sent.email, name=sent.owner, former=sent.former, now=ask.now
        )
    except Refused as no:
        return overview_page(ask, "hand-over", as_owner(forms.refused(ask, no)))
    company = companies.by_id(ask.conn, ask.company_id)
    if invitation is None:
        return done(company.id, "handed-over")
    return delivered(ask, invitation, company, "handed-over")


def invite(ask: Ask) -> Page | Redirect:
    if ask.errors:
        return overview_page(ask, "invite", forms.typed(ask))
    try:
        invitation = invitations.invite_owner(
            ask.conn, ask.company_id, ask.actor, email=ask.body.email, name=ask.body.owner, now=ask.now
        )
    except Refused as no:
        return overview_page(ask, "invite", as_owner(forms.refused(ask, no)))
    return delivered(ask, invitation, companies.by_id(ask.conn, ask.company_id), "invited")


def support(ask: Ask) -> Page | Redirect:
    if ask.errors:
        return overview_page(ask, "support", forms.typed(ask))
    company = companies.by_id(ask.conn, ask.company_id)
    try:
        token = ask.begin_support(company, ask.body.reason)
    except Refused as no:
        return overview_page(ask, "support", forms.refused(ask, no))
    return Redirect(f"/office/{company.slug}", token)


ROUTES = (
    Route(method="POST", path=PATH + "/suspend", right=Right.PLATFORM, handler=suspend, title="Suspend the company"),
    Route(method="POST", path=PATH + "/resume", right=Right.PLATFORM, handler=resume, title="Resume the company"),
    Route(
        method="POST",
        path=PATH + "/hand-over",
        right=Right.PLATFORM,
        handler=hand_over,
        title="Hand the company over",
        body=HandOver,
        unit=Unit.COMPANY,
        confirms=True,
    ),
    Route(
        method="POST",
        path=PATH + "/invite",
        right=Right.PLATFORM,
        handler=invite,
        title="Invite an owner",
        body=Invite,
        confirms=True,
    ),
    Route(
        method="POST",
        path=PATH + "/support",
        right=Right.PLATFORM,
        handler=support,
        title="Begin a support view",
        body=Support,
        confirms=True,
    ),
)
