"""The commands `case list`, `case show` and `case decide`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy import Connection, Row

from loyalty.cases import CaseKind
from loyalty.staff import Role
from server import bootstrap, phrases
from server.accounts import audit
from server.cases import case_detail, case_list, case_words, deciding
from server.cases.case_detail import CaseDetail
from server.cases.case_list import CaseFilters
from server.cases.deciding import Decider, Typed
from server.commands.command_line import CommandContext, ServerCommand
from server.commands.company import COMPANY
from server.companies import programs
from server.companies.companies import Company
from server.keys import CompanyKeys
from server.ledger.judging.savepoint_booking import Ledger
from server.ledger.rows.cases import State
from server.refusals import No, Refused
from server.translations import Translator

_OPERATOR = Decider(staff_id=None, role=Role.OWNER, store_ids=None)
NUMBERS_MAX = (1 << 31) - 1
BATCH = 500  # cases read at once
NUMBER = Annotated[int, typer.Argument(min=1, max=NUMBERS_MAX, help="The case's number.")]


def add_to(app: typer.Typer) -> None:
    """Registers the commands."""
    group = typer.Typer(help="What managers of a company have to decide.", no_args_is_help=True)
    app.add_typer(group, name="case")
    group.command("list", cls=ServerCommand)(list_cases)
    group.command("show", cls=ServerCommand)(show)
    group.command("decide", cls=ServerCommand)(decide)


def list_cases(
    context: CommandContext,
    company: COMPANY,
    state: Annotated[State, typer.Option(help="Which cases.")] = State.OPEN,
    kind: Annotated[CaseKind | None, typer.Option(help="Only this kind.")] = None,
) -> None:
    """Lists the cases of a company one by one, in the order they opened."""
    server = bootstrap.open_server(context.settings)
    owner = server.company(company)
    filters, after = CaseFilters(state=state, kind=kind), 0
    while True:
        with server.units.read() as conn:
            rows = case_list.each(conn, owner.id, filters, after, BATCH)
            said = [(row, _choices(conn, owner, server.keys.company(owner.id), row, server.now())) for row in rows]
        for row, choices in said:
            answer = _answer(row) | {"choices": choices}
            context.say(answer, f"Case {row.number}: {phrases.case(row.kind)} ({', '.join(choices)})")
        if len(rows) < BATCH:
            return
        after = rows[-1].number


def show(context: CommandContext, company: COMPANY, number: NUMBER) -> None:
    """Shows a case with its story and choices."""
    server = bootstrap.open_server(context.settings)
    owner = server.company(company)
    keys = server.keys.company(owner.id)
    with server.units.read() as conn:
        row = _numbered(conn, owner.id, number)
        found = case_detail.of_row(conn, owner, keys, row, server.now())
        program = programs.versions(conn, owner.id).at(row.occurred_at)
    words = Translator("en", owner.settings.currency)
    story = [
        {"at": one.at, "text": case_words.line(one, program, words), "before": one.before, "after": one.after}
        for one in found.story.lines
    ]
    answer = _answer(row) | {
        "state": row.state,
        "choice": row.choice,
        "decided_at": row.decided_at,
        "note": row.note,
        "story": story,
        "story_more": found.story.more,
        "choices": [_choice(one, found, words) for one in found.options],
    }
    context.say(answer, "\n".join(_lines(found, story, words)))


def decide(  # noqa: PLR0917 - a case and its choice are arguments, the rest are options
    context: CommandContext,
    company: COMPANY,
    number: NUMBER,
    choice: Annotated[str, typer.Argument(help="One of its choices.")],
    card: Annotated[str, typer.Option(help="The code of the card that an entry is about.")] = "",
    blank: Annotated[str, typer.Option(help="The code of a blank card for a second customer.")] = "",
    amount: Annotated[int | None, typer.Option(min=1, max=NUMBERS_MAX, help="How many points are taken.")] = None,
    note: Annotated[str, typer.Option(help="Why, for colleagues.")] = "",
) -> None:
    """Decides a case."""
    server = bootstrap.open_server(context.settings)
    owner = server.company(company)
    typed = Typed(choice=choice, card=card, blank=blank, amount=amount, note=note)
    with server.units.write(owner.id) as conn:
        row = _numbered(conn, owner.id, number)
        done = deciding.decide(Ledger(conn, owner.id, server.keys, server.now()), row.case_id, typed, _OPERATOR)
        said = {"choice": choice}
        actor = audit.BY_COMMAND
        audit.append(
            conn, owner.id, actor, "case_decided", subject="case", subject_id=row.case_id, after=said, now=server.now()
        )
    booked = [
        {"id": fact.id, "kind": fact.kind.value, "stamps": fact.effect.stamps, "points": fact.effect.points}
        for fact in done.booked
    ]
    made = ", ".join(str(one["kind"]) for one in booked) or "nothing"
    context.say({"ok": True, "booked": booked}, f"Case {number} is {done.row.state}; booked: {made}.")


def _numbered(conn: Connection, company_id: UUID, number: int) -> Row[Any]:
    row = case_list.by_number(conn, company_id, number)
    if row is None:
        raise Refused(No.CASE_UNKNOWN, str(number))
    return row


def _choices(conn: Connection, company: Company, keys: CompanyKeys, row: Row[Any], now: datetime) -> list[str]:
    if row.state not in (State.OPEN, State.WAITING):
        return []
    return [one.choice.value for one in case_detail.options(conn, company, keys, row, now)]


def _answer(row: Row[Any]) -> dict[str, object]:
    return {
        "id": row.case_id,
        "number": row.number,
        "kind": row.kind,
        "card": row.card_id,
        "unit": row.unit,
        "amount": row.amount,
        "stake_minor": row.stake_minor,
        "opened_at": row.created_at,
    }


def _choice(one: case_detail.Option, found: CaseDetail, words: Translator) -> dict[str, object]:
    return {
        "choice": one.choice.value,
        "effect": case_words.effect(one, found.card, words),
        "stake_minor": one.stake_minor,
        "refusal": case_words.refusal(one.refusal, words),
        "needs": one.needs,
    }


def _lines(found: CaseDetail, story: Sequence[dict[str, Any]], words: Translator) -> list[str]:
    row = found.row
    lines = [f"Case {row.number}, {row.state}: {phrases.case(row.kind)}"]
    lines += [f"{one['at']:%Y-%m-%d %H:%M} UTC  {one['text']}" for one in story]
    for one in found.options:
        why = case_words.refusal(one.refusal, words)
        lines.append(f"{one.choice.value}: {why or case_words.effect(one, found.card, words)}")
    return lines
