"""What support is told holds no secret."""

import io
import sys

import pytest
import structlog

from terminal import logs


def test_a_logged_fault_tells_no_local_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    told = io.StringIO()
    monkeypatch.setattr(sys, "stderr", told)
    before = structlog.get_config()
    try:
        logs.configure()
        _fail_with(pin="4711")
    finally:
        structlog.configure(**before)
    assert "RuntimeError" in told.getvalue() and "the counter failed" in told.getvalue()
    assert "4711" not in told.getvalue()


def _fail_with(pin: str) -> None:
    try:
        raise RuntimeError("the counter failed" if pin else "")
    except RuntimeError:
        structlog.get_logger().exception("bug")
