"""The texts of an ask as they are kept and looked up, whoever typed them: NFC, and nothing in them that nobody sees."""

from typing import Any

from msgspec import structs

from loyalty.texts import clean
from terminal.interface.ask import Override
from terminal.interface.asks import AnyAsk

_TEXTS = frozenset({"staff", "name", "receipt", "reason", "reward", "note"})


def cleaned(ask: AnyAsk) -> AnyAsk:
    """The same ask with its texts cleaned. PINs, codes and contacts have normal forms of their own."""
    changed: dict[str, Any] = {}
    for field in ask.__struct_fields__:
        value = getattr(ask, field)
        if isinstance(value, Override):
            changed[field] = structs.replace(value, staff=clean(value.staff))
        elif field in _TEXTS and isinstance(value, str) and (text := clean(value)) != value:
            changed[field] = text
    return structs.replace(ask, **changed) if changed else ask
