"""Preferences of this till, independent of the company, such as language and colours.

A missing or unreadable file means the defaults, so that it cannot prevent serving.
"""

import contextlib
import logging
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

log = logging.getLogger(__name__)


class Preferences(Struct, frozen=True, omit_defaults=True):
    """The preferences; None and "system" mean the system's setting."""

    language: str | None = None
    look: Literal["system", "light", "dark"] = "system"
    sound: bool = True
    volume: Literal["quiet", "normal", "loud"] = "normal"
    still: bool = False  # less motion
    customer_window: Literal["auto", "window", "off"] = "auto"  # auto: if there is a second screen
    scanner_layout: str | None = None  # the keyboard layouts that fit the hand-held scanner
    mirror: bool = True  # show the camera's picture mirrored, which makes aiming easier
    pin_shuffled: bool = False  # shuffle the PIN pad's keys each time
    camera: str | None = None  # id of the chosen camera; None: the first available
    window: str | None = None  # the window's geometry, as saved by Qt
    printer: Literal["usb", "network", "file", "system"] | None = None  # the connection; None: no printer
    printer_address: str = ""
    paper_mm: Literal[58, 80] = 80
    print_after: Literal["nothing", "receipt", "slip"] = "nothing"  # what is printed after a transaction


def preferences_at(path: Path) -> Preferences:
    """Reads the preferences; defaults if unreadable."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Preferences)
    except FileNotFoundError:
        return Preferences()
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("preferences_unreadable", extra={"detail": str(error)})
        return Preferences()


def keep_preferences(path: Path, chosen: Preferences) -> None:
    """Writes the preferences atomically; failures are ignored."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.write_bytes(msgspec.json.encode(chosen))
        new.replace(path)
