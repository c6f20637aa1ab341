"""From a slip to paper, and which printers there are. Loaded on the printing's thread: the drivers take their time."""

from terminal.printing.drawing import draw
from terminal.printing.printers import FoundPrinter, Printer, Way
from terminal.printing.receipt_printers import print_picture
from terminal.printing.slip import Slip
from terminal.printing.system_printers import print_by_system, system_found
from terminal.printing.usb_printers import usb_found


def print_slip(printer: Printer, slip: Slip) -> None:
    """Raises a `PrinterProblem`; what was printed by then may be half of it."""
    picture = draw(slip, printer.dots)
    if printer.way == "system":
        print_by_system(printer, picture)
    else:
        print_picture(printer, picture)


def printers_found(way: Way) -> tuple[FoundPrinter, ...]:
    """Those to choose from; none for ways where an address is typed."""
    if way == "usb":
        return usb_found()
    return system_found() if way == "system" else ()
