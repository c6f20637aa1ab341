"""USB printers, found by their interface class. Needs libusb."""

from collections.abc import Iterator
from typing import Any

import usb.core
import usb.util
from escpos.escpos import Escpos
from escpos.printer import Usb

from terminal.printing.printers import FoundPrinter, usb_ids
from terminal.problems import PrinterServiceMissing, PrinterUnreachable

WRITE_MS = 4000
_PRINTERS = 7  # interface class


def usb_driver(address: str, profile: str, backend: Any = None) -> Escpos:
    """A driver for the printer at *address*, with the endpoints it declares. *backend* is libusb, or a test's."""
    vendor, product = usb_ids(address)
    for device, interface in _printers(backend):
        if (device.idVendor, device.idProduct) == (vendor, product):
            endpoints = {usb.util.endpoint_direction(end.bEndpointAddress): end.bEndpointAddress for end in interface}
            out = endpoints.get(usb.util.ENDPOINT_OUT)
            if out is not None:
                more = {} if backend is None else {"backend": backend}
                into = endpoints.get(usb.util.ENDPOINT_IN, 0x82)
                return Usb(vendor, product, usb_args=more, timeout=WRITE_MS, in_ep=into, out_ep=out, profile=profile)
    raise PrinterUnreachable(address)


def usb_found(backend: Any = None) -> tuple[FoundPrinter, ...]:
    """The USB printers plugged in now."""
    return tuple(
        FoundPrinter(f"{device.idVendor:04x}:{device.idProduct:04x}", _name_of(device))
        for device, _ in _printers(backend)
    )


def _printers(backend: Any) -> Iterator[tuple[Any, Any]]:
    """The devices with a printer interface, each with that interface."""
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
    """The device's own name if readable, else its ids."""
    try:
        parts = (device.manufacturer, device.product)
    except (usb.core.USBError, ValueError, NotImplementedError):
        parts = (None, None)
    return " ".join(part.strip() for part in parts if part) or f"USB {device.idVendor:04x}:{device.idProduct:04x}"
