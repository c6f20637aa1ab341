"""Printing on the system's printers with the lp command, as a page of the paper's width.

Jobs that lp accepts are the system's: it prints them later if a printer is off, and reports errors itself.
"""

import os
import subprocess
import tempfile
from pathlib import Path

from PIL.Image import Image

from terminal.printing.printers import FoundPrinter, Printer
from terminal.problems import PrinterServiceMissing, PrinterUnreachable

DPI = 203.2  # 8 dots per mm
ANSWER_S = 10.0
TITLE = "Orion Terminal"


def print_by_system(printer: Printer, picture: Image, folder: Path | None = None) -> None:
    """Sends *picture* to the system's printer of that name, or to the default printer.

    *folder* is where lp is, if not on the path.
    """
    name = ["-d", printer.address.strip()] if printer.address.strip() else []
    with tempfile.TemporaryDirectory(prefix="orion-slip-") as place:
        page = Path(place) / "slip.pdf"
        picture.save(page, "PDF", resolution=DPI, title=TITLE)
        _run([_command("lp", folder), *name, "-t", TITLE, "--", str(page)])


def system_found(folder: Path | None = None) -> tuple[FoundPrinter, ...]:
    """The printers known to the system."""
    names = _run([_command("lpstat", folder), "-e"]).splitlines()
    return tuple(FoundPrinter(name.strip(), name.strip()) for name in names if name.strip())


def _command(name: str, folder: Path | None) -> str:
    return name if folder is None else str(folder / name)


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, with the name as one argument
            command,
            capture_output=True,
            text=True,
            timeout=ANSWER_S,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except FileNotFoundError as error:
        raise PrinterServiceMissing(command[0]) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PrinterUnreachable(str(error)) from error
    if done.returncode:
        raise PrinterUnreachable(done.stderr.strip() or f"{command[0]} ended with {done.returncode}")
    return done.stdout
