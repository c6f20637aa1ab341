"""A customer whom the office erases, as two tills have them: afterwards no file of theirs knows the name or contact."""

import base64
from pathlib import Path
from uuid import UUID

import pytest

from server.customers import erasure
from sync.protocol import sealing
from sync.protocol.entries import decode_entry
from terminal.interface.ask import Override
from terminal.interface.asks import (
    Adjust,
    EditCustomer,
    Enrol,
    Find,
    PutAway,
    Reactivate,
    Replace,
    Scan,
    Stamp,
    Status,
)
from tests.support.erasures import erase
from tests.support.joined_till import JoinedTill
from tests.support.paper_shop import PaperShop
from tests.support.replies import refused, written

pytestmark = pytest.mark.slow

ANNA = Override("Anna", "4711")


def standing(shop: PaperShop, card_id: UUID) -> tuple[int, int]:
    with shop.units.read() as conn:
        found = erasure.standing(conn, shop.company_id, card_id)
    assert found is not None
    return found.tills, found.done


def stored(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def is_in(data: bytes, trace: bytes | None) -> bool:
    """As it is, or as JSON has it."""
    assert trace is not None
    return trace in data or base64.b64encode(trace) in data


def test_no_file_of_a_till_knows_who_was_erased(
    tills: tuple[JoinedTill, JoinedTill], shop: PaperShop, tmp_path: Path
) -> None:
    here, there = tills
    (blank,) = shop.blanks()
    for till in tills:
        till.sync()
    written(here.asks(Enrol(code=blank.token, name="Zoe", email="zoe@example.lu")))
    for till in tills:
        till.sync()
    there.asks(Scan(blank.token))
    written(there.asks(EditCustomer(name="Zoé", email="weber@example.lu", override=ANNA)))
    for till, why in ((here, "for the wedding"), (there, "after the quarrel")):
        till.asks(Scan(blank.token))
        written(till.asks(Adjust(points=5, reason=why, override=ANNA)))
    there.sync()
    here.sync()
    keys = shop.keys.company(shop.company_id)
    name = shop.said(blank.id).name
    traces = [sealing.email_hmac(keys.lookup, one) for one in ("zoe@example.lu", "weber@example.lu")]
    assert name is not None and None not in traces
    sides = [one.journal.side_of(seq) for one in tills for seq in range(1, one.journal.head().seq + 1)]
    boxes = [side.contact for side in sides if side is not None]
    boxes = [box for box in boxes if box is not None]
    assert len(boxes) == 2
    wanted = [name, *traces, *boxes, b"the wedding", b"the quarrel"]
    before = stored(tmp_path / "here") + stored(tmp_path / "there")
    assert all(is_in(before, one) for one in wanted)
    erase(shop, blank.id)
    assert standing(shop, blank.id) == (2, 0)
    for till in tills:
        till.sync()
        assert till.asks(Status()).ok
        till.sync()
    assert standing(shop, blank.id) == (2, 2)
    after = stored(tmp_path / "here") + stored(tmp_path / "there")
    assert [one for one in wanted if is_in(after, one)] == []
    for till in tills:
        till.asks(PutAway())
        assert refused(till.asks(Find(email="weber@example.lu"))).reason == "unknown_card"


def test_a_till_that_was_away_erases_at_its_next_contact_what_it_had_not_sent(
    tills: tuple[JoinedTill, JoinedTill], shop: PaperShop
) -> None:
    here, there = tills
    (blank,) = shop.blanks()
    for till in tills:
        till.sync()
    written(here.asks(Enrol(code=blank.token, name="Zoe", email="zoe@example.lu")))
    here.sync()
    there.sync()
    there.asks(Scan(blank.token))
    written(there.asks(Stamp()))
    written(there.asks(EditCustomer(name="Zoé", email="weber@example.lu", override=ANNA)))
    erase(shop, blank.id)
    there.sync()
    assert there.asks(Status()).ok
    there.sync()
    assert there.journal.with_sides() == []
    card = shop.card(blank.id)
    assert (card.stamp_count, card.customer_id) == (1, None)


def test_a_till_that_knows_takes_the_card_into_use_no_more(
    tills: tuple[JoinedTill, JoinedTill], shop: PaperShop
) -> None:
    here, _ = tills
    blank, spare = shop.blanks(2)
    here.sync()
    written(here.asks(Enrol(code=blank.token, name="Zoe", email="zoe@example.lu")))
    here.sync()
    erase(shop, blank.id)
    here.sync()
    assert here.asks(Scan(blank.token)).ok
    before = here.journal.head().seq
    asks = (
        Reactivate("found", override=ANNA),
        Replace(code=spare.token, reason="lost", override=ANNA),
        EditCustomer(name="Zoé", override=ANNA),
    )
    assert [refused(here.asks(one)).reason for one in asks] == ["card_erased"] * 3
    since = [decode_entry(row.entry).kind for row in here.journal.rows() if row.seq > before]
    assert set(since) <= {"pin_tried", "pin_passed"}, "nothing but PINs was written"
