"""Printers on USB, found by what they say they are. Needs libusb; without it there are none."""

from collections.abc import Iterator
from typing import Any

import usb.core
import usb.util
from escpos.escpos import Escpos
from escpos.printer import Usb

from terminal.printing.printers import FoundPrinter, usb_ids
from terminal.problems import PrinterServiceMissing, PrinterUnreachable

WRITE_MS = 4000
_PRINTERS = 7  # the class of an interface


def usb_driver(address: str, profile: str, backend: Any = None) -> Escpos:
    """The printer at *address*, with the ends of the line that it names itself. *backend*: libusb, or a test's own."""
    vendor, product = usb_ids(address)
    for device, interface in _printers(backend):
        if (device.idVendor, device.idProduct) == (vendor, product):
            ends = {usb.util.endpoint_direction(end.bEndpointAddress): end.bEndpointAddress for end in interface}
            out = ends.get(usb.util.ENDPOINT_OUT)
            if out is not None:
                more = {} if backend is None else {"backend": backend}
                into = ends.get(usb.util.ENDPOINT_IN, 0x82)
                return Usb(vendor, product, usb_args=more, timeout=WRITE_MS, in_ep=into, out_ep=out, profile=profile)
    raise PrinterUnreachable(address)


def usb_found(backend: Any = None) -> tuple[FoundPrinter, ...]:
    """Those that are plugged in now."""
    return tuple(
        FoundPrinter(f"{device.idVendor:04x}:{device.idProduct:04x}", _name_of(device))
        for device, _ in _printers(backend)
    )


def _printers(backend: Any) -> Iterator[tuple[Any, Any]]:
    """Each device with the interface that prints."""
    try:
        devices = list(usb.core.find(find_all=True, backend=backend) or ())
    except usb.core.NoBackendError as error:
        raise PrinterServiceMissing("libusb") from error
    except usb.core.USBError as error:
        raise PrinterUnreachable(str(error)) from error
    for device in devices:
        for configuration in device:
            for interface in configuration:
                if interface.bInterfaceClass == _PRINTERS:
                    yield device, interface
                    break


def _name_of(device: Any) -> str:
    """As it calls itself, where it may be asked."""
    try:
        said = (device.manufacturer, device.product)
    except (usb.core.USBError, ValueError, NotImplementedError):
        said = (None, None)
    return " ".join(part.strip() for part in said if part) or f"USB {device.idVendor:04x}:{device.idProduct:04x}"
