"""Who may what, as data: for each right and role, on what it may be used.

Routes and pages name a right where they are registered; nothing else compares roles.
"""

from enum import StrEnum

from server.refusals import No, Refused


class Role(StrEnum):
    """As whom somebody asks: a member of staff in their company, or one of those outside it."""

    ADMIN = "admin"  # on the platform's own pages
    OWNER = "owner"
    MANAGER = "manager"
    CASHIER = "cashier"
    SUPPORT = "support"  # an admin who looks at a company
    ACCOUNT = "account"  # signed in, on pages of no company
    NOBODY = "nobody"  # not signed in


class Scope(StrEnum):
    """On what a right may be used."""

    ALL = "all"
    OWN_STORES = "own_stores"
    CASHIERS = "cashiers"  # of own stores
    OWN_LAST = "own_last"  # one's own last transaction, within `self_void_minutes`
    NO = "no"


class Right(StrEnum):
    """What a route or page needs."""

    ANYBODY = "anybody"  # signing in, and what a link in a mail opens
    STOREFRONT = "storefront"  # a company's pages for customers, who prove themselves by a route's `visit`
    OWN_ACCOUNT = "own_account"  # one's password, sessions and language
    PLATFORM = "platform"  # companies, limits, admins, audit, jobs, outbox
    COMPANY_READ = "company_read"  # being in a company at all: its first page
    COUNTER = "counter"  # stamp, earn, redeem, enrol; look up exactly one card
    VOID = "void"
    CARDS_READ = "cards_read"  # list, search, history
    CONTACTS_READ = "contacts_read"  # customers' contacts in clear, instead of masked
    CARDS_EXPORT = "cards_export"
    CARDS_CHANGE = (
        "cards_change"  # adjust, return, replace, merge, deactivate, reprint; a customer's contact and consent
    )
    CASES_READ = "cases_read"
    CASES_DECIDE = "cases_decide"
    CASES_BYTES = "cases_bytes"  # of entries that nobody could read
    STATS_READ = "stats_read"
    CARDS_ERASE = "cards_erase"  # a customer for good
    ENROLMENT_READ = "enrolment_read"
    ENROLMENT_CHANGE = "enrolment_change"  # ways to join, blank cards and their sheets
    TERMINALS_READ = "terminals_read"
    TERMINALS_CHANGE = "terminals_change"  # pair, rename, retire, revoke
    STAFF_READ = "staff_read"
    STAFF_CHANGE = "staff_change"  # staff, their PINs and invitations
    SETUP_READ = "setup_read"
    SETUP_CHANGE = "setup_change"  # program, stores, settings, look
    AUDIT_READ = "audit_read"  # the company's own


def _row(
    *,
    admin: Scope = Scope.NO,
    owner: Scope = Scope.NO,
    manager: Scope = Scope.NO,
    cashier: Scope = Scope.NO,
    support: Scope = Scope.NO,
    account: Scope = Scope.NO,
    nobody: Scope = Scope.NO,
) -> dict[Role, Scope]:
    return {
        Role.ADMIN: admin,
        Role.OWNER: owner,
        Role.MANAGER: manager,
        Role.CASHIER: cashier,
        Role.SUPPORT: support,
        Role.ACCOUNT: account,
        Role.NOBODY: nobody,
    }


_ALL, _OWN = Scope.ALL, Scope.OWN_STORES

TABLE: dict[Right, dict[Role, Scope]] = {
    Right.ANYBODY: dict.fromkeys(Role, _ALL),
    Right.STOREFRONT: dict.fromkeys(Role, _ALL),
    Right.OWN_ACCOUNT: _row(admin=_ALL, account=_ALL),
    Right.PLATFORM: _row(admin=_ALL),
    Right.COMPANY_READ: _row(owner=_ALL, manager=_ALL, cashier=_ALL, support=_ALL),
    Right.COUNTER: _row(owner=_ALL, manager=_ALL, cashier=_OWN),
    Right.VOID: _row(owner=_ALL, manager=_ALL, cashier=Scope.OWN_LAST),
    Right.CARDS_READ: _row(owner=_ALL, manager=_ALL, support=_ALL),
    Right.CONTACTS_READ: _row(owner=_ALL, manager=_ALL, cashier=_OWN),
    Right.CARDS_EXPORT: _row(owner=_ALL, manager=_OWN),
    Right.CARDS_CHANGE: _row(owner=_ALL, manager=_ALL),
    Right.CASES_READ: _row(owner=_ALL, manager=_OWN, support=_ALL),
    Right.CASES_DECIDE: _row(owner=_ALL, manager=_OWN),
    Right.CASES_BYTES: _row(owner=_ALL),
    Right.STATS_READ: _row(owner=_ALL, manager=_OWN, support=_ALL),
    Right.CARDS_ERASE: _row(owner=_ALL),
    Right.ENROLMENT_READ: _row(owner=_ALL, manager=_ALL, support=_ALL),
    Right.ENROLMENT_CHANGE: _row(owner=_ALL, manager=_ALL),
    Right.TERMINALS_READ: _row(owner=_ALL, manager=_OWN, support=_ALL),
    Right.TERMINALS_CHANGE: _row(owner=_ALL, manager=_OWN),
    Right.STAFF_READ: _row(owner=_ALL, manager=_OWN, support=_ALL),
    Right.STAFF_CHANGE: _row(owner=_ALL, manager=Scope.CASHIERS),
    Right.SETUP_READ: _row(owner=_ALL, support=_ALL),
    Right.SETUP_CHANGE: _row(owner=_ALL),
    Right.AUDIT_READ: _row(owner=_ALL),
}


def scope_of(right: Right, role: Role) -> Scope:
    """On what *role* may use *right*."""
    return TABLE[right][role]


def require(right: Right, role: Role) -> Scope:
    """The same; refuses if it is nothing."""
    scope = scope_of(right, role)
    if scope is Scope.NO:
        raise Refused(No.NOT_ALLOWED)
    return scope
