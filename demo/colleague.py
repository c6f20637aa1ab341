"""A second till in another store, which enrols a customer, so that a card exists that the first till does not know yet.

It has no window and runs on the caller's thread.
"""

from pathlib import Path

from demo.company import Company
from server.demo import cafes
from terminal.bootstrap import open_till, pair_till
from terminal.interface.asks import AnyAsk, Enrol, Pin, Scan, Sync

STORE, NAME = "Grund", "Marie"
TILL = "Till in Grund"
SYNC_S = 30.0


def enrol_elsewhere(folder: Path, company: Company, name: str) -> None:
    """Issues the company's next card and enrols *name* with it, at a till in *folder*."""
    token = company.next_card.token
    company.issue_next_card()
    pair_till(folder, f"http://127.0.0.1:{company.port}", company.pairing_code(STORE, TILL))
    till = open_till(folder, exchanging=False)
    try:
        pin = next(one.pin for one in cafes.STAFF if one.name == NAME)
        asks: tuple[AnyAsk, ...] = (
            Sync(SYNC_S),
            Pin(NAME, pin),
            Scan(token),
            Enrol(code=token, name=name),
            Sync(SYNC_S),
        )
        for ask in asks:
            reply = till.counter.handle(ask)
            assert reply.ok, f"the other store's till refused: {reply.refusal or reply.problem}"
    finally:
        till.close()
