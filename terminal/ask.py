"""What every ask is: a frozen value that is told apart by its `do`, and that never shows what it holds."""

from msgspec import Struct


class Ask(Struct, frozen=True, tag_field="do"):
    """Something a cashier wants."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"  # PINs, codes, names and addresses must not end in a log
