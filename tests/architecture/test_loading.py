"""What each program loads: the counter starts without Qt, the server without Qt and OpenCV."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tree import ROOT, python_files, shown

# Modules needed only by other threads of the till, or only after the first screen.
PRINTERS = {"escpos", "usb", "PIL"}
CAMERA = {"numpy", "cv2", "zxingcpp", "pyzbar"}
COUNTER = {"sqlalchemy", "alembic", "httpx", "cryptography", "keyring", "argon2", "filelock"}
WORDS = {"babel", "phonenumbers", "segno", "typer"}
RULES = {"loyalty.program", "loyalty.settings", "loyalty.transactions"}  # the counter's; many dataclasses
OTHER_SCREENS = {
    "ui.flows.menu.menu_pages",
    "ui.flows.menu.settings",
    "ui.flows.serving.enrolment",
    "ui.phrases.cases",
    "ui.phrases.slips",
    "ui.screens.card.card_actions_overlay",
    "ui.screens.card.stamp_count_overlay",
    "ui.screens.enrolment",
    "ui.screens.history.case_page",
    "ui.screens.history.cases_page",
    "ui.screens.history.report_page",
    "ui.screens.scan.lookup_overlay",
    "ui.screens.settings",
    "ui.screens.staff.override_overlay",
    "ui.screens.staff.pin_overlay",
    "ui.screens.staff.shift_page",
    "ui.window.customer_window",
    "ui.window.help_overlay",
    "ui.window.menu_overlay",
    "ui.window.pairing_page",
    "ui.window.screens",
}
OF_NO_WINDOW = PRINTERS | CAMERA | COUNTER | WORDS


def said_by(program: str, *words: str) -> set[str]:
    """The output lines of *program* in a fresh interpreter."""
    command = [sys.executable, "-c", program, *words]
    return set(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())


def loaded_by(*modules: str) -> set[str]:
    """The top-level modules loaded by importing *modules* in a fresh interpreter."""
    return said_by(f"import sys, {', '.join(modules)}; print(*{{name.split('.')[0] for name in sys.modules}})")


def modules_of(package: str) -> list[str]:
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in python_files(package)]
    return [name.removesuffix(".__init__") for name in names]


@pytest.mark.slow
def test_no_module_of_the_counter_loads_qt() -> None:
    loaded = loaded_by(*modules_of("terminal"))
    assert "sqlalchemy" in loaded
    assert "PySide6" not in loaded


@pytest.mark.slow
def test_the_server_loads_neither_qt_nor_opencv() -> None:
    loaded = loaded_by("server.bootstrap", "server.cli")
    assert "sqlalchemy" in loaded
    assert loaded & {"PySide6", "cv2"} == set()


@pytest.mark.slow
def test_the_window_starts_without_what_only_its_other_threads_need() -> None:
    """The interpreter imports one module at a time, so the first screen's modules come first."""
    loaded = loaded_by("ui.cli", "ui.application")
    assert "PySide6" in loaded
    assert loaded & OF_NO_WINDOW == set()


BUILT = """
import sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
from terminal.scanner.camera.hotplug import PluggedCamera
from ui import application, bootstrap
counter = bootstrap.build(QApplication(["", "-platform", "offscreen"]), Path(sys.argv[1]), PluggedCamera())
counter.conversation.begin()
counter.window.grab()
print(*sys.modules)
"""


@pytest.mark.slow
def test_the_first_screen_is_made_and_painted_without_it_too(tmp_path: Path) -> None:
    loaded = said_by(BUILT, str(tmp_path))
    assert "ui.screens.scan.scan_panel" in loaded
    assert {name.partition(".")[0] for name in loaded} & OF_NO_WINDOW == set()
    assert loaded & (OTHER_SCREENS | RULES) == set()


def test_no_value_of_the_first_screen_takes_half_a_millisecond_to_make() -> None:
    """A dataclass takes that long, because its methods are generated when its module is loaded."""
    files = [*python_files("ui"), *(ROOT / "terminal" / "scanner").rglob("*.py")]
    assert [shown(file) for file in files if "from dataclasses import" in file.read_text("utf-8")] == []


HASTY = """
import linecache
from ui.cli import make_haste
make_haste()
from ui import bootstrap
print(bootstrap.__file__)
print(*linecache.cache)
"""


@pytest.mark.slow
def test_qt_reads_no_source_of_what_the_window_loads() -> None:
    """Qt searches each module's source for uses of its features, which takes longer than loading it."""
    assert {file for file in said_by(HASTY) if file.startswith(str(ROOT / "ui"))} == {str(ROOT / "ui" / "bootstrap.py")}
