"""The counter of the screens' tests, saying its refusals in the till's own sentences, as long as they are."""

from typing import Protocol

import msgspec

from loyalty.phrases import refusal as sentence
from loyalty.refusals import Refusal
from terminal.interface.asks import AnyAsk
from terminal.interface.phrases import Speech
from terminal.interface.views import CardView, QuoteView, RefusalView, Reply


class _Answers(Protocol):
    def handle(self, ask: AnyAsk) -> Reply: ...


class RealSentences:
    """Answers as the one behind it, in other words."""

    def __init__(self, counter: _Answers, speech: Speech) -> None:
        self._counter, self._speech = counter, speech

    def handle(self, ask: AnyAsk) -> Reply:
        reply = self._counter.handle(ask)
        changes: dict[str, object] = {}
        if reply.refusal is not None:
            changes["refusal"] = self._said(reply.refusal)
        if isinstance(reply.card, CardView):
            changes["card"] = self._card(reply.card)
        if reply.quote is not None:
            changes["quote"] = self._quote(reply.quote)
        return msgspec.structs.replace(reply, **changes)

    def _card(self, card: CardView) -> CardView:
        rewards = tuple(
            msgspec.structs.replace(reward, refusal=self._said(reward.refusal) if reward.refusal else None)
            for reward in card.rewards
        )
        next_stamp = None if card.next_stamp is None else self._said(card.next_stamp)
        return msgspec.structs.replace(card, rewards=rewards, next_stamp=next_stamp)

    def _quote(self, quote: QuoteView) -> QuoteView:
        unusual = quote.unusual
        if unusual is not None:
            unusual = msgspec.structs.replace(unusual, text=self._speech.unusual(unusual.why, unusual.limit_minor))
        refusal = None if quote.refusal is None else self._said(quote.refusal)
        return msgspec.structs.replace(quote, refusal=refusal, unusual=unusual)

    def _said(self, no: RefusalView) -> RefusalView:
        refusal = Refusal(
            no.reason,
            minutes=no.minutes,
            hours=no.hours,
            days=no.days,
            missing=no.missing,
            limit=no.limit,
            left=no.left,
            minimum=no.minimum,
            minimum_minor=no.minimum_minor,
            why=no.why,
            seems=no.seems,
            by=no.by,
        )
        return msgspec.structs.replace(no, text=sentence(refusal, self._speech))
