"""Requests on cards for a customer's phone, beside `enrol`. Frozen values."""

from terminal.interface.ask import Ask


class ShowCode(Ask, frozen=True, tag="show_code"):
    """Requests number and code of the last phone card again, until it is handed over."""


class HandedOver(Ask, frozen=True, tag="handed_over"):
    """Reports that the customer has the code, so that the till deletes it."""
