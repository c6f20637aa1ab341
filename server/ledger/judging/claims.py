"""Books claims without a journal, such as what a person asks in a browser: judged by the same rules as a till's entry
and written through the same write set, at once and without a verdict.

Who asks is answered at once, so nothing is held or adjusted: what the rules do not accept as it is, is refused.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from uuid import UUID

from sqlalchemy import bindparam, select

from loyalty.authority import Acting
from loyalty.card import Card
from loyalty.decisions import Decision, following
from loyalty.judge import Present, Word, judge
from loyalty.receipts import receipt_key
from loyalty.refusals import Reason, Refusal
from loyalty.transactions import Claim, PointsEarned, Transaction, corrected
from loyalty.voids import Original, voided_whole
from server.companies import programs
from server.db.lookups import Query
from server.db.tables import transactions
from server.ledger.judging.day_sums import DaySums
from server.ledger.judging.ledger_writes import WriteSet
from server.ledger.judging.policy import policy_of
from server.ledger.judging.savepoint_booking import Ledger, release
from server.ledger.rows import cards as card_rows
from server.ledger.rows import transactions as facts
from server.ledger.rows.cards import OpenCard
from server.ledger.rows.enrolments import Enrolment, Opener, active_cards_with, customer_id_of
from server.ledger.rows.replacements import replacement

_USED = Query(
    select(transactions.c.transaction_id).where(
        transactions.c.company_id == bindparam("company"),
        transactions.c.store_id == bindparam("store"),
        transactions.c.receipt_key == bindparam("receipt"),
    )
)


class Claims:
    """The claims of one unit of work under the company's lock; call `write` at the end.

    Nothing else that takes versions may be open meanwhile.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger._replace(now=ledger.now.astimezone(UTC))
        self._policy = policy_of(ledger.conn, ledger.company_id)
        self.settings = self._policy.settings
        self.programs = programs.versions(ledger.conn, ledger.company_id)
        self._writes = WriteSet(
            ledger.conn, ledger.company_id, ledger.now, began=self._policy.clock, versions=self.programs
        )
        self._days = DaySums(ledger.company_id, self.settings, self.programs, ledger.now)
        self._as_read: dict[UUID, Card] = {}
        self._arrived: list[UUID] = []

    def original(self, transaction_id: UUID) -> Original | None:
        """The transaction that a void names, with its voids so far."""
        conn, company_id = self._ledger.conn, self._ledger.company_id
        fact = facts.by_id(conn, company_id, [transaction_id]).get(transaction_id)
        if fact is None:
            return None
        voids = tuple(void for _, void in facts.correcting(conn, company_id, [transaction_id]))
        return Original(fact, voids)

    def is_receipt_used(self, receipt: str | None, store_id: UUID) -> bool:
        """True if the receipt has earned in this store, now or ever by the company's setting."""
        key = self._receipt_key(receipt)
        used = {"company": self._ledger.company_id, "store": store_id, "receipt": key}
        return key is not None and _USED.first(self._ledger.conn, **used) is not None

    def has_other_card(self, enrolment: Enrolment, card_id: UUID) -> bool:
        """True if a contact belongs to the customer of another active card."""
        found = active_cards_with(self._ledger.conn, self._ledger.company_id, enrolment.contacts.known)
        return bool(set().union(*found.values()) - {card_id})

    def book(
        self,
        opened: OpenCard,
        claim: Claim,
        acting: Acting,
        *,
        original: Original | None = None,
        blank: OpenCard | None = None,
        enrolment: Enrolment | None = None,
        decision: Decision | None = None,
        others: Mapping[UUID, OpenCard] | None = None,
    ) -> tuple[Transaction, ...] | Refusal:
        """Adds what the claim gives to the unit of work, or says why it is refused.

        A card that is enrolled or whose customer is edited takes the *enrolment*, and one that is replaced the codes of
        the *blank*. What a *decision* does to *others* than the case's card is booked with it.
        """
        body, store_id = claim.body, claim.context.store_id
        purchase, before = body if isinstance(body, PointsEarned) else None, opened.card
        present = Present(
            programs=self.programs,
            settings=self.settings,
            now=self._ledger.now,
            original=original,
            receipt_used=purchase is not None and self.is_receipt_used(purchase.receipt, store_id),
            contact_has_card=enrolment is not None
            and (before.is_blank or enrolment.reaches_anew)
            and self.has_other_card(enrolment, before.id),
            inactive_knowingly=True,
            acting=acting,
            known_program=claim.context.program_version,
            known_marks=[mark.transaction_id for mark in opened.card.marks],
            blank=None if blank is None else blank.card,
            decision=decision,
        )
        judgement = judge(before, claim, present)
        if judgement.word is not Word.ACCEPTED or judgement.notes:
            return judgement.refusal or Refusal(Reason.NOT_ALLOWED)
        self._as_read.setdefault(before.id, before)
        receipt = None if purchase is None else self._receipt_key(purchase.receipt)
        for fact in judgement.transactions:
            self._writes.book(opened, fact, receipt_key=receipt if fact.id == claim.id else None)
            if fact.id == claim.id:
                self._days.take(fact)
                self._free_receipt(fact, original)
        assert opened.card == judgement.card, "the stored card differs from the judged one"
        if blank is not None:
            keys = self._ledger.keys
            merged = card_rows.load(self._ledger.conn, self._ledger.company_id, before.merged).values()
            own = keys.company(self._ledger.company_id)
            self._writes.replace(replacement(opened, blank, own, keys.platform, merged))
            self._arrived.append(blank.card.id)
        if before.is_blank:
            self._arrived.append(before.id)
        booked = judgement.transactions
        if decision is not None:
            booked += self._book_elsewhere(booked[0], decision, others or {})
            self._free_receipts(booked)
        if enrolment is not None and opened.customer_id is not None:
            self._edit_customer(opened, opened.customer_id, enrolment)
        elif enrolment is not None and enrolment.is_somebody:
            self._make_customer(opened, claim.id, enrolment)
        return booked

    def hand_out(self, blank: OpenCard, claim_id: UUID, enrolment: Enrolment) -> None:
        """Writes the customer of a card that a decision has handed out, if it is somebody."""
        self._arrived.append(blank.card.id)
        if enrolment.is_somebody:
            self._make_customer(blank, claim_id, enrolment)

    def _book_elsewhere(
        self, main: Transaction, decision: Decision, others: Mapping[UUID, OpenCard]
    ) -> tuple[Transaction, ...]:
        found = tuple(fact for fact in following(main, decision.steps) if fact.card_id != main.card_id)
        for fact in found:
            self._as_read.setdefault(fact.card_id, others[fact.card_id].card)
            self._writes.book(others[fact.card_id], fact)
        return found

    def _free_receipts(self, booked: tuple[Transaction, ...]) -> None:
        """Receipts of purchases that a decision takes back; one that goes on on another card stays used."""
        main, *steps = booked
        for fact in steps:
            names = corrected(fact.body)
            if names is not None and fact.card_id == main.card_id:
                self._free_receipt(fact, self.original(names))

    def write(self) -> None:
        """Writes all of it, and judges what tills had sent and was waiting for a card that has come by it."""
        conn, company_id, keys, now = self._ledger
        for case in self._days.cases(conn, self._as_read):
            self._writes.open_case(case)
        self._writes.write()
        if self._policy.has_held and self._arrived:
            release(conn, company_id, keys, map(str, self._arrived), now)

    def _edit_customer(self, opened: OpenCard, customer_id: UUID, enrolment: Enrolment) -> None:
        assert enrolment.side is not None, "an edit has its fields"
        edit = self._opener.edited(self._ledger.company_id, customer_id, enrolment, self._ledger.now)
        name = {"name": enrolment.name.sealed, "name_key": enrolment.name.key}
        self._writes.edit(replace(edit, values=edit.values | name | {"consent": enrolment.side.consent}))
        opened.name = enrolment.name
        if enrolment.reaches_anew:
            opened.contacts = enrolment.contacts

    def _make_customer(self, opened: OpenCard, claim_id: UUID, enrolment: Enrolment) -> None:
        self._writes.enrol(self._opener.customer(self._ledger.company_id, claim_id, enrolment, self._ledger.now))
        opened.customer_id = customer_id_of(claim_id)
        opened.contacts, opened.name = enrolment.contacts, enrolment.name

    @property
    def _opener(self) -> Opener:
        keys = self._ledger.keys
        return Opener(keys.sealing, keys.company(self._ledger.company_id), self.settings.country)

    def _free_receipt(self, fact: Transaction, original: Original | None) -> None:
        """A purchase that was returned in whole frees its receipt."""
        if original is None or corrected(fact.body) != original.transaction.id:
            return
        body = original.transaction.body
        whole = Original(original.transaction, (*original.voids, fact))
        if isinstance(body, PointsEarned) and body.receipt is not None and voided_whole(whole):
            self._writes.free_receipt(original.transaction.id)

    def _receipt_key(self, receipt: str | None) -> str | None:
        return receipt_key(receipt, self._ledger.now, self.settings) if receipt else None
