"""The platform's companies: the list, and a new one with the invitation of its owner."""

from server.accounts import invitations, ownership
from server.accounts.rights import Right
from server.companies import companies, stores
from server.edge import lists
from server.edge.asks import Ask
from server.edge.fields import Email, Name
from server.edge.lists import PageQuery
from server.edge.routes import Body, Page, Redirect, Route
from server.pages import forms
from server.pages.forms import Form
from server.refusals import Refused
from server.translations import Translator

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
    choices = {"currency": typed.currency, "country": typed.country, "time_zone": typed.time_zone}
    here = ask.installation
    try:
        company = ownership.create(
            ask.conn, here.keys, ask.actor, name=typed.name, slug=typed.slug or None, choices=choices, now=ask.now
        )
    except Refused as no:
        return _form_page(forms.refused(ask, no))
    try:
        invitation = invitations.invite_owner(
            ask.conn, company.id, ask.actor, email=typed.email, name=typed.owner, now=ask.now
        )
    except Refused as no:
        form = forms.refused(ask, no)
        errors = {"owner" if name == "name" else name: sentence for name, sentence in form.errors.items()}
        return _form_page(Form(form.values, errors))
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
        return Redirect(f"{PATH}/{company.id}?done=created")
    return Page("admin/link.html", {"email": invitation.email, "link": link, "company": company})


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
