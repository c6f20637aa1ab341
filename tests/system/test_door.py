"""Strangers at the server's door keep no till out. A short run of what `python -m tests.system door` runs long."""

from pathlib import Path

import pytest

from tests.system import door


@pytest.mark.slow
def test_idle_half_sent_and_copied_connections_keep_no_till_out_and_fill_no_log(tmp_path: Path) -> None:
    # How fast is for the long run to say: tests share their cores with others.
    met = door.run(tmp_path, connections=1000, streams=300, seconds=2)
    assert met.log_bytes < door.LOG_BYTES_MAX
