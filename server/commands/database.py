"""The commands `migrate`, `check`, `ledger check` and `ledger recount`."""

from typing import Annotated

import typer
from sqlalchemy import Connection

from server import bootstrap, phrases
from server.commands.command_line import CommandContext, ServerCommand
from server.companies import companies
from server.companies.companies import Company
from server.refusals import No, Refused

_NAMED_MAX = 100


def add_to(app: typer.Typer) -> None:
    """Registers the commands."""
    ledger = typer.Typer(help="A company's books.", no_args_is_help=True)
    app.add_typer(ledger, name="ledger")
    app.command("migrate", cls=ServerCommand)(migrate)
    app.command("check", cls=ServerCommand)(check)
    ledger.command("check", cls=ServerCommand)(check_ledger)
    ledger.command("recount", cls=ServerCommand)(recount_ledger)


def migrate(context: CommandContext) -> None:
    """Migrates the database to this program's version; an empty one gets its keys."""
    server = bootstrap.prepare(context.settings)
    context.say(
        {"ok": True, "keys": str(server.keys.path)}, f"The database is ready. Its keys are in {server.keys.path}."
    )


def check(context: CommandContext) -> None:
    """Checks the database and every company's books, and says each thing that is wrong in a line."""
    from server.operations.check import check as troubles  # noqa: PLC0415 - most commands need none of it

    server = bootstrap.open_server(context.settings)
    bootstrap.require_current(server)
    count = 0
    for one in troubles(server.units, server.keys):
        count += 1
        answer = {"company": one.company, "part": one.part, "text": one.text}
        context.say(answer, f"{one.company or 'the installation'}, {one.part}: {one.text}")
    with server.units.read() as conn:
        owners = len(companies.listed(conn))
    said = "nothing is wrong" if not count else f"{phrases.counted(count, 'problem')} found"
    context.say(
        {"ok": not count, "companies": owners, "problems": count}, f"{phrases.counted(owners, 'company')}: {said}."
    )
    if count:
        raise typer.Exit(1)


def check_ledger(
    context: CommandContext,
    company: Annotated[str | None, typer.Option(metavar="SLUG", help="Only this company.")] = None,
) -> None:
    """Compares every stored balance with its ledger."""
    from server.ledger.feed.check import check  # noqa: PLC0415 - most commands do not need the ledger

    server = bootstrap.open_server(context.settings)
    with server.units.read() as conn:
        owners = _owners(conn, company)
        checked = [check(conn, owner.id) for owner in owners]
    cards, wrong = sum(one.cards for one in checked), [card_id for one in checked for card_id in one.wrong]
    wrong_sums = sum(one.wrong_sums for one in checked)
    answer: dict[str, object] = {"cards": cards, "wrong": len(wrong)}
    if not wrong and not wrong_sums:
        context.say(answer, f"{phrases.counted(cards, 'card')}, and every balance equals its ledger.")
        return
    refused = Refused(No.BALANCES_WRONG, str(len(wrong))) if wrong else Refused(No.SUMS_WRONG, str(wrong_sums))
    text = phrases.refusal(refused)
    answer |= {"wrong_sums": wrong_sums} if wrong_sums else {}
    context.say(answer | {"reason": refused.reason, "text": text, "wrong_cards": wrong[:_NAMED_MAX]}, text)
    raise typer.Exit(1)


def recount_ledger(
    context: CommandContext,
    company: Annotated[str | None, typer.Option(metavar="SLUG", help="Only this company.")] = None,
) -> None:
    """Recomputes the sums that tills compare with theirs."""
    from server.ledger.feed.recount import recount  # noqa: PLC0415 - as above

    server = bootstrap.open_server(context.settings)
    with server.units.read() as conn:
        owners = _owners(conn, company)
    for owner in owners:
        with server.units.write(owner.id) as conn:
            recount(conn, owner.id, server.now())
    context.say(
        {"ok": True, "companies": len(owners)},
        f"The sums of {phrases.counted(len(owners), 'company')} are counted anew.",
    )


def _owners(conn: Connection, company: str | None) -> list[Company]:
    return companies.listed(conn) if company is None else [companies.by_slug(conn, company)]
