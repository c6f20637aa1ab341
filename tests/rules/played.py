"""Plays a history through `loyalty`, with the state that a server keeps between claims."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from loyalty import expiry, merging
from loyalty.authority import Acting, Person, may_need_a_manager
from loyalty.card import Card
from loyalty.fold import fold
from loyalty.judge import Judgement, Present, Word, judge
from loyalty.program import Program, ProgramKind, Programs, Reward
from loyalty.receipts import receipt_key
from loyalty.refusals import Refusal
from loyalty.settings import Conflict, PinRequired, Receipts, Settings
from loyalty.staff import Role
from loyalty.transactions import (
    Body,
    CardCreated,
    CardDeactivated,
    CardReactivated,
    CardReplaced,
    CardsMerged,
    CaseDecided,
    Claim,
    Context,
    CustomerEdited,
    ExpiryReversed,
    Kind,
    PointsAdjusted,
    PointsEarned,
    PointsExpired,
    PointsRedeemed,
    PointsVoided,
    RedemptionVoided,
    StampEarned,
    StampRedeemed,
    StampsAdjusted,
    StampVoided,
    Transaction,
    WelcomeBonus,
    corrected,
)
from loyalty.voids import Original, voided_whole
from server.ledger.rows.entries import Slot
from server.ledger.rows.pin_passes import Pass, at_their_shift, just_before
from tests.rules.authority_oracle import Hands
from tests.rules.histories import CARDS, History, Moment
from tests.rules.oracle_values import RATE_ONE, Rules, Said

STORES, TILLS, PEOPLE = 1 << 64, 2 << 64, 5 << 64
STORE = UUID(int=STORES)
_ROLES = {"cashier": Role.CASHIER, "manager": Role.MANAGER, "owner": Role.OWNER}
_PLAIN: dict[str, Body] = {
    "card_created": CardCreated(),
    "card_deactivated": CardDeactivated(),
    "card_reactivated": CardReactivated(),
    "customer_edited": CustomerEdited(),
    "case_decided": CaseDecided(case=UUID(int=0), choice="keep"),
    "stamp_redeemed": StampRedeemed(),
    "welcome_bonus": WelcomeBonus(),
    "cards_merged": CardsMerged(merged=UUID(int=1)),
}
CLAIMS, EXPIRIES, MERGES = 3 << 64, 4 << 64, 6 << 64


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def claim_id(number: int) -> UUID:
    return UUID(int=CLAIMS + number)


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

    def __post_init__(self) -> None:
        self.programs = Programs.of(_program(rules) for rules in self.history.versions)
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
        claim = Claim(id=claim_id(said.id), body=_body(said), context=context)
        present = self._present(card, said, claim, now)
        judged = judge(card, claim, present)
        self.cards[number] = judged.card
        self.heard[claim.id] = one.now, hands.till
        if judged.word is Word.REJECTED:
            self.rejected.add(claim.id)
        return Step(one, judged.transactions, card, claim, present, judged)

    def _present(self, card: Card, said: Said, claim: Claim, now: datetime) -> Present:
        named = corrected(claim.body)
        original = next((one for one in self.ledger if one.id == named), None)
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
            original=None if original is None else Original(original, tuple(self.voids_of(original.id))),
            original_rejected=named in self.rejected,
            contact_has_card=said.contact_known,
            receipt_used=self._receipt_used(said.receipt, moment(said.at)),
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

    def _receipt_used(self, receipt: str | None, at: datetime) -> bool:
        key = None if receipt is None else receipt_key(receipt, at, self.settings)
        return key is not None and any(
            isinstance(one.body, PointsEarned)
            and one.body.receipt is not None
            and receipt_key(one.body.receipt, one.context.occurred_at, self.settings) == key
            and one.effect.points > 0
            and not voided_whole(Original(one, tuple(self.voids_of(one.id))))
            for one in self.ledger
        )

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


def _program(rules: Rules) -> Program:
    kind = {(True, True): ProgramKind.HYBRID, (True, False): ProgramKind.STAMPS, (False, True): ProgramKind.POINTS}
    return Program(
        kind=kind[rules.stamps, rules.points],
        version=rules.version,
        holds_from=moment(rules.since),
        stamps_target=rules.target,
        cooldown_minutes=rules.cooldown_s // 60,
        max_stamps_per_day=rules.per_day,
        max_stamps_per_visit=rules.per_visit,
        points_per_unit=Decimal(rules.rate) / RATE_ONE,
        minimum_purchase_minor=rules.minimum_purchase,
        welcome_bonus=rules.welcome,
        points_expire_after_days=rules.expire_days,
        rewards=tuple(
            Reward(id=name, name=name, cost=cost, active=active) for name, (cost, active) in rules.rewards.items()
        ),
    )


def _body(said: Said) -> Body:
    named = claim_id(said.names or 0)
    match said.kind:
        case "stamp_earned":
            return StampEarned(count=said.count)
        case "points_earned":
            return PointsEarned(amount_minor=said.amount or 0, receipt=said.receipt)
        case "points_redeemed":
            return PointsRedeemed(reward=said.reward)
        case "points_adjusted":
            return PointsAdjusted(points=said.count, reason=said.reason)
        case "stamps_adjusted":
            return StampsAdjusted(stamps=said.count, reason=said.reason)
        case "stamp_voided":
            return StampVoided(corrects=named)
        case "points_voided":
            return PointsVoided(corrects=named, amount_minor=said.amount)
        case "redemption_voided":
            return RedemptionVoided(corrects=named)
        case "card_replaced":
            return CardReplaced(blank=UUID(int=said.blank))
    return _PLAIN[said.kind]
