"""The codes of the demo's cards: from a seed, so that anyone can print or film them before there is a database.

For the demo alone. A card of a real company has its code from the system's source of chance, never from here.
"""

import hashlib

from loyalty.codes import TOKEN_BYTES, make_number, make_token

SEED = "orion-demo"
NUMBER_BYTES = 16


def demo_token(seed: str, n: int) -> str:
    """The QR token of the demo's card number *n*, 32 characters."""
    return make_token(_chance(seed, "token", n)[:TOKEN_BYTES])


def demo_number(seed: str, n: int) -> str:
    """The 12 digits printed on it."""
    return make_number(_chance(seed, "number", n)[:NUMBER_BYTES])


def _chance(seed: str, what: str, n: int) -> bytes:
    return hashlib.sha256(f"{seed}/{what}/{n}".encode()).digest()
