"""The complete command line: the till's commands, help on the window's options, and the gallery."""

import typer

from terminal import cli
from ui import window_options


def main() -> None:
    """Runs a command, or prints help."""
    cli.app.info.epilog = f"\b\n{window_options.explained()}"
    cli.main()


@cli.app.command()
def gallery() -> None:
    """Shows every component of the window in every state, for developers."""
    from ui.gallery import gallery as shown  # noqa: PLC0415 - commands run without the window's libraries

    raise typer.Exit(shown.main())
