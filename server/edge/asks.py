"""What a handler gets: a request whose sender, right, limits and fields have been checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any
from uuid import UUID

from loyalty.staff import Role as StaffRole
from server.accounts import audit, invitations, support_view
from server.accounts.audit import Actor
from server.accounts.invitations import Invitation
from server.cards.booking_asks import Booker
from server.companies import stores
from server.companies.companies import Company
from server.db.units import UnitOfWork, Units
from server.edge import signed_in, visitors
from server.edge.problem_json import HttpProblem
from server.edge.public_url import Place
from server.edge.routes import Route
from server.edge.signed_in import Asker
from server.edge.visitors import Visitor
from server.keys import Keys
from server.ledger.judging.savepoint_booking import Ledger
from server.translations import Translator

if TYPE_CHECKING:
    from server.wallet.apple.maker import Apple
    from server.wallet.badges import Badges
    from server.wallet.google.maker import Google

_DIGITS_MAX = 9  # what a database's number holds


@dataclass(frozen=True, slots=True)
class Installation:
    """The parts of the server that handlers use."""

    units: Units
    keys: Keys
    now: Callable[[], datetime]
    place: Place
    can_mail: bool = False
    apple: "Apple | None" = None  # None: no card gets into its wallet
    google: "Google | None" = None  # None: no card gets into its wallet
    badges: "Badges | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request. *conn* is in the unit of work that its route names; it commits unless the answer is a refusal."""

    route: Route
    installation: Installation
    words: Translator
    now: datetime
    url: str  # path and query as asked for
    path: Mapping[str, str]
    address: str  # the sender's, for limits and the audit log
    device: str  # the browser's name for itself
    is_poll: bool = False  # sent by the page itself, not by somebody at it
    is_same_site: bool = False  # sent by a browser from one of our own pages
    seen: str = ""  # the mark of the page as the browser has it
    token: str | None = None
    asker: Asker | None = None
    visitor: Visitor | None = None  # of a storefront
    company: Company | None = None  # in the path
    store_id: UUID | None = None  # chosen in the company's bar
    query: Any = None  # of the route's type
    body: Any = None  # of the route's type; None if a form is wrong
    form: Mapping[str, Any] | None = None  # a form as typed, but for its files, for showing it again
    errors: Mapping[str, str] | None = None  # sentences by field, if a form is wrong
    file: IO[bytes] | None = None  # of a route that takes one
    booking_id: UUID | None = None  # the id of what this request books, the same for the same key
    ahead: Any = None  # what the route's `ahead` has found out before the unit of work
    unit: UnitOfWork | None = None

    @property
    def conn(self) -> UnitOfWork:
        """The connection of the unit of work."""
        assert self.unit is not None, "this route begins its own units of work"
        return self.unit

    @property
    def who(self) -> Asker:
        """Who asks, on routes that need somebody to be signed in."""
        assert self.asker is not None, "this route is for anyone"
        return self.asker

    @property
    def visit(self) -> Visitor:
        """Who looks at a storefront, on its routes."""
        assert self.visitor is not None, "this route is of no storefront"
        return self.visitor

    @property
    def sender_id(self) -> UUID:
        """Who asks, to tell their requests from those of others: an account, or a customer's session."""
        return self.who.account_id if self.visitor is None else self.visitor.owner.id

    @property
    def company_id(self) -> UUID:
        """The company in the path: by its slug, or by its id on an admin's pages."""
        if self.visitor is not None:
            return self.visitor.company.id
        if "company_id" in self.path:
            return self.id("company_id")
        assert self.who.company_id is not None, "this route belongs to no company"
        return self.who.company_id

    @property
    def shown_stores(self) -> frozenset[UUID] | None:
        """The stores to show: the chosen one, or those that the route may be used on; None: all."""
        if self.store_id is None:
            return self.who.store_ids
        self.who.require_in(stores.by_id(self.conn, self.company_id, self.store_id).id)
        return frozenset({self.store_id})

    @property
    def actor(self) -> Actor:
        """Who asks, for the audit log."""
        return Actor(self.who.account_id, self.who.role.value, self.address)

    def log(
        self,
        action: str,
        subject: str,
        subject_id: UUID | str | None = None,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Appends what was done to the audit log: the company's in the path, else the platform's."""
        audit.append(
            self.conn,
            self.who.company_id,
            self.actor,
            action,
            subject=subject,
            subject_id=subject_id,
            before=before,
            after=after,
            now=self.now,
        )

    def deliver(self, invitation: Invitation, company: Company | None, *, by: str = "") -> str | None:
        """Sends an invitation by mail, in the name of *by* or else of who asks; without mail its link is returned.

        A colleague reads it in the language of who asks, an owner in the company's.
        """
        here, words = self.installation, self.words
        if company is not None and company != self.company:
            words = Translator(company.settings.languages[0])
        return invitations.deliver(
            self.conn,
            here.keys,
            invitation,
            company=company,
            by=by or self.who.email,
            words=words,
            url=here.place.url,
            can_mail=here.can_mail,
            now=self.now,
        )

    def begin_support(self, company: Company, reason: str) -> str:
        """Begins a support view of *company*; returns the session's new token."""
        here = self.installation
        view = support_view.begin(
            self.conn,
            here.keys,
            self.who.session,
            company,
            reason=reason,
            address=self.address,
            words=lambda language: Translator(language or company.settings.languages[0]),
            can_mail=here.can_mail,
            now=self.now,
        )
        return view.token

    def within(self, unit: UnitOfWork) -> "Ask":
        """The same request in a unit of work, at the time by then. A change is refused if its sender has lost the right
        to it meanwhile.

        Until then it may have waited for its body or a lock, or hashed a PIN.
        """
        inside = replace(self, unit=unit, now=self.installation.now())
        if self.visitor is not None and self.route.changes:
            company, kept = self.visitor.company, self.visitor.kept
            return replace(inside, visitor=visitors.visitor(unit, self.route, kept, company, inside.now))
        if self.asker is None or not self.route.changes:
            return inside
        session = signed_in.session_of(unit, self.token, inside.now)
        slug = self.path["slug"] if self.route.of_company else None
        return replace(inside, asker=signed_in.asker(unit, self.route, session, slug))

    @property
    def ledger(self) -> Ledger:
        """The company's books, in the unit of work that holds its lock."""
        return Ledger(self.conn, self.company_id, self.installation.keys, self.now)

    @property
    def booker(self) -> Booker:
        """Who asks, for what is booked on a card without being in a store."""
        assert self.who.staff_id is not None, "only who works in the company books"
        return Booker(staff_id=self.who.staff_id, role=StaffRole(self.who.role.value), store_id=None)

    def id(self, name: str) -> UUID:
        """The id at a place of the path; what is no id exists nowhere."""
        try:
            return UUID(self.path[name])
        except ValueError:
            raise HttpProblem("unknown") from None

    def number(self, name: str) -> int:
        """The number at a place of the path; what is none exists nowhere."""
        text = self.path[name]
        if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX):
            raise HttpProblem("unknown")
        return int(text)

    def to(self, path: str) -> str:
        """An absolute link, for mails and codes."""
        return f"{self.installation.place.url}{path}"
