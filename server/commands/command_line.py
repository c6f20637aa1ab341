"""What every command of `orion-server` shares: `--database`, `--json`, how it answers, and how it says no.

An answer goes to standard output, one JSON object a line with `--json`; everything else goes to standard error.
"""

import functools
import inspect
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

import msgspec
import typer
from sqlalchemy.exc import DBAPIError

from server import phrases, settings
from server.bootstrap import lacks_a_table
from server.problems import DatabaseNotMigrated, Problem
from server.refusals import Refused
from server.settings import NotAnAddress, Settings

DATABASE = Annotated[str | None, typer.Option("--database", metavar="URL", help="The database; ORION_DATABASE too.")]
JSON = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@dataclass(frozen=True, slots=True)
class CommandContext:
    """Where a command stands: which database, and how to answer."""

    database: str | None = None
    json: bool = False

    @property
    def settings(self) -> Settings:
        """Environment and command line; an address that is none is a wrong usage."""
        try:
            return settings.read(os.environ, self.database)
        except NotAnAddress:
            raise typer.BadParameter(phrases.NOT_AN_ADDRESS, param_hint="--database") from None

    def say(self, answer: Mapping[str, object], line: str) -> None:
        """One answer: the object for programs, the line for people."""
        sys.stdout.write((msgspec.json.encode(answer).decode() if self.json else line) + "\n")
        sys.stdout.flush()  # whoever waits for `serve` to listen reads a pipe

    def say_no(self, reason: str, text: str) -> None:
        """Why it was not done; a program reads it where it would have read the answer."""
        if self.json:
            self.say({"ok": False, "reason": reason, "text": text}, text)
        else:
            sys.stderr.write(text + "\n")


def command(
    app: typer.Typer, name: str, *, takes_codes: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Makes a function that begins with a `CommandContext` the command *name* of *app*.

    With *takes_codes* what begins with a dash and is no option is an argument: one QR code in 64 begins so.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def run(context: typer.Context, database: str | None, json: bool, **given: Any) -> None:
            before: CommandContext = (
                context.find_root().obj or CommandContext()
            )  # what stood in front of the command's name
            desk = replace(before, database=database or before.database, json=json or before.json)
            try:
                function(desk, **given)
            except Refused as no:
                desk.say_no(no.reason, phrases.refusal(no))
                raise typer.Exit(1) from None
            except Problem as problem:
                desk.say_no(problem.kind, phrases.problem(problem))
                raise typer.Exit(1) from None
            except DBAPIError as error:
                if not lacks_a_table(error):
                    raise
                desk.say_no(DatabaseNotMigrated.kind, phrases.problem(DatabaseNotMigrated()))
                raise typer.Exit(1) from None

        kind = inspect.Parameter.KEYWORD_ONLY
        shared = [
            inspect.Parameter("context", kind, annotation=typer.Context),
            inspect.Parameter("database", kind, annotation=DATABASE, default=None),
            inspect.Parameter("json", kind, annotation=JSON, default=False),
        ]
        own = [one.replace(kind=kind) for one in list(inspect.signature(function).parameters.values())[1:]]
        parameters = [*shared[:1], *own, *shared[1:]]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        return app.command(name, context_settings={"ignore_unknown_options": takes_codes})(run)

    return register
