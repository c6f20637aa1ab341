"""What a till had been told when it wrote an entry, by what the server has sent it and seen acknowledged.

The till's own word on it counts against the till only. It is kept with an entry that is held, which is judged later.
"""

import msgspec
from msgspec import Struct


class Told(Struct, frozen=True, array_like=True):
    """How far it had read either stream, and whether who answers for the entry had passed their PIN."""

    essentials: int = 0
    bulk: int = 0
    pin_passed: bool = True


NOTHING = Told(essentials=-1)  # nothing is held against a till of which nobody knows


def kept(told: Told) -> str:
    """The text in the entry's row."""
    return msgspec.json.encode(told).decode()


def read(text: str | None) -> Told:
    """What an entry's row says; of one that an earlier program held it says nothing."""
    return NOTHING if text is None else _decode(text)


_decode = msgspec.json.Decoder(Told).decode
