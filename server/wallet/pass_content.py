"""What a pass shows, as one value for both makers: a pure function of the card, its program, the company's look and the
language.

A pass of a card that is no more, or whose code was replaced, is void: nothing on it is the customer's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256

import msgspec

from loyalty import phrases as rules
from loyalty.transactions import Transaction
from server.cards.rewards import Offer
from server.companies.looks import Look
from server.customers.my_card import MyCard
from server.translations import Translator

HISTORY_MAX = 5
FORMAT = 1  # raised when the same card is to be told anew, as it is drawn in another way


class PassState(StrEnum):
    """Whether a pass can be used."""

    ON = "on"
    OFF = "off"  # the card is switched off, perhaps for a while
    VOID = "void"  # for good


class VoidReason(StrEnum):
    """Why a pass is void."""

    REPLACED = "replaced"  # the card has another code
    MERGED = "merged"  # its ledger goes on in another card
    ERASED = "erased"  # it is nobody's


@dataclass(frozen=True, slots=True)
class Line:
    """Two words beside each other, such as a reward and its cost."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class PassContent:
    """All that a pass shows. What is None or empty is not on it."""

    state: PassState
    language: str
    company: str  # as its look names it
    ground: str  # colours as in "#12345F"
    text: str
    stamp: str  # the picture of a stamp, by its icon
    logo: str | None  # the mark of the company's logo
    card_page: str  # its address
    notice: str = ""  # why the pass cannot be used
    token: str = ""  # the code to show; empty: it is not shown
    number: str = ""  # as it is written
    first_name: str = ""
    stamps: int | None = None
    target: int | None = None  # stamps of a whole row
    points: int | None = None
    status_label: str = ""  # "Stamps" or "Ready"
    status: str = ""  # "7 of 10, 3 to: Free coffee", or the reward that can be had
    ready: tuple[str, ...] = ()  # the rewards that can be had
    points_until: date | None = None  # if nothing happens until then
    rewards: tuple[Line, ...] = ()
    stores: tuple[str, ...] = ()
    history: tuple[Line, ...] = ()  # the newest first

    def hash(self) -> bytes:
        """The same for the same content, and else another."""
        return sha256(msgspec.msgpack.encode((FORMAT, self))).digest()


def of_card(
    mine: MyCard,
    look: Look,
    words: Translator,
    *,
    card_page: str,
    stores: Sequence[str] = (),
    history: Sequence[tuple[str, Transaction]] = (),
) -> PassContent:
    """The pass of a card with this code. *history* are its latest transactions, each with its day in words."""
    _, card = words.gettext, mine.card
    is_on = card.is_active
    program = mine.program
    ready = tuple(one.name for one in (mine.row, *mine.offers) if one is not None and one.missing == 0)
    label, status = _status(mine, ready, words)
    offers = (*(() if mine.row is None else (mine.row,)), *mine.offers)
    return PassContent(
        state=PassState.ON if is_on else PassState.OFF,
        language=words.language,
        company=look.name,
        ground=look.shade.ground,
        text=look.shade.text,
        stamp=look.stamp.value,
        logo=look.logo,
        card_page=card_page,
        notice="" if is_on else _("This card is switched off. Please ask at the counter."),
        token=(mine.token or "") if is_on else "",
        number=mine.number or "",
        first_name=mine.first_name,
        stamps=None if mine.row is None else card.stamp_count,
        target=None if mine.row is None else mine.row.cost,
        points=card.points_balance if program is not None and program.gives_points else None,
        status_label=label,
        status=status,
        ready=ready,
        points_until=mine.expires_on,
        rewards=tuple(Line(one.name, _cost(one, mine, words)) for one in offers),
        stores=tuple(stores),
        history=tuple(_happened(day, fact, words) for day, fact in history[:HISTORY_MAX]),
    )


def of_void(reason: VoidReason, look: Look, words: Translator, *, card_page: str) -> PassContent:
    """A pass that cannot be used any more."""
    return PassContent(
        state=PassState.VOID,
        language=words.language,
        company=look.name,
        ground=look.shade.ground,
        text=look.shade.text,
        stamp=look.stamp.value,
        logo=look.logo,
        card_page=card_page,
        notice=words.gettext(_NOTICES[reason]),
    )


def _status(mine: MyCard, ready: Sequence[str], words: Translator) -> tuple[str, str]:
    """What the customer looks for first: what can be had, or else how far it is to the next reward."""
    _ = words.gettext
    if ready:
        return _("Ready"), ", ".join(ready)
    if mine.row is not None:
        said = words.ngettext(
            "{stamps} of {target}, {missing} more to: {reward}",
            "{stamps} of {target}, {missing} more to: {reward}",
            mine.row.missing,
        )
        there = {"stamps": mine.card.stamp_count, "target": mine.row.cost, "missing": mine.row.missing}
        return _("Stamps"), said.format(**there, reward=mine.row.name)
    if mine.offers:
        nearest = mine.offers[0]
        said = words.ngettext("{count} more point to: {reward}", "{count} more points to: {reward}", nearest.missing)
        return _("Next reward"), said.format(count=nearest.missing, reward=nearest.name)
    return "", ""


def _cost(offer: Offer, mine: MyCard, words: Translator) -> str:
    if offer is mine.row:
        return words.ngettext("{count} stamp", "{count} stamps", offer.cost).format(count=offer.cost)
    return words.ngettext("{count} point", "{count} points", offer.cost).format(count=offer.cost)


def _happened(day: str, fact: Transaction, words: Translator) -> Line:
    effect, parts = fact.effect, [rules.kind(fact.kind, words)]
    if effect.stamps:
        said = words.ngettext("{change} stamp", "{change} stamps", effect.stamps)
        parts.append(said.format(change=_signed(effect.stamps)))
    if effect.points:
        said = words.ngettext("{change} point", "{change} points", effect.points)
        parts.append(said.format(change=_signed(effect.points)))
    return Line(day, ", ".join(parts))


def _signed(change: int) -> str:
    return f"{change:+}".replace("-", "\u2212")


def _(message: str) -> str:
    """Marks a word for the catalogues; it is translated when used."""
    return message


_NOTICES: Mapping[VoidReason, str] = {
    VoidReason.REPLACED: _("This card was replaced. Open your card's page to get the new one."),
    VoidReason.MERGED: _("This card was put together with another one. Open your card's page to get its pass."),
    VoidReason.ERASED: _("This card is no longer valid."),
}
