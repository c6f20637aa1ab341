"""One company as an admin sees it, and what an admin does about it: suspend, resume, hand over, look as support."""

from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfoNotFoundError

from loyalty.program import Program
from server.accounts import invitations, links, ownership, support_view
from server.accounts.ownership import Former
from server.accounts.rights import Right
from server.companies import choices, companies, programs, setting_words, stores
from server.companies.choices import Kind, Setting
from server.companies.companies import Company
from server.edge.asks import Ask
from server.edge.fields import Email, Name, Reason
from server.edge.routes import Body, Page, Redirect, Route, Unit
from server.figures import overview, stats
from server.figures.stats import Span
from server.pages import forms
from server.pages.admin.companies import PATH as LIST
from server.pages.formats import Formats
from server.pages.forms import Form
from server.refusals import Refused
from server.terminals import contacts
from server.translations import Translator

PATH = LIST + "/{company_id}"
_VERSIONS_SHOWN = 4
_TILLS_SHOWN = 12
Act = Literal["", "suspend", "resume", "hand-over", "support", "invite"]


class Opened(Body):
    """The form that is open on the page, and what was done just now."""

    open: Act = ""
    done: Literal["", "created", "suspended", "resumed", "handed-over", "invited"] = ""


class HandOver(Body):
    owner: Name
    email: Email
    former: Former


class Invite(Body):
    owner: Name
    email: Email


class Support(Body):
    reason: Reason


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the program with its place in time."""

    program: Program
    until: Any
    is_in_force: bool
    is_scheduled: bool


def shown(ask: Ask) -> Page:
    return _page(ask, ask.query.open, forms.stored(former=Former.MANAGERS.value))


def suspend(ask: Ask) -> Redirect:
    return _suspended(ask, is_suspended=True)


def resume(ask: Ask) -> Redirect:
    return _suspended(ask, is_suspended=False)


def _suspended(ask: Ask, *, is_suspended: bool) -> Redirect:
    ownership.set_suspended(ask.conn, ask.company_id, ask.actor, is_suspended, ask.now)
    return _done(ask, "suspended" if is_suspended else "resumed")


def hand_over(ask: Ask) -> Page | Redirect:
    if ask.errors:
        return _page(ask, "hand-over", forms.typed(ask))
    sent: HandOver = ask.body
    try:
        invitation = ownership.hand_over(
            ask.conn, ask.company_id, ask.actor, email=sent.email, name=sent.owner, former=sent.former, now=ask.now
        )
    except Refused as no:
        return _page(ask, "hand-over", _owners(forms.refused(ask, no)))
    return _done(ask, "handed-over") if invitation is None else _delivered(ask, invitation, "handed-over")


def invite(ask: Ask) -> Page | Redirect:
    if ask.errors:
        return _page(ask, "invite", forms.typed(ask))
    try:
        invitation = invitations.invite_owner(
            ask.conn, ask.company_id, ask.actor, email=ask.body.email, name=ask.body.owner, now=ask.now
        )
    except Refused as no:
        return _page(ask, "invite", _owners(forms.refused(ask, no)))
    return _delivered(ask, invitation, "invited")


def support(ask: Ask) -> Page | Redirect:
    if ask.errors:
        return _page(ask, "support", forms.typed(ask))
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
        return _page(ask, "support", forms.refused(ask, no))
    return Redirect(f"/office/{company.slug}", view.token)


def formats(ask: Ask, company: Company) -> Formats:
    """Numbers and times as the company has them."""
    settings = company.settings
    try:
        return Formats(ask.words, ask.now, settings.time_zone, settings.currency)
    except ZoneInfoNotFoundError:
        return Formats(ask.words, ask.now, currency=settings.currency)


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


def _page(ask: Ask, opened: str, form: Form) -> Page:
    conn, company = ask.conn, companies.by_id(ask.conn, ask.company_id)
    tills = contacts.standings(conn, company.id, None, company.settings, ask.now)
    seen = overview.of_company(conn, company, [one.state for one in tills], ask.now)
    settings = [one for one in choices.of_company(conn, company.id).settings if one.kind is Kind.NUMBER]
    versions = _versions(ask, company)
    values = {
        "company": company,
        "f": formats(ask, company),
        "seen": seen,
        "owners": ownership.owners(conn, company.id),
        "invited": [one.email for one in links.invitations(conn, company.id, ask.now) if one.role == "owner"],
        "tills": tills[:_TILLS_SHOWN],
        "till_count": len(tills),
        "stores": _stores(ask, company, tills),
        "versions": versions[:_VERSIONS_SHOWN],
        "version_count": len(versions),
        "settings": [_setting(ask, one) for one in settings],
        "at_limit": sum(one.is_at_limit for one in settings),
        "opened": opened,
        "form": form,
        "done": getattr(ask.query, "done", ""),
        "can_mail": ask.installation.can_mail,
        "minutes": support_view.MINUTES_MAX,
    }
    return Page("admin/company.html", values, form.status, is_still=bool(opened))


def _stores(ask: Ask, company: Company, tills: list[contacts.Standing]) -> list[dict[str, Any]]:
    """Each store with its transactions and terminals, the busiest first."""
    today = ask.now.astimezone(company.settings.zone).date()
    first = overview.first_day(today)
    figures = stats.by_store(ask.conn, company.id, Span(first, today))
    rows = [
        {
            "id": one.id,
            "name": one.name,
            "figures": figures.get(one.id, stats.NOTHING),
            "tills": sum(till.store_id == one.id for till in tills),
            "in_touch": sum(till.store_id == one.id and till.state == "in_touch" for till in tills),
        }
        for one in stores.listed(ask.conn, company.id)
    ]
    return sorted(rows, key=lambda row: (-row["figures"].transactions, row["name"]))


def _versions(ask: Ask, company: Company) -> list[Version]:
    """The versions of the program, the newest first."""
    found = programs.versions(ask.conn, company.id)
    held = found.at(ask.now)
    ends = [one.holds_from for one in found.versions[1:]] + [None]
    return [
        Version(
            program,
            until,
            program == held,
            program.holds_from is not None and program.holds_from > ask.now,
        )
        for program, until in zip(found.versions, ends, strict=True)
    ][::-1]


def _setting(ask: Ask, setting: Setting) -> dict[str, Any]:
    return {
        "label": setting_words.label(setting.name, ask.words),
        "unit": setting_words.unit(setting.name, ask.words),
        "setting": setting,
    }


ROUTES = (
    Route(method="GET", path=PATH, right=Right.PLATFORM, handler=shown, title="Company", query=Opened, is_live=True),
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
