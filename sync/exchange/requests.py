"""Building a till's request, checking the answer, and handing over entries to a server that turned the till away.

Functions without waits or timers, used by the driver and by pairing.
"""

from sync.exchange import page_limits
from sync.exchange.failures import NotOurServer, ServerFailed, TooLarge, TurnedAway
from sync.exchange.ports import Clock, Journal, Marks, Signer, Transport
from sync.protocol import chain
from sync.protocol.messages import PROTOCOL, Cursors, ExchangeRequest, ExchangeResponse, Hint, Page, Seal
from sync.protocol.rows import LATER
from sync.protocol.version import VERSION

CAN = tuple(map(str, LATER))


def request(
    signer: Signer,
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
    """A request with *page*, which must have been read before, so that the signed head covers it."""
    head = journal.head()
    signature = chain.sign_head(
        signer.signing, signer.company_id, signer.terminal_id, signer.journal_id, last_seq=head.seq, head=head.hash
    )
    return ExchangeRequest(
        protocol=protocol,
        terminal=signer.terminal_id,
        journal=signer.journal_id,
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
        program_version=VERSION,
        can=CAN,
    )


def continues(marks: Marks, hint: Hint) -> bool:
    """True if a hint's answer continues the till's position and contains news."""
    read, after, answer = marks.cursors, hint.after, hint.answer
    if after is None or answer is None or after.recent is not None or read.recent is not None:
        return False
    if answer.more or answer.update or answer.keys is not None:
        return False
    reaches = (answer.cursors.essentials, answer.cursors.bulk)
    here = (read.essentials, read.bulk)
    begins = after.essentials <= read.essentials and after.bulk <= read.bulk
    return begins and reaches != here and all(there >= mine for there, mine in zip(reaches, here, strict=True))


def check_answer(signer: Signer, response: ExchangeResponse, last_seq: int) -> None:
    """Checks that our server sealed this response for this journal, as far as the journal is written."""
    seal = response.seal
    is_sealed = chain.seal_is_signed(
        signer.server_signing_public,
        signer.company_id,
        signer.terminal_id,
        signer.journal_id,
        epoch=seal.epoch,
        version=seal.version,
        acked_seq=seal.acked_seq,
        signature=seal.signature,
    )
    if not is_sealed:
        raise NotOurServer("the response is not sealed by our server for this journal")
    if seal.acked_seq != response.acked_seq or response.acked_seq > last_seq:
        raise NotOurServer("the response acknowledges entries that are not sealed or not written")
    if response.server_time.tzinfo is None:
        raise NotOurServer("the server time has no time zone")


def is_of_another_life(request: ExchangeRequest, response: ExchangeResponse) -> bool:
    """True if the server was restored from a backup since it last answered, and may have forgotten something."""
    return request.seal is not None and request.seal.epoch != response.seal.epoch


def check_revocation(signer: Signer, refusal: TurnedAway) -> None:
    """Checks the server's signature on a revocation, because a till erases its data on it."""
    signed = refusal.signature is not None and chain.revocation_is_signed(
        signer.server_signing_public,
        signer.company_id,
        signer.terminal_id,
        signer.journal_id,
        signature=refusal.signature,
    )
    if not signed:
        raise NotOurServer("the revocation is not signed by our server")


def hand_over(
    signer: Signer, journal: Journal, transport: Transport, clock: Clock, *, after: int, deadline_s: float
) -> int:
    """Sends the entries after *after*, and any earlier ones the server lacks; returns the seq the server then has.

    Raises the failure that stopped it. Repeating is harmless.
    """
    limits = page_limits.FULL
    after = min(after, max(0, journal.head().seq - 1))  # resends the last entry, which shows whether the server has it
    while True:
        page = journal.page_after(after, limits.entries, limits.bytes)
        asked = request(signer, journal, clock, page, cursors=Cursors(), salvage=True)
        try:
            transport.exchange(asked, deadline_s)
        except TooLarge:
            if page is None or len(page.entries) == 1:
                raise
            limits = page_limits.halved(limits, len(page.entries))
            continue
        except TurnedAway as refusal:
            if refusal.salvaged_seq is None:
                raise
            after = refusal.salvaged_seq
            if after >= asked.last_seq:
                return after
        else:
            raise ServerFailed(200)  # the server turned this till away a moment ago, so success is an error
