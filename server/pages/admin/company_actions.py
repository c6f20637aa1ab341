"""What admins do about a company: suspend, resume, hand over, invite an owner, look as support."""

from server.accounts import invitations, ownership, support_view
from server.accounts.ownership import Former
from server.accounts.rights import Right
from server.companies import companies
from server.edge.asks import Ask
from server.edge.fields import Email, Name, Reason
from server.edge.routes import Body, Page, Redirect, Route, Unit
from server.pages import forms
from server.pages.admin.companies import PATH as LIST
from server.pages.admin.company import PATH, overview_page
from server.pages.forms import Form
from server.refusals import Refused
from server.translations import Translator


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
    return _done(ask, "suspended" if is_suspended else "resumed")


def hand_over(ask: Ask) -> Page | Redirect:
    if ask.errors:
        return overview_page(ask, "hand-over", forms.typed(ask))
    sent: HandOver = ask.body
    try:
        invitation = ownership.hand_over(
            ask.conn, ask.company_id, ask.actor, email=sent.email, name=sent.owner, former=sent.former, now=ask.now
        )
    except Refused as no:
        return overview_page(ask, "hand-over", _owners(forms.refused(ask, no)))
    return _done(ask, "handed-over") if invitation is None else _delivered(ask, invitation, "handed-over")


def invite(ask: Ask) -> Page | Redirect:
    if ask.errors:
        return overview_page(ask, "invite", forms.typed(ask))
    try:
        invitation = invitations.invite_owner(
            ask.conn, ask.company_id, ask.actor, email=ask.body.email, name=ask.body.owner, now=ask.now
        )
    except Refused as no:
        return overview_page(ask, "invite", _owners(forms.refused(ask, no)))
    return _delivered(ask, invitation, "invited")


def support(ask: Ask) -> Page | Redirect:
    if ask.errors:
        return overview_page(ask, "support", forms.typed(ask))
    company = companies.by_id(ask.conn, ask.company_id)
    try:
        view = support_view.begin(
            ask.conn,
            ask.installation.keys,
            ask.who.session,
            company,
            reason=ask.body.reason,
            address=ask.address,
            words=lambda language: Translator(language or company.settings.languages[0]),
            can_mail=ask.installation.can_mail,
            now=ask.now,
        )
    except Refused as no:
        return overview_page(ask, "support", forms.refused(ask, no))
    return Redirect(f"/office/{company.slug}", view.token)


def _delivered(ask: Ask, invitation: invitations.Invitation, done: str) -> Page | Redirect:
    company, here = companies.by_id(ask.conn, ask.company_id), ask.installation
    link = invitations.deliver(
        ask.conn,
        here.keys,
        invitation,
        company=company,
        by=ask.who.email,
        words=Translator(company.settings.languages[0]),
        url=here.place.url,
        can_mail=here.can_mail,
        now=ask.now,
    )
    if link is None:
        return _done(ask, done)
    return Page("admin/link.html", {"email": invitation.email, "link": link, "company": company})


def _owners(form: Form) -> Form:
    """What is wrong with a person's name stands under the owner's field."""
    return Form(form.values, {"owner" if name == "name" else name: sentence for name, sentence in form.errors.items()})


def _done(ask: Ask, what: str) -> Redirect:
    return Redirect(f"{LIST}/{ask.company_id}?done={what}")


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
