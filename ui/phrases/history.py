"""Sentences on transactions for lists and pages: what, when, by whom, and their state."""

from loyalty.transactions import Kind
from terminal.interface.views import CardView, HistoryRow, QuoteView
from ui.phrases.phrases import Phrases, first_name


class PagePhrases:
    """Sentences for rows with room for a sentence."""

    def __init__(self, phrases: Phrases) -> None:
        self._say = phrases
        self._ = phrases._
        self.ngettext = phrases.ngettext

    def title(self, row: HistoryRow) -> str:
        """The transaction with its numbers: "Free coffee (-10 stamps)", "Taken back: -1 stamp"."""
        gained = self._say.formats.gained(row.stamps, row.points)
        if row.reward:
            return f"{row.reward} ({gained})" if gained else row.reward
        if not gained:
            return self._kind(row.kind)
        if row.kind in ("stamp_earned", "points_earned"):
            return gained
        return self._say.formats.titled(self._kind(row.kind), gained)

    def when(self, row: HistoryRow, currency: str) -> str:
        """Time, people, amount and receipt: "14:02, Lena with Anna, 42.50 €, receipt R-17"."""
        who = first_name(row.staff)
        if row.manager and row.manager != row.staff:
            who = self._("{name} with {manager}").format(name=who, manager=first_name(row.manager))
        parts = [self._say.formats.moment(row.occurred_at), who]
        if row.amount_minor is not None:
            parts.append(self._say.formats.amount(row.amount_minor, currency))
        if row.receipt:
            parts.append(self._("receipt {number}").format(number=row.receipt))
        return ", ".join(part for part in parts if part)

    def details(self, row: HistoryRow, currency: str) -> str:
        """The state of the transaction, in words a customer may hear."""
        if row.voided:
            return self._("Taken back")
        details = {
            "waiting": self._("Saved here, not yet with the company"),
            "accepted": self._("Counted"),
            "adjusted": self._("Counted otherwise than shown here"),
            "rejected": self._("Not counted"),
            "held": self._("On hold"),
        }.get(row.state, row.state)
        if row.note:
            details = f"{details}. {row.note}"
        if row.returned_minor:
            back = self._("{amount} returned").format(amount=self._say.formats.amount(row.returned_minor, currency))
            details = f"{details}, {back}"
        return details

    def facts(self, card: CardView) -> str:
        """A line on the card's balances and what is unconfirmed."""
        parts = []
        if card.stamps is not None:
            parts.append(self._say.card.stamp_row(card.stamps))
        if card.points is not None:
            points, waiting = self._say.formats.points(card.points.balance), card.points.waiting
            more = self._(", {count} waiting").format(count=self._say.formats.signed(waiting)) if waiting else ""
            parts.append(points + more)
        if card.held:
            parts.append(self.ngettext("{count} on hold", "{count} on hold", card.held).format(count=card.held))
        if card.expires_on is not None:
            parts.append(self._("points last until {day}").format(day=self._say.formats.day(card.expires_on)))
        return " · ".join(parts)

    def take_back(self, row: HistoryRow, amount_minor: int, quote: QuoteView | None, currency: str) -> str:
        """The label of the void button: "Take back 3.50 €: -3 points"."""
        if amount_minor:
            begins = self._("Take back {amount}").format(amount=self._say.formats.amount(amount_minor, currency))
        elif row.amount_minor is not None:
            left = row.amount_minor - row.returned_minor
            begins = self._("Take back all, {amount}").format(amount=self._say.formats.amount(left, currency))
        else:
            begins = self._("Take back")
        if quote is None or quote.refusal is not None:
            return begins
        taken = self._say.formats.gained(quote.stamps, quote.points) or self._("nothing is left")
        return self._say.formats.titled(begins, taken)

    def taken_back(self, stamps: int, points: int) -> str:
        gained = self._say.formats.gained(stamps, points)
        return self._("Taken back: {effect}").format(effect=gained) if gained else self._("Taken back")

    def return_of(self, row: HistoryRow, amount_minor: int, quote: QuoteView | None, currency: str) -> str:
        """What a manager is asked to approve: the part of a purchase, and what that takes from the card."""
        formats = self._say.formats
        parts = [formats.amount(amount_minor, currency)] if amount_minor else [self.title(row)]
        if amount_minor and quote is not None and (taken := formats.gained(quote.stamps, quote.points)):
            parts.append(taken)
        return self._("Take back {title}, {name}.").format(title=", ".join(parts), name=row.card or self._("no name"))

    def _kind(self, kind: str) -> str:
        titles: dict[str, str] = {
            Kind.STAMP_EARNED: self._("Stamps, counted later"),
            Kind.POINTS_EARNED: self._("Points, counted later"),
            Kind.STAMP_REDEEMED: self._("Reward"),
            Kind.POINTS_REDEEMED: self._("Reward"),
            Kind.STAMP_VOIDED: self._("Taken back"),
            Kind.POINTS_VOIDED: self._("Taken back"),
            Kind.REDEMPTION_VOIDED: self._("Taken back"),
            Kind.POINTS_ADJUSTED: self._("Correction"),
            Kind.STAMPS_ADJUSTED: self._("Correction"),
            Kind.POINTS_EXPIRED: self._("Points lapsed"),
            Kind.EXPIRY_REVERSED: self._("Points came back"),
            Kind.WELCOME_BONUS: self._("Welcome"),
            Kind.CARDS_MERGED: self._("Two cards became one"),
            Kind.CARD_CREATED: self._("New card"),
            Kind.CARD_REPLACED: self._("Card replaced"),
            Kind.CUSTOMER_EDITED: self._("Customer edited"),
            Kind.CASE_DECIDED: self._("Case decided"),
            Kind.CARD_DEACTIVATED: self._("Card switched off"),
            Kind.CARD_REACTIVATED: self._("Card switched on"),
        }
        return titles.get(kind, kind)
