"""Strangers do not keep tills from the server. A short version of `python -m tests.system door`."""

from pathlib import Path

import pytest

from tests.system import door

pytestmark = pytest.mark.slow


def test_idle_half_sent_and_copied_connections_keep_no_till_out_and_fill_no_log(tmp_path: Path) -> None:
    # Only the long version judges speed, as tests share their cores.
    met = door.run(tmp_path, connections=1000, streams=300, seconds=2)
    assert met.log_bytes < door.LOG_BYTES_MAX
