"""The window's sentences in one language: this class hands out those of cards, formats and labels, and has the rest.

Refusals and problems arrive with their sentence already made.
"""

from collections.abc import Callable
from datetime import datetime, tzinfo

from terminal.interface.views import HistoryRow, StaffView
from ui.phrases.card import CardPhrases
from ui.phrases.formats import Formats, Translator
from ui.phrases.labels import Labels


class Phrases:
    """Sentences in one language: labels, formats, those about the card in front, about people and about states."""

    def __init__(self, words: Translator, now: Callable[[], datetime], zone: tzinfo | None = None) -> None:
        self._words = words
        self._ = self.gettext = words.gettext
        self.ngettext = words.ngettext
        self.labels = Labels(words.gettext)
        self.formats = Formats(words, now, zone)
        self.card = CardPhrases(words, self.formats, self.labels)
        self._always: list[Callable[[], None]] = []

    @property
    def language(self) -> str:
        return self._words.language

    def always(self, say: Callable[[], None]) -> None:
        """Calls *say* now and after every change of language; for objects that live as long as the window."""
        say()
        self._always.append(say)

    def changed(self) -> None:
        """Called after the translator's language has changed."""
        self.labels.say(self._)
        for say in self._always:
            say()

    def practice(self, cashier: str, manager: str, pin: str) -> str:
        return self._("Practice: nothing here counts. {cashier} serves, {manager} is the manager, PIN {pin}.").format(
            cashier=cashier, manager=manager, pin=pin
        )

    def recent_title(self, row: HistoryRow) -> str:
        if row.reward:
            return row.reward
        return self.formats.gained(row.stamps, row.points) or self._kind(row.kind)

    def recent_second(self, row: HistoryRow) -> str:
        hour = self.formats.moment(row.occurred_at)
        if row.voided:
            return self._("Undone {hour}").format(hour=hour)
        if row.state in ("adjusted", "rejected", "held") and row.note:
            return row.note
        return f"{short_name(row.card)} {hour}".strip()

    def state(self, state: str) -> str:
        return {
            "waiting": self._("waiting"),
            "accepted": self._("confirmed"),
            "adjusted": self._("changed by the company"),
            "rejected": self._("refused by the company"),
            "held": self._("held"),
        }.get(state, state)

    def _kind(self, kind: str) -> str:
        if kind == "points_earned":
            return self._("Points, counted later")
        if "void" in kind:
            return self._("Taken back")
        if "adjust" in kind:
            return self._("Correction")
        return self._("New card") if "enrol" in kind or "created" in kind else self._("Card changed")

    def role(self, staff: StaffView) -> str:
        if staff.locked_minutes:
            return self._("Locked for {minutes} min").format(minutes=staff.locked_minutes)
        return {"cashier": self._("Cashier"), "manager": self._("Manager"), "owner": self._("Owner")}.get(
            staff.role, staff.role
        )

    def stays_on_shift(self, name: str) -> str:
        return self._("{name} stays on shift.").format(name=first_name(name))

    def new_card_ending(self, end: str) -> str:
        return self._("New card ending {end}").format(end=end) if end else self.labels.new_card

    def welcome(self, points: int) -> str:
        """What a new card starts with."""
        words = self.ngettext("Starts with {count} welcome point", "Starts with {count} welcome points", points)
        return words.format(count=self.formats.number(points))

    def make_card(self, name: str) -> str:
        return self._("Make {name}'s card").format(name=first_name(name)) if name else self.labels.make_card

    def unlocks(self, name: str) -> str:
        return self._("Unlock {name}.").format(name=name)

    def unlocked(self, name: str) -> str:
        return self._("{name} may try again.").format(name=first_name(name))

    def pin_of(self, name: str) -> str:
        return self._("{name}'s PIN").format(name=first_name(name))


def first_name(name: str) -> str:
    return name.split(" ", 1)[0]


def short_name(name: str) -> str:
    """A short form of a name, like "Marie K." for "Marie Keller"; a number's last digits stay."""
    first, _, last = name.partition(" ")
    return f"{first} {last[0]}." if last else first


def initials(name: str) -> str:
    parts = name.split()
    return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()
