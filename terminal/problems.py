"""Failures of a till's environment. A problem is raised where it is found; `phrases` gives it a sentence.

Problem
├── JournalProblem        JournalUnwritable (disk full, read-only), JournalUncertain (a commit failed half-way),
│                         JournalBroken (damaged chain), JournalNewer (written by a newer program)
├── ReplicaProblem        the copy of the company's data is unreadable; it can be fetched again
│   ├── ReplicaUnwritable the disk is full or read-only
│   └── ReplicaAway       it is locked, or another file is being put in its place
├── KeyringProblem        no safe store for the keys, or it is locked
├── FolderUnusable        a folder for the till's files or keys cannot be made or written
├── ProfileInUse          another program has this till open
├── NotPaired             no company yet
│   └── SignedOff         the company revoked this till, and its data is erased
├── PairingProblem        the code was refused, or the answer is not from the server
├── NoCamera              no camera, or another program uses it
│   └── CameraAway        the camera is unplugged; the till waits for it
├── PrinterProblem        PrinterUnreachable, PrinterPaperOut, PrinterNotAllowed, PrinterAddressWrong,
│                         PrinterServiceMissing: only the slip is affected
└── ServerProblem         no network, a late answer, an error, or an invalid answer
"""

from pathlib import Path
from typing import NamedTuple


class Problem(Exception):
    """A failure of the environment. `kind` is its word for JSON lines and tests."""

    kind = "problem"


class JournalProblem(Problem):
    """The journal cannot be used."""

    kind = "journal"


class FullDisk(NamedTuple):
    """A disk that lacks the room a till needs."""

    folder: str
    missing_mb: int


class JournalUnwritable(JournalProblem):
    """The disk did not accept the entry; nothing was shown as done."""

    kind = "journal_unwritable"

    def __init__(self, full: FullDisk | None = None) -> None:
        super().__init__(f"{full.missing_mb} MB missing at {full.folder}" if full is not None else "")
        self.full = full


class JournalUncertain(JournalProblem):
    """The disk failed while the entry was committed: it may stand in the journal, or not."""

    kind = "journal_uncertain"


class JournalNewer(JournalProblem):
    """The journal was written by a newer program."""

    kind = "journal_newer"


class JournalBroken(JournalProblem):
    """A row of the journal differs from what was written."""

    kind = "journal_broken"

    def __init__(self, seq: int) -> None:
        super().__init__(f"row {seq}")
        self.seq = seq


class ReplicaProblem(Problem):
    """The replica cannot be read."""

    kind = "replica"


class ReplicaUnwritable(ReplicaProblem):
    """The disk did not accept the company's data, which will be requested again."""

    kind = "replica_unwritable"


class ReplicaAway(ReplicaProblem):
    """Somebody has it locked, or another file is being put in its place, which takes a moment."""

    kind = "replica_away"


class KeyringProblem(Problem):
    """There is no safe store for the keys."""

    kind = "keyring"


class KeyringLocked(KeyringProblem):
    """The keyring is locked, or its passphrase is wrong."""

    kind = "keyring_locked"


class KeysMissing(KeyringProblem):
    """The till is paired, but its keys are not in the keyring."""

    kind = "keys_missing"


class FolderUnusable(Problem):
    """A folder cannot be made or written."""

    kind = "folder_unusable"

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self.folder = folder


class ProfileInUse(Problem):
    """Another program has this profile open."""

    kind = "profile_in_use"


class NotPaired(Problem):
    """The till is not paired."""

    kind = "not_paired"


class SignedOff(NotPaired):
    """The company revoked this till. The journal is kept; all other data is erased."""

    kind = "revoked"


class PairingProblem(Problem):
    """The server refused the code."""

    kind = "pairing_refused"


class TooManyCodes(PairingProblem):
    """The server accepts no more codes for a while."""

    kind = "try_later"


class AlreadyPaired(PairingProblem):
    """The profile already belongs to a company."""

    kind = "already_paired"


class PlainHttpRefused(PairingProblem):
    """The address is of another machine without TLS, which was not allowed explicitly."""

    kind = "plain_http"


class AddressWrong(PairingProblem):
    """The text is not a server's address."""

    kind = "address_wrong"


class NoCamera(Problem):
    """No camera is available."""

    kind = "no_camera"


class CameraAway(NoCamera):
    """The camera is unplugged or in use elsewhere; the till waits for it."""


class PrinterProblem(Problem):
    """A slip was not printed; its transaction is booked all the same."""

    kind = "printer"


class PrinterUnreachable(PrinterProblem):
    """The printer is off, unplugged, off the network, or accepts no data."""

    kind = "printer_unreachable"


class PrinterPaperOut(PrinterProblem):
    """The printer has no paper, or its lid is open."""

    kind = "printer_paper"


class PrinterNotAllowed(PrinterProblem):
    """The system denies this program access to the printer."""

    kind = "printer_not_allowed"


class PrinterAddressWrong(PrinterProblem):
    """The text is not a printer's address."""

    kind = "printer_address"


class PrinterServiceMissing(PrinterProblem):
    """The system lacks what this way of printing needs (lp or libusb)."""

    kind = "printer_service"


class ServerProblem(Problem):
    """The server is unreachable, or the answer is not from it."""

    kind = "server"


class Unreachable(ServerProblem):
    """No connection, or no answer in time."""

    kind = "unreachable"


class NobodyAnswers(ServerProblem):
    """No server answers at the address that was typed for pairing."""

    kind = "nobody_answers"


class ServerFailed(ServerProblem):
    """The server reported an error."""

    kind = "server_failed"


class NotUnderstood(ServerProblem):
    """The server speaks another protocol version."""

    kind = "protocol_unsupported"


class NotOurServer(ServerProblem):
    """The answer is not from the company's server, but for instance from a captive portal or a proxy."""

    kind = "not_our_server"


class Altered(ServerProblem):
    """The answer is not proved to be the company's server's: it may have been changed on the way."""

    kind = "altered"
