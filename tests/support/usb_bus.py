"""A simulated USB bus with a receipt printer, as libusb presents it."""

from array import array
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import usb.backend
import usb.core

VENDOR, PRODUCT = 0x04B8, 0x0E28
OUT, IN = 0x02, 0x81  # not the usual endpoints


class UsbBus(usb.backend.IBackend):  # type: ignore[misc]  # pyusb has no types
    """A bus with one printer or none; `trouble` is the error when it is written to."""

    def __init__(self, *, plugged: bool = True, trouble: usb.core.USBError | None = None) -> None:
        self.plugged, self.trouble = plugged, trouble
        self.out: list[tuple[int, bytes]] = []

    def enumerate_devices(self) -> Iterator[str]:
        return iter(["printer"] if self.plugged else [])

    def get_device_descriptor(self, dev: str) -> Any:
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x200, bDeviceClass=0, bDeviceSubClass=0, bDeviceProtocol=0,
            bMaxPacketSize0=64, idVendor=VENDOR, idProduct=PRODUCT, bcdDevice=0x100, iManufacturer=0, iProduct=0,
            iSerialNumber=0, bNumConfigurations=1, address=1, bus=1, port_number=1, port_numbers=(1,), speed=3,
        )  # fmt: skip

    def get_configuration_descriptor(self, dev: str, config: int) -> Any:
        if config:
            raise IndexError(config)
        return SimpleNamespace(
            bLength=9, bDescriptorType=2, wTotalLength=32, bNumInterfaces=1, bConfigurationValue=1, iConfiguration=0,
            bmAttributes=0xC0, bMaxPower=1, extra_descriptors=[],
        )  # fmt: skip

    def get_interface_descriptor(self, dev: str, intf: int, alt: int, config: int) -> Any:
        if intf or alt:
            raise IndexError(intf)
        return SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=0, bNumEndpoints=2, bInterfaceClass=7,
            bInterfaceSubClass=1, bInterfaceProtocol=2, iInterface=0, extra_descriptors=[],
        )  # fmt: skip

    def get_endpoint_descriptor(self, dev: str, ep: int, intf: int, alt: int, config: int) -> Any:
        return SimpleNamespace(
            bLength=7, bDescriptorType=5, bEndpointAddress=(OUT, IN)[ep], bmAttributes=2, wMaxPacketSize=64,
            bInterval=0, bRefresh=0, bSynchAddress=0, extra_descriptors=[],
        )  # fmt: skip

    def open_device(self, dev: str) -> str:
        return dev

    def close_device(self, dev_handle: str) -> None: ...

    def set_configuration(self, dev_handle: str, config_value: int) -> None: ...

    def get_configuration(self, dev_handle: str) -> int:
        return 1

    def claim_interface(self, dev_handle: str, intf: int) -> None: ...

    def release_interface(self, dev_handle: str, intf: int) -> None: ...

    def reset_device(self, dev_handle: str) -> None: ...

    def bulk_write(self, dev_handle: str, ep: int, intf: int, data: Any, timeout: int) -> int:
        if self.trouble is not None:
            raise self.trouble
        self.out.append((ep, array("B", data).tobytes()))
        return len(data)
