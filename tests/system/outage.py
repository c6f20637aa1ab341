"""Two tills and a server as processes: the server is killed and restarted, and replies are lost after the commit.

Afterwards, every transaction is in the company's database exactly once.
"""

import random
from pathlib import Path
from uuid import UUID

from tests.system.books import Acknowledged, compare
from tests.system.processes import Company, JsonTill, paired, terminal
from tests.system.wire import LossyWire

ASKS_BETWEEN_EXCHANGES = 4
KILLS = 12


def run(folder: Path, transactions: int, seed: int = 1) -> str:
    """Runs the test and returns the result in one line."""
    chance = random.Random(seed)
    company = Company(folder / "company", cards=40)
    company.serve()
    wire = LossyWire(company.port, seed=seed)
    profiles = [paired(folder / name, company, name, wire.port) for name in ("till-1", "till-2")]
    tills = [JsonTill(profile) for profile in profiles]
    recorded = Acknowledged()
    try:
        cards = _handed_out(tills[0], company, recorded)
        _settle(tills)
        wire.swallow(0.6)
        for number in range(transactions):
            till = tills[number % 2]
            _serve(till, chance, cards, recorded)
            if number % ASKS_BETWEEN_EXCHANGES == 0:
                till.ask(id=number, do="sync", timeout_s=0.3)
            if number % max(1, transactions // KILLS) == transactions // KILLS // 2:
                company.kill()
                company.serve()
        wire.swallow(0.0)
        _settle(tills)
    finally:
        for till in tills:
            till.close()
        company.stop()
        wire.close()
    journalled = [
        UUID(row["entry"]["id"])
        for profile in profiles
        for row in terminal(profile, "journal", "list")
        if row["entry"]["card"] is not None
    ]
    found = compare(recorded, company.database)
    checked = company.command("ledger", "check", "--company", "aurora")[0]
    wrong = checked["wrong"] if isinstance(checked["wrong"], int) else len(checked["wrong"])
    equal = found.equal and sorted(journalled) == sorted(recorded.entries) and wrong == 0
    return (
        f"transactions={transactions} replies_dropped={wire.swallowed} server_kills={company.kills} "
        f"lost={found.lost} doubled={found.doubled} ledger_equal={'yes' if equal else 'no'}"
    )


def _handed_out(till: JsonTill, company: Company, recorded: Acknowledged) -> list[tuple[str, UUID]]:
    """Enrols a customer with every printed blank."""
    till.ask(id=0, do="sync", timeout_s=30)
    cards = []
    for blank in company.cards:
        reply = till.ask(id=0, do="enrol", code=blank["qr_code"])
        assert reply["ok"], reply
        recorded.entries.append(UUID(reply["entry"]["id"]))
        cards.append((blank["qr_code"], UUID(reply["card"]["id"])))
    return cards


def _serve(till: JsonTill, chance: random.Random, cards: list[tuple[str, UUID]], recorded: Acknowledged) -> None:
    """Serves one customer: a stamp or a purchase."""
    code, card = chance.choice(cards)
    assert till.ask(id=1, do="scan", code=code)["ok"]
    amount = chance.randrange(100, 5000)
    stamped = chance.random() < 0.5
    ask = {"do": "stamp"} if stamped else {"do": "earn", "amount_minor": amount}
    reply = till.ask(id=2, **ask)
    assert reply["ok"], reply
    recorded.entries.append(UUID(reply["entry"]["id"]))
    (recorded.stamps if stamped else recorded.points)[card] += 1 if stamped else amount // 100


def _settle(tills: list[JsonTill]) -> None:
    """Exchanges until nothing waits."""
    for _round in range(2):
        for till in tills:
            status = till.ask(id=9, do="sync", timeout_s=60)["status"]
            assert status["waiting"] == 0 and status["acked_seq"] == status["last_seq"], status
