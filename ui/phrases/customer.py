"""The texts of the customer window: first name, stamps, points, and what was just given.

It must not show numbers, contacts, other cards or staff; a code only while it is a new card's, to be photographed.
"""

from msgspec import Struct
from msgspec.structs import replace

from terminal.interface.views import CardView, QuoteView, RewardView, StampsView
from ui.phrases.phrases import Phrases, first_name


class CustomerView(Struct, frozen=True):
    """The contents of the customer window."""

    company: str
    headline: str
    second: str
    stamps: StampsView | None = None
    fresh: int = 0  # number of stamps just given
    points: str = ""  # the balance with its unit
    points_word: str = ""
    chip: str = ""  # what was just given, or the value of the typed amount
    foot: str = ""  # the next reward for points
    celebrates: bool = False
    code: str = ""  # a new card's code, for the customer's phone

    def __repr__(self) -> str:
        return f"CustomerView({self.spoken!r})"  # codes must not be logged

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        so_far = "" if self.stamps is None else f"{self.stamps.shown}/{self.stamps.target}"
        balance = f"{self.points} {self.points_word}".strip()
        return ". ".join(part for part in (self.headline, self.second, so_far, balance, self.chip, self.foot) if part)


class CustomerPhrases:
    """Sentences addressed to the customer."""

    def __init__(self, phrases: Phrases) -> None:
        self._say = phrases
        self._, self.ngettext = phrases.gettext, phrases.ngettext

    def nobody(self, company: str) -> CustomerView:
        return CustomerView(company, self._("Welcome"), self._say.labels.show_code)

    def not_known(self, company: str) -> CustomerView:
        """The view for a card made a moment ago elsewhere."""
        return CustomerView(
            company, self._("Hello"), self._("Stamps and points count as soon as your card is known here.")
        )

    def new_card(self, company: str, code: str) -> CustomerView:
        """The view with a new card's code, to be photographed."""
        words = self._say.labels
        return CustomerView(company, words.take_picture, words.take_picture_hint, code=code)

    def card(self, company: str, card: CardView, chip: str = "") -> CustomerView:
        """The view of a card before anything is given."""
        hello = self._("Hello, {name}").format(name=first_name(card.name)) if card.name else self._("Hello")
        return self._balances(CustomerView(company, hello, self._to_go(card), chip=chip), card)

    def given(self, company: str, card: CardView, stamps: int, points: int) -> CustomerView:
        chip = self._say.formats.gained(0, points) if points else ""
        view = CustomerView(company, self._thanks(card), self._to_go(card), fresh=max(0, stamps), chip=chip)
        return self._balances(view, card)

    def reached(self, company: str, card: CardView, reward: RewardView, stamps: int) -> CustomerView:
        second = (
            self._say.formats.titled(self._say.labels.reward_reached, first_name(card.name))
            if card.name
            else (self._say.labels.reward_reached)
        )
        view = CustomerView(company, reward.name, second, fresh=stamps, celebrates=True)
        return self._balances(view, card)

    def taken(self, company: str, card: CardView, reward: str) -> CustomerView:
        return self._balances(CustomerView(company, reward, self._thanks(card)), card)

    def worth(self, amount_minor: int, currency: str, quote: QuoteView | None) -> str:
        """The value of an amount, like "42.50 € → +42 points"; only the amount if it gives nothing, empty if none is
        typed."""
        if not amount_minor:
            return ""
        if quote is None or quote.refusal is not None:
            return self._say.formats.amount(amount_minor, currency)
        return self._say.card.points_button(amount_minor, currency, quote)

    def _thanks(self, card: CardView) -> str:
        return self._("Thank you, {name}").format(name=first_name(card.name)) if card.name else self._("Thank you")

    def _to_go(self, card: CardView) -> str:
        """What is missing for the next reward."""
        stamps = card.stamps
        if stamps is None:
            return self._next_for_points(card)
        if stamps.count > stamps.target:
            return self._say.card.stamps_so_far(stamps)
        if stamps.until_reward <= 0:
            return self._say.card.stamps_to_go(stamps)
        more = self.ngettext("{count} more stamp", "{count} more stamps", stamps.until_reward)
        words = more.format(count=stamps.until_reward)
        return self._say.formats.titled(words, stamps.reward) if stamps.reward else words

    def _next_for_points(self, card: CardView) -> str:
        """The dearest reward that the points suffice for, else the cheapest one."""
        priced = sorted((each.cost, each.name) for each in card.rewards if each.cost is not None)
        if card.points is None or not priced:
            return ""
        ready = [name for cost, name in priced if cost <= card.points.balance]
        if ready:
            return self._("{reward} is ready").format(reward=ready[-1])
        cost, name = priced[0]
        return self._("Next reward at {points}: {reward}").format(points=self._say.formats.number(cost), reward=name)

    def _balances(self, view: CustomerView, card: CardView) -> CustomerView:
        points = card.points
        foot = self._next_for_points(card) if card.stamps is not None else ""
        return replace(
            view,
            stamps=card.stamps,
            points="" if points is None else self._say.formats.number(points.balance),
            points_word="" if points is None else self._say.formats.points_word(points.balance),
            foot=foot,
        )
