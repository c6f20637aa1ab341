"""What all commands of `orion-server` share: `--database`, `--json`, and the output of answers and errors.

Answers go to standard output, with `--json` as one JSON object a line; everything else goes to standard error.
"""

import os
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
import typer
from typer.core import TyperCommand

from loyalty.texts import escaped
from server import phrases, settings
from server.problems import Problem
from server.refusals import No, Refused
from server.settings import NotAnAddress, Settings


def _keep(context: typer.Context, option: typer.CallbackParam, given: object) -> None:
    """Stores a shared option where the contexts of all nested commands find it; the last one given wins."""
    if given:
        context.meta[str(option.name)] = given


class CommandContext(typer.Context):
    """Typer's context with the chosen database and the output of answers."""

    @property
    def settings(self) -> Settings:
        """The settings of environment and command line; an invalid address is a usage error."""
        try:
            return settings.read(os.environ, self.meta.get("database"))
        except NotAnAddress:
            raise typer.BadParameter(phrases.NOT_AN_ADDRESS, param_hint="--database") from None

    def say(self, answer: Mapping[str, object], line: str) -> None:
        """Prints an answer: *answer* for programs, *line* for people."""
        json = msgspec.json.encode(answer).decode()
        sys.stdout.write((escaped(json) if self._is_json else escaped(line, keep="\n")) + "\n")
        sys.stdout.flush()  # programs that start `serve` read a pipe

    def say_no(self, reason: str, text: str) -> None:
        """Prints why a command failed; with `--json`, on standard output."""
        if self._is_json:
            text = text.encode("utf-8", "backslashreplace").decode()  # it may quote bytes of the command line
            self.say({"ok": False, "reason": reason, "text": text}, text)
        else:
            sys.stderr.write(escaped(text) + "\n")

    @property
    def _is_json(self) -> bool:
        return "json" in self.meta


_shared = typer.Typer(add_completion=False)


@_shared.command()
def shared(
    database: Annotated[
        str | None,
        typer.Option(
            "--database", metavar="URL", help="The database; ORION_DATABASE too.", expose_value=False, callback=_keep
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line.", expose_value=False, callback=_keep)
    ] = False,
) -> None:
    """The company server of Orion Terminal."""


class ServerCommand(TyperCommand):
    """A command of `orion-server`: takes the shared options, and prints why it failed."""

    context_class = CommandContext

    def __init__(self, name: str | None, *, params: list[Any], **rest: Any) -> None:
        super().__init__(name, params=[*params, *typer.main.get_command(_shared).params], **rest)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Refused as refused:
            by_rules = refused.refusal if refused.reason is No.REFUSED else None
            ctx.say_no(refused.reason if by_rules is None else by_rules.reason, phrases.refusal(refused))
            raise typer.Exit(1) from None
        except Problem as problem:
            ctx.say_no(problem.kind, phrases.problem(problem))
            raise typer.Exit(1) from None
