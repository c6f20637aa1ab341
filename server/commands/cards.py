"""The commands `card issue` and `card show`."""

from typing import Annotated

import typer

from loyalty.codes import written
from loyalty.texts import escaped
from server import bootstrap, phrases
from server.cards import blanks as blank_cards
from server.cards import card_record
from server.commands.command_line import CommandContext, ServerCommand
from server.commands.company import COMPANY


def add_to(app: typer.Typer) -> None:
    """Registers the commands."""
    group = typer.Typer(help="Cards of a company.", no_args_is_help=True)
    app.add_typer(group, name="card")
    group.command("issue", cls=ServerCommand)(issue)
    # unknown options are taken as codes, because one QR code in 64 begins with a dash
    group.command("show", cls=ServerCommand, context_settings={"ignore_unknown_options": True})(show)


def issue(context: CommandContext, company: COMPANY, count: Annotated[int, typer.Option(help="How many.")]) -> None:
    """Issues blank cards for the printer. Their codes are shown only this once."""
    server = bootstrap.open_server(context.settings)
    owner = server.company(company)
    with server.units.write(owner.id) as conn:
        source = blank_cards.random_blanks()
        blanks = blank_cards.issue(conn, owner.id, server.keys, source, count=count, now=server.now())
    for blank in blanks:
        number = written(blank.number)
        context.say({"card_number": number, "qr_code": blank.token}, f"{number} {blank.token}")


def show(
    context: CommandContext,
    company: COMPANY,
    code: Annotated[str, typer.Argument(help="Card number, token or its address.")],
) -> None:
    """Shows a card with its transactions, oldest first, and its cases."""
    server = bootstrap.open_server(context.settings)
    owner = server.company(company)
    with server.units.read() as conn:
        keys = server.keys.company(owner.id)
        card_id = card_record.find(conn, owner.id, code, server.keys.platform, keys)
        found = card_record.history(conn, owner.id, card_id, keys)
    cases = [{**one, "text": phrases.case(str(one["kind"]))} for one in found.cases]
    context.say({"card": found.card, "transactions": found.transactions, "cases": cases}, _lines(found, cases))


def _lines(found: card_record.CardHistory, cases: list[dict[str, object]]) -> str:
    card = found.card
    stamps, points = int(str(card["stamp_count"])), int(str(card["points_balance"]))
    counted = f"{phrases.counted(stamps, 'stamp')}, {phrases.counted(points, 'point')}"
    lines = [f"Card …{card['number_end']}, {escaped(str(card['name'] or 'no name'))}: {counted}"]
    lines += [f"{one['occurred_at']}  {one['kind']}  {one['stamps']:+} {one['points']:+}" for one in found.transactions]
    return "\n".join([*lines, *(f"case: {one['text']}" for one in cases)])
