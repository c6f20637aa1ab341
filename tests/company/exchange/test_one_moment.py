"""An answer is of one moment, which its seal names."""

from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from server.db.tables import companies
from server.exchange.intake import load_sender
from sync.protocol.messages import Cursors
from tests.support.databases import ON_SQLITE
from tests.support.paper_shop import PaperShop
from tests.support.paper_till import PaperTill

pytestmark = ON_SQLITE


@pytest.mark.parametrize("asks", [{}, {"digest": True}, {"pool": 0}], ids=["rows", "digest", "blanks"])
def test_no_entry_comes_between_the_parts_of_an_answer(shop: PaperShop, engine: Engine, asks: dict[str, Any]) -> None:
    """Whenever an answer is read, it is of one moment: a card's stamps are those of the entries up to `acked_seq`."""
    till = shop.till()
    card = shop.enrolled(till)
    for _ in range(10):
        till.stamp(card)
    sender = PaperTill(shop.exchanges, lambda: shop.now, till.signing, till.paired)
    sender.journal_id, sender.journal, sender.acked_seq = till.journal_id, till.journal, till.acked_seq
    sending: list[bool] = []

    def one_more(conn: Connection) -> None:
        if not sending and conn.get_execution_options().get("orion_begin") == "read":
            sending.append(True)
            sender.exchange(sender.page(count=1))
            sending.clear()

    event.listen(engine, "begin", one_more)
    answer = till.send(till.request(**asks))
    event.remove(engine, "begin", one_more)
    till.take(answer)
    assert till.acked_seq > 1
    assert till.card(card).stamp_count == till.acked_seq - 1


def test_an_answer_is_sealed_with_the_moment_of_its_rows_and_no_cursor_leads_beyond_it(shop: PaperShop) -> None:
    till = shop.till()
    shop.enrolled(till)
    answer = till.exchange()
    (company,) = shop.rows(companies)
    assert answer.seal.version == answer.cursors.bulk == company.clock
    shop.passes(minutes=2)
    till.exchange(cursors=Cursors(company.clock + 1000, company.clock + 1000))
    with shop.units.read() as conn:
        marks = load_sender(conn, shop.company_id, till.id).marks
    assert marks.essentials == company.clock
