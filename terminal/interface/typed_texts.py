"""Normalisation of the texts in requests: NFC, without invisible characters."""

from typing import Any

from msgspec import structs

from loyalty.texts import clean
from terminal.interface.ask import Override
from terminal.interface.asks import AnyAsk

_TEXTS = frozenset({"staff", "name", "receipt", "purchase", "reason", "reward", "note"})


def cleaned(ask: AnyAsk) -> AnyAsk:
    """The request with normalised texts; PINs, codes and contacts have their own normal forms."""
    changed: dict[str, Any] = {}
    for field in ask.__struct_fields__:
        value = getattr(ask, field)
        if isinstance(value, Override):
            changed[field] = structs.replace(value, staff=clean(value.staff))
        elif field in _TEXTS and isinstance(value, str) and (text := clean(value)) != value:
            changed[field] = text
    return structs.replace(ask, **changed) if changed else ask
