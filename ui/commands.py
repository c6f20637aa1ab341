"""The complete command line: the till's commands, help on the window's options, and the gallery."""

from pathlib import Path

import typer

from terminal import cli


def main() -> None:
    """Runs a command, or prints help."""
    cli.main(_window)


@cli.app.command()
def gallery() -> None:
    """Shows every component of the window in every state, for developers."""
    from ui.gallery import gallery as shown  # noqa: PLC0415 - as below

    raise typer.Exit(shown.main())


def _window(profile: Path | None, practice: bool) -> int:
    from ui import application  # noqa: PLC0415 - commands run without the window's libraries

    arguments = [] if profile is None else ["--profile", str(profile)]
    return application.main([*arguments, "--practice"] if practice else arguments)
