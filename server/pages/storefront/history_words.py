"""The words of a card's history for its holder: without names of staff, and why something counts otherwise."""

from dataclasses import dataclass

from loyalty import phrases as rules
from loyalty.program import Programs
from loyalty.transactions import Kind, PointsEarned, PointsRedeemed, Transaction
from server.cards.card_ledger import Event, State
from server.cards.display_names import Names
from server.pages.formats import Formats
from server.translations import Translator

_ICONS = {
    Kind.POINTS_EARNED: "coins",
    Kind.WELCOME_BONUS: "gift",
    Kind.STAMP_REDEEMED: "gift",
    Kind.POINTS_REDEEMED: "gift",
    Kind.STAMP_VOIDED: "undo-2",
    Kind.POINTS_VOIDED: "undo-2",
    Kind.REDEMPTION_VOIDED: "undo-2",
    Kind.STAMPS_ADJUSTED: "pencil",
    Kind.POINTS_ADJUSTED: "pencil",
    Kind.POINTS_EXPIRED: "clock-3",
    Kind.EXPIRY_REVERSED: "clock-3",
}


@dataclass(frozen=True, slots=True)
class HolderRow:
    """An event as the page shows it."""

    icon: str
    title: str
    where: str  # "13:58, Gare"
    change: str  # "+1 stamp"
    is_reward: bool
    notes: tuple[str, ...]


class HolderStory:
    """Puts events into a holder's words, in one language."""

    def __init__(self, words: Translator, formats: Formats, names: Names, versions: Programs) -> None:
        self._words, self._, self._f = words, words.gettext, formats
        self._names, self._versions = names, versions

    def row(self, event: Event) -> HolderRow:
        """The event in words."""
        fact = event.fact
        at = fact.context
        place = self._names.stores.get(at.store_id, "") if at.staff_id or at.terminal_id else ""
        hour = self._f.hour(at.occurred_at)
        return HolderRow(
            icon="stamp" if fact.kind is Kind.STAMP_EARNED else _ICONS.get(fact.kind, "id-card"),
            title=self._title(fact),
            where=self._("{hour}, {place}").format(hour=hour, place=place) if place else hour,
            change=self._change(event),
            is_reward=fact.kind in (Kind.STAMP_REDEEMED, Kind.POINTS_REDEEMED),
            notes=tuple(self._notes(event)),
        )

    def _title(self, fact: Transaction) -> str:
        body = fact.body
        if isinstance(body, PointsEarned):
            return self._("{amount} spent").format(amount=self._f.money(body.amount_minor))
        program = self._versions.numbered(fact.context.program_version)
        if fact.kind is Kind.STAMP_REDEEMED and program is not None:
            return program.stamp_reward.name
        if isinstance(body, PointsRedeemed) and program is not None and (reward := program.reward(body.reward)):
            return reward.name
        return rules.kind(fact.kind, self._words)

    def _change(self, event: Event) -> str:
        effect, ngettext = event.fact.effect, self._words.ngettext
        parts = []
        if effect.stamps:
            said = ngettext("{change} stamp", "{change} stamps", effect.stamps)
            parts.append(said.format(change=self._f.signed(effect.stamps)))
        if effect.points:
            said = ngettext("{change} point", "{change} points", effect.points)
            parts.append(said.format(change=self._f.signed(effect.points)))
        said = ", ".join(parts) or "0"
        return f"({said})" if event.state is State.HELD else said

    def _notes(self, event: Event) -> list[str]:
        said = [rules.note(note, self._words) for note in event.notes]
        if event.state is State.HELD:
            said.append(self._("Not counted yet."))
        if event.is_voided:
            said.append(self._("Taken back later."))
        return said
