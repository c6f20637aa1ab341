"""Types that two threads may decode at once are prepared at import."""

import re

from tests.support.tree import python_files, shown

READ_WHILE_NO_OTHER_THREAD_READS = {  # read at start, by commands, or by the window only
    "server/keys.py",
    "terminal/machine/preferences.py",
    "terminal/keys/secret_stores.py",
    "terminal/keys/vault.py",
    "terminal/storage/journal_reader.py",
}


def test_both_ends_read_with_decoders_that_are_made_while_their_module_is_loaded() -> None:
    """msgspec 0.22 crashes if two threads are the first to decode a type at once."""
    read = re.compile(r"json\.decode\(.*, type=")
    here = {shown(file) for file in python_files("sync", "server", "terminal") if read.search(file.read_text("utf-8"))}
    assert here == READ_WHILE_NO_OTHER_THREAD_READS
