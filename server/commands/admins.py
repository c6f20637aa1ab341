"""`admin create`, `list`, `remove`: who administers the platform. A password may come from standard input only."""

import sys
from typing import Annotated

import typer

from loyalty.texts import escaped
from server import bootstrap
from server.accounts import accounts, audit, invitations, links, passwords
from server.accounts.audit import BY_COMMAND
from server.bootstrap import Server
from server.commands.command_line import CommandContext, ServerCommand
from server.refusals import No, Refused

EMAIL = Annotated[str, typer.Option(help="Their e-mail address.")]


def add_to(app: typer.Typer) -> None:
    """Registers the commands."""
    group = typer.Typer(help="Who administers the platform.", no_args_is_help=True)
    app.add_typer(group, name="admin")
    group.command("create", cls=ServerCommand)(create)
    group.command("list", cls=ServerCommand)(list_admins)
    group.command("remove", cls=ServerCommand)(remove)


def create(
    context: CommandContext,
    email: EMAIL,
    password: Annotated[
        str | None, typer.Option(help="- reads it from standard input; otherwise a link sets it.")
    ] = None,
) -> None:
    """Makes somebody an admin, by a link that is printed once. For who has an account the link sets a new password."""
    if password not in {None, "-"}:
        raise typer.BadParameter("a password is read from standard input: --password -", param_hint="--password")
    server = bootstrap.open_server(context.settings, create=True)
    typed = None if password is None else sys.stdin.readline().strip("\ufeff\r\n")
    hashed = None if typed is None else passwords.hashed(passwords.checked(typed, email))
    link = _created(server, email, hashed)
    answer = {"email": accounts.typed_email(email), "link": link}
    context.say(
        answer, f"{email} is an admin." if link is None else f"{link}\nopens once, and sets the password of {email}."
    )


def _created(server: Server, email: str, password_hash: str | None) -> str | None:
    """The link that sets the password, or None if it is set."""
    now = server.now()
    with server.units.platform_write() as conn:
        account = accounts.by_email(conn, email)
        if account is None and password_hash is None:
            return links.address(server.url, invitations.invite_admin(conn, BY_COMMAND, email, now).token)
        if account is None:
            assert password_hash is not None
            account = accounts.create(conn, email, password_hash, is_admin=True, now=now)
        elif password_hash is not None:
            accounts.set_password(conn, account.id, password_hash, now=now)
        if not account.is_admin:
            accounts.set_admin(conn, account.id, True, now)
        audit.append(conn, None, BY_COMMAND, "admin_created", subject="account", subject_id=account.id, now=now)
        if password_hash is not None:
            return None
        return links.address(server.url, links.make(conn, links.reset(account.email, account.id, now), now))


def list_admins(context: CommandContext) -> None:
    """Lists the admins, and who is invited to be one."""
    server = bootstrap.open_server(context.settings)
    with server.units.read() as conn:
        known = accounts.admins(conn)
        invited = links.invitations(conn, None, server.now())
    for one in known:
        context.say({"email": one.email, "invited": False}, escaped(one.email))
    for link in invited:
        until = f"{link.expires_at:%Y-%m-%d %H:%M}"
        context.say({"email": link.email, "invited": True}, f"{escaped(link.email)}, invited until {until} UTC")


def remove(context: CommandContext, email: EMAIL) -> None:
    """Takes the administration from somebody, or their invitation; their account and companies stay."""
    server = bootstrap.open_server(context.settings)
    now = server.now()
    with server.units.platform_write() as conn:
        account = accounts.by_email(conn, email)
        folded = accounts.folded_email(email)
        waiting = [one for one in links.invitations(conn, None, now) if accounts.folded_email(one.email) == folded]
        if waiting:
            invitations.withdraw(conn, None, BY_COMMAND, waiting[0].id, now)
        elif account is None or not account.is_admin:
            raise Refused(No.ACCOUNT_UNKNOWN, email)
        if account is not None and account.is_admin:
            invitations.remove_admin(conn, BY_COMMAND, account.id, now)
    context.say({"email": email, "admin": False}, f"{email} is no admin.")
