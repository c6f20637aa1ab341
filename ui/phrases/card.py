"""Sentences about a card: who it is, what it has, what its buttons give, and what was given."""

from datetime import datetime

from loyalty.refusals import Reason
from terminal.interface.asks import AnyAsk, Earn, Enrol, Redeem
from terminal.interface.views import CardView, EntryView, QuoteView, RewardView, StampsView
from ui.phrases.formats import MINUS, Formats, Translator
from ui.phrases.labels import Labels

_RECEIPT_SHOWN = 18  # characters of a receipt that fit a button


class CardPhrases:
    """Of the card in front."""

    def __init__(self, words: Translator, formats: Formats, labels: Labels) -> None:
        self._words, self._ = words, words.gettext
        self._formats, self._labels = formats, labels

    def name(self, card: CardView) -> str:
        if not card.known:
            return self._("Not known here yet")
        return card.name or self._("Card {end}").format(end=card.number_end)

    def number(self, card: CardView) -> str:
        if not card.known:
            return self._labels.counts_once_known
        if not card.active:
            return self._("Card ending {end}, not in use").format(end=card.number_end)
        return self._("Card ending {end}").format(end=card.number_end) if card.number_end else ""

    def confirmed(self, confirmed: int, waiting: int, at: datetime | None) -> str:
        """The confirmed balance, and how much is waiting."""
        if at is None:
            return self._("known once online")
        if not waiting:
            return self._("confirmed {at}").format(at=self._formats.at(at))
        return self._("{confirmed} confirmed {at}, {waiting} waiting").format(
            confirmed=self._formats.number(confirmed), at=self._formats.at(at), waiting=self._formats.signed(waiting)
        )

    def confirmed_short(self, waiting: int, at: datetime | None) -> str:
        """The same in less room: what waits, or since when nothing does."""
        if at is None:
            return self._("once online")
        if not waiting:
            return self._formats.moment(at)
        return self._("{count} waiting").format(count=self._formats.signed(waiting))

    def stamps_so_far(self, stamps: StampsView) -> str:
        if stamps.count <= stamps.target:
            return self._("{count} of {target} stamps").format(count=stamps.count, target=stamps.target)
        ready = stamps.ready - (stamps.shown == stamps.target)  # a full row is the next one, and is seen as such
        words = self._words.ngettext(
            "{n} reward ready, {count} of {target}", "{n} rewards ready, {count} of {target}", ready
        )
        return words.format(n=ready, count=stamps.shown, target=stamps.target)

    def stamps_to_go(self, stamps: StampsView) -> str:
        reward = self._inside(stamps.reward)
        if stamps.until_reward <= 0 and stamps.count <= stamps.target:
            return self._("{reward} is ready").format(reward=stamps.reward) if reward else self._("reward is ready")
        if not reward:
            return self._("{count} to go").format(count=stamps.target - stamps.shown)
        return self._("{count} to go: {reward}").format(count=stamps.target - stamps.shown, reward=reward)

    def stamp_row(self, stamps: StampsView) -> str:
        """A count like "7 of 10 stamps, 1 waiting"."""
        words = self.stamps_so_far(stamps)
        return words + self._(", {count} waiting").format(count=stamps.waiting) if stamps.waiting > 0 else words

    def spoken(self, card: CardView) -> str:
        parts = [self.name(card), self.number(card)]
        if card.stamps is not None:
            parts.append(self.stamp_row(card.stamps))
        if card.points is not None:
            parts.append(self._formats.points(card.points.balance))
        return ", ".join(part for part in parts if part)

    def stamp_button(self, stamps: StampsView | None) -> str:
        if stamps is None:
            return self._("Stamp as waiting")
        return self._("Stamp → {count} of {target}").format(count=stamps.after(1), target=stamps.target)

    def stamps_reach(self, stamps: StampsView, count: int) -> str:
        return self._("→ {count} of {target}").format(count=stamps.after(count), target=stamps.target)

    def stamps_spoken(self, stamps: StampsView, count: int, points: int) -> str:
        """For screen readers, like "2 stamps to 9 of 10, with +42 points"."""
        line = f"{self._formats.stamps(count)} {self.stamps_reach(stamps, count).replace('→', self._labels.to)}"
        return f"{line}, {self.with_points(points)}" if points else line

    def with_points(self, points: int) -> str:
        return self._words.ngettext("with {count} point", "with {count} points", points).format(
            count=self._formats.signed(points)
        )

    def unusual_title(self, amount_minor: int, currency: str) -> str:
        return self._("Really {amount}?").format(amount=self._formats.amount(amount_minor, currency))

    def unusual_yes(self, amount_minor: int, currency: str) -> str:
        return self._("Yes, {amount}").format(amount=self._formats.amount(amount_minor, currency))

    def reward_button(self, reward: RewardView, stamps: StampsView | None) -> str:
        if reward.cost is None:
            if stamps is None or (reward.refusal is not None and reward.refusal.reason is Reason.STAMPS_MISSING):
                return reward.name
            return f"{reward.name} ({MINUS}{self._formats.stamps(stamps.target)})"
        return f"{reward.name} ({MINUS}{self._formats.points(reward.cost)})"

    def reward_second(self, reward: RewardView, card: CardView) -> str:
        """What remains after taking the reward."""
        if not card.known:
            return self._("once the card is known")
        if reward.cost is not None and card.points is not None:
            return self._("leaves {points}").format(points=self._formats.points(card.points.balance - reward.cost))
        if card.stamps is not None:
            return self._("leaves {stamps}").format(stamps=self._formats.stamps(card.stamps.count - card.stamps.target))
        return ""

    def points_button(self, amount_minor: int, currency: str, quote: QuoteView | None) -> str:
        if not amount_minor:
            return self._("Type the amount")
        amount = self._formats.amount(amount_minor, currency)
        if quote is None or quote.amount_minor != amount_minor:
            return amount
        if quote.refusal is not None:
            if quote.refusal.reason is Reason.BELOW_MINIMUM_PURCHASE and quote.refusal.minimum_minor is not None:
                return self._("from {amount}").format(
                    amount=self._formats.amount(quote.refusal.minimum_minor, currency)
                )
            return quote.refusal.text
        points = self._words.ngettext("{count} point", "{count} points", quote.points).format(
            count=self._formats.signed(quote.points)
        )
        return self._("{amount} → {points}").format(amount=amount, points=points)

    def receipt(self, number: str) -> str:
        """The receipt of the purchase on the button; of a long number its end."""
        end = number if len(number) <= _RECEIPT_SHOWN else f"…{number[-_RECEIPT_SHOWN:]}"
        return self._("receipt {number}").format(number=end) if number else ""

    def done(self, ask: AnyAsk, entry: EntryView, card: CardView | None, currency: str) -> tuple[str, str]:
        """The Undo bar's texts: what was done, and for what or whom."""
        who = self.name(card) if card is not None else ""
        gained = self._formats.gained(entry.stamps, entry.points)
        match ask:
            case Earn() if entry.stamps and entry.points:
                return self._formats.gained(0, entry.points), self._formats.gained(entry.stamps, 0)
            case Earn(amount_minor=minor):
                return gained or self._("Saved"), self._("for {amount}").format(
                    amount=self._formats.amount(minor, currency)
                )
            case Redeem(reward=reward):
                return self._reward_name(reward, card), gained
            case Enrol():
                return self._labels.new_card, who
        return gained or self._("Saved"), who

    def _reward_name(self, reward: str, card: CardView | None) -> str:
        for each in card.rewards if card is not None else ():
            if each.id == reward:
                return each.name
        return self._("Reward")

    def override_for(self, ask: AnyAsk, card: CardView | None) -> tuple[str, str]:
        """What a manager is asked to approve, and the label of the approving button."""
        who = self.name(card) if card is not None else ""
        if isinstance(ask, Redeem):
            name = self._reward_name(ask.reward, card)
            offered = () if card is None else card.rewards
            button = next((self.reward_button(one, card.stamps) for one in offered if card and one.name == name), name)
            allow = self._("Allow {reward}").format(reward=self._inside(name))
            return self._("{reward} for {name}.").format(reward=button, name=who), allow
        return self._("Take a transaction back."), self._("Allow taking back")

    def _inside(self, name: str) -> str:
        """A reward's name within a sentence; capitalised in languages that capitalise nouns."""
        return name if self._words.language in ("de", "lb") else _lower_first(name)


def _lower_first(words: str) -> str:
    """The text with a small first letter, unless it is an acronym."""
    return words[:1].lower() + words[1:] if words[1:2].islower() else words
