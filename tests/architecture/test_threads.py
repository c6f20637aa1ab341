"""What two threads may read at once is taken apart before either does."""

import re

from tests.support.tree import python_files, shown

READ_WHILE_NO_OTHER_THREAD_READS = {  # as a till or the server is opened, by a command, or by the window alone
    "server/keys.py",
    "server/companies/programs.py",
    "terminal/machine/preferences.py",
    "terminal/keys/secret_stores.py",
    "terminal/keys/vault.py",
    "terminal/storage/journal_reader.py",
}


def test_both_ends_read_with_decoders_that_are_made_while_their_module_is_loaded() -> None:
    """msgspec 0.22 takes a type apart when it is first read, and where two threads do so at once the process ends with
    a fault: one till in twenty-five that was opened while its first exchange went on.
    """
    read = re.compile(r"json\.decode\(.*, type=")
    here = {shown(file) for file in python_files("sync", "server", "terminal") if read.search(file.read_text("utf-8"))}
    assert here == READ_WHILE_NO_OTHER_THREAD_READS
