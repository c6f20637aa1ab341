"""Verifiers of PINs and hashes of passwords with the least work: one of the program's takes 50 ms of CPU each time."""

from uuid import UUID

from argon2 import PasswordHasher
from argon2.low_level import Type, hash_secret_raw

from sync.protocol.sealing import KEY_BYTES, NONCE_BYTES, SALT_BYTES, Key, PinVerifier, encrypt_bytes

_SALT, _MEMORY_KIB = bytes(SALT_BYTES), 8
_hasher = PasswordHasher(time_cost=1, memory_cost=_MEMORY_KIB, parallelism=1)

# Of a PIN that nobody knows.
NOBODYS = PinVerifier(_SALT, _MEMORY_KIB, 1, 1, 0, bytes(12), bytes(48))


def verifier(pin: str, staff_id: UUID, pepper: Key) -> PinVerifier:
    """A verifier of *pin* for this member of staff, as `sealing.make_verifier` gives it."""
    digest = hash_secret_raw(pin.encode(), _SALT, 1, _MEMORY_KIB, 1, hash_len=KEY_BYTES, type=Type.ID)
    closed = encrypt_bytes(pepper, staff_id, digest)
    return PinVerifier(_SALT, _MEMORY_KIB, 1, 1, pepper.id, closed[:NONCE_BYTES], closed[NONCE_BYTES:])


def password_hash(password: str) -> str:
    """The hash of *password* as an account keeps it."""
    return _hasher.hash(password)
