"""Printing to a real file, a real socket, a real command, and a simulated USB bus."""

import errno
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pypdfium2  # type: ignore[import-untyped]
import pytest
import usb.core
from PIL import Image, ImageChops

from terminal.printing.drawing import draw
from terminal.printing.press import print_slip, printers_found
from terminal.printing.printers import FoundPrinter, Printer, host_and_port, usb_ids
from terminal.printing.receipt_printers import print_on, print_picture
from terminal.printing.slip import Pair, Rule, Slip, StampRow, Words
from terminal.printing.system_printers import print_by_system, system_found
from terminal.printing.usb_printers import usb_driver, usb_found
from terminal.problems import (
    PrinterAddressWrong,
    PrinterNotAllowed,
    PrinterPaperOut,
    PrinterServiceMissing,
    PrinterUnreachable,
    Problem,
)
from tests.support.receipt_paper import CUT, LID_OPEN, NO_PAPER, WELL, NetworkPrinter, picture_of
from tests.support.usb_bus import OUT, PRODUCT, VENDOR, UsbBus

SLIP = Slip((Words("Café Aurora", "title"), Rule(), StampRow(7, 10), Pair("Points", "309", strong=True)))


@pytest.fixture
def desk() -> Iterator[list[NetworkPrinter]]:
    printers: list[NetworkPrinter] = []
    yield printers
    for printer in printers:
        printer.close()


def listening(desk: list[NetworkPrinter], says: dict[int, int] | None) -> NetworkPrinter:
    printer = NetworkPrinter(says)
    desk.append(printer)
    return printer


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and ImageChops.difference(one.convert("L"), other.convert("L")).getbbox() is None


@pytest.mark.parametrize("paper_mm", [80, 58])
def test_a_file_printer_gets_the_slip_dot_by_dot(tmp_path: Path, paper_mm: int) -> None:
    printer = Printer("file", str(tmp_path / "lp0"), paper_mm)
    print_slip(printer, SLIP)
    sent = (tmp_path / "lp0").read_bytes()
    assert sent.startswith(b"\x1b@"), "begun anew, whatever was printed before"
    assert same(picture_of(sent), draw(SLIP, printer.dots))
    assert (CUT in sent) is (paper_mm == 80), "the small ones have no knife"


@pytest.mark.parametrize("says", [WELL, None], ids=["says how it is", "is silent"])
def test_a_network_printer_gets_the_slip_and_is_cut(desk: list[NetworkPrinter], says: dict[int, int] | None) -> None:
    there = listening(desk, says)
    print_slip(Printer("network", there.address), SLIP)
    (sent,) = there.wait()
    assert same(picture_of(sent), draw(SLIP, 512))
    assert sent.rindex(CUT) > sent.rindex(b"\x1dv0")


@pytest.mark.parametrize("says", [NO_PAPER, LID_OPEN], ids=["no paper", "lid open"])
def test_a_printer_without_paper_or_open_is_sent_nothing_to_print(
    desk: list[NetworkPrinter], says: dict[int, int]
) -> None:
    there = listening(desk, says)
    with pytest.raises(PrinterPaperOut):
        print_slip(Printer("network", there.address), SLIP)
    (sent,) = there.wait()
    assert b"\x1dv0" not in sent


def test_a_printer_that_is_off_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(PrinterUnreachable):
        print_slip(Printer("network", address), SLIP)


def test_a_printer_that_hangs_up_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            line, _ = listener.accept()
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            line.close()

        threading.Thread(target=hang_up, daemon=True).start()
        with pytest.raises(PrinterUnreachable):
            print_slip(Printer("network", f"127.0.0.1:{listener.getsockname()[1]}"), SLIP)


def test_a_device_that_is_not_plugged_in_becomes_no_file() -> None:
    with pytest.raises(PrinterUnreachable):
        print_slip(Printer("file", "/dev/no-such-printer"), SLIP)
    assert not Path("/dev/no-such-printer").exists()


@pytest.mark.parametrize("address", ["", "lp0", "/tmp"])
def test_what_is_no_path_of_a_device_is_refused(address: str) -> None:
    with pytest.raises(PrinterAddressWrong):
        print_slip(Printer("file", address), SLIP)


def test_addresses_are_read_as_people_write_them() -> None:
    assert host_and_port(" 192.168.1.50 ") == ("192.168.1.50", 9100)
    assert host_and_port("kitchen:9101") == ("kitchen", 9101)
    assert usb_ids("04B8:0e28") == (0x04B8, 0x0E28)
    for wrong in ("", ":9100", "printer:", "printer:0", "printer:99999", "a b", "http://x"):
        with pytest.raises(PrinterAddressWrong):
            host_and_port(wrong)
    for wrong in ("", "04b8", "04b8:", "xyzw:0001", "04b8:0e28:1"):
        with pytest.raises(PrinterAddressWrong):
            usb_ids(wrong)


def test_a_usb_printer_is_found_and_written_to_at_the_end_that_it_names() -> None:
    bus = UsbBus()
    (found,) = usb_found(bus)
    assert found.address == f"{VENDOR:04x}:{PRODUCT:04x}"
    driver = usb_driver(found.address, "TM-T88III", bus)
    print_on(driver, draw(SLIP, 512))
    assert {end for end, _ in bus.out} == {OUT}
    assert same(picture_of(b"".join(sent for _, sent in bus.out)), draw(SLIP, 512))


def test_a_usb_printer_that_is_pulled_out_is_unreachable() -> None:
    assert usb_found(UsbBus(plugged=False)) == ()
    with pytest.raises(PrinterUnreachable):
        usb_driver("04b8:0e28", "TM-T88III", UsbBus(plugged=False))


@pytest.mark.parametrize(
    ("said", "means"),
    [(errno.ENODEV, PrinterUnreachable), (errno.ETIMEDOUT, PrinterUnreachable), (errno.EACCES, PrinterNotAllowed)],
)
def test_what_the_bus_says_while_a_slip_is_sent_becomes_a_problem(said: int, means: type[Problem]) -> None:
    bus = UsbBus(trouble=usb.core.USBError("the bus says no", None, said))
    with pytest.raises(means):
        print_on(usb_driver("04b8:0e28", "TM-T88III", bus), draw(SLIP, 512))


def a_command(folder: Path, name: str, does: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{does}\n")
    file.chmod(0o755)


def test_the_systems_printer_gets_a_page_with_the_same_picture(tmp_path: Path) -> None:
    a_command(tmp_path, "lp", f'echo "$@" >{tmp_path}/asked; for last; do :; done; cp "$last" {tmp_path}/page.pdf')
    print_by_system(Printer("system", "Office"), draw(SLIP, 512), tmp_path)
    assert (tmp_path / "asked").read_text().startswith("-d Office -t Orion Terminal -- ")
    page = pypdfium2.PdfDocument(tmp_path / "page.pdf")[0]
    assert page.get_width() / 72 * 25.4 == pytest.approx(64, abs=0.5)  # mm on 80 mm paper
    drawn = page.render(scale=203.2 / 72).to_pil().convert("L").resize((512, draw(SLIP, 512).height))
    off = ImageChops.difference(drawn.point(lambda dot: 255 if dot > 127 else 0), draw(SLIP, 512).convert("L"))
    assert np.count_nonzero(np.asarray(off)) < 0.02 * 512 * off.height


def test_the_systems_usual_printer_is_asked_where_none_is_named(tmp_path: Path) -> None:
    a_command(tmp_path, "lp", f'echo "$@" >{tmp_path}/asked')
    print_by_system(Printer("system", ""), draw(SLIP, 512), tmp_path)
    assert "-d" not in (tmp_path / "asked").read_text().split()


def test_a_system_that_refuses_or_has_no_printing_says_which(tmp_path: Path) -> None:
    a_command(tmp_path, "lp", 'echo "lp: The printer or class does not exist." >&2; exit 1')
    with pytest.raises(PrinterUnreachable, match="does not exist"):
        print_by_system(Printer("system", "Nowhere"), draw(SLIP, 512), tmp_path)
    with pytest.raises(PrinterServiceMissing):
        print_by_system(Printer("system", ""), draw(SLIP, 512), tmp_path / "empty")


def test_the_systems_printers_are_listed_by_name(tmp_path: Path) -> None:
    a_command(tmp_path, "lpstat", "echo Office; echo Counter_80mm")
    assert system_found(tmp_path) == (FoundPrinter("Office", "Office"), FoundPrinter("Counter_80mm", "Counter_80mm"))


def test_for_ways_with_an_address_nothing_is_looked_for() -> None:
    assert printers_found("network") == printers_found("file") == ()


@pytest.mark.slow
def test_a_picture_longer_than_a_printers_memory_arrives_whole(tmp_path: Path) -> None:
    long = Slip(tuple(Words(f"line {number}") for number in range(60)))
    picture = draw(long, 512)
    assert picture.height > 1900
    print_picture(Printer("file", str(tmp_path / "lp0")), picture)
    assert same(picture_of((tmp_path / "lp0").read_bytes()), picture)
