"""Settings of all test runs: Qt without a display, and the number of random examples."""

import gc
import os
import re
from collections.abc import Generator
from pathlib import Path

import httpcore  # noqa: F401 - see below
import httpx  # noqa: F401 - makes loggers: a till's thread would do it while pytest looks all loggers over, without a lock
import pytest
from hypothesis import settings

os.environ["ORION_LANGUAGE"] = "en"  # sentences are compared in English
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # no display is needed

settings.register_profile("default", print_blob=True, deadline=None)  # slow examples are allowed
settings.register_profile("long", print_blob=True, max_examples=10_000, deadline=None)
settings.register_profile("fast", print_blob=True, max_examples=20, deadline=None)  # of `./orion test --fast`
settings.load_profile("default")


ALL_GARBAGE_EACH = 100  # tests
_torn_down = [0]


_ALL_SLOW = re.compile(r"^pytestmark = .*\bmark\.slow\b", re.MULTILINE)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The fast run does not load files that are slow as a whole, nor what only they import."""
    if config.option.markexpr != "not slow" or not collection_path.match("test_*.py"):
        return None
    return _ALL_SLOW.search(collection_path.read_text("utf-8")) is not None or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole programs first: they wait for each other, while the other core computes, and few of them take long."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/system/"))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Nothing that is loaded is garbage, so the collector looks only at what tests make, and between them.

    A widget has to be destroyed on the window's thread: see `ui.threads.garbage_collection`.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Collects on the thread of the tests: all once in a while, otherwise what is new."""
    _torn_down[0] += 1
    gc.collect(2 if _torn_down[0] % ALL_GARBAGE_EACH == 0 else 1)
