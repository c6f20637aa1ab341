"""The commands `terminal code`, `terminal list`, `terminal retire` and `terminal revoke`."""

from typing import Annotated

import typer

from server import bootstrap, phrases
from server.commands.command_line import CommandContext, ServerCommand
from server.commands.company import COMPANY
from server.companies import stores
from server.terminals import pairing, revocation, terminals
from server.terminals.pairing import PairingCode


def add_to(app: typer.Typer) -> None:
    """Registers the commands."""
    group = typer.Typer(help="A company's tills.", no_args_is_help=True)
    app.add_typer(group, name="terminal")
    group.command("code", cls=ServerCommand)(code)
    group.command("list", cls=ServerCommand)(list_terminals)
    group.command("retire", cls=ServerCommand)(retire)
    group.command("revoke", cls=ServerCommand)(revoke)


def code(
    context: CommandContext,
    company: COMPANY,
    store: Annotated[str, typer.Option(metavar="NAME", help="Where the till stands.")],
    name: Annotated[str, typer.Option(help="What the till is called.")],
) -> None:
    """Creates a one-time code that pairs a till within a day."""
    server = bootstrap.open_server(context.settings)
    owner = server.company(company)
    with server.units.read() as conn:
        place = stores.by_name(conn, owner.id, store)
    made = PairingCode.random()
    with server.units.write(owner.id) as conn:
        until = pairing.open_code(conn, owner.id, place, name, made, platform=server.keys.platform, now=server.now())
    answer = {"code": made.text, "expires_at": until}
    context.say(answer, f"{made.text} pairs one till until {until:%Y-%m-%d %H:%M} UTC.")


def list_terminals(context: CommandContext, company: COMPANY) -> None:
    """Lists all tills the company has paired."""
    server = bootstrap.open_server(context.settings)
    owner = server.company(company)
    with server.units.read() as conn:
        known = terminals.listed(conn, owner.id)
    for one in known:
        answer = {
            "id": one.id,
            "name": one.name,
            "store": one.store,
            "paired_at": one.paired_at,
            "last_seen_at": one.last_seen_at,
            "acked_seq": one.acked_seq,
            "forked": one.forked,
            "revoked": one.revoked,
        }
        if one.differences:
            answer |= {"differences": one.differences, "differed_at": one.differed_at}
        seen = "never seen" if one.last_seen_at is None else f"last seen {one.last_seen_at:%Y-%m-%d %H:%M} UTC"
        wrong = (
            f"; its replica was wrong {phrases.counted(one.differences, 'time')}, and was healed"
            if one.differences
            else ""
        )
        context.say(answer, f"{one.name}, {one.store}: {seen}{wrong}")


def retire(
    context: CommandContext, company: COMPANY, name: Annotated[str, typer.Argument(help="What the till is called.")]
) -> None:
    """Signs off a broken or unused till. One that may have been stolen must be revoked instead."""
    server = bootstrap.open_server(context.settings)
    owner = server.company(company)
    terminal_id = revocation.retire(server.units, owner.id, name, server.now())
    answer = {"id": terminal_id, "name": name, "retired": True}
    context.say(answer, f"{name} is signed off, and its name is free. Keys are as they were.")


def revoke(
    context: CommandContext, company: COMPANY, name: Annotated[str, typer.Argument(help="What the till is called.")]
) -> None:
    """Revokes a till: it gets no more data, and the other tills get new keys. If interrupted, repeat the command."""
    server = bootstrap.open_server(context.settings)
    owner = server.company(company)
    done = revocation.revoke(server.units, server.keys, owner.id, name, server.now)
    answer = {"id": done.terminal_id, "name": name, "revoked": True, "people": done.people, "cards": done.cards}
    people, cards = phrases.counted(done.people, "PIN"), phrases.counted(done.cards, "card")
    context.say(answer, f"{name} is signed off. Under new keys: {people} and {cards}.")
