"""Preparation for pairing a till again: hands its entries to the company and carries over lock-outs.

A till that the company still accepts must not be paired again, as it would exist twice.
"""

from msgspec import structs

from loyalty.settings import Settings
from sync.exchange import failures, requests
from sync.exchange.page_limits import FULL
from sync.exchange.ports import Clock, Signer, Transport
from sync.protocol.entries import LockoutsCarried
from sync.protocol.messages import Cursors
from terminal.problems import AlreadyPaired
from terminal.staff.pin_attempts import PinAttempts, history
from terminal.storage.journal import Journal

DEADLINE_S = 20.0


def hand_over(own_signer: Signer, journal: Journal, acked_seq: int, transport: Transport, clock: Clock) -> None:
    """Sends the entries the company lacks as salvage; raises `AlreadyPaired` if the server still accepts the journal.

    Raises failures of `sync.exchange.failures`. A server that does not know the till receives nothing.
    """
    page = journal.page_after(acked_seq, FULL.entries, FULL.bytes)
    probe = requests.request(own_signer, journal, clock, page, cursors=Cursors())
    try:
        transport.exchange(structs.replace(probe, rows_max=1), DEADLINE_S)
    except failures.TokenUnknown:
        return
    except failures.Altered as doubted:
        if not isinstance(doubted.__cause__, failures.TokenUnknown):
            raise
        return  # a server with other keys answers there: the new code proves whose it is, and the journal is kept
    except failures.TurnedAway as refusal:
        if isinstance(refusal, failures.Revoked):
            requests.check_revocation(own_signer, refusal)
        requests.hand_over(own_signer, journal, transport, clock, after=acked_seq, deadline_s=DEADLINE_S)
        return
    raise AlreadyPaired


def carried(journal: Journal, settings: Settings) -> LockoutsCarried:
    """The lock-outs at the end of *journal*, so that pairing again does not lift them."""
    attempts = PinAttempts()
    attempts.fold_all(history(journal), settings)
    return attempts.carried(0.0 if journal.last is None else journal.last.running_ms / 1000)
