"""Base classes of requests. A request is a frozen value with a tag `do`; its repr hides the contents."""

from msgspec import Struct


class Ask(Struct, frozen=True, tag_field="do"):
    """A cashier's request."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"  # PINs, codes, names and addresses must not be logged


class Override(Struct, frozen=True):
    """A manager's id or name, and PIN, to approve one transaction."""

    staff: str
    pin: str

    def __repr__(self) -> str:
        return f"Override(staff={self.staff!r}, pin=…)"
