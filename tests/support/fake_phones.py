"""Cards for phones at the counter with small rules of its own."""

from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from loyalty.codes import written
from terminal.interface.asks import Enrol
from terminal.interface.card_asks import ShowCode
from terminal.interface.views import NewCardView, Reply
from tests.support.fake_cards import FakeCard, token
from tests.support.fake_facts import refuse

if TYPE_CHECKING:
    from terminal.interface.card_asks import HandedOver
    from tests.support.fake_counter import FakeCounter


def enrolled_on_phone(counter: "FakeCounter", ask: Enrol) -> Reply:
    """A card of the till's own."""
    if not counter.phone_cards:
        return refuse("pool_empty", "There is no new card for a phone left here. Please take a printed one.")
    counter.phone_cards -= 1
    left = counter.phone_cards
    card = FakeCard(token(f"phone-{left}"), f"5093117622{left:02}", ask.name or "", id=UUID(int=500 + left))
    counter.cards.append(card)
    counter.front, counter.unknown, counter.by_code = card, None, True
    counter.shown = NewCardView(card_number=written(card.number), qr_code=card.token)
    return msgspec.structs.replace(counter.write(card, "card_created"), new_card=counter.shown)


def code_asked(counter: "FakeCounter", ask: "ShowCode | HandedOver") -> Reply:
    """Once more, or never again."""
    shown = counter.shown
    if not isinstance(ask, ShowCode):
        counter.shown = None
        return Reply(ok=True)
    if shown is None:
        return refuse("code_gone", "The code was shown and is not kept here.")
    counter.front = next(card for card in counter.cards if card.token == shown.qr_code)
    counter.by_code = True
    return Reply(ok=True, card=counter.view(), new_card=shown)
