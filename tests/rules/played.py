"""Plays a history through `loyalty`, with the state that a server keeps between claims."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from loyalty import decisions, expiry, merging
from loyalty.authority import Acting, Person, may_need_a_manager
from loyalty.card import Card
from loyalty.cases import AT_TILLS, CaseKind, Choice
from loyalty.decisions import CaseFacts, Decision
from loyalty.fold import fold
from loyalty.judge import Judgement, Present, Word, judge
from loyalty.program import Programs
from loyalty.receipts import receipt_key
from loyalty.refusals import Reason, Refusal
from loyalty.settings import Conflict, PinRequired, Receipts, Settings
from loyalty.staff import Role
from loyalty.transactions import (
    CardsMerged,
    CaseDecided,
    Claim,
    Context,
    ExpiryReversed,
    Kind,
    PointsEarned,
    PointsExpired,
    Transaction,
    corrected,
)
from loyalty.voids import Original, voided_whole
from server.ledger.rows.cases import Question, question
from server.ledger.rows.entries import Slot
from server.ledger.rows.pin_passes import Pass, at_their_shift, just_before
from tests.rules.authority_oracle import Hands
from tests.rules.histories import CARDS, History, Moment
from tests.rules.oracle_values import Said
from tests.rules.spoken import answering, body_of, claim_id, moment, program_of

STORES, TILLS, PEOPLE = 1 << 64, 2 << 64, 5 << 64
STORE = UUID(int=STORES)
EXPIRIES, MERGES = 4 << 64, 6 << 64
_ROLES = {"cashier": Role.CASHIER, "manager": Role.MANAGER, "owner": Role.OWNER}


@dataclass
class Asked:
    """A case that a claim has opened."""

    kind: CaseKind
    said: Said
    claim: Claim
    question: Question
    first: UUID | None  # the purchase that had used the receipt
    is_decided: bool = False


@dataclass(frozen=True)
class Step:
    """One moment of a history with its result: a judgement, or the transactions of a merge or a daily expiry."""

    moment: Moment
    written: tuple[Transaction, ...]
    before: Card | None = None
    claim: Claim | None = None
    present: Present | None = None
    judged: Judgement | None = None


@dataclass
class Played:
    """The company's state while a history is played."""

    history: History
    cards: list[Card] = field(default_factory=lambda: [Card(id=UUID(int=number)) for number in range(CARDS)])
    ledger: list[Transaction] = field(default_factory=list)
    rejected: set[UUID] = field(default_factory=set)
    heard: dict[UUID, tuple[int, int]] = field(default_factory=dict)  # of each claim, when and from which till
    cases: dict[int, Asked] = field(default_factory=dict)  # by the claim that opened them
    moved: set[UUID] = field(default_factory=set)  # purchases whose points went on to another card

    def __post_init__(self) -> None:
        self.programs = Programs.of(program_of(rules) for rules in self.history.versions)
        self.settings = replace(
            Settings(),
            conflict=Conflict.ENFORCE if self.history.enforce else Conflict.HONOUR,
            offline_stop_days=self.history.window_days,
            time_zone=self.history.zone.key,
            receipts=Receipts.EVER if self.history.receipts_ever else Receipts.DAY,
        )

    def steps(self) -> Iterator[Step]:
        for one in self.history.moments:
            step = self._step(one)
            self.ledger.extend(step.written)
            yield step

    def _step(self, one: Moment) -> Step:
        if one.said is not None:
            return self._claimed(one, one.said)
        return self._expiry_run(one) if one.merge is None else self._merged(one, *one.merge)

    def all_steps(self) -> list[Step]:
        return list(self.steps())

    def of(self, card: Card) -> list[Transaction]:
        """The ledger of a card, with those that were merged into it."""
        return [one for one in self.ledger if card.has_ledger_of(one.card_id)]

    def voids_of(self, transaction_id: UUID) -> list[Transaction]:
        return [
            one
            for one in self.ledger
            if corrected(one.body) == transaction_id and not isinstance(one.body, ExpiryReversed)
        ]

    def _claimed(self, one: Moment, said: Said) -> Step:
        number = self._leads_to(said.card)
        card, now, at = self.cards[number], moment(one.now), moment(said.at)
        version = said.version
        if version is None:
            holding = self.programs.at(at)
            assert holding is not None
            version = holding.version
        hands = said.hands
        context = Context(
            occurred_at=at,
            program_version=version,
            store_id=UUID(int=STORES + hands.store),
            terminal_id=UUID(int=TILLS + hands.till),
            staff_id=None if hands.staff is None else UUID(int=PEOPLE + hands.staff),
            override_id=None if hands.override is None else UUID(int=PEOPLE + hands.override),
        )
        claim = Claim(id=claim_id(said.id), body=body_of(said), context=context)
        present = self._present(card, said, claim, now)
        if isinstance(claim.body, CaseDecided):
            present = present._replace(decision=self._decision(said, claim.body, card))
        judged = judge(card, claim, present)
        self.cards[number] = judged.card
        self.heard[claim.id] = one.now, hands.till
        if judged.word is Word.REJECTED:
            self.rejected.add(claim.id)
        if judged.case is not None:
            self._open(judged.case, said, claim, judged)
        elsewhere = self._elsewhere(said, present, judged)
        return Step(one, (*judged.transactions, *elsewhere), card, claim, present, judged)

    def _open(self, kind: CaseKind, said: Said, claim: Claim, judged: Judgement) -> None:
        main = next((fact for fact in judged.transactions if fact.follows is None), None)
        holding = self.programs.at(claim.context.occurred_at)
        by = holding if main is None else self.programs.numbered(main.context.program_version)
        named = self.programs.numbered(claim.context.program_version)
        asked = question(claim.body, judged.effect, by, named, self.settings.currency)
        first = self._used_by(said.receipt, claim.context.occurred_at) if kind is CaseKind.RECEIPT_REPEATED else None
        self.cases[said.id] = Asked(kind, said, claim, asked, first)

    def _decision(self, said: Said, body: CaseDecided, card: Card) -> Decision | Refusal:
        """What a server makes of a till's decision."""
        case = self.cases.get(said.names or 0)
        if case is None or case.said.hands.store != said.hands.store:
            return Refusal(Reason.CASE_UNKNOWN)
        if self._leads_to(case.said.card) != self._leads_to(said.card):
            return Refusal(Reason.CASE_UNKNOWN)
        if body.choice not in AT_TILLS:
            return Refusal(Reason.CHOICE_UNKNOWN)
        if (by := answering(said)) is not None and by == answering(case.said):
            return Refusal(Reason.OWN_ENTRY)
        if case.is_decided:
            return Decision(is_late=True)
        return decisions.decide(Choice(body.choice), self._facts(case), card, reason="case 1", amount=body.amount)

    def _facts(self, case: Asked) -> CaseFacts:
        done, first = self._original(case.claim.id), self._original(case.first)
        return CaseFacts(
            kind=case.kind,
            unit=case.question.unit,
            amount=case.question.amount,
            claimed=case.claim.body,
            done=() if done is None else (done,),
            named=self._original(corrected(case.claim.body)),
            first=first,
            first_card=None if first is None else self.cards[self._leads_to(first.transaction.card_id.int)],
        )

    def _original(self, transaction_id: UUID | None) -> Original | None:
        found = next((one for one in self.ledger if one.id == transaction_id), None)
        return None if found is None else Original(found, tuple(self.voids_of(found.id)))

    def _elsewhere(self, said: Said, present: Present, judged: Judgement) -> tuple[Transaction, ...]:
        """What a decision that was accepted books on other cards; the case is decided then."""
        decision = present.decision
        if not isinstance(decision, Decision) or decision.is_late or not judged.transactions:
            return ()
        self.cases[said.names or 0].is_decided = True
        main = judged.transactions[0]
        others = tuple(one for one in decisions.following(main, decision.steps) if one.card_id != main.card_id)
        for one in others:
            self.cards[one.card_id.int] = fold(self.cards[one.card_id.int], one)
            self.moved |= {named for named in (corrected(one.body),) if named is not None}
        return others

    def _present(self, card: Card, said: Said, claim: Claim, now: datetime) -> Present:
        named = corrected(claim.body)
        reversed_ids = {one.body.corrects for one in self.ledger if isinstance(one.body, ExpiryReversed)}
        lapses = [one for one in self.of(card) if one.kind is Kind.POINTS_EXPIRED and one.id not in reversed_ids]
        hands = said.hands
        known = [rules.version for rules in self.history.versions if rules.announced <= hands.told]
        return Present(
            programs=self.programs,
            settings=self._settings_at(now),
            acting=self._acting(said, claim, int(now.timestamp())),
            known_program=max(known, default=0),
            known_marks=[
                mark.transaction_id
                for mark in card.marks
                if self.heard[mark.transaction_id][0] <= hands.told or self.heard[mark.transaction_id][1] == hands.till
            ],
            now=now,
            original=self._original(named),
            inactive_knowingly=self._off_since(card, now) <= hands.told,
            original_rejected=named in self.rejected,
            contact_has_card=said.contact_known,
            receipt_used=self._used_by(said.receipt, moment(said.at)) is not None,
            blank=self.cards[said.blank] if said.blank >= 0 else None,
            last_expiry=lapses[-1] if lapses else None,
        )

    def _settings_at(self, now: datetime) -> Settings:
        """Those in force."""
        chosen = {name: one.at(int(now.timestamp())) for name, one in self.history.company.settings.items()}
        return replace(
            self.settings,
            pin_required=PinRequired.PER_SHIFT if chosen["pin_required"] else PinRequired.NEVER,
            counter_enrolment=bool(chosen["counter_enrolment"]),
            void_allowed=bool(chosen["void_allowed"]),
            self_void_minutes=chosen["self_void_minutes"],
            cross_store_redemption=bool(chosen["cross_store_redemption"]),
        )

    def _acting(self, said: Said, claim: Claim, now: int) -> Acting:
        """What the server knows of who did it, and of what their till had been told."""
        hands, settings = said.hands, self.history.company.settings
        slot = Slot(UUID(int=TILLS), UUID(int=TILLS), 1_000)
        at, passed = claim.context.occurred_at, None
        if hands.pin_rows is not None:
            passed = Pass(slot.journal_id, slot.seq - hands.pin_rows, at - timedelta(seconds=hands.pin_s))
        if hands.override is not None:
            pin_passed = just_before(passed, slot, at)
        elif hands.staff is not None and may_need_a_manager(claim.body):
            pin_passed = at_their_shift(passed, slot, at)
        else:
            pin_passed = True
        return Acting(
            staff=self._person(hands.staff, hands, now),
            override=self._person(hands.override, hands, now),
            pin_passed=pin_passed,
            settings_told=[name for name, one in settings.items() if one.changed(now) <= hands.told],
        )

    def _person(self, who: int | None, hands: Hands, now: int) -> Person | None:
        if who is None:
            return None
        known = self.history.company.people.get(who)
        if known is None:
            return Person(None, works_here=False)
        stood = known.at(now) or ("cashier", frozenset())  # as the server keeps whoever has left
        return Person(_ROLES[stood[0]], hands.store in stood[1], is_told=known.changed(now) <= hands.told)

    def _off_since(self, card: Card, now: datetime) -> int:
        """When the server heard of the first deactivation since the card was last on."""
        off: UUID | None = None
        for one in self.of(card):
            if one.kind is Kind.CARD_REACTIVATED:
                off = None
            elif one.kind is Kind.CARD_DEACTIVATED:
                off = off or one.id
        return int(now.timestamp()) + 1 if off is None else self.heard[off][0]

    def _used_by(self, receipt: str | None, at: datetime) -> UUID | None:
        """The purchase that has used the receipt."""
        key = None if receipt is None else receipt_key(receipt, at, self.settings)
        used = [
            one.id
            for one in self.ledger
            if isinstance(one.body, PointsEarned)
            and one.body.receipt is not None
            and receipt_key(one.body.receipt, one.context.occurred_at, self.settings) == key
            and one.effect.points > 0
            and (one.id in self.moved or not voided_whole(Original(one, tuple(self.voids_of(one.id)))))
        ]
        return used[-1] if used else None

    def _leads_to(self, number: int) -> int:
        into = self.cards[number].merged_into
        return number if into is None else self._leads_to(into.int)

    def _merged(self, one: Moment, stays: int, goes: int) -> Step:
        now, card, other = moment(one.now), self.cards[stays], self.cards[goes]
        effect = merging.merge(card, other, merging.welcome_of(self.of(other)))
        if isinstance(effect, Refusal):
            return Step(one, ())
        program = self.programs.at(now)
        assert program is not None
        context = Context(occurred_at=now, program_version=program.version, store_id=STORE)
        new_id = UUID(int=MERGES + len(self.ledger))
        fact = Transaction(new_id, card.id, CardsMerged(merged=other.id), effect, context)
        both = {card.id: card, other.id: other}
        merging.fold_into(both, fact)
        self.cards[stays], self.cards[goes] = both[card.id], both[other.id]
        return Step(one, (fact,))

    def _expiry_run(self, one: Moment) -> Step:
        now, written = moment(one.now), []
        program = self.programs.at(now)
        assert program is not None
        for number, card in enumerate(self.cards):
            effect = expiry.lapsed(card, program, self.settings.zone, now)
            if effect is None:
                continue
            context = Context(occurred_at=now, program_version=program.version, store_id=STORE)
            new_id = UUID(int=EXPIRIES + CARDS * len(self.ledger) + number)
            lapse = Transaction(id=new_id, card_id=card.id, body=PointsExpired(), effect=effect, context=context)
            self.cards[number] = fold(card, lapse)
            written.append(lapse)
        return Step(one, tuple(written))
