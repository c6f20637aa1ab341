"""The general texts of the till: buttons, amounts, labels, times. Refusals and problems bring their own sentences."""

from collections.abc import Callable
from datetime import date, datetime, tzinfo
from typing import Protocol

from loyalty.refusals import Reason
from terminal.interface import numerals
from terminal.interface.asks import AnyAsk, Earn, Enrol, Redeem
from terminal.interface.views import (
    CardView,
    EntryView,
    HistoryRow,
    PointsView,
    QuoteView,
    RewardView,
    StaffView,
    StampsView,
)
from ui.phrases.labels import Labels

MINUS = "\u2212"


class Translator(Protocol):
    """gettext's two calls, and the current language."""

    @property
    def language(self) -> str: ...

    def gettext(self, message: str) -> str: ...

    def ngettext(self, one: str, many: str, count: int) -> str: ...


class Phrases:
    """Sentences in one language, with times in one time zone."""

    def __init__(self, words: Translator, now: Callable[[], datetime], zone: tzinfo | None = None) -> None:
        self._words = words
        self._ = self.gettext = words.gettext
        self.ngettext = words.ngettext
        self._now = now
        self._zone = zone  # None: the machine's time zone
        self.labels = Labels(words.gettext)
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

    # -- numbers and times ------------------------------------------------------------------------------------

    def titled(self, title: str, words: str) -> str:
        """A title with a name, like "Reward reached: Paul", with the language's colon."""
        return self.gettext("{title}: {words}").format(title=title, words=words)

    def amount(self, minor: int, currency: str) -> str:
        return numerals.money(minor, currency, self.language)

    def number(self, value: int) -> str:
        return numerals.number(value, self.language)

    def signed(self, value: int) -> str:
        return f"+{self.number(value)}" if value >= 0 else self.number(value)

    def here(self, at: datetime) -> datetime:
        return at.astimezone(self._zone)

    def moment(self, at: datetime) -> str:
        """The hour if today, else with the day."""
        here, now = self.here(at), self.here(self._now())
        hour = f"{here:%H:%M}"
        days = (now.date() - here.date()).days
        if days == 0:
            return hour
        if days == 1:
            return self._("yesterday {hour}").format(hour=hour)
        return f"{self.day(here.date())} {hour}"

    def at(self, at: datetime) -> str:
        """Like `moment`, for the end of a sentence: "at 14:02", "yesterday 12:06"."""
        moment = self.moment(at)
        return self._("at {hour}").format(hour=moment) if self.today(at) else moment

    def today(self, at: datetime) -> bool:
        return self.here(at).date() == self.here(self._now()).date()

    def day(self, day: date) -> str:
        return numerals.day(day, self.language, year=day.year != self._now().year)

    def stamps(self, count: int) -> str:
        return self.ngettext("{count} stamp", "{count} stamps", abs(count)).format(count=self.number(count))

    def points(self, count: int) -> str:
        return self.ngettext("{count} point", "{count} points", abs(count)).format(count=self.number(count))

    def points_word(self, count: int) -> str:
        return self.ngettext("point", "points", abs(count))

    # -- the card in front ------------------------------------------------------------------------------------

    def practice(self, cashier: str, manager: str, pin: str) -> str:
        return self._("Practice: nothing here counts. {cashier} serves, {manager} is the manager, PIN {pin}.").format(
            cashier=cashier, manager=manager, pin=pin
        )

    def card_name(self, card: CardView) -> str:
        if not card.known:
            return self._("Not known here yet")
        return card.name or self._("Card {end}").format(end=card.number_end)

    def card_number(self, card: CardView) -> str:
        if not card.known:
            return self.labels.counts_once_known
        if not card.active:
            return self._("Card ending {end}, not in use").format(end=card.number_end)
        return self._("Card ending {end}").format(end=card.number_end) if card.number_end else ""

    def confirmed(self, confirmed: int, waiting: int, at: datetime | None) -> str:
        """The confirmed balance, and how much is waiting."""
        if at is None:
            return self._("known once online")
        if not waiting:
            return self._("confirmed {at}").format(at=self.at(at))
        return self._("{confirmed} confirmed {at}, {waiting} waiting").format(
            confirmed=self.number(confirmed), at=self.at(at), waiting=self.signed(waiting)
        )

    def confirmed_short(self, waiting: int, at: datetime | None) -> str:
        """The same in less room: what waits, or since when nothing does."""
        if at is None:
            return self._("once online")
        return self._("{count} waiting").format(count=self.signed(waiting)) if waiting else self.moment(at)

    def stamps_so_far(self, stamps: StampsView) -> str:
        return self._("{count} of {target} stamps").format(count=stamps.count, target=stamps.target)

    def stamps_to_go(self, stamps: StampsView) -> str:
        reward = self._inside(stamps.reward)
        if stamps.until_reward <= 0:
            return self._("{reward} is ready").format(reward=stamps.reward) if reward else self._("reward is ready")
        if not reward:
            return self._("{count} to go").format(count=stamps.until_reward)
        return self._("{count} to go: {reward}").format(count=stamps.until_reward, reward=reward)

    def stamp_row(self, stamps: StampsView) -> str:
        """A count like "7 of 10 stamps, 1 waiting"."""
        words = self.stamps_so_far(stamps)
        return words + self._(", {count} waiting").format(count=stamps.waiting) if stamps.waiting > 0 else words

    def balance(self, points: PointsView) -> str:
        return self.points(points.balance)

    def card_spoken(self, card: CardView) -> str:
        parts = [self.card_name(card), self.card_number(card)]
        if card.stamps is not None:
            parts.append(self.stamp_row(card.stamps))
        if card.points is not None:
            parts.append(self.balance(card.points))
        return ", ".join(part for part in parts if part)

    def stamp_button(self, stamps: StampsView | None) -> str:
        if stamps is None:
            return self._("Stamp as waiting")
        return self._("Stamp → {count} of {target}").format(count=stamps.count + 1, target=stamps.target)

    def stamps_reach(self, stamps: StampsView, count: int) -> str:
        return self._("→ {count} of {target}").format(count=stamps.count + count, target=stamps.target)

    def stamps_spoken(self, stamps: StampsView, count: int, points: int) -> str:
        """For screen readers, like "2 stamps to 9 of 10, with +42 points"."""
        line = f"{self.stamps(count)} {self.stamps_reach(stamps, count).replace('→', self.labels.to)}"
        return f"{line}, {self.with_points(points)}" if points else line

    def with_points(self, points: int) -> str:
        return self.ngettext("with {count} point", "with {count} points", points).format(count=self.signed(points))

    def unusual_title(self, amount_minor: int, currency: str) -> str:
        return self._("Really {amount}?").format(amount=self.amount(amount_minor, currency))

    def unusual_yes(self, amount_minor: int, currency: str) -> str:
        return self._("Yes, {amount}").format(amount=self.amount(amount_minor, currency))

    def reward_button(self, reward: RewardView, stamps: StampsView | None) -> str:
        if reward.cost is None:
            if stamps is None or (reward.refusal is not None and reward.refusal.reason is Reason.STAMPS_MISSING):
                return reward.name
            return f"{reward.name} ({MINUS}{self.stamps(stamps.target)})"
        return f"{reward.name} ({MINUS}{self.points(reward.cost)})"

    def reward_second(self, reward: RewardView, card: CardView) -> str:
        """What remains after taking the reward."""
        if not card.known:
            return self._("once the card is known")
        if reward.cost is not None and card.points is not None:
            return self._("leaves {points}").format(points=self.points(card.points.balance - reward.cost))
        if card.stamps is not None:
            return self._("leaves {stamps}").format(stamps=self.stamps(card.stamps.count - card.stamps.target))
        return ""

    def points_button(self, amount_minor: int, currency: str, quote: QuoteView | None) -> str:
        if not amount_minor:
            return self._("Type the amount")
        amount = self.amount(amount_minor, currency)
        if quote is None or quote.amount_minor != amount_minor:
            return amount
        if quote.refusal is not None:
            if quote.refusal.reason is Reason.BELOW_MINIMUM_PURCHASE and quote.refusal.minimum_minor is not None:
                return self._("from {amount}").format(amount=self.amount(quote.refusal.minimum_minor, currency))
            return quote.refusal.text
        points = self.ngettext("{count} point", "{count} points", quote.points).format(count=self.signed(quote.points))
        return self._("{amount} → {points}").format(amount=amount, points=points)

    # -- what was done ----------------------------------------------------------------------------------------

    def done(self, ask: AnyAsk, entry: EntryView, card: CardView | None, currency: str) -> tuple[str, str]:
        """The Undo bar's texts: what was done, and for what or whom."""
        who = self.card_name(card) if card is not None else ""
        gained = self.gained(entry.stamps, entry.points)
        match ask:
            case Earn() if entry.stamps and entry.points:
                return self.gained(0, entry.points), self.gained(entry.stamps, 0)
            case Earn(amount_minor=minor):
                return gained or self._("Saved"), self._("for {amount}").format(amount=self.amount(minor, currency))
            case Redeem(reward=reward):
                return self._reward_name(reward, card), gained
            case Enrol():
                return self.labels.new_card, who
        return gained or self._("Saved"), who

    def _reward_name(self, reward: str, card: CardView | None) -> str:
        for each in card.rewards if card is not None else ():
            if each.id == reward:
                return each.name
        return self._("Reward")

    def override_for(self, ask: AnyAsk, card: CardView | None) -> tuple[str, str]:
        """What a manager is asked to approve, and the label of the approving button."""
        who = self.card_name(card) if card is not None else ""
        if isinstance(ask, Redeem):
            name = self._reward_name(ask.reward, card)
            button = (
                next((self.reward_button(r, card.stamps) for r in card.rewards if r.name == name), name)
                if card
                else name
            )
            allow = self._("Allow {reward}").format(reward=self._inside(name))
            return self._("{reward} for {name}.").format(reward=button, name=who), allow
        return self._("Take a transaction back."), self._("Allow taking back")

    def gained(self, stamps: int, points: int) -> str:
        parts = []
        if stamps:
            parts.append(
                self.ngettext("{count} stamp", "{count} stamps", abs(stamps)).format(count=self.signed(stamps))
            )
        if points:
            parts.append(
                self.ngettext("{count} point", "{count} points", abs(points)).format(count=self.signed(points))
            )
        return ", ".join(parts)

    def recent_title(self, row: HistoryRow) -> str:
        if row.reward:
            return row.reward
        return self.gained(row.stamps, row.points) or self._kind(row.kind)

    def recent_second(self, row: HistoryRow) -> str:
        hour = self.moment(row.occurred_at)
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

    def _inside(self, name: str) -> str:
        """A reward's name within a sentence; capitalised in languages that capitalise nouns."""
        return name if self.language in ("de", "lb") else _lower_first(name)

    def _kind(self, kind: str) -> str:
        if "void" in kind:
            return self._("Taken back")
        if "adjust" in kind:
            return self._("Correction")
        return self._("New card") if "enrol" in kind or "created" in kind else self._("Card changed")

    # -- people ----------------------------------------------------------------------------------------------

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
        return words.format(count=self.number(points))

    def make_card(self, name: str) -> str:
        return self._("Make {name}'s card").format(name=first_name(name)) if name else self.labels.make_card

    def of_rows(self, of: int | None) -> str:
        return self.labels.rows if of is None else self._("of {count} rows").format(count=self.number(of))

    def seconds(self, seconds: float) -> str:
        whole = max(1, round(seconds))
        if whole < 90:
            return self._("{count} s").format(count=whole)
        return self._("{count} min").format(count=-(-whole // 60))

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


def _lower_first(words: str) -> str:
    """The text with a small first letter, unless it is an acronym."""
    return words[:1].lower() + words[1:] if words[1:2].islower() else words
