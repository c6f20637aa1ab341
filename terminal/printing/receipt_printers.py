"""Receipt printers that speak ESC/POS: by USB, by network, by a device file. Loaded only where one is printed on.

Used on the printing's own thread: a printer that is off answers late or never.
"""

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from escpos import capabilities, exceptions
from escpos.escpos import Escpos
from escpos.printer import File, Network
from PIL.Image import Image

from terminal.printing.printers import Printer, host_and_port
from terminal.problems import PrinterAddressWrong, PrinterNotAllowed, PrinterPaperOut, PrinterUnreachable

ANSWER_S = 4.0  # a printer in the same house answers in milliseconds, one that wakes up in a second or two
STATUS_S = 0.4  # many never say how they are
# What the library has to know of a printer: how wide its paper is, and whether it cuts.
_PROFILES = {80: "TM-T88III", 58: "POS-5890"}
_ASK_STATUS = b"\x10\x04\x02\x10\x04\x04"  # why it is off line; how its paper is
_LID_OPEN, _PAPER_END, _PAPER_GONE = 0x04, 0x20, 0x60


def tidy_up() -> None:
    """The library leaves a folder behind in the system's temporary ones each time it is loaded."""
    if "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ:
        shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)


def print_picture(printer: Printer, picture: Image) -> None:
    """Prints *picture* and cuts. Raises what kept the printer from it."""
    print_on(_driver(printer), picture)


def print_on(opened: Escpos, picture: Image) -> None:
    """As `print_picture`, through a driver that is there already; it is closed afterwards."""
    try:
        with _troubles():
            opened.open()
            _look_at_paper(opened)
            opened.hw("INIT")
            opened.set(align="center")
            opened.image(picture)
            opened.cut()
    finally:
        with contextlib.suppress(Exception):  # it may be gone by now; what matters was said already
            opened.close()


def _driver(printer: Printer) -> Escpos:
    profile = _PROFILES.get(printer.paper_mm, _PROFILES[80])
    match printer.way:
        case "network":
            host, port = host_and_port(printer.address)
            return Network(host, port, timeout=ANSWER_S, profile=profile)
        case "file":
            return File(str(_device_file(printer.address)), profile=profile)
        case _:
            from terminal.printing.usb_printers import usb_driver  # noqa: PLC0415 - looks for libusb

            return usb_driver(printer.address, profile)


def _device_file(address: str) -> Path:
    """A device that is not plugged in must not become a file that swallows slips."""
    file = Path(address.strip())
    if not file.is_absolute() or file.is_dir():
        raise PrinterAddressWrong(address)
    if not file.exists() and file.is_relative_to("/dev"):
        raise PrinterUnreachable(address)
    return file


def _look_at_paper(opened: Escpos) -> None:
    """Asks a printer with a line of its own. One that does not say is believed to be well."""
    if not isinstance(opened, Network):
        return
    device: Any = opened.device
    device.sendall(_ASK_STATUS)
    device.settimeout(STATUS_S)
    said = b""
    with contextlib.suppress(TimeoutError):
        while len(said) < 2 and (more := device.recv(2 - len(said))):
            said += more
    device.settimeout(ANSWER_S)
    if len(said) == 2 and (said[0] & (_LID_OPEN | _PAPER_END) or said[1] & _PAPER_GONE):
        raise PrinterPaperOut(said.hex())


@contextlib.contextmanager
def _troubles() -> Iterator[None]:
    """What goes wrong on the way, as problems."""
    try:
        yield
    except (exceptions.Error, OSError) as error:  # an OSError is also what libusb says
        if _is_forbidden(error):
            raise PrinterNotAllowed(str(error)) from error
        raise PrinterUnreachable(str(error)) from error


def _is_forbidden(error: BaseException | None) -> bool:
    """The library wraps what the system said."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM):
            return True
        error = error.__cause__ or error.__context__
    return False
