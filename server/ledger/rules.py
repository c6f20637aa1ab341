"""The settings a company is judged by, as they are in force."""

from uuid import UUID

from sqlalchemy import Connection, select

from loyalty.settings import Settings, clamped
from server.companies import platform_limits, settings_from
from server.db.tables import companies


def settings_of(conn: Connection, company_id: UUID) -> Settings:
    """The company's choices, within what the platform allows by now."""
    chosen = conn.execute(select(companies.c.settings).where(companies.c.company_id == company_id)).scalar_one()
    return clamped(settings_from(chosen), platform_limits(conn))
