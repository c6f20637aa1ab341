"""Passes and their makers in words, for the office: how a card's passes stand, and which maker cannot be told."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.db.units import UnitOfWork
from server.edge.asks import Ask
from server.translations import Translator
from server.wallet import makers, state
from server.wallet.apple import devices, fault_words
from server.wallet.apple.signer import Fault
from server.wallet.makers import MakerName
from server.wallet.state import Condition, Pass


def _(message: str) -> str:
    """Marks a word for the catalogues; it is translated when used."""
    return message


_CONDITIONS: Mapping[Condition, tuple[str, str]] = {
    Condition.OFFERED: ("info", _("Offered, not added yet")),
    Condition.CURRENT: ("ok", _("Up to date")),
    Condition.BEHIND: ("info", _("An update is on its way")),
    Condition.TOLD: ("info", _("Told, not fetched yet")),
    Condition.FAILING: ("bad", _("The update fails")),
    Condition.GONE: ("quiet", _("Removed from the phone")),
    Condition.VOID: ("quiet", _("No longer valid")),
}


@dataclass(frozen=True, slots=True)
class PassLine:
    """A pass of a card as its page shows it."""

    name: str
    kind: str  # of the state
    word: str
    phones: int | None  # None: the maker does not say
    told_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class MakerLine:
    """How a maker stands for the whole installation."""

    name: str
    kind: str
    text: str


def of_card(ask: Ask, card_ids: Collection[UUID]) -> list[PassLine]:
    """The passes of a card, and of those that were merged into it."""
    found = state.of_cards(ask.conn, ask.company_id, card_ids)
    return [_line(ask.conn, one, ask.words) for one in found]


def _line(conn: UnitOfWork, one: Pass, words: Translator) -> PassLine:
    kind, word = _CONDITIONS[one.condition]
    phones = devices.of_pass_count(conn, one) if one.maker is MakerName.APPLE else None
    error = one.error if one.condition is Condition.FAILING and one.error is not None else ""
    return PassLine(one.maker.wallet, kind, words.gettext(word), phones, one.told_at, error)


def of_makers(ask: Ask) -> list[MakerLine]:
    """How the makers stand, the sentence of each with what is wrong."""
    here, words = ask.installation, ask.words
    told = makers.states(ask.conn)
    found = []
    for maker, is_set in ((MakerName.APPLE, here.apple is not None), (MakerName.GOOGLE, here.google is not None)):
        kind, text = "ok", words.gettext(_("Passes are made and kept up to date."))
        stands = told.get(maker)
        if not is_set:
            kind, text = "quiet", words.gettext(_("No passes: the settings for it are missing."))
        elif stands is not None and stands.error:
            kind, text = "bad", words.gettext(_("It cannot be told just now: {error}")).format(error=stands.error)
        if maker is MakerName.APPLE and here.apple is not None:
            for fault, about in here.apple.identities.look(ask.now):
                kind = "warn" if fault is Fault.ENDS_SOON else "bad"
                text = fault_words.sentence(fault, about, words)
                break
        found.append(MakerLine(maker.wallet, kind, text))
    return found
