"""The platform's companies: the list, and a new one with the invitation of its owner."""

from uuid import UUID

from server.accounts import invitations, ownership
from server.accounts.invitations import Invitation
from server.accounts.rights import Right
from server.companies import companies, stores
from server.companies.companies import Company
from server.edge import lists
from server.edge.asks import Ask
from server.edge.fields import Email, Name
from server.edge.lists import PageQuery
from server.edge.routes import Body, Page, Redirect, Route
from server.pages import forms
from server.pages.forms import Form
from server.refusals import Refused

PATH = "/admin/companies"


class NewCompany(Body):
    name: Name
    slug: str = ""
    currency: str = "EUR"
    country: str = "LU"
    time_zone: str = "Europe/Luxembourg"
    owner: Name
    email: Email


def listed(ask: Ask) -> Page:
    found = companies.listed(ask.conn)
    shown = found[ask.query.offset : ask.query.offset + lists.ROWS]
    ids = [one.id for one in shown]
    counts, owners = stores.counts(ask.conn, ids), ownership.owners_of(ask.conn, ids)
    rows = [(one, counts[one.id], owners[one.id]) for one in shown]
    place = lists.paging(ask.query, len(rows), len(found))
    return Page("admin/companies.html", {"rows": rows, "place": place, "count": len(found)})


def new(_ask: Ask) -> Page:
    return _form_page(forms.stored(currency="EUR", country="LU", time_zone="Europe/Luxembourg"))


def create(ask: Ask) -> Page | Redirect:
    if ask.errors:
        return _form_page(forms.typed(ask))
    typed: NewCompany = ask.body
    keys = ask.installation.keys
    choices = {"currency": typed.currency, "country": typed.country, "time_zone": typed.time_zone}
    try:
        company = ownership.create(
            ask.conn, keys, ask.actor, name=typed.name, slug=typed.slug or None, choices=choices, now=ask.now
        )
    except Refused as no:
        return _form_page(forms.refused(ask, no))
    try:
        invitation = invitations.invite_owner(
            ask.conn, company.id, ask.actor, email=typed.email, name=typed.owner, now=ask.now
        )
    except Refused as no:
        return _form_page(as_owner(forms.refused(ask, no)))
    return delivered(ask, invitation, company, "created")


def delivered(ask: Ask, invitation: Invitation, company: Company, what: str) -> Page | Redirect:
    """Invites an owner by mail and goes on to the company's page; without mail the link is shown this once."""
    link = ask.deliver(invitation, company)
    if link is None:
        return done(company.id, what)
    return Page("admin/link.html", {"email": invitation.email, "link": link, "company": company})


def done(company_id: UUID, what: str) -> Redirect:
    """Back to the company's page, which says what was done."""
    return Redirect(f"{PATH}/{company_id}?done={what}")


def as_owner(form: Form) -> Form:
    """What is wrong with a person's name stands under the owner's field."""
    return Form(form.values, {"owner" if name == "name" else name: sentence for name, sentence in form.errors.items()})


def _form_page(form: Form) -> Page:
    return Page("admin/company_new.html", {"form": form}, form.status)


ROUTES = (
    Route(method="GET", path=PATH, right=Right.PLATFORM, handler=listed, title="Companies", query=PageQuery),
    Route(method="GET", path=PATH + "/new", right=Right.PLATFORM, handler=new, title="New company"),
    Route(
        method="POST",
        path=PATH + "/new",
        right=Right.PLATFORM,
        handler=create,
        title="New company",
        body=NewCompany,
        confirms=True,
    ),
)
