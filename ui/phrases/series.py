"""One plot's numbers with the words that name them."""

from msgspec import Struct


class Series(Struct, frozen=True):
    """One plot's numbers. `empty` is said where all of them are 0; `spoken` is the table for a screen reader."""

    title: str
    labels: tuple[str, ...]
    values: tuple[int, ...]
    empty: str
    spoken: str
    line: bool = False
