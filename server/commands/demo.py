"""The command `demo`, which fills an empty database with an example company."""

from typing import Annotated

import typer

from server import bootstrap
from server.commands.command_line import CommandContext, ServerCommand
from server.demo import cafes


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("demo", cls=ServerCommand)(demo)


def demo(
    context: CommandContext,
    customers: Annotated[int, typer.Option(min=0, max=100_000, help="With months of history.")] = 2_000,
) -> None:
    """Fills an empty database with a coffee-shop chain. Its PINs and codes are public."""
    from server.demo.filling import fill  # noqa: PLC0415 - most commands do not need the ledger

    filled = fill(bootstrap.open_server(context.settings, create=True), customers)
    people = [{"name": one.name, "role": one.role, "pin": one.pin, "store": one.store} for one in cafes.STAFF]
    answer = {
        "company": filled.company.slug,
        "stores": cafes.STORES,
        "staff": people,
        "customers": filled.customers,
        "blanks": filled.blanks,
        "transactions": filled.transactions,
    }
    pins = ", ".join(f"{one.name} {one.pin}" for one in cafes.STAFF)
    line = (
        f"{filled.company.name} has {filled.customers} customers and {filled.transactions} transactions. PINs: {pins}."
    )
    context.say(answer, line)
