"""What the pass of a card has to show by now, read from the card and its company."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from babel.dates import format_date
from sqlalchemy import Connection, or_, select

from loyalty.transactions import Transaction
from server.companies import companies, looks, stores
from server.companies.companies import Company
from server.companies.looks import Look
from server.customers import my_card
from server.db.tables import transactions
from server.keys import Keys
from server.ledger.rows import cards as card_rows
from server.ledger.rows import transactions as facts
from server.ledger.rows.cards import OpenCard
from server.translations import Translator
from server.wallet import pass_content
from server.wallet.pass_content import HISTORY_MAX, PassContent, VoidReason
from server.wallet.state import Pass


@dataclass(frozen=True, slots=True)
class Shown:
    """What a pass has to show, and up to which of the company's versions that was read."""

    content: PassContent
    is_erased: bool
    version: int


class Reader:
    """Looks up the passes of one company within a unit of work."""

    def __init__(self, conn: Connection, company_id: UUID, keys: Keys, url: str, now: datetime) -> None:
        self.conn, self.company_id, self.now = conn, company_id, now
        self._url = url
        self._company: Company = companies.by_id(conn, company_id)
        self._keys = keys.company(company_id)
        self._version = companies.version(conn, company_id)
        self._look: Look = looks.of_company(conn, company_id)
        self._stores = tuple(one.name for one in stores.listed(conn, company_id) if not one.is_closed)

    def shown(self, one: Pass) -> Shown:
        """What this pass has to show."""
        words = Translator(one.language, self._company.settings.currency)
        reason = self._void(one)
        page = f"{self._url}/{self._company.slug}"
        if reason is not None:
            void = pass_content.of_void(reason, self._look, words, card_page=page)
            return Shown(void, reason is VoidReason.ERASED, self._version)
        content = pass_content.of_card(
            my_card.of_holder(self.conn, self._company, self._keys, one.card_id, self.now),
            self._look,
            words,
            card_page=page,
            stores=self._stores,
            history=self._history(one.card_id, words.language),
        )
        return Shown(content, is_erased=False, version=self._version)

    def _void(self, one: Pass) -> VoidReason | None:
        opened: OpenCard | None = card_rows.load(self.conn, self._company.id, [one.card_id]).get(one.card_id)
        if opened is None or opened.is_erased:
            return VoidReason.ERASED
        if opened.card.merged_into is not None:
            return VoidReason.MERGED
        return VoidReason.REPLACED if opened.is_retired or opened.codes.token_hash != one.code else None

    def _history(self, card_id: UUID, language: str) -> Sequence[tuple[str, Transaction]]:
        """The latest transactions that changed a balance: one that changed none is no news."""
        together = card_rows.together(self.conn, self._company.id, card_id)
        theirs = (transactions.c.company_id == self._company.id, transactions.c.card_id.in_(together))
        effect = or_(transactions.c.stamps != 0, transactions.c.points != 0)
        query = select(transactions).where(*theirs, effect).order_by(transactions.c.version.desc()).limit(HISTORY_MAX)
        zone = self._company.settings.zone
        found = map(facts.fact_of, self.conn.execute(query))
        return [(_day(fact.context.occurred_at.astimezone(zone), language), fact) for fact in found]


def _day(at: datetime, language: str) -> str:
    pattern = "d. MMM y" if language in ("de", "lb") else "d MMM y"
    return format_date(at.date(), pattern, locale=language)
