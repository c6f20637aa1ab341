"""Limits of received data: no input of a terminal makes the server fail or store more than allowed."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from loyalty.judge import Note, Word
from loyalty.texts import NAME_CHARS_MAX, RECEIPT_CHARS_MAX
from loyalty.transactions import CardCreated
from server import bootstrap
from server.db.tables import customers, entries
from server.ledger.rows.enrolments import customer_id_of
from sync.protocol import sealing
from sync.protocol.entries import ENTRY_BYTES_MAX, SIDE_BYTES_MAX, Contact, Side, encode_side
from sync.protocol.messages import EXCHANGE_PATH, HINTS_PATH, PAIR_PATH, SNAPSHOT_PATH, encode
from tests.support.companies import a_new_till
from tests.support.paper_shop import PaperShop
from tests.support.paper_till import PaperTill, Written
from tests.support.web import Web

DEEP = b'{"a":' * 500 + b"1" + b"}" * 500
A_MILLION = 1_000_000


def side_of(shop: PaperShop, till: PaperTill, card: Any, *, name: str = "", contact: bytes | None = None) -> bytes:
    """An encrypted side row with arbitrary contents."""
    data = shop.keys.company(shop.company_id).data
    box = None if contact is None else sealing.seal(till.paired.sealing_public, contact, sealing.Purpose.CONTACT)
    return encode_side(
        Side(salt=b"s" * 16, name=sealing.encrypt(data, card, name) if name else None, name_key=data.id, contact=box)
    )


SIDES: dict[str, Callable[[PaperShop, PaperTill, UUID], bytes]] = {
    "nested": lambda shop, till, card: b'{"salt":"","name":' + DEEP + b"}",
    "nested in a field": lambda shop, till, card: b'{"salt":' + b"[" * 500 + b"]" * 500 + b"}",
    "no JSON": lambda shop, till, card: b"\xff\x00",
    "a long name": lambda shop, till, card: side_of(shop, till, card, name="A" * A_MILLION),
    "a name above the limit": lambda shop, till, card: side_of(shop, till, card, name="A" * (NAME_CHARS_MAX + 1)),
    "a note above the limit": lambda shop, till, card: side_of(shop, till, card, name="Ana\n" + "n" * 121),
    "a name of nothing": lambda shop, till, card: side_of(shop, till, card, name="\u200b\u202e"),
    "bytes for a name": lambda shop, till, card: encode_side(Side(salt=b"s", name=b"n" * 1000, name_key=7)),
    "a nested contact": lambda shop, till, card: side_of(shop, till, card, contact=b'{"email":' + DEEP + b"}"),
    "a long e-mail": lambda shop, till, card: side_of(
        shop, till, card, contact=encode(Contact(email="a" * 3000 + "@b.c"))
    ),
    "a phone of letters": lambda shop, till, card: side_of(shop, till, card, contact=encode(Contact(phone="x" * 3000))),
    "a contact with NUL": lambda shop, till, card: side_of(shop, till, card, contact=encode(Contact(email="a\0@b.c"))),
    "a long language": lambda shop, till, card: encode_side(Side(salt=b"s", language="x" * 5000)),
    "a key beyond": lambda shop, till, card: encode_side(Side(salt=b"s", name=b"n", name_key=2**53 - 1)),
}


def kept(shop: PaperShop, written: Written) -> tuple[int, int]:
    """The stored bytes of a row and of its side row."""
    lengths = select(func.length(entries.c.entry), func.coalesce(func.length(entries.c.side), 0))
    with shop.units.read() as conn:
        entry, side = conn.execute(lengths.where(entries.c.seq == written.seq)).one()
    return entry, side


@pytest.mark.parametrize("kind", SIDES)
def test_a_side_row_that_no_till_writes_is_torn_and_the_card_is_handed_out(shop: PaperShop, kind: str) -> None:
    till, (blank,) = shop.till(), shop.blanks()
    written = till.write(CardCreated(), blank.id, side=SIDES[kind](shop, till, blank.id))
    till.exchange()
    behind = till.stamp(blank.id)
    till.sync()
    verdict = till.verdict(written)
    assert (verdict.word, Note.UNREADABLE in verdict.notes) == (Word.ACCEPTED, True)
    assert till.verdict(behind).word == Word.ACCEPTED
    assert kept(shop, written)[1] <= SIDE_BYTES_MAX
    assert till.card(blank.id).name is None


def test_a_name_is_kept_clean_and_a_contact_in_its_normal_form(shop: PaperShop) -> None:
    till, (blank,) = shop.till(), shop.blanks()
    contact = encode(Contact(email="mailto:Ana@Example.org,", phone="+352 (0)621 123 456."))
    written = till.write(
        CardCreated(), blank.id, side=side_of(shop, till, blank.id, name="Le\u0301a\x1b[31m \u202eX", contact=contact)
    )
    till.sync()
    assert till.verdict(written).notes == ()
    row, keys = till.card(blank.id), shop.keys.company(shop.company_id)
    assert row.name is not None and sealing.decrypt(keys.data, blank.id, row.name) == "Léa [31m X"
    assert row.email == sealing.email_hmac(keys.lookup, "ana@example.org")
    assert row.phone == sealing.phone_hmac(keys.lookup, "+352621123456", "LU")
    with shop.units.read() as conn:
        email = conn.execute(select(customers.c.email)).scalar_one()
    assert sealing.decrypt(keys.data, customer_id_of(written.id), email) == "ana@example.org"


@pytest.mark.parametrize("size", [ENTRY_BYTES_MAX + 1, 1_400_000])
@pytest.mark.parametrize("parked", [False, True])
def test_an_entry_above_the_limit_is_not_kept_whole_and_blocks_none(shop: PaperShop, size: int, parked: bool) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    written = till.append(b'{"v":1,"id":"' + str(uuid4()).encode() + b'","kind":"' + b"x" * size + b'"}')
    page = till.page()
    assert page is not None
    till.exchange(type(page)(prev_hash=page.prev_hash, entries=(written.sent(parked=parked),)))
    behind = till.stamp(card)
    till.sync()
    assert kept(shop, written)[0] <= ENTRY_BYTES_MAX
    assert till.verdict(written).word == (Word.HELD if parked else Word.REJECTED)
    assert till.verdict(behind).word == Word.ACCEPTED


def test_a_receipt_above_the_limit_is_unreadable_and_one_that_hides_is_kept_clean(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    long, odd = till.earn(card, 1000, "R" * (RECEIPT_CHARS_MAX + 1)), till.earn(card, 1000, "R\u202e-\x1b1 ")
    till.sync()
    assert (till.verdict(long).word, till.verdict(odd).word) == (Word.REJECTED, Word.ACCEPTED)
    assert till.transaction(odd.id).receipt == "R- 1"


NASTY: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        -1,
        0,
        2**31,
        2**53,
        2**63 - 1,
        2**63,
        2**64,
        1e308,
        "",
        "\0",
        "x" * 70_000,
        [],
        {},
        [[[]]],
        "AA==",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2026-01-01T00:00:00",
    ]
) | st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def places(message: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all values in a JSON value."""
    inner = (
        list(message.items())
        if isinstance(message, dict)
        else list(enumerate(message))
        if isinstance(message, list)
        else []
    )
    return [at, *(place for key, value in inner for place in places(value, (*at, key)))]


def put(message: Any, at: tuple[Any, ...], value: Any) -> Any:
    if not at:
        return value
    changed = dict(message) if isinstance(message, dict) else list(message)
    changed[at[0]] = put(message[at[0]], at[1:], value)
    return changed


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_message_fails_the_server(shop: PaperShop, data: st.DataObject) -> None:
    known = vars(shop).setdefault("fuzzed", [])
    if not known:
        till = shop.till()
        known += [Web(bootstrap.build_app(shop.server)), till, shop.enrolled(till)]
    web, till, card = known
    till.journal = till.journal[: till.acked_seq]
    till.stamp(card)
    route = data.draw(st.sampled_from([PAIR_PATH, EXCHANGE_PATH, HINTS_PATH, SNAPSHOT_PATH]))
    token = till.paired.token
    if route in (HINTS_PATH, SNAPSHOT_PATH):
        text = data.draw(
            st.sampled_from(["-1", "0", str(2**63), str(2**70), "x", "", "\0", "9" * 5000]) | st.text(max_size=8)
        )
        asked = "&".join(f"{name}={quote(text)}" for name in ("journal", "essentials", "bulk"))
        query = f"?{asked}&journal=x" if route == HINTS_PATH else f"/{quote(text, safe='')}"
        assert web.get(route + query, token).status_code < 500
        return
    if route == PAIR_PATH:
        message = json.loads(encode(a_new_till().request("ABCD-EFGH")))
    else:
        differences = [{"table": "card", "bucket": "00", "found_by": "digest"}]
        fetch = [["card", "00"]]
        message = json.loads(encode(till.request(till.page(), digest=True, pool=3)))
        message |= {
            "differences": differences,
            "fetch": fetch,
            "seal": {"epoch": 1, "version": 2, "acked_seq": 3, "signature": ""},
        }
    at = data.draw(st.sampled_from(places(message)))
    changed = json.dumps(put(message, at, data.draw(NASTY))).encode()
    assert web.post(route, changed, token).status_code < 500


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_entry_fails_the_server(shop: PaperShop, data: st.DataObject) -> None:
    known = vars(shop).setdefault("fuzzed", [])
    if not known:
        till = shop.till()
        known += [till, shop.enrolled(till)]
    till, card = known
    write = data.draw(
        st.sampled_from(
            [
                lambda: till.stamp(card),
                lambda: till.earn(card, 1000, "R-1"),
                lambda: till.redeem(card),
                lambda: till.enrol(shop.blanks()[0].id, email="ana@example.org"),
                lambda: till.void_points(card, uuid4(), 5),
            ]
        )
    )
    written = write()
    message = json.loads(written.data)
    at = data.draw(st.sampled_from(places(message)))
    till.journal.pop()
    changed = json.dumps(put(message, at, data.draw(NASTY))).encode()
    row = till.append(changed, side=written.side)
    till.sync()
    assert till.acked_seq == row.seq
    assert sha256(changed).digest()
