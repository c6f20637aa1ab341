"""`/api/admin/v1/admins`: who administers the platform."""

from uuid import UUID

from pydantic import BaseModel

from server.accounts import accounts, invitations, links
from server.accounts.rights import Right
from server.edge.asks import Ask
from server.edge.fields import Email
from server.edge.routes import Body, Example, Route

_PATH = "/api/admin/v1/admins"


class Admin(BaseModel):
    """An admin, or somebody invited to be one, who has no id yet."""

    id: UUID | None
    email: str
    is_invited: bool


class Invite(Body):
    email: Email


class Invited(BaseModel):
    """An invitation that was just made. Without a mail server `link` opens it, and is shown this once."""

    link: str | None


def listed(ask: Ask) -> list[Admin]:
    known = [Admin(id=one.id, email=one.email, is_invited=False) for one in accounts.admins(ask.conn)]
    waiting = links.invitations(ask.conn, None, ask.now)
    return known + [Admin(id=None, email=one.email, is_invited=True) for one in waiting]


def invite(ask: Ask) -> Invited:
    invitation = invitations.invite_admin(ask.conn, ask.actor, ask.body.email, ask.now)
    link = ask.deliver(invitation, None)
    return Invited(link=link)


def remove(ask: Ask) -> None:
    invitations.remove_admin(ask.conn, ask.actor, ask.id("account_id"), ask.now)


ROUTES = (
    Route(
        method="GET",
        path=_PATH,
        right=Right.PLATFORM,
        handler=listed,
        title="Lists the admins and who is invited to be one.",
        answer=list[Admin],
        example=Example(
            answer=[
                {
                    "id": "5e0c2a52-6f0e-4c55-9d3e-0d8f0d2a7c11",
                    "email": "mara.thill@example.com",
                    "is_invited": False,
                }
            ]
        ),
    ),
    Route(
        method="POST",
        path=_PATH,
        right=Right.PLATFORM,
        handler=invite,
        title="Invites an admin.",
        body=Invite,
        answer=Invited,
        confirms=True,
        example=Example(
            body={"email": "nia.berg@example.com"}, answer={"link": "https://orion.example/account/links/…"}
        ),
    ),
    Route(
        method="DELETE",
        path=_PATH + "/{account_id}",
        right=Right.PLATFORM,
        handler=remove,
        title="Takes the administration from somebody; the last admin stays one.",
        confirms=True,
    ),
)
