"""A journal's chain and signatures: every change of a row, its order or its owner is detected."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.protocol.chain import (
    SigningKey,
    entry_hash,
    genesis,
    head_is_signed,
    head_message,
    is_signed,
    link,
    new_signing_key,
    seal_is_signed,
    seal_message,
    sign_head,
    sign_seal,
    verify,
)

company, terminal, journal, another = (UUID(int=number) for number in (1, 2, 3, 4))
start = genesis(company, terminal, journal)
key = SigningKey(bytes(range(32)))

Row = tuple[int, bytes, bytes]
entries = st.lists(st.binary(max_size=40), min_size=1, max_size=8)


def chained(written: list[bytes]) -> list[Row]:
    rows: list[Row] = []
    head = start
    for seq, entry in enumerate(written, start=1):
        head = link(head, seq, entry_hash(entry))
        rows.append((seq, entry_hash(entry), head))
    return rows


def flipped(value: bytes, bit: int) -> bytes:
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@given(entries)
def test_a_chain_as_written_holds(written: list[bytes]) -> None:
    assert verify(start, 1, chained(written)) is None


@given(entries, st.data())
def test_a_page_from_the_middle_is_checked_from_its_prev_hash(written: list[bytes], data: st.DataObject) -> None:
    rows = chained(written)
    cut = data.draw(st.integers(1, len(rows)))
    assert verify(rows[cut - 1][2], cut + 1, rows[cut:]) is None


@given(entries, st.data())
def test_any_flipped_bit_breaks_the_chain_at_its_row(written: list[bytes], data: st.DataObject) -> None:
    rows = chained(written)
    at = data.draw(st.integers(0, len(rows) - 1))
    bit = data.draw(st.integers(0, 255))
    seq, digest, row_hash = rows[at]
    rows[at] = (
        (seq, flipped(digest, bit), row_hash) if data.draw(st.booleans()) else (seq, digest, flipped(row_hash, bit))
    )
    assert verify(start, 1, rows) == at + 1


@given(entries.filter(lambda written: len(written) > 1), st.data())
def test_a_missing_row_breaks_the_chain_where_it_stood(written: list[bytes], data: st.DataObject) -> None:
    rows = chained(written)
    at = data.draw(st.integers(0, len(rows) - 2))  # a missing last row shows in the signed head
    del rows[at]
    assert verify(start, 1, rows) == at + 1


def test_two_rows_in_the_wrong_order_break_the_chain_at_the_first() -> None:
    first, second, third = chained([b"first", b"second", b"third"])
    assert verify(start, 1, [first, third, second]) == 2


def test_a_seq_given_to_another_row_breaks_the_chain() -> None:
    (_, digest, row_hash) = chained([b"first"])[0]
    assert verify(start, 1, [(2, digest, row_hash)]) == 1


@pytest.mark.parametrize(
    "ids", [(another, terminal, journal), (company, another, journal), (company, terminal, another)]
)
def test_row_one_binds_company_terminal_and_journal(ids: tuple[UUID, UUID, UUID]) -> None:
    assert verify(genesis(*ids), 1, chained([b"first"])) == 1


@pytest.mark.parametrize("size", [0, 31, 33])
def test_hashes_of_a_wrong_size_break_the_chain_instead_of_the_program(size: int) -> None:
    (seq, digest, row_hash) = chained([b"first"])[0]
    assert verify(bytes(size), 1, [(seq, digest, row_hash)]) == 1
    assert verify(start, 1, [(seq, bytes(size), row_hash)]) == 1
    assert verify(start, 1, [(seq, digest, bytes(size))]) == 1


def test_bytes_cannot_move_between_a_head_and_the_digest_behind_it() -> None:
    with pytest.raises(AssertionError):
        link(bytes(33), 1, bytes(31))


def test_a_head_counts_for_its_signer_and_its_words_only() -> None:
    signature = sign_head(key, company, terminal, journal, last_seq=7, head=start)

    def counts(
        public: bytes = key.public, ids: tuple[UUID, UUID, UUID] = (company, terminal, journal), last_seq: int = 7
    ) -> bool:
        return head_is_signed(public, *ids, last_seq=last_seq, head=start, signature=signature)

    assert counts()
    assert not counts(public=new_signing_key().public)
    assert not counts(ids=(another, terminal, journal))
    assert not counts(ids=(terminal, company, journal))
    assert not counts(last_seq=8)


def test_a_seal_counts_for_its_signer_and_its_words_only() -> None:
    signature = sign_seal(key, company, terminal, journal, epoch=1, version=20, acked_seq=7)

    def counts(public: bytes = key.public, epoch: int = 1, version: int = 20, acked_seq: int = 7) -> bool:
        return seal_is_signed(
            public, company, terminal, journal, epoch=epoch, version=version, acked_seq=acked_seq, signature=signature
        )

    assert counts()
    assert not counts(public=new_signing_key().public)
    assert not counts(epoch=2)
    assert not counts(version=21)
    assert not counts(acked_seq=8)
    assert not counts(epoch=20, version=1)


@given(st.integers(0, 511))
def test_any_flipped_bit_of_a_signature_makes_it_none(bit: int) -> None:
    message = head_message(company, terminal, journal, last_seq=1, head=start)
    assert not is_signed(key.public, message, flipped(key.sign(message), bit))


def test_a_signed_head_never_passes_for_a_seal() -> None:
    head = head_message(company, terminal, journal, last_seq=1, head=start)
    seal = seal_message(company, terminal, journal, epoch=1, version=1, acked_seq=1)
    assert not is_signed(key.public, seal, key.sign(head))


@pytest.mark.parametrize("number", [-1, 2**64])
def test_a_number_that_no_end_would_write_is_unsigned_not_a_crash(number: int) -> None:
    nothing = bytes(64)
    assert not head_is_signed(key.public, company, terminal, journal, last_seq=number, head=start, signature=nothing)
    assert not seal_is_signed(
        key.public, company, terminal, journal, epoch=1, version=number, acked_seq=1, signature=nothing
    )


@pytest.mark.parametrize("size", [0, 31, 33, 63, 65])
def test_keys_heads_and_signatures_of_a_wrong_size_are_unsigned_not_a_crash(size: int) -> None:
    odd = bytes(size)
    assert not is_signed(odd, b"message", key.sign(b"message"))
    assert not is_signed(key.public, b"message", odd)
    signature = key.sign(head_message(company, terminal, journal, last_seq=1, head=odd))
    assert not head_is_signed(key.public, company, terminal, journal, last_seq=1, head=odd, signature=signature)


def test_a_signing_key_comes_back_from_its_raw_bytes_and_hides_them() -> None:
    fresh = new_signing_key()
    assert SigningKey(fresh.secret).public == fresh.public
    assert repr(fresh.secret)[2:-1] not in repr(fresh)
    with pytest.raises(ValueError, match="32 bytes"):
        SigningKey(fresh.secret[:-1])
