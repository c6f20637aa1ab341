"""The company that pages are measured on is one: what its cards say is the sum of what happened on them."""

from pathlib import Path

import pytest

from benchmarks.setups import kept_company
from benchmarks.setups.crowd import LONG, NOW, card_id, name_of
from server.cards import card_detail, card_ledger

pytestmark = pytest.mark.slow
CARDS = 120


def test_every_card_of_it_is_the_sum_of_its_transactions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_company, "OTHERS", 0)
    server, _ = kept_company.on_sqlite(tmp_path, CARDS)
    company = server.company(kept_company.SLUG)
    keys = server.keys.company(company.id)
    with server.units.read() as conn:
        for number in range(CARDS):
            card = card_detail.of_card(conn, company, keys, card_id(number), NOW)
            ledger = card_ledger.of_card(conn, company, card.opened)
            assert ledger.agrees, (number, ledger.counted, card.card)
            assert card.customer.name == name_of(number)
            assert ledger.transactions == (LONG if number == 0 else ledger.transactions)
