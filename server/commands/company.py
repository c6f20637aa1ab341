"""The commands `company`, `program`, `settings` and `store`, which set up a company."""

import sys
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

import msgspec
import typer

from loyalty.program import Program
from loyalty.settings import spelled
from loyalty.texts import escaped
from server import bootstrap
from server.commands.command_line import CommandContext, ServerCommand
from server.companies import companies, programs, stores
from server.db.job_queue import DueJob
from server.ledger.judging import grants, program_changes
from server.refusals import No, Refused

COMPANY = Annotated[str, typer.Option("--company", metavar="SLUG", help="The company.")]


def add_to(app: typer.Typer) -> None:
    """Registers the commands."""
    groups = {
        "company": "Companies of this platform.",
        "program": "A company's rules.",
        "settings": "What a company allows.",
        "store": "A company's stores.",
    }
    named = {name: typer.Typer(help=text, no_args_is_help=True) for name, text in groups.items()}
    for name, group in named.items():
        app.add_typer(group, name=name)
    named["company"].command("create", cls=ServerCommand)(create_company)
    named["company"].command("rename", cls=ServerCommand)(rename_company)
    named["company"].command("list", cls=ServerCommand)(list_companies)
    named["program"].command("set", cls=ServerCommand)(set_program)
    named["program"].command("show", cls=ServerCommand)(show_program)
    named["settings"].command("set", cls=ServerCommand)(set_settings)
    named["settings"].command("show", cls=ServerCommand)(show_settings)
    named["store"].command("create", cls=ServerCommand)(create_store)
    named["store"].command("list", cls=ServerCommand)(list_stores)


def create_company(
    context: CommandContext,
    *,
    name: Annotated[str, typer.Option(help="As customers read it.")],
    slug: Annotated[str | None, typer.Option(help="For commands and addresses; made of the name without one.")] = None,
    currency: Annotated[str, typer.Option(help="Three capital letters.")] = "EUR",
    country: Annotated[str, typer.Option(help="Two capital letters: how local phone numbers are read.")] = "LU",
    time_zone: Annotated[str, typer.Option(help="Where its days begin.")] = "Europe/Luxembourg",
) -> None:
    """Creates a company with its own keys."""
    server = bootstrap.open_server(context.settings, create=True)
    choices = {"currency": currency, "country": country, "time_zone": time_zone}
    with server.units.platform_write() as conn:
        company = companies.create(conn, uuid4(), name=name, slug=slug, choices=choices, now=server.now())
        server.keys.add_company(company.id)  # written to disk before the company is committed
    answer = {"id": company.id, "slug": company.slug, "name": company.name}
    context.say(answer, f"{company.name} is {company.slug} on the command line.")


def rename_company(
    context: CommandContext,
    company: COMPANY,
    slug: Annotated[str, typer.Option(help="The new one, for commands and addresses.")],
) -> None:
    """Gives a company another short name; also before `migrate`, which refuses names that are reserved by now."""
    server = bootstrap.open_server(context.settings)
    with server.units.platform_write() as conn:
        companies.rename(conn, company, slug, server.now())
    context.say({"slug": slug}, f"{company} is {slug} now. Addresses of its office begin with /office/{slug}.")


def list_companies(context: CommandContext) -> None:
    """Lists the companies of this platform."""
    server = bootstrap.open_server(context.settings)
    with server.units.read() as conn:
        known = companies.listed(conn)
    for one in known:
        context.say({"id": one.id, "slug": one.slug, "name": one.name}, f"{one.slug}: {escaped(one.name)}")


def set_program(
    context: CommandContext,
    company: COMPANY,
    file: Annotated[Path, typer.Argument(metavar="FILE.json", help="The rules; - reads standard input.")],
) -> None:
    """Publishes a new version of the rules, valid from now on."""
    try:
        data = sys.stdin.buffer.read() if file == Path("-") else file.read_bytes()
    except OSError as error:
        raise Refused(No.FILE_UNREADABLE, str(file)) from error
    program = programs.read(data)
    server = bootstrap.open_server(context.settings)
    owner = server.company(company)
    with server.units.write(owner.id) as conn:
        held = program_changes.publish(conn, owner.id, program, server.keys, server.now())
    given = _given(server, owner.id, held)
    answer = {"version": held.version, "holds_from": held.holds_from, "cards_given": given}
    what = f"Cards given what it would have taken: {given}."
    if given is None:
        what = "The server is giving cards what it would have taken."
    context.say(answer, f"Version {held.version} holds from now on. {what}")


def _given(server: bootstrap.Server, company_id: UUID, program: Program) -> int | None:
    """How many cards were given what a new version would have taken; None while another process is at it."""
    bootstrap.runner(server).run(DueJob(company_id, grants.JOB), program.holds_from)
    with server.units.read() as conn:
        found = programs.grants(conn, company_id).get(program.version)
    if found is None:
        return 0
    return None if found.done_at is None else found.cards


def show_program(context: CommandContext, company: COMPANY) -> None:
    """Shows the rules in force, in the format that `program set` reads."""
    server = bootstrap.open_server(context.settings)
    owner = server.company(company)
    with server.units.read() as conn:
        program = programs.shown(programs.in_force(conn, owner.id, server.now()))
    context.say(program, msgspec.json.format(msgspec.json.encode(program)).decode())


def set_settings(
    context: CommandContext,
    company: COMPANY,
    values: Annotated[list[str], typer.Argument(metavar="NAME=VALUE…", help="docs/rules.md has the names.")],
) -> None:
    """Changes settings within the platform's limits: all of them, or none if one is refused."""
    pairs = [value.partition("=") for value in values]
    if any(not equals for _, equals, _ in pairs):
        raise typer.BadParameter("a setting is written NAME=VALUE")
    server = bootstrap.open_server(context.settings)
    owner = server.company(company)
    with server.units.write(owner.id) as conn:
        chosen = companies.set_settings(conn, owner.id, {name: text for name, _, text in pairs}, server.now())
    texts = spelled(chosen)
    context.say(msgspec.to_builtins(chosen), "\n".join(f"{name}={texts[name]}" for name, _, _ in pairs))


def show_settings(context: CommandContext, company: COMPANY) -> None:
    """Shows the settings in force."""
    server = bootstrap.open_server(context.settings)
    chosen = server.company(company).settings
    lines = "\n".join(f"{name}={text}" for name, text in spelled(chosen).items())
    context.say(msgspec.to_builtins(chosen), lines)


def create_store(
    context: CommandContext, company: COMPANY, name: Annotated[str, typer.Option(help="As tills show it.")]
) -> None:
    """Creates a store of the company."""
    server = bootstrap.open_server(context.settings)
    owner = server.company(company)
    with server.units.write(owner.id) as conn:
        store = stores.create(conn, owner.id, name, server.now())
    context.say({"id": store.id, "name": store.name}, f"{store.name} belongs to {owner.name}.")


def list_stores(context: CommandContext, company: COMPANY) -> None:
    """Lists the company's stores."""
    server = bootstrap.open_server(context.settings)
    owner = server.company(company)
    with server.units.read() as conn:
        known = stores.listed(conn, owner.id)
    for one in known:
        said = f"{escaped(one.name)}, closed" if one.is_closed else escaped(one.name)
        context.say({"id": one.id, "name": one.name, "closed_at": one.closed_at}, said)
