"""The hash chain of a journal and the signatures on its head, on seals, keys, refusals and snapshots.

Used by both ends; docs/protocol.md specifies every byte. Pure functions: they report where a chain breaks, and callers
decide what follows.
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
    """An Ed25519 key of a terminal or the server, stored as its 32 raw bytes."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != 32:
            raise ValueError("a signing key has 32 bytes")

    @property
    def public(self) -> bytes:
        """The 32-byte public key, for checking signatures."""
        return _private(self.secret).public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature of *message*."""
        return _signature(self.secret, message)


def new_signing_key() -> SigningKey:
    """A new random signing key."""
    return SigningKey(Ed25519PrivateKey.generate().private_bytes_raw())


def is_signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """True if *signature* is valid for *message*; False also for keys or signatures of a wrong size."""
    return _is_signed(public_key, message, signature)


# Ed25519 is deterministic, and an empty exchange signs the same messages as the one before it: cached, the four
# signatures of such an exchange cost nothing. A message has a few hundred bytes at most.
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
    """The `prev_hash` of row 1, and the head of an empty journal."""
    return sha256(b"orion-journal-1" + company.bytes + terminal.bytes + journal.bytes).digest()


def entry_hash(entry: bytes) -> bytes:
    """The hash of an entry as used in the chain, which can thus be checked without the entry's bytes."""
    return sha256(entry).digest()


def link(prev_hash: bytes, seq: int, entry_digest: bytes) -> bytes:
    """The `hash` of row *seq*, whose entry hashes to *entry_digest*."""
    # Joined without separators, so fixed sizes are needed to keep different rows from giving the same bytes.
    assert len(prev_hash) == HASH_BYTES and len(entry_digest) == HASH_BYTES, "a hash has 32 bytes"
    return sha256(prev_hash + _integer(seq) + entry_digest).digest()


def verify(prev_hash: bytes, first_seq: int, rows: Iterable[tuple[int, bytes, bytes]]) -> int | None:
    """The seq at which *rows* of (seq, H(entry), hash) stop continuing the chain, or None if all continue it."""
    head = prev_hash
    for expected, (seq, entry_digest, row_hash) in enumerate(rows, start=first_seq):
        sizes_hold = len(head) == len(entry_digest) == HASH_BYTES
        if seq != expected or not sizes_hold or link(head, seq, entry_digest) != row_hash:
            return expected
        head = row_hash
    return None


def head_message(company: UUID, terminal: UUID, journal: UUID, *, last_seq: int, head: bytes) -> bytes:
    """The message a terminal signs: the end of its journal. An empty journal has seq 0 and its genesis hash."""
    return b"orion-head-1" + company.bytes + terminal.bytes + journal.bytes + _integer(last_seq) + head


def sign_head(
    private_key: SigningKey, company: UUID, terminal: UUID, journal: UUID, *, last_seq: int, head: bytes
) -> bytes:
    """The terminal's signature on its head."""
    return private_key.sign(head_message(company, terminal, journal, last_seq=last_seq, head=head))


def head_is_signed(
    public_key: bytes, company: UUID, terminal: UUID, journal: UUID, *, last_seq: int, head: bytes, signature: bytes
) -> bool:
    """True if the owner of *public_key* signed this head."""
    if not _fits(last_seq) or len(head) != HASH_BYTES:
        return False  # network input: invalid values mean an unsigned head
    message = head_message(company, terminal, journal, last_seq=last_seq, head=head)
    return is_signed(public_key, message, signature)


def seal_message(company: UUID, terminal: UUID, journal: UUID, *, epoch: int, version: int, acked_seq: int) -> bytes:
    """The message the server signs: its version, so that a restored server can be shown what it has lost."""
    ids = company.bytes + terminal.bytes + journal.bytes
    return b"orion-seal-1" + ids + _integer(epoch) + _integer(version) + _integer(acked_seq)


def sign_seal(
    private_key: SigningKey, company: UUID, terminal: UUID, journal: UUID, *, epoch: int, version: int, acked_seq: int
) -> bytes:
    """The server's signature on its seal."""
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
    """True if the server that owns *public_key* signed this seal."""
    if not (_fits(epoch) and _fits(version) and _fits(acked_seq)):
        return False
    message = seal_message(company, terminal, journal, epoch=epoch, version=version, acked_seq=acked_seq)
    return is_signed(public_key, message, signature)


def revoked_message(company: UUID, terminal: UUID, journal: UUID) -> bytes:
    """The message the server signs when it revokes a terminal."""
    return b"orion-revoked-1" + company.bytes + terminal.bytes + journal.bytes


def sign_revoked(private_key: SigningKey, company: UUID, terminal: UUID, journal: UUID) -> bytes:
    """The server's signature on a revocation, without which a till must not erase its data."""
    return private_key.sign(revoked_message(company, terminal, journal))


def revocation_is_signed(public_key: bytes, company: UUID, terminal: UUID, journal: UUID, *, signature: bytes) -> bool:
    """True if the server that owns *public_key* revoked this terminal."""
    return is_signed(public_key, revoked_message(company, terminal, journal), signature)


def unknown_message(request: bytes) -> bytes:
    """The message the server signs when it knows no terminal of the token in the request of this digest."""
    return b"orion-unknown-1" + request


def sign_unknown(private_key: SigningKey, request: bytes) -> bytes:
    """The server's signature on its not knowing a token: with an unknown terminal it has no key in common."""
    return private_key.sign(unknown_message(request))


def unknown_is_signed(public_key: bytes, request: bytes, *, signature: bytes) -> bool:
    """True if the server that owns *public_key* did not know the token in this request."""
    return is_signed(public_key, unknown_message(request), signature)


def keys_message(company: UUID, terminal: UUID, keys: bytes) -> bytes:
    """The message the server signs for new keys, as anybody could seal keys to a terminal."""
    return b"orion-new-keys-1" + company.bytes + terminal.bytes + sha256(keys).digest()


def sign_keys(private_key: SigningKey, company: UUID, terminal: UUID, keys: bytes) -> bytes:
    """The server's signature on new keys."""
    return private_key.sign(keys_message(company, terminal, keys))


def keys_are_signed(public_key: bytes, company: UUID, terminal: UUID, keys: bytes, *, signature: bytes) -> bool:
    """True if the server that owns *public_key* gave this terminal these keys."""
    return is_signed(public_key, keys_message(company, terminal, keys), signature)


def snapshot_message(company: UUID, terminal: UUID, snapshot: Snapshot) -> bytes:
    """The message the server signs for a snapshot; it names the terminal, so that no other company's snapshot is
    accepted."""
    ids = company.bytes + terminal.bytes + snapshot.journal.bytes
    return b"orion-snapshot-1" + ids + b"".join(map(_integer, _numbers(snapshot))) + snapshot.sha256


def _numbers(snapshot: Snapshot) -> tuple[int, ...]:
    return (
        snapshot.format,
        snapshot.epoch,
        snapshot.version,
        snapshot.acked_seq,
        snapshot.rows,
        snapshot.bytes,
        snapshot.file_bytes,
    )


def sign_snapshot(private_key: SigningKey, company: UUID, terminal: UUID, snapshot: Snapshot) -> Snapshot:
    """The snapshot with the server's signature."""
    return structs.replace(snapshot, signature=private_key.sign(snapshot_message(company, terminal, snapshot)))


def snapshot_is_signed(public_key: bytes, company: UUID, terminal: UUID, snapshot: Snapshot) -> bool:
    """True if the server that owns *public_key* signed this snapshot for this terminal."""
    if not all(map(_fits, _numbers(snapshot))) or len(snapshot.sha256) != HASH_BYTES:
        return False
    return is_signed(public_key, snapshot_message(company, terminal, snapshot), snapshot.signature)


def _fits(number: int) -> bool:
    return 0 <= number <= INTEGER_MAX


def _integer(number: int) -> bytes:
    assert _fits(number), "the number does not fit 8 unsigned bytes"
    return number.to_bytes(8, "big")
