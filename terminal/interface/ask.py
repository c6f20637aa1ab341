"""What every ask is: a frozen value that is told apart by its `do`, and that never shows what it holds.

And the manager's word that several of them may carry.
"""

from msgspec import Struct


class Ask(Struct, frozen=True, tag_field="do"):
    """Something a cashier wants."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"  # PINs, codes, names and addresses must not end in a log


class Override(Struct, frozen=True):
    """A manager's name and PIN, for one transaction."""

    staff: str
    pin: str

    def __repr__(self) -> str:
        return f"Override(staff={self.staff!r}, pin=…)"
