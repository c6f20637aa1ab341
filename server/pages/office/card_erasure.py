"""Erasing a card's customer: the question before it, and how far it has come on the tills."""

from typing import Any

from loyalty.codes import written
from server.accounts.rights import Right
from server.cards import card_detail
from server.cards.card_detail import CardDetail
from server.customers import erasure
from server.edge.asks import Ask
from server.edge.routes import Body, Page, Redirect, Route
from server.pages import forms
from server.pages.forms import Form

_PATH = "/office/{slug}/cards/{card_id}/erase"


def _(message: str) -> str:
    """Marks a sentence for the catalogues; it is translated when used."""
    return message


_WRONG = _("That is not what stands there.")


class Erase(Body):
    typed: str = ""


def asked(ask: Ask) -> Page:
    return _page(ask, forms.stored(typed=""))


def erased(ask: Ask) -> Page | Redirect:
    assert ask.company is not None, "the path names a company"
    card = _card(ask)
    if ask.errors or ask.body.typed.strip() != _named(card):
        return _page(ask, Form(forms.typed(ask).values, {"typed": ask.words.gettext(_WRONG)}))
    card_ids = [card.card.id]
    erasure.erase(ask.ledger, ask.company, card_ids, by=ask.who.staff_id, can_mail=ask.installation.can_mail)
    ask.log("customer_erased", "card", card.card.id)
    return Redirect(_PATH.format(**ask.path))


def _page(ask: Ask, form: Form) -> Page:
    card = _card(ask)
    values: dict[str, Any] = {
        "card": card.card,
        "form": form,
        "named": _named(card),
        "number": written(card.codes.number) if card.codes else f"…{card.number_end}",
        "standing": erasure.standing(ask.conn, ask.company_id, card.card.id),
    }
    return Page("office/card_erasure.html", values, form.status)


def _card(ask: Ask) -> CardDetail:
    assert ask.company is not None, "the path names a company"
    keys = ask.installation.keys.company(ask.company_id)
    return card_detail.of_card(ask.conn, ask.company, keys, ask.id("card_id"), ask.now)


def _named(card: CardDetail) -> str:
    """What has to be typed: the customer's name, or the card's last digits."""
    return card.customer.name or card.number_end


ROUTES = (
    Route(method="GET", path=_PATH, right=Right.CARDS_ERASE, handler=asked, title="Erase a customer"),
    Route(
        method="POST",
        path=_PATH,
        right=Right.CARDS_ERASE,
        handler=erased,
        title="Erase a customer",
        body=Erase,
        confirms=True,
    ),
)
