"""Logs contain no secrets."""

import logging
import sys
from collections.abc import Iterator

import msgspec
import pytest

from terminal.machine import logs


@pytest.fixture(autouse=True)
def configured() -> Iterator[None]:
    """A till that has just started."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    logs.configure()
    yield
    root.handlers, root.level = before, level


def test_a_logged_fault_tells_no_local_variable(capsys: pytest.CaptureFixture[str]) -> None:
    _fail_with(pin="4711")
    logged = capsys.readouterr().err
    assert "RuntimeError" in logged and "the counter failed" in logged
    assert "4711" not in logged


def test_every_line_is_one_object_that_says_what_was_met(capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("terminal.counter.counter")
    log.warning("problem", extra={"kind": "disk_full", "detail": "3 bytes\nare free"})
    log.info("everyday")
    [line] = capsys.readouterr().err.splitlines()
    said = msgspec.json.decode(line, type=dict[str, str])
    assert said.pop("timestamp").endswith("+00:00")
    assert said == {
        "event": "problem",
        "logger": "terminal.counter.counter",
        "level": "warning",
        "kind": "disk_full",
        "detail": "3 bytes\nare free",
    }


def test_a_till_configured_twice_says_everything_once(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    logging.getLogger("terminal").error("once")
    assert capsys.readouterr().err.count("once") == 1


def test_a_program_without_standard_error_goes_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", None)
        logging.getLogger("terminal").error("nobody hears it")
    assert not capsys.readouterr().err


def _fail_with(pin: str) -> None:
    try:
        raise RuntimeError("the counter failed" if pin else "")
    except RuntimeError:
        logging.getLogger("terminal").exception("bug")
