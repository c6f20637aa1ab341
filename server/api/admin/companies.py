"""`/api/admin/v1/companies`: the platform's companies."""

from uuid import UUID

from pydantic import BaseModel

from server.accounts.rights import Right
from server.companies import companies
from server.edge.asks import Ask
from server.edge.routes import Example, Route


class Company(BaseModel):
    """A company of the platform."""

    id: UUID
    slug: str
    name: str
    currency: str
    time_zone: str


def listed(ask: Ask) -> list[Company]:
    return [
        Company(
            id=one.id,
            slug=one.slug,
            name=one.name,
            currency=one.settings.currency,
            time_zone=one.settings.time_zone,
        )
        for one in companies.listed(ask.conn)
    ]


ROUTES = (
    Route(
        method="GET",
        path="/api/admin/v1/companies",
        right=Right.PLATFORM,
        handler=listed,
        title="Lists the companies.",
        answer=list[Company],
        example=Example(
            answer=[
                {
                    "id": "4f0a2c1e-0c39-4d2b-8f57-2f9d2b1c6a10",
                    "slug": "cafe-lumiere",
                    "name": "Café Lumière",
                    "currency": "EUR",
                    "time_zone": "Europe/Luxembourg",
                }
            ]
        ),
    ),
)
