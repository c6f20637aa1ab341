"""Checks a whole installation, and changes nothing: the database itself, each company's books, and what leads to them.

Each company is checked by itself in a snapshot of its own, so that what is wrong with one hides nothing of the others.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection, Select, and_, exists, func, not_, or_, select, text

from server.cards import card_list
from server.companies import companies
from server.companies.companies import Company
from server.db import job_queue
from server.db.account_tables import accounts, memberships
from server.db.tables import cards, directory, slugs, staff
from server.db.tables import companies as company_rows
from server.db.units import Units
from server.figures import gauges, tallies
from server.keys import CompanyKeys, Keys
from server.ledger.feed import check as ledger
from server.problems import KeysForeign

NAMED_MAX = 10  # of what is wrong in the same way

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong: whose, which part, and a sentence."""

    company: str | None  # its slug; None: the installation's
    part: str
    text: str


Found = Iterator[tuple[str, str]]  # part and sentence


def check(units: Units, keys: Keys) -> Iterator[Trouble]:
    """Everything that is wrong with the database, as it is found."""
    with units.read() as conn:
        owners = companies.listed(conn)
        found = [Trouble(None, part, said) for part, said in _of_installation(conn)]
    yield from found
    for owner in owners:
        for part, said in _of_company(units, keys, owner):
            yield Trouble(owner.slug, part, said)


def _of_installation(conn: Connection) -> Found:
    own_check = _sqlite if conn.dialect.name == "sqlite" else _postgresql
    for said in own_check(conn):
        yield "database", said
    for part, (said, query) in _LEADING_NOWHERE.items():
        if wrong := list(conn.execute(query.limit(NAMED_MAX + 1)).scalars()):
            yield part, f"{said}: {_named(wrong)}"


def _sqlite(conn: Connection) -> Iterator[str]:
    for said in conn.exec_driver_sql(f"PRAGMA integrity_check({NAMED_MAX})").scalars():
        if said != "ok":
            yield str(said)
    broken = {str(row[0]): str(row[2]) for row in conn.exec_driver_sql("PRAGMA foreign_key_check")}
    for name, parent in broken.items():
        yield f"rows of {name} name rows of {parent} that are not there"


def _postgresql(conn: Connection) -> Iterator[str]:
    """What PostgreSQL knows of itself. It checks its pages when it reads them, if it was made with checksums."""
    for name in conn.execute(text("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")).scalars():
        yield f"the index {name} is not valid: REINDEX INDEX makes it anew"
    unchecked = "SELECT conrelid::regclass || '.' || conname FROM pg_constraint WHERE NOT convalidated"
    for name in conn.execute(text(unchecked)).scalars():
        yield f"the constraint {name} was never checked"
    failures = "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()"
    if count := conn.execute(text(failures)).scalar_one():
        yield f"the disk has changed {count} pages since the statistics began"


def _of_company(units: Units, keys: Keys, owner: Company) -> Found:
    own_keys: CompanyKeys | None = None
    try:
        own_keys = keys.company(owner.id)
    except KeysForeign:
        yield "keys", "the key file has no keys for this company"
    for part, of_part in _PARTS.items():
        try:
            with units.read() as conn:
                said = list(of_part(conn, owner, own_keys))  # read before the caller does anything
        except Exception as error:  # also a damaged page, which need not be another company's
            _log.exception("a check failed", company=str(owner.id), part=part)
            said = [f"it could not be checked: {type(error).__name__}: {error}".strip()]
        for one in said:
            yield part, one


def _ledger(conn: Connection, owner: Company, _keys: CompanyKeys | None) -> Iterator[str]:
    found = ledger.check(conn, owner.id)
    if found.wrong:
        yield f"{len(found.wrong)} cards differ from their ledger: {_named(found.wrong)}"
    if found.wrong_sums:
        yield f"{found.wrong_sums} sums differ from their rows: 'ledger recount' corrects them"


def _tallies(conn: Connection, owner: Company, _keys: CompanyKeys | None) -> Iterator[str]:
    if wrong := tallies.differing(conn, owner.id, owner.settings.zone):
        first = wrong[0]
        yield f"{len(wrong)} figures differ from a recount, the first of {first.day}, {first.dimension}, {first.kind}"


def _card_list(conn: Connection, owner: Company, keys: CompanyKeys | None) -> Iterator[str]:
    if keys is None:  # without them nobody knows by which words a name is found
        return
    found = card_list.differences(conn, owner.id, keys, job_queue.followed(conn, owner.id, "lists"))
    if found.cards:
        yield f"{len(found.cards)} cards are listed otherwise than they are: {_named(found.cards)}"
    if found.sums:
        yield f"{found.sums} sums of listed cards differ from a recount"
    if found.words:
        yield f"{found.words} words by which names are found are missing, or are too many"


def _gauges(conn: Connection, owner: Company, _keys: CompanyKeys | None) -> Iterator[str]:
    if wrong := gauges.differing(conn, owner.id):
        yield f"what was noted of the cards cannot be, on days such as {_named(wrong)}"


def _directory(conn: Connection, owner: Company, _keys: CompanyKeys | None) -> Iterator[str]:
    own = directory.c.company_id == owner.id
    there = exists().where(cards.c.company_id == owner.id, cards.c.card_id == directory.c.card_id)
    if lost := list(conn.execute(select(directory.c.card_id).where(own, not_(there)).limit(NAMED_MAX + 1)).scalars()):
        yield f"codes lead to cards that are not there: {_named(lost)}"
    leads = exists().where(own, directory.c.hash == cards.c.token_hash)
    unheard = select(cards.c.card_id).where(cards.c.company_id == owner.id, not_(leads)).limit(NAMED_MAX + 1)
    if unheard_of := list(conn.execute(unheard).scalars()):
        yield f"cards whose code leads nowhere: {_named(unheard_of)}"
    numbers = select(func.count()).select_from(directory).where(own, directory.c.kind == "number")
    count = select(func.count()).select_from(cards).where(cards.c.company_id == owner.id)
    if (missing := conn.execute(count).scalar_one() - conn.execute(numbers).scalar_one()) > 0:
        yield f"the numbers of {missing} cards lead nowhere"


def _memberships(conn: Connection, owner: Company, _keys: CompanyKeys | None) -> Iterator[str]:
    mine = and_(staff.c.company_id == owner.id, staff.c.account_id == memberships.c.account_id)
    is_staff = exists().where(mine, staff.c.staff_id == memberships.c.staff_id)
    lost = select(memberships.c.staff_id).where(memberships.c.company_id == owner.id, not_(is_staff))
    if found := list(conn.execute(lost.limit(NAMED_MAX + 1)).scalars()):
        yield f"accounts that belong to nobody here: {_named(found)}"
    is_member = exists().where(
        memberships.c.company_id == owner.id,
        memberships.c.account_id == staff.c.account_id,
        memberships.c.staff_id == staff.c.staff_id,
    )
    shut_out = select(staff.c.name).where(staff.c.company_id == owner.id, staff.c.account_id.is_not(None))
    if found := list(conn.execute(shut_out.where(not_(is_member)).limit(NAMED_MAX + 1)).scalars()):
        yield f"people whose account does not lead here: {_named(found)}"


def _named(wrong: Sequence[object]) -> str:
    shown = ", ".join(map(str, wrong[:NAMED_MAX]))
    return f"{shown}, and more" if len(wrong) > NAMED_MAX else shown


_PARTS: dict[str, Callable[[Connection, Company, CompanyKeys | None], Iterator[str]]] = {
    "ledger": _ledger,
    "lists": _card_list,
    "tallies": _tallies,
    "gauges": _gauges,
    "directory": _directory,
    "memberships": _memberships,
}
_HAS_COMPANY = {
    one: exists().where(company_rows.c.company_id == one.c.company_id) for one in (slugs, directory, memberships)
}
_HAS_SLUG = exists().where(slugs.c.company_id == company_rows.c.company_id)
_HAS_ACCOUNT = exists().where(accounts.c.account_id == memberships.c.account_id)
_LEADING_NOWHERE: dict[str, tuple[str, Select[Any]]] = {
    "slugs": ("names of companies that are not there", select(slugs.c.slug).where(not_(_HAS_COMPANY[slugs]))),
    "companies": ("companies without a short name", select(company_rows.c.company_id).where(not_(_HAS_SLUG))),
    "directory": (
        "codes lead to companies that are not there",
        select(directory.c.company_id).where(not_(_HAS_COMPANY[directory])).distinct(),
    ),
    "memberships": (
        "memberships without their account or company",
        select(memberships.c.account_id).where(or_(not_(_HAS_COMPANY[memberships]), not_(_HAS_ACCOUNT))),
    ),
}
