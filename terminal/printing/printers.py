"""The chosen printer as a value, and parsing of its address. Loads no driver."""

import re
from typing import Literal

from msgspec import Struct

from terminal.problems import PrinterAddressWrong

Way = Literal["usb", "network", "file", "system"]
PORT = 9100  # the usual port of receipt printers
DOTS = {80: 512, 58: 384}  # printable dots by paper width in mm, within every printer's limits
_USB = re.compile(r"[0-9a-f]{4}:[0-9a-f]{4}", re.IGNORECASE)


class Printer(Struct, frozen=True):
    """A printer. *address* is vendor:product for USB, host[:port], a device file, or the system's printer name."""

    way: Way
    address: str
    paper_mm: int = 80

    @property
    def dots(self) -> int:
        return DOTS.get(self.paper_mm, DOTS[80])


class FoundPrinter(Struct, frozen=True):
    """An available printer."""

    address: str
    name: str


def usb_ids(address: str) -> tuple[int, int]:
    """Vendor and product id of an address like "04b8:0e15"."""
    if not _USB.fullmatch(address.strip()):
        raise PrinterAddressWrong(address)
    vendor, product = address.strip().split(":")
    return int(vendor, 16), int(product, 16)


def host_and_port(address: str) -> tuple[str, int]:
    """Host and port of an address like "192.168.1.50" or "kitchen:9101"."""
    host, colon, port = address.strip().rpartition(":")
    if not colon:
        host, port = address.strip(), str(PORT)
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536 or any(c.isspace() or c == "/" for c in host):
        raise PrinterAddressWrong(address)
    return host, int(port)
