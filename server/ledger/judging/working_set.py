"""Everything that judging a page of entries needs from the database: loaded one query for each subject, then kept up to
date in memory. Read-only."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, select

from loyalty.card import Card
from loyalty.judge import Note, Present, Word
from loyalty.program import Programs
from loyalty.receipts import receipt_key
from loyalty.settings import Settings
from loyalty.transactions import (
    Body,
    CardCreated,
    CardReplaced,
    CustomerEdited,
    ExpiryReversed,
    Kind,
    PointsEarned,
    PointsExpired,
    PointsRedeemed,
    StampEarned,
    StampRedeemed,
    Transaction,
    corrected,
    following_id,
)
from loyalty.voids import Original, voided_whole
from server.db.tables import entries, transactions
from server.ledger.judging.people import People
from server.ledger.judging.policy import Policy
from server.ledger.rows import cards as card_rows
from server.ledger.rows import transactions as facts
from server.ledger.rows.cards import NO_CONTACTS, Contacts, OpenCard
from server.ledger.rows.enrolments import Enrolment, Opener, active_cards_with
from server.ledger.rows.entries import ParsedEntry
from sync.protocol.entries import ByCard, ByNumber, ByToken, CardReference

# The bits of an id that tell its version, and as a till makes them for an entry; the server's own ids differ.
_VERSION_BITS, _BY_TILLS = 0xF << 76 | 0b11 << 62, 7 << 76 | 0b10 << 62
_WITH_CUSTOMER = frozenset[type[Body]]((CardCreated, CustomerEdited))


class CardMatch(NamedTuple):
    """The card a reference leads to, or, if there is none, what the entry has to wait for."""

    card: OpenCard | None
    waits_for: str = ""
    notes: tuple[Note, ...] = ()


@dataclass(slots=True)
class WorkingSet:
    """The company's current data, as far as the entries in this unit of work need it."""

    company_id: UUID
    programs: Programs
    announced: Mapping[int, int]  # the version at which tills could be told of a program, by its number
    policy: Policy
    now: datetime
    opener: Opener
    cards: dict[UUID, OpenCard] = field(default_factory=dict)
    enrolments: dict[UUID, Enrolment] = field(default_factory=dict)  # by entry id
    _tokens: dict[bytes, UUID] = field(default_factory=dict)
    _numbers: dict[bytes, UUID] = field(default_factory=dict)
    _leads: dict[UUID, UUID] = field(default_factory=dict)  # from a retired blank to its card
    _facts: dict[UUID, Transaction] = field(default_factory=dict)
    _booked: set[UUID] = field(default_factory=set)  # ids of the ledger's that are known to be taken
    _voids: dict[UUID, list[Transaction]] = field(default_factory=dict)
    _rejected: set[UUID] = field(default_factory=set)
    _receipts: dict[tuple[UUID, str], UUID] = field(default_factory=dict)  # the earning that used the receipt
    _freed: set[UUID] = field(default_factory=set)  # fully voided earnings, whose receipts may be used again
    _contacts: dict[bytes, set[UUID]] = field(default_factory=dict)
    _people: People = field(init=False)
    as_read: dict[UUID, Card] = field(default_factory=dict)  # cards before this unit of work
    _read_versions: dict[UUID, int] = field(default_factory=dict)
    _stamped: dict[UUID, set[UUID]] = field(default_factory=dict)  # stamps by the terminal that gave them meanwhile
    _expiries: dict[UUID, Transaction] = field(default_factory=dict)
    _blocks: dict[UUID, dict[int, Any]] = field(default_factory=dict)  # by owners, of each card, by version

    def __post_init__(self) -> None:
        self._people = People(self.company_id, self.policy, self.announced)

    def gather(self, conn: Connection, items: Collection[ParsedEntry]) -> None:
        """Loads what judging *items* needs and is not loaded yet, with one query for each subject."""
        items = [item for item in items if item.settled is None]
        self._gather_cards(conn, items)
        self._gather_blocks(conn, items)
        self._gather_ids(conn, items)
        self._gather_originals(conn, items)
        self._gather_receipts(conn, items)
        self._gather_contacts(conn, items)
        self._people.gather(conn, items)

    def find(self, reference: CardReference) -> CardMatch:
        """The card a reference leads to now; codes that were replaced lead to the card's new ones, and a card that was
        merged leads to the one that stays."""
        found: UUID | None
        match reference:
            case ByCard(id=card_id):
                found = card_id
            case ByToken(hash=code):
                found = self._tokens.get(code)
            case ByNumber(hmac=code):
                found = self._numbers.get(code)
        if found is not None and self._leads:
            found = self._leads.get(found, found)
        card = None if found is None else self._leading(found)
        if card is not None and card.is_retired and card.card.is_blank:
            card.is_retired = False  # a till gave it away before it heard that its sheet was withdrawn
        if card is None or card.is_retired:
            return CardMatch(None, waits_for=_spelled(reference))
        is_old = isinstance(reference, ByToken) and reference.hash in card.codes.old_tokens
        return CardMatch(card, notes=(Note.OLD_CODE,) if is_old else ())

    def present(self, item: ParsedEntry, card: OpenCard) -> Present:
        """The facts beside the card that the rules judge by."""
        body, entry = item.body, item.entry
        assert body is not None and entry is not None, "only transactions are judged"
        names = corrected(body)
        fact = None if names is None else self._facts.get(names)
        enrolment = self.enrolments.get(item.id) if self.enrolments else None
        read, bulk = max(item.told.essentials, entry.essentials), max(item.told.bulk, entry.card_version or 0)
        return Present(
            programs=self.programs,
            settings=self.settings,
            now=self.now,
            original=None if fact is None else self._original(fact),
            original_rejected=names in self._rejected,
            receipt_used=self._receipt_key(item) in self._receipts,
            contact_has_card=enrolment is not None and bool(self.rivals(item, card)),
            contact_differs=enrolment is not None and enrolment.differs_from(card.contacts),
            is_erased=card.is_erased,
            inactive_knowingly=card.deactivated_version is not None and bulk >= card.deactivated_version,
            acting=self._people.acting(item, entry, read),
            known_program=self._people.known_at(read).program,
            known_marks=self._known_marks(item, card, bulk) if isinstance(body, StampEarned) else (),
            blank=self._blank(body.blank) if isinstance(body, CardReplaced) else None,
            is_blocked=isinstance(body, StampRedeemed | PointsRedeemed) and self._is_blocked(item, card, bulk),
            last_expiry=self._expiries.get(card.card.id) if self._expiries else None,
        )

    @property
    def settings(self) -> Settings:
        """Those in force."""
        return self.policy.settings

    def is_booked(self, transaction_id: UUID) -> bool:
        """True if the ledger has a transaction with this id."""
        return transaction_id in self._booked

    def take(self, fact: Transaction) -> UUID | None:
        """Applies a fact just booked; returns the earning whose receipt it has made usable again, or None."""
        self._facts[fact.id] = fact
        self._booked.add(fact.id)
        names = corrected(fact.body)
        if isinstance(fact.body, PointsExpired):
            self._expiries[fact.card_id] = fact
        elif isinstance(fact.body, ExpiryReversed):
            self._expiries.pop(fact.card_id, None)
        elif names is not None and names in self._facts:
            self._voids.setdefault(names, []).append(fact)
            return self._receipt_freed(names)
        return None

    def take_moved(self, fact: Transaction) -> None:
        """Applies a void of a purchase that goes on on another card: its receipt stays used."""
        names = corrected(fact.body)
        assert names is not None, "only a void moves nothing else"
        self._voids.setdefault(names, []).append(fact)

    def take_entry(self, item: ParsedEntry) -> None:
        """Its till knows the entry from now on, at a time that it agrees with."""
        if isinstance(item.body, StampEarned) and not item.clock_corrected:
            self._stamped.setdefault(item.slot.terminal_id, set()).add(item.id)

    def take_receipt(self, item: ParsedEntry) -> str | None:
        """Records the item's earning as the one that used its receipt; returns the receipt's key, if it has one."""
        key = self._receipt_key(item)
        if key is None:
            return None
        self._receipts[key] = item.id
        return key[1]

    def take_contacts(self, card: OpenCard, before: Contacts = NO_CONTACTS) -> None:
        """Makes the card's contacts lead to it, instead of the contacts *before*."""
        for contact in before.known - card.contacts.known:
            self._contacts.get(contact, set()).discard(card.card.id)
        for contact in card.contacts.known:
            self._contacts.setdefault(contact, set()).add(card.card.id)

    def take_replacement(self, card: OpenCard, blank: OpenCard) -> None:
        """Records that the blank's codes lead to the card."""
        self._leads[blank.card.id] = card.card.id

    def take_rejection(self, item: ParsedEntry) -> None:
        """Records that the entry was rejected."""
        self._rejected.add(item.id)

    def rivals(self, item: ParsedEntry, card: OpenCard) -> set[UUID]:
        """Other active cards whose customers have a contact of the entry's customer."""
        enrolment = self.enrolments.get(item.id)
        if enrolment is None:
            return set()
        others = {one for contact in enrolment.contacts.known for one in self._contacts.get(contact, ())}
        known = {one: self.cards.get(one) for one in others - {card.card.id}}
        return {one for one, opened in known.items() if opened is None or opened.card.is_active}

    def receipt_used_by(self, item: ParsedEntry) -> UUID | None:
        """The earning that has used the entry's receipt."""
        key = self._receipt_key(item)
        return None if key is None else self._receipts.get(key)

    def originals(self, conn: Connection, ids: Collection[UUID]) -> dict[UUID, Original]:
        """The transactions with these ids, with their voids, as this unit of work has them."""
        self._load_originals(conn, ids)
        return {one: self._original(self._facts[one]) for one in ids if one in self._facts}

    def card(self, conn: Connection, card_id: UUID) -> Card | None:
        """A card that no entry names, or the one that it was merged into."""
        self._load(conn, {card_id})
        opened = self._leading(card_id)
        return None if opened is None else opened.card

    def blank_of(self, item: ParsedEntry) -> OpenCard | None:
        """The blank card named by a replacement, or None for other entries."""
        return self.cards.get(item.body.blank) if isinstance(item.body, CardReplaced) else None

    def _gather_cards(self, conn: Connection, items: Iterable[ParsedEntry]) -> None:
        references = [item.entry.card for item in items if item.entry is not None]
        tokens = {one.hash for one in references if isinstance(one, ByToken)} - self._tokens.keys()
        self._tokens |= {
            row.hash: row.card_id for row in card_rows.BY_TOKEN.rows(conn, tokens, company=self.company_id)
        }
        numbers = {one.hmac for one in references if isinstance(one, ByNumber)} - self._numbers.keys()
        self._numbers |= card_rows.by_numbers(conn, self.company_id, numbers)
        card_ids = {one.id for one in references if isinstance(one, ByCard)} | set(self._tokens.values())
        card_ids |= set(self._numbers.values())
        card_ids |= {item.body.blank for item in items if isinstance(item.body, CardReplaced)}
        fresh = self._load(conn, card_ids)
        blanks = (card for card in fresh if card.is_retired and card.card.merged_into is None)
        retired = {card.codes.token_hash: card.card.id for card in blanks}
        if retired:
            leads = {
                retired[row.hash]: row.card_id
                for row in card_rows.BY_TOKEN.rows(conn, retired, company=self.company_id)
            }
            self._leads |= leads
            self._load(conn, set(leads.values()))
        self._gather_expiries(conn, fresh)

    def _gather_blocks(self, conn: Connection, items: Iterable[ParsedEntry]) -> None:
        redeemed = (item.entry for item in items if isinstance(item.body, StampRedeemed | PointsRedeemed))
        cards = (self.find(one.card).card for one in redeemed if one is not None and one.card is not None)
        ended = [one for one in cards if one and (one.codes.old_tokens or one.card.merged or not one.card.is_active)]
        of = {one: card.card.id for card in ended for one in (card.card.id, *card.card.merged)}
        for row in facts.blocks(conn, self.company_id, of.keys()) if of else ():
            self._blocks.setdefault(of[row.card_id], {})[row.version] = row

    def _gather_ids(self, conn: Connection, items: Iterable[ParsedEntry]) -> None:
        """Looks up which transactions are booked already.

        Ids in the format of tills are left out: only entries have them, and those are looked up on arrival.
        """
        ids = {item.id for item in items if item.id.int & _VERSION_BITS != _BY_TILLS}
        for item in items:
            if isinstance(item.body, CardCreated):
                ids.add(following_id(item.id, Kind.WELCOME_BONUS))
            if self._expiries:
                ids |= {following_id(item.id, kind) for kind in (Kind.EXPIRY_REVERSED, Kind.POINTS_EXPIRED)}
        self._booked |= {
            one.transaction_id for one in facts.BOOKED.rows(conn, ids - self._booked, company=self.company_id)
        }

    def _leading(self, card_id: UUID) -> OpenCard | None:
        card = self.cards.get(card_id)
        while card is not None and card.card.merged_into is not None:
            card = self.cards.get(card.card.merged_into)
        return card

    def _load(self, conn: Connection, card_ids: Collection[UUID]) -> list[OpenCard]:
        """Loads cards that are not loaded yet, with those that they were merged into."""
        fresh = card_rows.load(conn, self.company_id, set(card_ids) - self.cards.keys())
        self.as_read |= {card_id: one.card for card_id, one in fresh.items()}
        self._read_versions |= {card_id: one.version for card_id, one in fresh.items()}
        self.cards |= fresh
        ahead = [one.card.merged_into for one in fresh.values() if one.card.merged_into is not None]
        return [*fresh.values(), *(self._load(conn, ahead) if ahead else ())]

    def _gather_expiries(self, conn: Connection, fresh: Collection[OpenCard]) -> None:
        if not fresh or not any(program.points_expire_after_days for program in self.programs.versions):
            return
        of = {one: opened.card.id for opened in fresh for one in (opened.card.id, *opened.card.merged)}
        of_cards = select(transactions).where(
            transactions.c.company_id == self.company_id,
            transactions.c.card_id.in_(of),
            transactions.c.kind.in_([Kind.POINTS_EXPIRED, Kind.EXPIRY_REVERSED]),
        )
        for fact in map(facts.fact_of, conn.execute(of_cards.order_by(transactions.c.version))):
            self.take(fact._replace(card_id=of[fact.card_id]))

    def _gather_originals(self, conn: Connection, items: Iterable[ParsedEntry]) -> None:
        names = {corrected(item.body) for item in items if item.body is not None} - {None}
        missing = self._load_originals(conn, [one for one in names if one is not None])
        if not missing:
            return
        gave_nothing = select(entries.c.entry_id).where(
            entries.c.company_id == self.company_id,
            entries.c.entry_id.in_(missing),
            entries.c.word == Word.REJECTED,
        )
        self._rejected |= set(conn.execute(gave_nothing).scalars())

    def _load_originals(self, conn: Connection, ids: Collection[UUID]) -> set[UUID]:
        """Loads transactions with their voids; returns the ids that no transaction has."""
        missing = {one for one in ids if one not in self._facts}
        if not missing:
            return set()
        self._facts |= facts.by_id(conn, self.company_id, missing)
        for name, void in facts.correcting(conn, self.company_id, missing & self._facts.keys()):
            self._voids.setdefault(name, []).append(void)
        return missing - self._facts.keys()

    def _gather_receipts(self, conn: Connection, items: Iterable[ParsedEntry]) -> None:
        asked: dict[UUID, set[str]] = {}
        for item in items:
            key = self._receipt_key(item)
            if key is not None and key not in self._receipts:
                asked.setdefault(key[0], set()).add(key[1])
        for store_id, receipts in asked.items():
            used = facts.BY_RECEIPT.rows(conn, receipts, company=self.company_id, store=store_id)
            rows = [row for row in used if row.transaction_id not in self._freed]
            self._receipts |= {(store_id, row.receipt_key): row.transaction_id for row in rows}

    def _gather_contacts(self, conn: Connection, items: Iterable[ParsedEntry]) -> None:
        asked: set[bytes] = set()
        for item in items:
            if type(item.body) in _WITH_CUSTOMER and item.entry is not None and item.id not in self.enrolments:
                enrolment = self.opener.open(item.side, item.entry.side)
                self.enrolments[item.id] = enrolment
                asked |= enrolment.contacts.known
        self._contacts |= active_cards_with(conn, self.company_id, asked - self._contacts.keys())

    def _is_blocked(self, item: ParsedEntry, card: OpenCard, bulk: int) -> bool:
        """True if the owner had blocked the code that was used, and the till had not heard of it."""
        acts, at = self._blocks.get(card.card.id, {}).values(), item.occurred_at or self.now
        used, since = None if item.entry is None else item.entry.card, 0
        if used is not None and _spelled(used) in (card.codes.token_hash.hex(), card.codes.number_hmac.hex()):
            since = max((act.version for act in acts if act.kind == Kind.CARD_REPLACED), default=0)
        return any(act.recorded_at <= at and act.version > max(bulk, since) for act in acts)

    def _known_marks(self, item: ParsedEntry, card: OpenCard, bulk: int) -> Collection[UUID]:
        """The card's stamps that the till knew of; none where its clock and ours disagree about when this one was."""
        if item.clock_corrected:
            return ()
        read = self.as_read.get(card.card.id)
        knew = read is not None and bulk >= self._read_versions[card.card.id]
        known = {mark.transaction_id for mark in read.marks} if read is not None and knew else set()
        given_here = self._stamped.get(item.slot.terminal_id, set())
        ids = [mark.transaction_id for mark in card.card.marks]
        return {one for one in ids if one in known or one in given_here}

    def _original(self, fact: Transaction) -> Original:
        return Original(fact, tuple(self._voids.get(fact.id, ())))

    def _receipt_freed(self, names: UUID) -> UUID | None:
        fact = self._facts[names]
        if not isinstance(fact.body, PointsEarned) or fact.body.receipt is None:
            return None
        if not voided_whole(self._original(fact)):
            return None
        key = (fact.context.store_id, receipt_key(fact.body.receipt, fact.context.occurred_at, self.settings))
        if self._receipts.get(key) == fact.id:
            del self._receipts[key]
        self._freed.add(fact.id)  # the database shows the old state until the write
        return fact.id

    def _blank(self, card_id: UUID) -> Card | None:
        opened = self.cards.get(card_id)
        return None if opened is None or opened.is_retired else opened.card

    def _receipt_key(self, item: ParsedEntry) -> tuple[UUID, str] | None:
        body = item.body
        if not isinstance(body, PointsEarned) or not body.receipt:
            return None
        return item.store_id, receipt_key(body.receipt, item.occurred_at or self.now, self.settings)


def _spelled(reference: CardReference) -> str:
    match reference:
        case ByCard(id=card_id):
            return str(card_id)
        case ByToken(hash=code) | ByNumber(hmac=code):
            return code.hex()
