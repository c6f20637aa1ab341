"""Prints a slip, and lists printers. Imported on the printing thread only, because the drivers load slowly."""

from terminal.printing.drawing import draw
from terminal.printing.printers import FoundPrinter, Printer, Way
from terminal.printing.receipt_printers import print_picture
from terminal.printing.slip import Slip
from terminal.printing.system_printers import print_by_system, system_found
from terminal.printing.usb_printers import usb_found


def print_slip(printer: Printer, slip: Slip) -> None:
    """Prints *slip*; raises a `PrinterProblem`, possibly after part of it was printed."""
    picture = draw(slip, printer.dots)
    if printer.way == "system":
        print_by_system(printer, picture)
    else:
        print_picture(printer, picture)


def printers_found(way: Way) -> tuple[FoundPrinter, ...]:
    """The available printers; empty for ways with typed addresses."""
    if way == "usb":
        return usb_found()
    return system_found() if way == "system" else ()
