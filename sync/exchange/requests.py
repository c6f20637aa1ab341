"""One request of a till, as it stands; what it believes of an answer; and what it hands over when the server does not
take its journal any more.

Nothing here waits or decides when: the driver does, and pairing.
"""

from sync.exchange import pages
from sync.exchange.failures import NotOurServer, ServerFailed, TooLarge, TurnedAway
from sync.exchange.ports import Clock, Journal, Marks, Signer, Transport
from sync.protocol import chain
from sync.protocol.messages import PROTOCOL, Cursors, ExchangeRequest, ExchangeResponse, Hint, Page, Seal


def request(
    me: Signer,
    journal: Journal,
    clock: Clock,
    page: Page | None,
    *,
    cursors: Cursors,
    seal: Seal | None = None,
    keys: tuple[int, int] = (0, 0),
    salvage: bool = False,
    protocol: int = PROTOCOL,
) -> ExchangeRequest:
    """The request that carries *page*, which was read before: what is sent never lies beyond what is signed."""
    head = journal.head()
    signature = chain.sign_head(
        me.signing, me.company_id, me.terminal_id, me.journal_id, last_seq=head.seq, head=head.hash
    )
    return ExchangeRequest(
        protocol=protocol,
        terminal=me.terminal_id,
        journal=me.journal_id,
        last_seq=head.seq,
        head=head.hash,
        signature=signature,
        cursors=cursors,
        clock=clock.reading(),
        seal=seal,
        page=page,
        data_key=keys[0],
        pepper=keys[1],
        salvage=salvage,
    )


def continues(marks: Marks, hint: Hint) -> bool:
    """Whether what a hint brought goes on from what is here, and is news."""
    read, after, answer = marks.cursors, hint.after, hint.answer
    if after is None or answer is None or after.recent is not None or read.recent is not None:
        return False
    if answer.more or answer.update or answer.keys is not None:
        return False
    reaches = (answer.cursors.essentials, answer.cursors.bulk)
    here = (read.essentials, read.bulk)
    begins = after.essentials <= read.essentials and after.bulk <= read.bulk
    return begins and reaches != here and all(there >= mine for there, mine in zip(reaches, here, strict=True))


def check_answer(me: Signer, response: ExchangeResponse, last_seq: int) -> None:
    """That our server said it, of this journal as far as it is written."""
    seal = response.seal
    is_sealed = chain.seal_is_signed(
        me.server_signing_public,
        me.company_id,
        me.terminal_id,
        me.journal_id,
        epoch=seal.epoch,
        version=seal.version,
        acked_seq=seal.acked_seq,
        signature=seal.signature,
    )
    if not is_sealed:
        raise NotOurServer("the seal is not our server's for this journal")
    if seal.acked_seq != response.acked_seq or response.acked_seq > last_seq:
        raise NotOurServer("it acknowledges what it did not seal, or what was never written")
    if response.server_time.tzinfo is None:
        raise NotOurServer("a time without its zone")


def check_revocation(me: Signer, refusal: TurnedAway) -> None:
    """A revocation costs a till all it knows, so it counts in the server's own hand only."""
    signed = refusal.signature is not None and chain.revocation_is_signed(
        me.server_signing_public, me.company_id, me.terminal_id, me.journal_id, signature=refusal.signature
    )
    if not signed:
        raise NotOurServer("a revocation that our server did not sign")


def hand_over(
    me: Signer, journal: Journal, transport: Transport, clock: Clock, *, after: int, deadline_s: float
) -> int:
    """Sends what was written after *after*, and what the server lacks before it; how far the server has it then.

    Raises the failure that ended it. Handing over again is harmless.
    """
    limits = pages.FULL
    after = min(after, max(0, journal.head().seq - 1))  # a page that shows whether the end is known there
    while True:
        page = journal.page_after(after, limits.entries, limits.bytes)
        asked = request(me, journal, clock, page, cursors=Cursors(), salvage=True)
        try:
            transport.exchange(asked, deadline_s)
        except TooLarge:
            if page is None or len(page.entries) == 1:
                raise
            limits = pages.halved(limits, len(page.entries))
            continue
        except TurnedAway as refusal:
            if refusal.salvaged_seq is None:
                raise
            after = refusal.salvaged_seq
            if after >= asked.last_seq:
                return after
        else:
            raise ServerFailed(200)  # it turned this till away a moment ago
