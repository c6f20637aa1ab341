"""A customer's name and the staff's note on them: one text, closed in one box under the data key.

The name is the first line, the note the second. A box that holds a name alone is the name.
"""

from typing import NamedTuple


class Personal(NamedTuple):
    """What staff see of a customer; either part may be empty."""

    name: str = ""
    note: str = ""


def joined(personal: Personal) -> str:
    """The text that is closed: neither part may hold a line break."""
    return f"{personal.name}\n{personal.note}" if personal.note else personal.name


def parted(text: str) -> Personal:
    """Name and note of a text that was opened."""
    name, _, note = text.partition("\n")
    return Personal(name, note)
