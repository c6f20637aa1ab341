"""`staff create`, `dismiss`, `unlock`, `pins`. A PIN may come from standard input: no shell history keeps it then."""

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from loyalty.staff import Role
from loyalty.texts import escaped
from server import bootstrap
from server.commands.command_line import CommandContext, ServerCommand
from server.commands.company import COMPANY
from server.companies import staff, stores


def add_to(app: typer.Typer) -> None:
    """Registers the commands."""
    group = typer.Typer(help="Who may work at the tills.", no_args_is_help=True)
    app.add_typer(group, name="staff")
    group.command("create", cls=ServerCommand)(create)
    group.command("list", cls=ServerCommand)(list_people)
    group.command("dismiss", cls=ServerCommand)(dismiss)
    group.command("unlock", cls=ServerCommand)(unlock)
    group.command("pins", cls=ServerCommand)(pins)


def create(
    context: CommandContext,
    *,
    company: COMPANY,
    name: Annotated[str, typer.Option(help="The tile on the tills.")],
    role: Annotated[Role, typer.Option(help="What they may do.")],
    pin: Annotated[str, typer.Option(help="Digits, or - to read them from standard input.")],
    store: Annotated[list[str] | None, typer.Option(help="Where they work; all stores without one.")] = None,
) -> None:
    """Adds a member of staff."""
    server = bootstrap.open_server(context.settings)
    owner = server.company(company)
    with server.units.read() as conn:
        places = [stores.by_name(conn, owner.id, one) for one in store or ()]
    typed = sys.stdin.readline().strip("\ufeff \t\r\n") if pin == "-" else pin
    person = staff.newcomer(name, role, typed, owner.settings, server.keys.company(owner.id).pepper)
    with server.units.write(owner.id) as conn:
        staff.create(conn, owner.id, person, [place.id for place in places], server.now())
    context.say(
        {"id": person.id, "name": person.name, "role": person.role}, f"{person.name} may work as {person.role}."
    )


def list_people(context: CommandContext, company: COMPANY) -> None:
    """Lists present and former staff."""
    server = bootstrap.open_server(context.settings)
    owner = server.company(company)
    with server.units.read() as conn:
        known = staff.listed(conn, owner.id)
    for one in known:
        places = "all stores" if one.stores is None else escaped(", ".join(one.stores))
        answer = {"id": one.id, "name": one.name, "role": one.role, "stores": one.stores, "active": one.active}
        left = "" if one.active else ", works here no longer"
        context.say(answer, f"{escaped(one.name)}: {one.role}, {places}{left}")


def dismiss(
    context: CommandContext, company: COMPANY, name: Annotated[str, typer.Option(help="Who leaves: a name, or an id.")]
) -> None:
    """Ends a person's work; tills learn it at their next contact."""
    server = bootstrap.open_server(context.settings)
    owner = server.company(company)
    with server.units.write(owner.id) as conn:
        _, called = staff.named(conn, owner.id, name)
        staff.dismiss(conn, owner.id, name, server.now())
    context.say({"name": called, "active": False}, f"{escaped(called)} no longer works here.")


def unlock(
    context: CommandContext,
    company: COMPANY,
    terminal: Annotated[str, typer.Option(metavar="NAME", help="The till where they stand.")],
    name: Annotated[
        str, typer.Option(help="Who cannot get in: a name, or an id. Make sure that it is them on the telephone.")
    ],
    challenge: Annotated[str, typer.Argument(help="The digits that the till shows.")],
) -> None:
    """Computes the digits with which a person unlocks an offline till that has no manager present."""
    server = bootstrap.open_server(context.settings)
    owner = server.company(company)
    with server.units.write(owner.id) as conn:
        _, called = staff.named(conn, owner.id, name)
        digits = staff.phone_answer(
            conn, owner.id, server.keys, terminal=terminal, name=name, challenge=challenge, now=server.now()
        )
    answer = f"{digits[:4]} {digits[4:]}"
    said = f"{answer} lets {escaped(called)} in at {terminal}, once."
    context.say({"name": called, "terminal": terminal, "answer": answer}, said)


def pins(context: CommandContext, company: COMPANY) -> None:
    """Every PIN that a till has set, or was not let set: whose, when, where, and who let them."""
    server = bootstrap.open_server(context.settings)
    owner = server.company(company)
    with server.units.read() as conn:
        changes = staff.pins(conn, owner.id)
    for one in changes:
        let = "" if one.answering is None else f", let by {one.answering}"
        why = "" if one.reason is None else f" ({one.reason})"
        where = f"{one.terminal}, {one.store}"
        context.say(asdict(one), f"{one.at:%Y-%m-%d %H:%M} {one.name} at {where}{let}: {one.word}{why}")
