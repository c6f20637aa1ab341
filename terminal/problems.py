"""What the world can do to a till. A problem is raised at the edge that met it; `phrases` gives it a sentence.

Problem
├── JournalProblem        JournalUnwritable (disk full, read-only), JournalBroken (its chain does not hold),
│                         JournalNewer (a newer program wrote it)
├── ReplicaProblem        the copy of the company's data cannot be read; it can be fetched again
│   └── ReplicaUnwritable the disk is full or read-only
├── KeyringProblem        no safe place for the keys, or it is locked
├── ProfileInUse          another program has this till open
├── NotPaired             no company yet
│   └── SignedOff         not any more: the company revoked this till, and what it knew is erased
├── PairingProblem        the code was refused, or the answer was not the server's
├── NoCamera              none there, or another program has it
│   └── CameraAway        it is waited for: plugged in again, it goes on
├── PrinterProblem        PrinterUnreachable, PrinterPaperOut, PrinterNotAllowed, PrinterAddressWrong,
│                         PrinterServiceMissing: the slip stays unprinted, and nothing else
└── ServerProblem         no network, a late answer, an error or garbage in place of an answer
"""


class Problem(Exception):
    """The world failed. `kind` is the word that JSON lines and tests use."""

    kind = "problem"


class JournalProblem(Problem):
    """The journal cannot be used."""

    kind = "journal"


class JournalUnwritable(JournalProblem):
    """The disk did not take the entry; nothing was shown as done."""

    kind = "journal_unwritable"

    def __init__(self, disk_free: int | None = None) -> None:
        super().__init__(f"{disk_free} bytes free" if disk_free is not None else "")
        self.disk_free = disk_free


class JournalNewer(JournalProblem):
    """A newer program has written the journal."""

    kind = "journal_newer"


class JournalBroken(JournalProblem):
    """A row of the journal is not what was written."""

    kind = "journal_broken"

    def __init__(self, seq: int) -> None:
        super().__init__(f"row {seq}")
        self.seq = seq


class ReplicaProblem(Problem):
    """The replica cannot be read."""

    kind = "replica"


class ReplicaUnwritable(ReplicaProblem):
    """The disk did not take what the company said; it will be asked again."""

    kind = "replica_unwritable"


class KeyringProblem(Problem):
    """There is no safe place for the keys."""

    kind = "keyring"


class KeyringLocked(KeyringProblem):
    """The keyring is there, but locked, or its passphrase is wrong."""

    kind = "keyring_locked"


class KeysMissing(KeyringProblem):
    """The till is paired, but its keys are not in the keyring."""

    kind = "keys_missing"


class ProfileInUse(Problem):
    """Another program has this profile open."""

    kind = "profile_in_use"


class NotPaired(Problem):
    """This till belongs to no company yet."""

    kind = "not_paired"


class SignedOff(NotPaired):
    """The company has revoked this till. Its journal is left, and what it knew is gone."""

    kind = "revoked"


class PairingProblem(Problem):
    """The server did not take the code."""

    kind = "pairing_refused"


class TooManyCodes(PairingProblem):
    """The server takes no more codes for a while."""

    kind = "try_later"


class AlreadyPaired(PairingProblem):
    """This profile belongs to a company already."""

    kind = "already_paired"


class AddressWrong(PairingProblem):
    """What was typed is no server's address."""

    kind = "address_wrong"


class NoCamera(Problem):
    """No camera answers."""

    kind = "no_camera"


class CameraAway(NoCamera):
    """The camera is unplugged or in use elsewhere; it is waited for."""


class PrinterProblem(Problem):
    """A slip was not printed; what it tells of is booked all the same."""

    kind = "printer"


class PrinterUnreachable(PrinterProblem):
    """Off, unplugged, gone from the network, or it takes nothing."""

    kind = "printer_unreachable"


class PrinterPaperOut(PrinterProblem):
    """No paper, or its lid is open."""

    kind = "printer_paper"


class PrinterNotAllowed(PrinterProblem):
    """The system does not let this program use it."""

    kind = "printer_not_allowed"


class PrinterAddressWrong(PrinterProblem):
    """What was typed is no address of a printer."""

    kind = "printer_address"


class PrinterServiceMissing(PrinterProblem):
    """The system has not what this way of printing needs: no lp, no libusb."""

    kind = "printer_service"


class ServerProblem(Problem):
    """The server cannot be reached, or what answers is not it."""

    kind = "server"


class Unreachable(ServerProblem):
    """No connection, or no answer in time."""

    kind = "unreachable"


class ServerFailed(ServerProblem):
    """The server answered that it failed."""

    kind = "server_failed"


class NotUnderstood(ServerProblem):
    """The server speaks another protocol than this program."""

    kind = "protocol_unsupported"


class NotOurServer(ServerProblem):
    """What answered is not the company's server: a captive portal, a proxy, garbage."""

    kind = "not_our_server"
