"""What a one-time code of pairing stands for: an id that is sent in its place, and a key that proves both ends know it.

A code has 60 random bits, so it is stretched: whoever hears the id can try 2^60 codes only as slowly as PINs.
"""

from dataclasses import dataclass, field

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from sync.protocol.sealing import KEY_BYTES, PIN_MEMORY_KIB, PIN_PARALLELISM, PIN_TIME_COST

ID_BYTES = 16
_SALT = b"orion-code-1"
_TYPED = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


@dataclass(frozen=True, slots=True)
class PairingSecret:
    """The id and the key of one code."""

    id: bytes
    key: bytes = field(repr=False)


def secret_of(code: str) -> PairingSecret:
    """The secret of a code as typed. As slow as checking a PIN."""
    normal = code.upper().translate(_TYPED).strip()
    stretched = hash_secret_raw(
        normal.encode(), _SALT, PIN_TIME_COST, PIN_MEMORY_KIB, PIN_PARALLELISM, hash_len=KEY_BYTES, type=Type.ID
    )
    return PairingSecret(
        _expanded(stretched, b"orion-code-id-1", ID_BYTES), _expanded(stretched, b"orion-code-key-1", 32)
    )


def _expanded(stretched: bytes, info: bytes, size: int) -> bytes:
    return HKDFExpand(SHA256(), size, info=info).derive(stretched)
