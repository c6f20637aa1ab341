"""The commands `migrate`, `ledger check` and `ledger recount`."""

from typing import Annotated

import typer

from server import bootstrap, phrases
from server.commands.command_line import CommandContext, ServerCommand
from server.companies import companies
from server.refusals import No, Refused

_NAMED_MAX = 100


def add_to(app: typer.Typer) -> None:
    """Registers the commands."""
    ledger = typer.Typer(help="A company's books.", no_args_is_help=True)
    app.add_typer(ledger, name="ledger")
    app.command("migrate", cls=ServerCommand)(migrate)
    ledger.command("check", cls=ServerCommand)(check_ledger)
    ledger.command("recount", cls=ServerCommand)(recount_ledger)


def migrate(context: CommandContext) -> None:
    """Migrates the database to this program's version; an empty one gets its keys."""
    server = bootstrap.prepare(context.settings)
    context.say(
        {"ok": True, "keys": str(server.keys.path)}, f"The database is ready. Its keys are in {server.keys.path}."
    )


def check_ledger(
    context: CommandContext,
    company: Annotated[str | None, typer.Option(metavar="SLUG", help="Only this company.")] = None,
) -> None:
    """Compares every stored balance with its ledger."""
    from server.ledger.feed.check import check  # noqa: PLC0415 - most commands do not need the ledger

    server = bootstrap.open_server(context.settings)
    with server.units.read() as conn:
        owners = [companies.by_slug(conn, company)] if company is not None else companies.listed(conn)
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
        owners = [companies.by_slug(conn, company)] if company is not None else companies.listed(conn)
    for owner in owners:
        with server.units.write(owner.id) as conn:
            recount(conn, owner.id, server.now())
    context.say(
        {"ok": True, "companies": len(owners)},
        f"The sums of {phrases.counted(len(owners), 'company')} are counted anew.",
    )
