"""Before a till is paired again: what its journal has goes to the company, and what its people tried is carried over.

A till that the company still takes is not paired again: there would be two of it.
"""

from msgspec import structs

from loyalty.settings import Settings
from sync.exchange import failures, requests
from sync.exchange.pages import FULL
from sync.exchange.ports import Clock, Signer, Transport
from sync.protocol.entries import LockoutsCarried
from sync.protocol.messages import Cursors
from terminal.problems import AlreadyPaired
from terminal.staff.pin_attempts import PinAttempts, history
from terminal.storage.journal import Journal

DEADLINE_S = 20.0


def hand_over(me: Signer, journal: Journal, acked_seq: int, transport: Transport, clock: Clock) -> None:
    """Sends what the company lacks as salvage; `AlreadyPaired` when it takes this journal as ever.

    Raises `sync.exchange.failures` for a server that cannot be asked. One that does not know
    the till is handed nothing.
    """
    page = journal.page_after(acked_seq, FULL.entries, FULL.bytes)
    probe = requests.request(me, journal, clock, page, cursors=Cursors())
    try:
        transport.exchange(structs.replace(probe, rows_max=1), DEADLINE_S)
    except failures.TokenUnknown:
        return
    except failures.TurnedAway as refusal:
        if isinstance(refusal, failures.Revoked):
            requests.check_revocation(me, refusal)
        requests.hand_over(me, journal, transport, clock, after=acked_seq, deadline_s=DEADLINE_S)
        return
    raise AlreadyPaired


def carried(journal: Journal, settings: Settings) -> LockoutsCarried:
    """The lock-outs at the end of *journal*. Nobody is let in sooner because a till was paired again."""
    attempts = PinAttempts()
    attempts.fold_all(history(journal), settings)
    return attempts.carried(0.0 if journal.last is None else journal.last.running_ms / 1000)
