"""Codes of demo cards, derived from a seed, so that they can be printed or filmed before a database exists.

For the demo only: cards of a real company must get random codes.
"""

import hashlib

from loyalty.codes import TOKEN_BYTES, make_number, make_token

SEED = "orion-demo"
NUMBER_BYTES = 16


def demo_token(seed: str, n: int) -> str:
    """The QR token of demo card *n*, 32 characters."""
    return make_token(_chance(seed, "token", n)[:TOKEN_BYTES])


def demo_number(seed: str, n: int) -> str:
    """The 12-digit number of demo card *n*."""
    return make_number(_chance(seed, "number", n)[:NUMBER_BYTES])


def _chance(seed: str, what: str, n: int) -> bytes:
    return hashlib.sha256(f"{seed}/{what}/{n}".encode()).digest()
