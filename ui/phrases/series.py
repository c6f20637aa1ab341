"""The numbers of a plot with their labels."""

from msgspec import Struct


class Series(Struct, frozen=True):
    """A plot's numbers. `empty` is shown if all are 0; `spoken` is the table for screen readers."""

    title: str
    labels: tuple[str, ...]
    values: tuple[int, ...]
    empty: str
    spoken: str
    line: bool = False
