"""Cards for a customer's own phone: what may be asked about them beside `enrol`, and what is shown once. Frozen."""

from terminal.interface.ask import Ask


class ShowCode(Ask, frozen=True, tag="show_code"):
    """Once more the number and code of the last card for a phone, which nobody has said to be handed over."""


class HandedOver(Ask, frozen=True, tag="handed_over"):
    """The customer has the code: the till forgets it."""
