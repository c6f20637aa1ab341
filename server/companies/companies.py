"""Companies and their settings. Callers begin and commit, and pass the time."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, bindparam, insert, select, update

from loyalty.settings import Limits, SettingInvalid, Settings, clamped, with_value
from loyalty.texts import name_of
from server.db.tables import companies, platform, slugs
from server.db.units import next_version
from server.refusals import No, Refused, SettingsRefused

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\Z")
# Words of our own addresses: a company's pages for customers begin with its slug.
RESERVED = frozenset(
    {"account", "admin", "office", "api", "sync", "wallet", "c", "u", "static", "health", "ready", "problems"}
)


_WHOLE = select(companies, slugs.c.slug).join(slugs, slugs.c.company_id == companies.c.company_id)
_CLOCK = select(companies.c.clock).where(companies.c.company_id == bindparam("company"))


@dataclass(frozen=True, slots=True)
class Company:
    """A company; `settings` are those in force."""

    id: UUID
    slug: str
    name: str
    settings: Settings
    created_at: datetime
    suspended_at: datetime | None = None  # since when its people may change nothing


def create(
    conn: Connection, company_id: UUID, *, name: str, slug: str | None, choices: dict[str, str], now: datetime
) -> Company:
    """Creates a company; *choices* are settings as text."""
    name = checked_name(name)
    slug = slug_of(name) if slug is None else slug
    _require_free(conn, slug)
    chosen = _chosen({}, choices, platform_limits(conn))
    row = {"company_id": company_id, "name": name, "settings": chosen, "clock": 1, "version": 1}
    times = {"created_at": now, "updated_at": now}
    conn.execute(insert(companies).values(row | times))
    conn.execute(insert(slugs).values(slug=slug, company_id=company_id, **times))
    return by_slug(conn, slug)


def rename(conn: Connection, slug: str, new: str, now: datetime) -> None:
    """Gives a company another slug.

    It needs the table of slugs only, as it also mends what `require_free_slugs` refuses, before a database is migrated.
    """
    if new != slug:
        _require_free(conn, new)
    renamed = update(slugs).where(slugs.c.slug == slug).values(slug=new, updated_at=now)
    if conn.execute(renamed).rowcount == 0:
        raise Refused(No.COMPANY_UNKNOWN, slug)


def require_free_slugs(conn: Connection) -> None:
    """Refuses slugs that companies got before they were reserved."""
    query = select(slugs.c.slug).where(slugs.c.slug.in_(sorted(RESERVED))).order_by(slugs.c.slug)
    if taken := list(conn.execute(query).scalars()):
        raise Refused(No.SLUGS_RESERVED, ", ".join(taken))


def _require_free(conn: Connection, slug: str) -> None:
    if not _SLUG.match(slug):
        raise Refused(No.SLUG_INVALID, slug)
    if slug in RESERVED:
        raise Refused(No.SLUG_RESERVED, slug)
    if conn.execute(select(slugs.c.slug).where(slugs.c.slug == slug)).first() is not None:
        raise Refused(No.SLUG_TAKEN, slug)


def by_slug(conn: Connection, slug: str) -> Company:
    """The company with this slug; raises a refusal."""
    # A command line can bring what is no text at all, and an address a NUL.
    if not (slug.isascii() and slug.isprintable()):
        raise Refused(No.COMPANY_UNKNOWN, slug)
    return _found(conn, slugs.c.slug == slug, slug)


def by_id(conn: Connection, company_id: UUID) -> Company:
    """The company with this id; raises a refusal."""
    return _found(conn, companies.c.company_id == company_id, str(company_id))


def _found(conn: Connection, called: ColumnElement[bool], about: str) -> Company:
    row = conn.execute(_WHOLE.where(called)).one_or_none()
    if row is None:
        raise Refused(No.COMPANY_UNKNOWN, about)
    return _company(row, platform_limits(conn))


def _company(row: Row[Any], limits: Limits) -> Company:
    settings = clamped(settings_from(row.settings), limits)
    return Company(row.company_id, row.slug, row.name, settings, row.created_at, row.suspended_at)


def set_suspended(conn: Connection, company_id: UUID, is_suspended: bool, now: datetime) -> None:
    """Suspends a company, so that its people change nothing, or resumes it. Its tills serve and upload on."""
    values = {"suspended_at": now if is_suspended else None, "updated_at": now}
    conn.execute(update(companies).where(companies.c.company_id == company_id).values(values))


def version(conn: Connection, company_id: UUID) -> int:
    """The company's clock: the latest version assigned to one of its rows."""
    clock: int = conn.execute(_CLOCK, {"company": company_id}).scalar_one()
    return clock


def listed(conn: Connection) -> list[Company]:
    """All companies of the platform, ordered by slug."""
    limits = platform_limits(conn)
    return [_company(row, limits) for row in conn.execute(_WHOLE.order_by(slugs.c.slug))]


def set_settings(conn: Connection, company_id: UUID, choices: dict[str, str], now: datetime) -> Settings:
    """The settings with *choices*, each within the platform's limits; all of them or none."""
    query = select(companies.c.settings, companies.c.settings_since).where(companies.c.company_id == company_id)
    limits = platform_limits(conn)
    kept = conn.execute(query).one()
    chosen = _chosen(kept.settings, choices, limits)
    version_now = next_version(conn, company_id)
    changed = [name for name in choices if chosen[name] != kept.settings.get(name)]
    since = (kept.settings_since or {}) | dict.fromkeys(changed, version_now)
    values = {"settings": chosen, "settings_since": since, "version": version_now, "updated_at": now}
    conn.execute(update(companies).where(companies.c.company_id == company_id).values(values))
    authority_changed(conn, company_id, version_now)
    return clamped(settings_from(chosen), limits)


def authority_changed(conn: Connection, company_id: UUID, version_now: int) -> None:
    """Notes that tills know who may do what only if they have read up to this version."""
    mine = update(companies).where(companies.c.company_id == company_id)
    conn.execute(mine.values(authority_version=version_now))


def platform_limits(conn: Connection) -> Limits:
    """The highest values a company may choose on this platform."""
    return Limits(conn.execute(select(platform.c.limits)).scalar_one())


def settings_from(chosen: dict[str, Any]) -> Settings:
    """A company's choices applied to the defaults."""
    return msgspec.convert(chosen, Settings)


def _chosen(before: dict[str, Any], choices: dict[str, str], limits: Limits) -> dict[str, Any]:
    settings, wrong = settings_from(before), {}
    for name, text in choices.items():
        try:
            settings = with_value(settings, name, text, limits)
            if not _is_known(name, text):
                raise SettingInvalid(name, _KNOWN[name])
        except SettingInvalid as error:
            wrong[name] = str(error)
    if wrong:
        raise SettingsRefused(wrong, limits)
    return before | {name: msgspec.to_builtins(getattr(settings, name)) for name in choices}


_KNOWN = {
    "currency": "must be a currency that is paid with somewhere, such as EUR",
    "country": "must be a country whose telephone numbers are known, such as LU",
}


def _is_known(name: str, text: str) -> bool:
    """True if currency and country exist."""
    if name == "currency":
        from babel import Locale  # noqa: PLC0415 - loads slowly
        from babel.numbers import get_territory_currencies  # noqa: PLC0415

        countries = [one for one in map(str, Locale("en").territories) if len(one) == 2]
        return any(text in get_territory_currencies(one) for one in countries)
    if name == "country":
        from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415

        return text in SUPPORTED_REGIONS
    return True


def checked_name(name: str) -> str:
    """*name* normalised for storage; refuses invalid names."""
    kept = name_of(name)
    if kept is None:
        raise Refused(No.NAME_INVALID, name)
    return kept


def slug_of(name: str) -> str:
    """The slug made from a name: Café Aurora becomes cafe-aurora."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")
