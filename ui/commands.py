"""The command line as a whole: the counter's commands, the window's options explained, and the gallery."""

from pathlib import Path

import typer

from terminal import cli


def main() -> None:
    """Runs a command, or says how it is used."""
    cli.main(_window)


@cli.app.command()
def gallery() -> None:
    """Every component of the window in every state, for those who build it."""
    from ui.gallery import gallery as shown  # noqa: PLC0415 - as below

    raise typer.Exit(shown.main())


def _window(profile: Path | None, practice: bool) -> int:
    from ui import application  # noqa: PLC0415 - the counter in JSON lines runs without a window's libraries

    arguments = [] if profile is None else ["--profile", str(profile)]
    return application.main([*arguments, "--practice"] if practice else arguments)
