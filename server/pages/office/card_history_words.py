"""The words of a card's history: what happened, where and by whom, and why the company counted otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from loyalty import case_phrases
from loyalty import phrases as rules
from loyalty.program import Program, Programs
from loyalty.transactions import (
    ERASED,
    GRANTED,
    IMPORTED,
    LOST,
    CardsMerged,
    CaseDecided,
    Kind,
    PointsEarned,
    PointsRedeemed,
    PointsVoided,
    Transaction,
)
from server.cards.card_ledger import Event, State
from server.cards.display_names import Names
from server.pages.formats import Formats
from server.translations import Translator


def _(message: str) -> str:
    """Marks a word for the catalogues; it is translated when used."""
    return message


_REASONS = {  # what the server books by itself names its reason by a code word
    GRANTED: _("given with a new version of the program"),
    IMPORTED: _("brought over from another program"),
    ERASED: _("the customer was erased"),
}
_ABOUT_STAMPS = {Kind.STAMP_EARNED, Kind.STAMP_REDEEMED, Kind.STAMP_VOIDED, Kind.STAMPS_ADJUSTED}
_ABOUT_POINTS = {
    Kind.POINTS_EARNED,
    Kind.POINTS_REDEEMED,
    Kind.POINTS_VOIDED,
    Kind.POINTS_ADJUSTED,
    Kind.POINTS_EXPIRED,
    Kind.EXPIRY_REVERSED,
    Kind.WELCOME_BONUS,
}
_AT_COUNTERS = {
    Kind.CARD_CREATED,
    Kind.STAMP_EARNED,
    Kind.STAMP_REDEEMED,
    Kind.POINTS_EARNED,
    Kind.POINTS_REDEEMED,
    Kind.WELCOME_BONUS,
}


@dataclass(frozen=True, slots=True)
class Row:
    """An event as the page shows it."""

    id: UUID
    at: datetime
    title: str
    under: str
    where: str
    who: str
    stamps: str
    points: str
    change: str  # both in words: "+1 stamp"
    state: State
    is_voided: bool
    can_be_voided: bool
    notes: tuple[str, ...]  # why it counts otherwise, or what it waits for


def _is_by_owner(fact: Transaction) -> bool:
    """True for what a card's owner has booked on the company's pages for customers."""
    if fact.context.staff_id is not None or fact.context.terminal_id is not None:
        return False
    return fact.kind is Kind.CUSTOMER_EDITED or getattr(fact.body, "reason", "") == LOST


class Story:
    """Puts events into words, in one language."""

    def __init__(
        self,
        words: Translator,
        formats: Formats,
        names: Names,
        versions: Programs,
        merged: Mapping[UUID, str] | None = None,
    ) -> None:
        """*merged* are the last digits of the cards that were merged into the one that the history is of."""
        self._words, self._, self._f = words, words.gettext, formats
        self.names, self._versions = names, versions
        self._merged = merged or {}

    def row(self, event: Event) -> Row:
        """The event in words."""
        fact = event.fact
        return Row(
            id=fact.id,
            at=fact.context.occurred_at,
            title=self.title(fact),
            under=" \u00b7 ".join(part for part in (self._under(event), self._on(fact.card_id)) if part),
            where=self._where(fact),
            who=self._who(fact),
            stamps=self._change(event, fact.effect.stamps, fact.kind in _ABOUT_STAMPS),
            points=self._change(event, fact.effect.points, fact.kind in _ABOUT_POINTS),
            change=self._change_in_words(event),
            state=event.state,
            is_voided=event.is_voided,
            can_be_voided=event.can_be_voided,
            notes=tuple(self._notes(event)),
        )

    def title(self, fact: Transaction) -> str:
        """What it is: "3 stamps", "Points for 12.40 €", "Free coffee"."""
        body = fact.body
        match fact.kind:
            case Kind.STAMP_EARNED if fact.effect.stamps > 1:
                return self.stamps(fact.effect.stamps)
            case Kind.POINTS_EARNED:
                assert isinstance(body, PointsEarned)
                return self._("Points for {amount}").format(amount=self._f.money(body.amount_minor))
            case Kind.STAMP_REDEEMED | Kind.POINTS_REDEEMED:
                return self._reward(fact)
            case Kind.POINTS_VOIDED if isinstance(body, PointsVoided) and body.amount_minor is not None:
                return self._("Return of {amount}").format(amount=self._f.money(body.amount_minor))
            case _:
                return rules.kind(fact.kind, self._words)

    def stamps(self, count: int) -> str:
        """ "3 stamps"."""
        return self._words.ngettext("{count} stamp", "{count} stamps", count).format(count=self._f.number(count))

    def points(self, count: int) -> str:
        """ "186 points"."""
        return self._words.ngettext("{count} point", "{count} points", count).format(count=self._f.number(count))

    def _on(self, card_id: UUID) -> str:
        """On which card it was, if that was merged into this one."""
        end = self._merged.get(card_id)
        return self._("card …{number}").format(number=end) if end else ""

    def _under(self, event: Event) -> str:
        fact = event.fact
        body, original = fact.body, event.original
        if original is not None:
            at = original.context
            where = self.names.place(at.store_id, at.terminal_id)
            said = self._("{what}, {day} at {where}")
            return said.format(what=self.title(original), day=self._f.when(at.occurred_at), where=where)
        if isinstance(body, CardsMerged):
            return self._on(body.merged)
        if isinstance(body, CaseDecided):
            return case_phrases.choice(body.choice, self._words)
        if isinstance(body, PointsEarned):
            return self._("receipt {number}").format(number=body.receipt) if body.receipt else ""
        if fact.kind is Kind.STAMP_REDEEMED:
            return self._("reward, {cost}").format(cost=self.stamps(-fact.effect.stamps))
        if fact.kind is Kind.POINTS_REDEEMED:
            return self._("reward, {cost}").format(cost=self.points(-fact.effect.points))
        reason: str = getattr(body, "reason", "")
        if _is_by_owner(fact) and reason:
            return self._("a phone or card was lost")
        if reason in _REASONS:
            return self._words.gettext(_REASONS[reason])
        return f"\u201c{reason}\u201d" if reason else ""

    def _reward(self, fact: Transaction) -> str:
        program = self._program(fact)
        if not isinstance(fact.body, PointsRedeemed):
            return program.stamp_reward.name if program else rules.kind(fact.kind, self._words)
        reward = program.reward(fact.body.reward) if program else None
        return fact.body.reward if reward is None else reward.name

    def _program(self, fact: Transaction) -> Program | None:
        return self._versions.numbered(fact.context.program_version)

    def _where(self, fact: Transaction) -> str:
        at = fact.context
        if at.terminal_id is not None or fact.kind in _AT_COUNTERS:
            return self.names.place(at.store_id, at.terminal_id)
        return self._("Browser") if at.staff_id is not None or _is_by_owner(fact) else self._("Server")

    def _who(self, fact: Transaction) -> str:
        if _is_by_owner(fact):
            return self._("the customer")
        name, manager = self.names.person(fact.context.staff_id), self.names.person(fact.context.override_id)
        if not manager or manager == name:
            return name
        return self._("{name}, by {manager}").format(name=name, manager=manager) if name else manager

    def _change(self, event: Event, change: int, is_about: bool) -> str:
        if event.state is State.HELD:
            return f"({self._f.signed(change)})" if change else ""
        return self._f.signed(change) if change or is_about else ""

    def _change_in_words(self, event: Event) -> str:
        effect, ngettext = event.fact.effect, self._words.ngettext
        parts = []
        if effect.stamps:
            parts.append(
                ngettext("{change} stamp", "{change} stamps", effect.stamps).format(
                    change=self._f.signed(effect.stamps)
                )
            )
        if effect.points:
            parts.append(
                ngettext("{change} point", "{change} points", effect.points).format(
                    change=self._f.signed(effect.points)
                )
            )
        said = ", ".join(parts)
        return f"({said})" if said and event.state is State.HELD else said

    def _notes(self, event: Event) -> list[str]:
        effect = event.fact.effect
        said = [rules.note(note, self._words) for note in event.notes]
        if event.claimed is not None:
            counted = effect.stamps if event.fact.kind is Kind.STAMP_EARNED else effect.points
            said.insert(0, f"{self._f.number(event.claimed)} \u2192 {self._f.number(counted)}:")
        if event.state is State.HELD:
            said.append(self._("Not counted yet."))
        if effect.shortfall:
            missing = self._("{count} could not be taken, and the company bears them.")
            said.append(missing.format(count=self._f.number(effect.shortfall)))
        return said
