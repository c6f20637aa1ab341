"""docs/protocol.md lists every field of every message, and its vectors are what the code reads and writes."""

import json
from hashlib import sha256

import msgspec
import pytest

from sync.protocol import entries, messages, rows
from tests.sync.protocol.test_vectors import PAGE, VECTORS

STRUCTS = [
    struct
    for module in (messages, entries, rows)
    for struct in vars(module).values()
    if isinstance(struct, type)
    and issubclass(struct, msgspec.Struct)
    and struct.__module__ == module.__name__
    and not struct.__name__.startswith("_")
]


def documented(struct: type[msgspec.Struct]) -> list[str]:
    text = PAGE.read_text(encoding="utf-8")
    section = text.partition(f"#### `{struct.__name__}`")[2].partition("####")[0].partition("\n###")[0]
    return [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_every_field_of_a_message_is_on_the_page_in_order(struct: type[msgspec.Struct]) -> None:
    assert documented(struct) == list(struct.__struct_fields__)


def test_the_entry_of_the_page_is_read_and_written_byte_for_byte() -> None:
    vector = VECTORS["entry"]
    data = vector["bytes"].encode()
    entry = entries.decode_entry(data)
    assert entries.encode_entry(entry) == data
    assert sha256(data).hexdigest() == vector["hash"]
    assert entries.transaction_body(entry).__class__.__name__ == "PointsEarned"


@pytest.mark.parametrize(
    ("vector", "kind"),
    [
        ("exchange-request", messages.ExchangeRequest),
        ("exchange-response", messages.ExchangeResponse),
        ("pair-request", messages.PairRequest),
    ],
)
def test_the_messages_of_the_page_are_read_and_written_the_same(vector: str, kind: type[msgspec.Struct]) -> None:
    written = VECTORS[vector]["message"]
    message = messages.decode(kind, json.dumps(written).encode())
    again = json.loads(messages.encode(message))
    assert {**written, **again} == again


def test_a_card_row_of_the_page_is_a_card() -> None:
    response = messages.decode(messages.ExchangeResponse, json.dumps(VECTORS["exchange-response"]["message"]).encode())
    row = rows.decode_row(rows.CardRow, bytes(response.changes[0].row))
    assert rows.card_of(row).points_balance == 42


def test_garbage_is_told_as_garbled_and_never_as_a_library_error() -> None:
    for data in (b"", b"<html>", b"[" * 100_000, b'{"protocol": "one"}', b"\xff\xfe", b"null"):
        with pytest.raises(messages.Garbled):
            messages.decode(messages.ExchangeResponse, data)
