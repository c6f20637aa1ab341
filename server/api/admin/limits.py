"""`/api/admin/v1/limits`: the highest values of settings that companies may choose."""

from pydantic import BaseModel

from server.accounts.rights import Right
from server.companies import platform_limits
from server.edge.asks import Ask
from server.edge.fields import Version, Whole
from server.edge.routes import Body, Example, Route

_PATH = "/api/admin/v1/limits"


class Limit(BaseModel):
    """A setting with its own bounds; `allowed` is the platform's limit, null for none."""

    name: str
    lowest: int
    highest: int
    allowed: int | None
    companies_at: int


class Limits(BaseModel):
    """All limits; an edit sends the `version` it saw."""

    version: int
    limits: list[Limit]


class LimitsEdit(Body):
    """The limits to change, by name; null takes one away."""

    version: Version
    values: dict[str, Whole | None]


def shown(ask: Ask) -> Limits:
    found = platform_limits.of_platform(ask.conn)
    limits = [
        Limit(
            name=one.name,
            lowest=one.lowest,
            highest=one.highest,
            allowed=one.allowed,
            companies_at=one.companies_at,
        )
        for one in found.limits
    ]
    return Limits(version=found.version, limits=limits)


def edit(ask: Ask) -> Limits:
    before, after = platform_limits.change(ask.conn, ask.body.values, version=ask.body.version, now=ask.now)
    if after:
        ask.log("limits_changed", "platform", before=before, after=after)
    return shown(ask)


_EXAMPLE = {
    "version": 12,
    "limits": [{"name": "offline_stop_days", "lowest": 1, "highest": 60, "allowed": 14, "companies_at": 0}],
}

ROUTES = (
    Route(
        method="GET",
        path=_PATH,
        right=Right.PLATFORM,
        handler=shown,
        title="Lists the limits.",
        answer=Limits,
        example=Example(answer=_EXAMPLE),
    ),
    Route(
        method="PATCH",
        path=_PATH,
        right=Right.PLATFORM,
        handler=edit,
        title="Changes limits.",
        body=LimitsEdit,
        answer=Limits,
        example=Example(body={"version": 12, "values": {"offline_stop_days": 14}}, answer=_EXAMPLE),
    ),
)
