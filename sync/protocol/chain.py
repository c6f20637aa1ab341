"""What binds a journal together: the hash of every row, and the signatures under its last one.

Both ends call this; docs/protocol.md names every byte. It never reads a journal, asks the time or decides what a
broken chain means: it says where it breaks.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import structs

from sync.protocol.messages import Snapshot

HASH_BYTES = 32
INTEGER_MAX = 2**64 - 1


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A terminal's or the server's Ed25519 key, kept as its 32 raw bytes, which is how it is stored."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != 32:
            raise ValueError("a signing key has 32 bytes")

    @property
    def public(self) -> bytes:
        """The 32 bytes that the other end keeps to check signatures with."""
        return _private(self.secret).public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes that only the holder of this key can write under *message*."""
        return _signature(self.secret, message)


def new_signing_key() -> SigningKey:
    """A key nobody had before."""
    return SigningKey(Ed25519PrivateKey.generate().private_bytes_raw())


def is_signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of *public_key* signed *message*; false as well for a key or signature of a wrong size."""
    return _is_signed(public_key, message, signature)


# Ed25519 is deterministic, and an exchange with nothing to say signs what the one before it signed: remembered, the
# four signatures of such an exchange cost nothing. A message has a few hundred bytes at most.
@lru_cache(maxsize=64)
def _private(secret: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(secret)


@lru_cache(maxsize=4096)
def _signature(secret: bytes, message: bytes) -> bytes:
    return _private(secret).sign(message)


@lru_cache(maxsize=4096)
def _is_signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def genesis(company: UUID, terminal: UUID, journal: UUID) -> bytes:
    """The `prev_hash` of row 1, and the head of a journal without rows."""
    return sha256(b"orion-journal-1" + company.bytes + terminal.bytes + journal.bytes).digest()


def entry_hash(entry: bytes) -> bytes:
    """H(entry): what the chain keeps of an entry, so that it can be checked without the entry's bytes."""
    return sha256(entry).digest()


def link(prev_hash: bytes, seq: int, entry_digest: bytes) -> bytes:
    """The `hash` of the row *seq*, whose entry hashes to *entry_digest*."""
    # The parts are joined without separators: only fixed sizes keep two different rows from giving the same bytes.
    assert len(prev_hash) == HASH_BYTES and len(entry_digest) == HASH_BYTES, "a hash has 32 bytes"
    return sha256(prev_hash + _integer(seq) + entry_digest).digest()


def verify(prev_hash: bytes, first_seq: int, rows: Iterable[tuple[int, bytes, bytes]]) -> int | None:
    """The seq at which *rows* of (seq, H(entry), hash) stop continuing the chain, or None if all of them do."""
    head = prev_hash
    for expected, (seq, entry_digest, row_hash) in enumerate(rows, start=first_seq):
        sizes_hold = len(head) == len(entry_digest) == HASH_BYTES
        if seq != expected or not sizes_hold or link(head, seq, entry_digest) != row_hash:
            return expected
        head = row_hash
    return None


def head_message(company: UUID, terminal: UUID, journal: UUID, *, last_seq: int, head: bytes) -> bytes:
    """What the terminal signs: how far its journal goes. A journal without rows says 0 and its genesis."""
    return b"orion-head-1" + company.bytes + terminal.bytes + journal.bytes + _integer(last_seq) + head


def sign_head(
    private_key: SigningKey, company: UUID, terminal: UUID, journal: UUID, *, last_seq: int, head: bytes
) -> bytes:
    """The terminal's signature under its head."""
    return private_key.sign(head_message(company, terminal, journal, last_seq=last_seq, head=head))


def head_is_signed(
    public_key: bytes, company: UUID, terminal: UUID, journal: UUID, *, last_seq: int, head: bytes, signature: bytes
) -> bool:
    """Whether the terminal that owns *public_key* says that its journal goes this far."""
    if not _fits(last_seq) or len(head) != HASH_BYTES:
        return False  # it came over the network: nonsense is an unsigned head, not a bug
    message = head_message(company, terminal, journal, last_seq=last_seq, head=head)
    return is_signed(public_key, message, signature)


def seal_message(company: UUID, terminal: UUID, journal: UUID, *, epoch: int, version: int, acked_seq: int) -> bytes:
    """What the server signs: how far it was, so that a restored one can be shown what it has forgotten."""
    ids = company.bytes + terminal.bytes + journal.bytes
    return b"orion-seal-1" + ids + _integer(epoch) + _integer(version) + _integer(acked_seq)


def sign_seal(
    private_key: SigningKey, company: UUID, terminal: UUID, journal: UUID, *, epoch: int, version: int, acked_seq: int
) -> bytes:
    """The server's signature under its seal."""
    return private_key.sign(seal_message(company, terminal, journal, epoch=epoch, version=version, acked_seq=acked_seq))


def seal_is_signed(
    public_key: bytes,
    company: UUID,
    terminal: UUID,
    journal: UUID,
    *,
    epoch: int,
    version: int,
    acked_seq: int,
    signature: bytes,
) -> bool:
    """Whether the server that owns *public_key* once was this far."""
    if not (_fits(epoch) and _fits(version) and _fits(acked_seq)):
        return False
    message = seal_message(company, terminal, journal, epoch=epoch, version=version, acked_seq=acked_seq)
    return is_signed(public_key, message, signature)


def revoked_message(company: UUID, terminal: UUID, journal: UUID) -> bytes:
    """What the server signs when a terminal may no longer take part."""
    return b"orion-revoked-1" + company.bytes + terminal.bytes + journal.bytes


def sign_revoked(private_key: SigningKey, company: UUID, terminal: UUID, journal: UUID) -> bytes:
    """The server's signature under a revocation: a till erases what it holds on nothing less."""
    return private_key.sign(revoked_message(company, terminal, journal))


def revocation_is_signed(public_key: bytes, company: UUID, terminal: UUID, journal: UUID, *, signature: bytes) -> bool:
    """Whether the server that owns *public_key* has signed this terminal off."""
    return is_signed(public_key, revoked_message(company, terminal, journal), signature)


def keys_message(company: UUID, terminal: UUID, keys: bytes) -> bytes:
    """What the server signs under new keys: anybody could seal some to a terminal."""
    return b"orion-new-keys-1" + company.bytes + terminal.bytes + sha256(keys).digest()


def sign_keys(private_key: SigningKey, company: UUID, terminal: UUID, keys: bytes) -> bytes:
    """The server's signature under the bytes of new keys."""
    return private_key.sign(keys_message(company, terminal, keys))


def keys_are_signed(public_key: bytes, company: UUID, terminal: UUID, keys: bytes, *, signature: bytes) -> bool:
    """Whether the server that owns *public_key* gave this terminal these keys."""
    return is_signed(public_key, keys_message(company, terminal, keys), signature)


def snapshot_message(company: UUID, terminal: UUID, told: Snapshot) -> bytes:
    """What the server signs of a snapshot: for this terminal only, so that none is given another company's."""
    ids = company.bytes + terminal.bytes + told.journal.bytes
    numbers = (told.format, told.epoch, told.version, told.acked_seq, told.rows, told.bytes, told.file_bytes)
    return b"orion-snapshot-1" + ids + b"".join(map(_integer, numbers)) + told.sha256


def sign_snapshot(private_key: SigningKey, company: UUID, terminal: UUID, told: Snapshot) -> Snapshot:
    """The same with the server's signature."""
    return structs.replace(told, signature=private_key.sign(snapshot_message(company, terminal, told)))


def snapshot_is_signed(public_key: bytes, company: UUID, terminal: UUID, told: Snapshot) -> bool:
    """Whether the server that owns *public_key* made this for this terminal."""
    numbers = (told.format, told.epoch, told.version, told.acked_seq, told.rows, told.bytes, told.file_bytes)
    if not all(map(_fits, numbers)) or len(told.sha256) != HASH_BYTES:
        return False
    return is_signed(public_key, snapshot_message(company, terminal, told), told.signature)


def _fits(number: int) -> bool:
    return 0 <= number <= INTEGER_MAX


def _integer(number: int) -> bytes:
    assert _fits(number), "a counted number is never negative and has 8 bytes"
    return number.to_bytes(8, "big")
