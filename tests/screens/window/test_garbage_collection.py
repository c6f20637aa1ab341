"""Garbage of a process with a window is destroyed on the window's thread, whichever thread made it."""

import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.support.pictures import MemorySource
from tests.support.walk import until
from ui import bootstrap
from ui.threads.garbage_collection import GarbageCollection


@pytest.fixture
def _python_collects() -> Iterator[None]:
    """As in a program of its own: the tests switch it off."""
    before = gc.get_threshold()
    gc.set_threshold(50)
    gc.enable()
    yield
    gc.disable()
    gc.set_threshold(*before)


class Ring:
    """An object that only the collector can destroy."""

    def __init__(self, destroyed_by: set[int]) -> None:
        self._itself, self._destroyed_by = self, destroyed_by

    def __del__(self) -> None:
        self._destroyed_by.add(threading.get_ident())


@pytest.mark.usefixtures("_python_collects")
def test_no_other_thread_collects(qapp: QApplication) -> None:
    garbage, destroyed_by = GarbageCollection(qapp), set[int]()

    def make_garbage() -> None:
        for _ in range(1000):
            Ring(destroyed_by)

    garbage.start()
    thread = threading.Thread(target=make_garbage)
    thread.start()
    thread.join()
    assert destroyed_by == set()
    until(lambda: bool(destroyed_by))
    garbage.stop()
    assert destroyed_by == {threading.get_ident()}


@pytest.mark.usefixtures("_python_collects")
def test_python_itself_does_not_collect_once_a_window_is_built(qapp: QApplication, tmp_path: Path) -> None:
    counter = bootstrap.build(qapp, tmp_path, MemorySource(()))
    assert not gc.isenabled()
    counter.stop()
    assert not gc.isenabled()
