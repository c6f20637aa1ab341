"""What all commands of `orion-server` share: `--database`, `--json`, and the output of answers and errors.

Answers go to standard output, with `--json` as one JSON object a line; everything else goes to standard error.
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

from loyalty.texts import escaped
from server import phrases, settings
from server.problems import Problem
from server.refusals import Refused
from server.settings import NotAnAddress, Settings

DATABASE = Annotated[str | None, typer.Option("--database", metavar="URL", help="The database; ORION_DATABASE too.")]
JSON = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@dataclass(frozen=True, slots=True)
class CommandContext:
    """The database and output format chosen for a command."""

    database: str | None = None
    json: bool = False

    @property
    def settings(self) -> Settings:
        """The settings of environment and command line; an invalid address is a usage error."""
        try:
            return settings.read(os.environ, self.database)
        except NotAnAddress:
            raise typer.BadParameter(phrases.NOT_AN_ADDRESS, param_hint="--database") from None

    def say(self, answer: Mapping[str, object], line: str) -> None:
        """Prints an answer: *answer* for programs, *line* for people."""
        text = escaped(msgspec.json.encode(answer).decode()) if self.json else escaped(line, keep="\n")
        sys.stdout.write(text + "\n")
        sys.stdout.flush()  # programs that start `serve` read a pipe

    def say_no(self, reason: str, text: str) -> None:
        """Prints why a command failed; with `--json`, on standard output."""
        if self.json:
            self.say({"ok": False, "reason": reason, "text": text}, text)
        else:
            sys.stderr.write(escaped(text) + "\n")


def command(
    app: typer.Typer, name: str, *, takes_codes: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Decorator that registers a function, whose first argument is a `CommandContext`, as command *name* of *app*.

    With *takes_codes*, unknown options are taken as arguments, because one QR code in 64 begins with a dash.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def run(typer_context: typer.Context, database: str | None, json: bool, **given: Any) -> None:
            shared_context: CommandContext = (
                typer_context.find_root().obj or CommandContext()
            )  # options given before the command's name
            context = replace(
                shared_context, database=database or shared_context.database, json=json or shared_context.json
            )
            try:
                function(context, **given)
            except Refused as refused:
                context.say_no(refused.reason, phrases.refusal(refused))
                raise typer.Exit(1) from None
            except Problem as problem:
                context.say_no(problem.kind, phrases.problem(problem))
                raise typer.Exit(1) from None

        kind = inspect.Parameter.KEYWORD_ONLY
        shared = [
            inspect.Parameter("typer_context", kind, annotation=typer.Context),
            inspect.Parameter("database", kind, annotation=DATABASE, default=None),
            inspect.Parameter("json", kind, annotation=JSON, default=False),
        ]
        own = [one.replace(kind=kind) for one in list(inspect.signature(function).parameters.values())[1:]]
        parameters = [*shared[:1], *own, *shared[1:]]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        return app.command(name, context_settings={"ignore_unknown_options": takes_codes})(run)

    return register
