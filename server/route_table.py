"""All pages and routes of the API in one table: what the server answers, tests walk, and OpenAPI describes."""

from functools import cache
from typing import Any

from server.accounts.rights import Right
from server.api import auth, openapi
from server.api.admin import admins as admin_admins_api
from server.api.admin import audit as admin_audit_api
from server.api.admin import companies as admin_companies_api
from server.api.admin import company_parts as admin_company_parts_api
from server.api.admin import jobs as admin_jobs_api
from server.api.admin import limits as admin_limits_api
from server.api.admin import mails as admin_mails_api
from server.api.admin import programs as admin_programs_api
from server.api.admin import terminals as admin_terminals_api
from server.api.customer import card as held_card_api
from server.api.customer import enrolments as enrolments_api
from server.api.customer import me as me_api
from server.api.customer import own_card as own_card_api
from server.api.store import audit as audit_api
from server.api.store import card as card_api
from server.api.store import card_actions as card_actions_api
from server.api.store import cards as cards_api
from server.api.store import cases as cases_api
from server.api.store import counter as counter_api
from server.api.store import look as look_api
from server.api.store import program as program_api
from server.api.store import settings as settings_api
from server.api.store import sheets as sheets_api
from server.api.store import staff as staff_api
from server.api.store import stats as stats_api
from server.api.store import stores as stores_api
from server.api.store import terminals as terminals_api
from server.api.store import transfer as transfer_api
from server.edge.asks import Ask
from server.edge.routes import Route, table
from server.pages import navigation
from server.pages.account import passwords, sessions, sign_in
from server.pages.admin import admins as admin_admins
from server.pages.admin import audit as admin_audit
from server.pages.admin import companies as admin_companies
from server.pages.admin import company as admin_company
from server.pages.admin import company_actions as admin_company_actions
from server.pages.admin import jobs as admin_jobs
from server.pages.admin import limits as admin_limits
from server.pages.admin import mails as admin_mails
from server.pages.admin import programs as admin_programs
from server.pages.admin import terminals as admin_terminals
from server.pages.office import (
    audit as office_audit,
)
from server.pages.office import (
    card,
    card_actions,
    card_erasure,
    card_merge,
    cards,
    cases,
    counter,
    counter_enrolment,
    counter_receipt,
    enrolment,
    enrolment_ways,
    stats,
)
from server.pages.office.set_up import look, program, settings, staff, stores, terminals, transfer
from server.pages.storefront import (
    apple_wallet,
    google_wallet,
    history,
    join,
    look_files,
    my_data,
    own_code,
    phone_app,
    unsubscribe,
    welcome,
)
from server.pages.storefront import card as my_card
from server.pages.storefront import sign_in as customer_sign_in
from server.pages.storefront.own_acts import contact, lost, merge, own_data


def _document(_ask: Ask) -> dict[str, Any]:
    return described()


_OPENAPI = Route(
    method="GET",
    path="/api/openapi.json",
    right=Right.ANYBODY,
    handler=_document,
    title="Describes this API.",
    answer=dict[str, Any],
)

_PAGES = (
    sign_in.ROUTES,
    passwords.ROUTES,
    sessions.ROUTES,
    counter.ROUTES,
    counter_enrolment.ROUTES,
    counter_receipt.ROUTES,
    cards.ROUTES,
    card.ROUTES,
    cases.ROUTES,
    enrolment.ROUTES,
    enrolment_ways.ROUTES,
    stats.ROUTES,
    program.ROUTES,
    card_actions.ROUTES,
    card_erasure.ROUTES,
    card_merge.ROUTES,
    stores.ROUTES,
    terminals.ROUTES,
    staff.ROUTES,
    settings.ROUTES,
    look.ROUTES,
    transfer.ROUTES,
    admin_companies.ROUTES,
    office_audit.ROUTES,
    admin_audit.ROUTES,
    admin_mails.ROUTES,
    admin_jobs.ROUTES,
    admin_limits.ROUTES,
    admin_admins.ROUTES,
    admin_programs.ROUTES,
    admin_terminals.ROUTES,
    admin_company.ROUTES,
    admin_company_actions.ROUTES,
    unsubscribe.ROUTES,
    own_code.ROUTES,
    my_card.ROUTES,
    join.ROUTES,
    welcome.ROUTES,
    history.ROUTES,
    look_files.ROUTES,
    phone_app.ROUTES,
    customer_sign_in.ROUTES,
    my_data.ROUTES,
    contact.ROUTES,
    lost.ROUTES,
    merge.ROUTES,
    own_data.ROUTES,
    google_wallet.ROUTES,
    apple_wallet.ROUTES,
)

ROUTES = table(
    (_OPENAPI,),
    auth.ROUTES,
    cards_api.ROUTES,
    card_api.ROUTES,
    counter_api.ROUTES,
    program_api.ROUTES,
    card_actions_api.ROUTES,
    cases_api.ROUTES,
    sheets_api.ROUTES,
    stores_api.ROUTES,
    terminals_api.ROUTES,
    staff_api.ROUTES,
    stats_api.ROUTES,
    settings_api.ROUTES,
    look_api.ROUTES,
    transfer_api.ROUTES,
    enrolments_api.ROUTES,
    held_card_api.ROUTES,
    me_api.ROUTES,
    own_card_api.ROUTES,
    admin_companies_api.ROUTES,
    admin_company_parts_api.ROUTES,
    audit_api.ROUTES,
    admin_audit_api.ROUTES,
    admin_mails_api.ROUTES,
    admin_jobs_api.ROUTES,
    admin_limits_api.ROUTES,
    admin_admins_api.ROUTES,
    admin_programs_api.ROUTES,
    admin_terminals_api.ROUTES,
    *_PAGES,
    navigation.first_pages(route for part in _PAGES for route in part),
)


@cache
def described() -> dict[str, Any]:
    """The API in OpenAPI 3.1."""
    return openapi.document(ROUTES)
