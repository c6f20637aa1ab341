"""The options that the till's window is started with: read before anything large is loaded, and explained."""

import argparse
from pathlib import Path

from msgspec import Struct


class WindowOptions(Struct, frozen=True):
    """What was chosen for one start."""

    profile: Path | None = None
    camera: int | None = None
    video: Path | None = None
    practice: bool = False


def read(words: list[str]) -> WindowOptions | None:
    """The options of a command line that asks for the window; None for one that asks for something else.

    Exits with a sentence where an option of the window lacks its value, or has one that it cannot be.
    """
    chosen, others = _parser().parse_known_args(words)
    return None if others else WindowOptions(**vars(chosen))


def explained() -> str:
    """The options with what each means, for `--help`."""
    return _parser().format_help().partition("\n\n")[2].strip()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="orion-terminal", add_help=False, allow_abbrev=False)
    options = parser.add_argument_group("The window, without a command")
    options.add_argument("--profile", type=Path, metavar="DIR", help="the folder with this till's files")
    options.add_argument(
        "--camera", type=int, metavar="NUMBER", help="the camera that the system counts so, instead of the chosen one"
    )
    options.add_argument("--video", type=Path, metavar="FILE", help="a recording in place of the camera")
    options.add_argument("--practice", action="store_true", help="a pretend shop, which reaches no journal")
    return parser
