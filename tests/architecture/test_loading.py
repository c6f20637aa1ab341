"""What a program loads: the counter without a screen starts without Qt, the server without Qt and without OpenCV."""

import subprocess
import sys

from tests.support.tree import ROOT, python_files


def loaded_by(*modules: str) -> set[str]:
    """The top-level modules of a fresh interpreter that has imported *modules*."""
    program = f"import sys, {', '.join(modules)}; print(*{{name.split('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def modules_of(package: str) -> list[str]:
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in python_files(package)]
    return [name.removesuffix(".__init__") for name in names]


def test_no_module_of_the_counter_loads_qt() -> None:
    loaded = loaded_by(*modules_of("terminal"))
    assert "sqlalchemy" in loaded
    assert "PySide6" not in loaded


def test_the_server_loads_neither_qt_nor_opencv() -> None:
    loaded = loaded_by("server.bootstrap", "server.cli")
    assert "sqlalchemy" in loaded
    assert loaded & {"PySide6", "cv2"} == set()


def test_the_window_starts_without_what_only_its_other_threads_need() -> None:
    """The interpreter loads one thing at a time: what the first screen needs, and all else once it is painted."""
    loaded = loaded_by("ui.cli", "ui.bootstrap")
    assert "PySide6" in loaded
    printers = {"escpos", "usb", "PIL"}
    camera = {"numpy", "cv2", "zxingcpp", "pyzbar"}
    counter = {"sqlalchemy", "alembic", "httpx", "cryptography", "keyring", "argon2", "filelock"}
    words = {"babel", "phonenumbers", "segno", "typer"}
    assert loaded & (printers | camera | counter | words) == set()
