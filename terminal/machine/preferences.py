"""What was chosen at this till and has nothing to do with the company: its language, light or dark.

A file that is missing or cannot be read means the defaults: nobody must be kept from serving by it.
"""

import contextlib
import logging
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

log = logging.getLogger(__name__)


class Preferences(Struct, frozen=True, omit_defaults=True):
    """None and "system": as the system has it."""

    language: str | None = None
    look: Literal["system", "light", "dark"] = "system"
    sound: bool = True
    volume: Literal["quiet", "normal", "loud"] = "normal"
    still: bool = False  # less motion
    customer_window: Literal["auto", "window", "off"] = "auto"  # auto: where there is a second screen
    scanner_layout: str | None = None  # how this till's hand-held scanner has been found to type
    mirror: bool = True  # the camera's picture, as in a mirror: whoever aims with it in view finds the way
    pin_shuffled: bool = False  # the PIN pad's keys in another order each time
    camera: str | None = None  # the id of the chosen one; None: the first that is there
    window: str | None = None  # where the window stood, on which screen and how large, as Qt writes it
    printer: Literal["usb", "network", "file", "system"] | None = None  # how it is reached; None: nothing is printed
    printer_address: str = ""
    paper_mm: Literal[58, 80] = 80
    print_after: Literal["nothing", "receipt", "slip"] = "nothing"  # a transaction


def preferences_at(path: Path) -> Preferences:
    """What was chosen, as far as it can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Preferences)
    except FileNotFoundError:
        return Preferences()
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("preferences_unreadable", extra={"detail": str(error)})
        return Preferences()


def keep_preferences(path: Path, chosen: Preferences) -> None:
    """Writes the file whole or not at all; a full disk costs the choice, and nothing else."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.write_bytes(msgspec.json.encode(chosen))
        new.replace(path)
