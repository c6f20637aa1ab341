"""ESC/POS receipt printers by USB, network or device file. Imported only when printing.

Used on the printing thread, because a printer that is off answers late or not at all.
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

ANSWER_S = 4.0  # usual answers take milliseconds, or seconds after standby
STATUS_S = 0.4  # many printers do not report their status
# The library's printer profiles, which tell paper width and cutter.
_PROFILES = {80: "TM-T88III", 58: "POS-5890"}
_ASK_STATUS = b"\x10\x04\x02\x10\x04\x04"  # requests the off-line cause and the paper status
_LID_OPEN, _PAPER_END, _PAPER_GONE = 0x04, 0x20, 0x60


def tidy_up() -> None:
    """Removes the temporary folder that the library leaves at each import."""
    if "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ:
        shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)


def print_picture(printer: Printer, picture: Image) -> None:
    """Prints *picture* and cuts; raises a problem."""
    print_on(_driver(printer), picture)


def print_on(opened: Escpos, picture: Image) -> None:
    """Prints through a given driver, which is closed afterwards."""
    try:
        with _printer_problems():
            opened.open()
            _check_paper(opened)
            opened.hw("INIT")
            opened.set(align="center")
            opened.image(picture)
            opened.cut()
    finally:
        with contextlib.suppress(Exception):  # may be gone; the relevant error was raised already
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
    """Checks the path, so that an unplugged device under /dev is not created as a regular file."""
    file = Path(address.strip())
    if not file.is_absolute() or file.is_dir():
        raise PrinterAddressWrong(address)
    if not file.exists() and file.is_relative_to("/dev"):
        raise PrinterUnreachable(address)
    return file


def _check_paper(opened: Escpos) -> None:
    """Asks a network printer for its status; no answer counts as ready."""
    if not isinstance(opened, Network):
        return
    device: Any = opened.device
    device.sendall(_ASK_STATUS)
    device.settimeout(STATUS_S)
    status = b""
    with contextlib.suppress(TimeoutError):
        while len(status) < 2 and (more := device.recv(2 - len(status))):
            status += more
    device.settimeout(ANSWER_S)
    if len(status) == 2 and (status[0] & (_LID_OPEN | _PAPER_END) or status[1] & _PAPER_GONE):
        raise PrinterPaperOut(status.hex())


@contextlib.contextmanager
def _printer_problems() -> Iterator[None]:
    """Translates errors of library and system into problems."""
    try:
        yield
    except (exceptions.Error, OSError) as error:  # libusb raises OSError too
        if _is_forbidden(error):
            raise PrinterNotAllowed(str(error)) from error
        raise PrinterUnreachable(str(error)) from error


def _is_forbidden(error: BaseException | None) -> bool:
    """True if the system denied access, also where the library has wrapped the error."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM):
            return True
        error = error.__cause__ or error.__context__
    return False
