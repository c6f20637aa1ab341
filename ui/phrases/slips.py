"""The contents of receipts and stamp slips, made from rows and a card.

A slip leaves the shop, so it must not contain names, contacts or staff.
"""

from datetime import datetime

from msgspec import Struct

from loyalty.slip_numbers import slip_code, slip_number
from loyalty.voids import GIVEN
from terminal.interface import numerals
from terminal.interface.views import CardView, HistoryRow, StatusView
from terminal.printing.slip import Block, Code, Pair, Rule, Slip, StampRow, Words
from ui.phrases.history import PagePhrases
from ui.phrases.phrases import Phrases

PROVISIONAL = ("waiting", "held")


class SlipHeader(Struct, frozen=True):
    """The company and till named on a slip."""

    company: str
    store: str
    terminal: str
    currency: str
    practice: bool = False


class SlipPhrases:
    """Sentences for slips."""

    def __init__(self, phrases: Phrases) -> None:
        self._say, self._rows = phrases, PagePhrases(phrases)
        self._ = phrases.gettext

    def header(self, status: StatusView) -> SlipHeader:
        return SlipHeader(status.company, status.store, status.terminal, status.currency, status.practice)

    def receipt(self, rows: tuple[HistoryRow, ...], card: CardView | None, shop: SlipHeader) -> Slip:
        """The receipt of one visit: all its transactions, the balances after it, and what is unconfirmed."""
        blocks: list[Block] = [*self._head(rows, shop), Rule()]
        for row in rows:
            blocks += self._transaction(row, shop.currency)
        blocks += [Rule(), *self._card(rows, card), *self._reservations(rows, card, shop), *self._number(rows)]
        return Slip(tuple(blocks))

    def stamp_slip(self, rows: tuple[HistoryRow, ...], card: CardView | None, shop: SlipHeader) -> Slip:
        """A slip with the card's stamps and points."""
        gained = self._say.formats.gained(sum(row.stamps for row in rows), sum(row.points for row in rows))
        blocks: list[Block] = [*self._head(rows, shop)]
        if gained:
            blocks.append(Words(gained))
        blocks += [Rule(), *self._card(rows, card), *self._reservations(rows, card, shop), *self._number(rows)]
        return Slip(tuple(blocks))

    def test(self, shop: SlipHeader) -> Slip:
        """A test slip with all letters."""
        return Slip(
            (
                Words(shop.company or self._say.labels.product, "title"),
                Words(self._("A test. This printer works.")),
                Rule(),
                StampRow(7, 10),
                Pair("Äàéèêëïôœöüß", "€ £ % 0123456789"),
            )
        )

    # -- parts ------------------------------------------------------------------------------------------------

    def _head(self, rows: tuple[HistoryRow, ...], shop: SlipHeader) -> tuple[Block, ...]:
        place = ", ".join(part for part in (shop.store, shop.terminal) if part)
        head: list[Block] = [Words(shop.company or self._say.labels.product, "title")]
        if place:
            head.append(Words(place, "note"))
        if rows:
            head.append(Words(self._when(max(row.occurred_at for row in rows)), "note"))
        return tuple(head)

    def _transaction(self, row: HistoryRow, currency: str) -> tuple[Block, ...]:
        title = self._rows.title(row)
        amount = "" if row.amount_minor is None else self._say.formats.amount(row.amount_minor, currency)
        lines: list[Block] = [Pair(title, amount) if amount else Words(title)]
        if row.receipt:
            lines.append(Words(self._("receipt {number}").format(number=row.receipt), "note"))
        if row.voided:
            lines.append(Words(self._("Taken back"), "note"))
        elif row.state in ("adjusted", "rejected"):
            lines.append(Words(self._rows.details(row, currency), "note"))
        return tuple(lines)

    def _card(self, rows: tuple[HistoryRow, ...], card: CardView | None) -> tuple[Block, ...]:
        if card is None:
            ends = {row.card for row in rows if row.card.isdecimal()}
            return tuple(Words(self._("Card ending {end}").format(end=end), "note") for end in sorted(ends))
        number = self._say.card.number(card)
        parts: list[Block] = [Words(number, "note")] if number else []
        if card.stamps is not None and card.stamps.target > 0:
            so_far, to_go = self._say.card.stamps_so_far(card.stamps), self._say.card.stamps_to_go(card.stamps)
            parts += [StampRow(card.stamps.shown, card.stamps.target), Words(f"{so_far}, {to_go}")]
        if card.points is not None:
            parts.append(Pair(self._("Points"), self._say.formats.number(card.points.balance), strong=True))
        return tuple(parts)

    def _number(self, rows: tuple[HistoryRow, ...]) -> tuple[Block, ...]:
        """The number by which *Return* finds what can be taken back; all of one step have the same."""
        given = [row for row in rows if row.kind in GIVEN and not row.voided]
        if not given:
            return ()
        number = slip_number(given[0].entry)
        return Rule(), Code(slip_code(number), number, self._("Please bring this slip for a return."))

    def _reservations(self, rows: tuple[HistoryRow, ...], card: CardView | None, shop: SlipHeader) -> tuple[Block, ...]:
        """What the customer cannot rely on yet."""
        parts: list[Block] = []
        if shop.practice:
            parts.append(Words(self._("Practice: this does not count.")))
        waits = any(row.state in PROVISIONAL and not row.voided for row in rows)
        if waits or (card is not None and not certain(card)):
            parts += [
                Rule(),
                Words(self._("Provisional: saved at this till, not yet confirmed by the company."), "note"),
            ]
            if card is not None and card.confirmed_at is not None:
                confirmed = self._confirmed(card)
                parts.append(Words(confirmed, "note"))
        return tuple(parts)

    def _confirmed(self, card: CardView) -> str:
        """What the company has confirmed, and when."""
        parts = []
        if card.stamps is not None:
            parts.append(self._say.formats.stamps(card.stamps.confirmed))
        if card.points is not None:
            parts.append(self._say.formats.points(card.points.confirmed))
        assert card.confirmed_at is not None
        when = self._when(card.confirmed_at)
        return self._("Confirmed {when}: {balance}").format(when=when, balance=", ".join(parts))

    def _when(self, at: datetime) -> str:
        """Day, year and hour, because a slip is read later."""
        here = self._say.formats.here(at)
        return f"{numerals.day(here.date(), self._say.language, year=True)}, {here:%H:%M}"


def certain(card: CardView) -> bool:
    """True if everything the card shows is confirmed by the company."""
    waiting = [card.stamps.waiting if card.stamps is not None else 0, card.points.waiting if card.points else 0]
    return card.known and card.confirmed_at is not None and not any(waiting) and not card.held
