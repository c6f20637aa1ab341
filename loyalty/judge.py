"""Judges what a counter claims. The server uses it for verdicts, a till to preview entries that wait.

The reward has already left the counter, so facts are kept, and policy decides only their consequences. A claim is not
rejected for breaking a rule the till could not know: it is accepted, adjusted or held, with a note.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, assert_never
from uuid import UUID

from loyalty import authority, consequences, decisions, enrolment, points, stamps, voids
from loyalty.authority import Acting, Breach
from loyalty.card import Card
from loyalty.cases import CaseKind
from loyalty.decisions import Decision
from loyalty.fold import fold, fold_all
from loyalty.money import Money
from loyalty.program import STAMPS_PER_VISIT_MAX, Program, Programs
from loyalty.refusals import Reason, Refusal
from loyalty.settings import Conflict, Settings
from loyalty.transactions import (
    KIND_OF,
    NO_EFFECT,
    SERVER_ONLY,
    Body,
    CardCreated,
    CardDeactivated,
    CardReactivated,
    CardReplaced,
    CardsMerged,
    CaseDecided,
    Claim,
    CustomerEdited,
    Effect,
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


class Word(StrEnum):
    """The result of a judgement."""

    ACCEPTED = "accepted"
    ADJUSTED = "adjusted"
    REJECTED = "rejected"
    HELD = "held"


class Note(StrEnum):
    """Remarks of a verdict."""

    RULE_BROKEN_UNKNOWINGLY = "rule_broken_unknowingly"
    RULE_ENFORCED = "rule_enforced"
    PROGRAM_SUPERSEDED = "program_superseded"
    BALANCE_TOO_SMALL = "balance_too_small"
    CONTACT_HAS_CARD = "contact_has_card"
    ALREADY_ENROLLED = "already_enrolled"
    RECEIPT_REPEATED = "receipt_repeated"
    RETURN_TOO_LARGE = "return_too_large"
    BELOW_MINIMUM = "below_minimum"
    REWARD_INACTIVE = "reward_inactive"
    NOTHING_WAS_GIVEN = "nothing_was_given"
    EXPIRY_REVERSED = "expiry_reversed"
    CARD_INACTIVE = "card_inactive"
    STAFF_DISMISSED = "staff_dismissed"
    NOT_ALLOWED = "not_allowed"
    OLD_CODE = "old_code"
    CLOCK_CORRECTED = "clock_corrected"
    WAITS_FOR_CARD = "waits_for_card"
    WAITS_FOR_ENTRY = "waits_for_entry"
    WAITS_FOR_UPDATE = "waits_for_update"
    WAITS_FOR_PROGRAM = "waits_for_program"
    PIN_SUPERSEDED = "pin_superseded"
    ALREADY_DECIDED = "already_decided"
    UNREADABLE = "unreadable"
    PARKED = "parked"


class Present(NamedTuple):
    """What the company knows when judging, beside the card."""

    programs: Programs
    settings: Settings
    now: datetime
    original: voids.Original | None = None  # the transaction a void names
    original_rejected: bool = False  # the named entry is known and was rejected
    receipt_used: bool = False  # the receipt has earned in this store and was not fully voided
    contact_has_card: bool = False
    contact_differs: bool = False  # a second enrolment of the blank names another customer
    is_erased: bool = False  # the card's customer was erased
    inactive_knowingly: bool = False  # the till could have known that the card is inactive
    acting: Acting | None = None  # who did it; None where the counter itself reckons, which has asked already
    known_program: int = 0  # the newest version that the till had been told of
    known_marks: Collection[UUID] = ()  # the card's stamps that the till knew when it gave another
    blank: Card | None = None  # the blank a replacement names
    is_blocked: bool = False  # its owner had blocked the code that takes a reward
    last_expiry: Transaction | None = None  # the card's latest expiry that was not reversed
    decision: Decision | Refusal | None = None  # what a decided case books; None where the counter itself reckons


class Judgement(NamedTuple):
    """The verdict's word, the transactions to book in recording order, and the card after them."""

    word: Word
    card: Card
    transactions: tuple[Transaction, ...] = ()
    notes: tuple[Note, ...] = ()
    case: CaseKind | None = None
    refusal: Refusal | None = None  # of a rejection

    @property
    def effect(self) -> Effect:
        """The main transaction's effect, without its consequences."""
        return next((one.effect for one in self.transactions if one.follows is None), NO_EFFECT)


class _Finding(NamedTuple):
    """The intermediate result for one kind of claim."""

    effect: Effect = NO_EFFECT
    adjusted: bool = False
    notes: tuple[Note, ...] = ()
    case: CaseKind | None = None


# The program no longer counts this: the transaction is booked without effect.
_PROGRAM_CHANGED = _Finding(adjusted=True, notes=(Note.RULE_ENFORCED,), case=CaseKind.PROGRAM_CHANGED)


_ACCEPTED, _ADJUSTED = Word.ACCEPTED, Word.ADJUSTED  # slow to look up in their class, for every entry
_USES_CARD: frozenset[type[Body]] = frozenset({StampEarned, StampRedeemed, PointsEarned, PointsRedeemed})


def judge(card: Card, claim: Claim, present: Present) -> Judgement:
    """The company's judgement of *claim* on *card*."""
    body, at, zone = claim.body, claim.context.occurred_at, present.settings.zone
    if not claimable(KIND_OF[type(body)]):
        return Judgement(word=Word.REJECTED, card=card, refusal=Refusal(Reason.SERVER_ONLY))
    if (waits := _waits(card, body, present)) is not None:
        return Judgement(word=Word.HELD, card=card, notes=(waits,))
    window = timedelta(days=present.settings.offline_stop_days)
    chosen = present.programs.judged_by(claim.context.program_version, at, window, known=present.known_program)
    if chosen is None:
        return Judgement(word=Word.HELD, card=card, notes=(Note.WAITS_FOR_PROGRAM,))
    program, superseded = chosen
    context = claim.context
    if context.program_version != program.version:
        context = context._replace(program_version=program.version)
    wrong = _breach(card, claim, present)
    forbidden = wrong is not None and wrong.knowingly
    if wrong is not None and forbidden and authority.gives(body):
        return _not_allowed(card, wrong.reason)
    before = consequences.reversal(
        card, claim, present.last_expiry, programs=present.programs, zone=zone, now=present.now
    )
    base = fold_all(card, before)  # wrongly expired points can be spent
    found = _find(base, claim, program, present)
    if isinstance(found, Refusal):
        if found.reason is Reason.NOT_ALLOWED:
            return _not_allowed(card, found.reason)
        return Judgement(word=Word.REJECTED, card=card, refusal=found, case=_case_of_a_rejection(body, found))
    if forbidden and isinstance(body, CardCreated):
        found = found._replace(adjusted=True)  # the card has been handed out; its welcome has not
    main = Transaction(id=claim.id, card_id=card.id, body=body, effect=found.effect, context=context)
    after = fold(base, main)
    if card.is_blank and isinstance(body, CardCreated):
        follow = () if found.adjusted else consequences.welcome(after, claim, program)
    elif isinstance(present.decision, Decision):
        follow = tuple(one for one in decisions.following(main, present.decision.steps) if one.card_id == card.id)
    elif present.last_expiry is not None:
        follow = consequences.lapse_again(after, claim, programs=present.programs, zone=zone, now=present.now)
    else:
        follow = ()
    notes, adjusted = list(found.notes), found.adjusted
    case = found.case or (CaseKind.BLOCKED_CODE if present.is_blocked else None)
    if superseded and (_uses_card(body) or isinstance(body, CardCreated)):
        notes.append(Note.PROGRAM_SUPERSEDED)
        adjusted = True
    if before:
        notes.append(Note.EXPIRY_REVERSED)
    if not card.is_active and _uses_card(body):
        notes.append(Note.CARD_INACTIVE)
        case = case or (CaseKind.CARD_INACTIVE if present.inactive_knowingly else None)
    if wrong is not None:
        notes.append(_note_on(wrong))
        case = CaseKind.NOT_ALLOWED if forbidden else case
    return Judgement(
        word=_ADJUSTED if adjusted else _ACCEPTED,
        card=fold_all(after, follow),
        transactions=(*before, main, *follow),
        notes=tuple(notes),
        case=case,
    )


def _breach(card: Card, claim: Claim, present: Present) -> Breach | None:
    if present.acting is None:
        return None
    original = None if present.original is None else present.original.transaction
    return authority.breach(claim, card, present.acting, present.settings, original)


def _not_allowed(card: Card, reason: Reason) -> Judgement:
    """What a till wrote although it could know better gives nothing; a manager is told."""
    notes, case = (Note.NOT_ALLOWED,), CaseKind.NOT_ALLOWED
    return Judgement(word=Word.REJECTED, card=card, notes=notes, case=case, refusal=Refusal(reason))


def _note_on(wrong: Breach) -> Note:
    if wrong.knowingly:
        return Note.NOT_ALLOWED
    return Note.STAFF_DISMISSED if wrong.reason is Reason.STAFF_UNKNOWN else Note.RULE_BROKEN_UNKNOWINGLY


def _case_of_a_rejection(body: Body, found: Refusal) -> CaseKind | None:
    if found.reason is Reason.REWARD_UNKNOWN:
        return CaseKind.REWARD_UNKNOWN
    if isinstance(body, PointsVoided) and found.reason is Reason.ALREADY_VOIDED:
        return CaseKind.RETURN_TOO_LARGE  # the customer has been given money for more than was bought
    return None


def _waits(card: Card, body: Body, present: Present) -> Note | None:
    if card.is_blank and not isinstance(body, CardCreated):
        return Note.WAITS_FOR_CARD
    if corrected(body) is not None and present.original is None and not present.original_rejected:
        return Note.WAITS_FOR_ENTRY
    return None


def _uses_card(body: Body) -> bool:
    """True for what the counter refuses on an inactive card; voids and managers' work are allowed."""
    return type(body) in _USES_CARD


def _find(card: Card, claim: Claim, program: Program, present: Present) -> _Finding | Refusal:
    body = claim.body
    match body:  # the commonest first, as each case takes its time
        case PointsEarned():
            return _points_earned(card, body, program, present)
        case StampEarned():
            return _stamps_earned(card, body, claim, program, present)
        case CardCreated():
            return _created(card, present)
        case CardDeactivated():
            return _Finding()  # harmless if the card already is
        case CardReactivated():
            return Refusal(Reason.CARD_ERASED) if present.is_erased else _Finding()
        case CardReplaced():
            refused = enrolment.replace_code(card, present.blank or card, is_erased=present.is_erased)
            return refused if isinstance(refused, Refusal) else _Finding()
        case CustomerEdited():
            if present.contact_has_card:
                return _Finding(notes=(Note.CONTACT_HAS_CARD,), case=CaseKind.CONTACT_HAS_CARD)
            return _Finding()
        case CaseDecided():
            return _decided(present)
        case StampRedeemed():
            if not program.gives_stamps:
                return _PROGRAM_CHANGED
            taken = min(program.stamps_target, max(0, card.stamp_count))
            return _short(Effect(stamps=-taken, shortfall=program.stamps_target - taken))
        case PointsRedeemed():
            return _points_redeemed(card, body, program)
        case StampVoided() | PointsVoided() | RedemptionVoided():
            if present.original is None:
                return _Finding(notes=(Note.NOTHING_WAS_GIVEN,))
            return _taken_back(card, body, present.original)
        case PointsAdjusted():
            checked = points.adjust_points(card, body.points, body.reason)
            return _floored(checked, Effect(points=-card.points_balance, shortfall=-body.points - card.points_balance))
        case StampsAdjusted():
            checked = stamps.adjust_stamps(card, body.stamps, body.reason)
            return _floored(checked, Effect(stamps=-card.stamp_count, shortfall=-body.stamps - card.stamp_count))
        case PointsExpired() | ExpiryReversed() | WelcomeBonus() | CardsMerged():
            return Refusal(Reason.SERVER_ONLY)
    assert_never(body)


def _created(card: Card, present: Present) -> _Finding:
    if not card.is_blank:
        second = CaseKind.SECOND_ENROLMENT if present.contact_differs else None
        return _Finding(adjusted=True, notes=(Note.ALREADY_ENROLLED,), case=second)
    if present.contact_has_card:
        return _Finding(adjusted=True, notes=(Note.CONTACT_HAS_CARD,), case=CaseKind.CONTACT_HAS_CARD)
    return _Finding()


def _decided(present: Present) -> _Finding | Refusal:
    decision = present.decision
    if isinstance(decision, Refusal):
        return decision
    if decision is not None and decision.is_late:
        return _Finding(adjusted=True, notes=(Note.ALREADY_DECIDED,))
    return _Finding()


def _stamps_earned(
    card: Card, body: StampEarned, claim: Claim, program: Program, present: Present
) -> _Finding | Refusal:
    at = claim.context.occurred_at
    active = card if card.is_active else card._replace(is_active=True)  # inactivity is judged separately
    found = stamps.earn_stamps(active, program, present.settings.zone, at, body.count)
    if isinstance(found, Effect):
        return _Finding(effect=found)
    if not 1 <= body.count <= STAMPS_PER_VISIT_MAX or found.reason is Reason.BALANCE_FULL:
        return found  # impossible at a counter: a broken till
    if found.reason is Reason.NO_STAMPS:
        return _PROGRAM_CHANGED
    if _limit_was_known(active, body, claim, program, present):
        return Refusal(Reason.NOT_ALLOWED)
    if present.settings.conflict is Conflict.ENFORCE:
        return _Finding(adjusted=True, notes=(Note.RULE_ENFORCED,), case=CaseKind.STAMP_CONFLICT)
    if stamps.overfills(card, body.count):
        return Refusal(Reason.BALANCE_FULL)
    return _Finding(effect=Effect(stamps=body.count), notes=(Note.RULE_BROKEN_UNKNOWINGLY,))


def _limit_was_known(card: Card, body: StampEarned, claim: Claim, program: Program, present: Present) -> bool:
    """Whether the till should have refused it by the limits and the stamps that it knew of; a full card is no limit."""
    if present.acting is None:
        return False
    is_news = program.version > present.known_program
    rules = (present.programs.numbered(claim.context.program_version) if is_news else None) or program
    known = card._replace(marks=tuple([mark for mark in card.marks if mark.transaction_id in present.known_marks]))
    refused = stamps.earn_stamps(known, rules, present.settings.zone, claim.context.occurred_at, body.count)
    return isinstance(refused, Refusal) and refused.reason not in (Reason.NO_STAMPS, Reason.BALANCE_FULL)


def _points_earned(card: Card, body: PointsEarned, program: Program, present: Present) -> _Finding | Refusal:
    active = card if card.is_active else card._replace(is_active=True)  # inactivity is judged separately
    amount = Money(body.amount_minor, present.settings.currency)
    found = points.earn_points(active, program, amount, receipt_used=present.receipt_used)
    if isinstance(found, Effect):
        return _Finding(effect=found)
    if found.reason is Reason.NO_POINTS:
        return _PROGRAM_CHANGED
    if found.reason is Reason.RECEIPT_USED:
        return _Finding(adjusted=True, notes=(Note.RECEIPT_REPEATED,), case=CaseKind.RECEIPT_REPEATED)
    if found.reason is Reason.BELOW_MINIMUM_PURCHASE:
        return _Finding(adjusted=True, notes=(Note.BELOW_MINIMUM,))
    return found


def _points_redeemed(card: Card, body: PointsRedeemed, program: Program) -> _Finding | Refusal:
    if not program.gives_points:
        return _PROGRAM_CHANGED
    reward = program.reward(body.reward)
    if reward is None:
        return Refusal(Reason.REWARD_UNKNOWN)
    taken = min(reward.cost, max(0, card.points_balance))
    found = _short(Effect(points=-taken, shortfall=reward.cost - taken))
    return found if reward.active else found._replace(notes=(*found.notes, Note.REWARD_INACTIVE))


def _taken_back(card: Card, body: voids.Voiding, original: voids.Original) -> _Finding | Refusal:
    found = voids.take_back(card, body, original)
    if isinstance(found, Effect):
        return _Finding(effect=found)
    if found.reason is Reason.VOID_TOO_MUCH:  # two tills took back parts that are more than the purchase in all
        rest = voids.take_back(card, PointsVoided(corrects=original.transaction.id), original)
        assert isinstance(rest, Effect), "something of the purchase is left"
        return _Finding(effect=rest, adjusted=True, notes=(Note.RETURN_TOO_LARGE,), case=CaseKind.RETURN_TOO_LARGE)
    return found


def _short(effect: Effect) -> _Finding:
    """A redemption that stands although the balance was too small; the company absorbs the shortfall."""
    if effect.shortfall == 0:
        return _Finding(effect=effect)
    return _Finding(effect=effect, adjusted=True, notes=(Note.BALANCE_TOO_SMALL,), case=CaseKind.BALANCE_TOO_SMALL)


def _floored(checked: Effect | Refusal, at_zero: Effect) -> _Finding | Refusal:
    """A manager's correction, limited to the present balance if that has shrunk since."""
    if isinstance(checked, Effect):
        return _Finding(effect=checked)
    return _short(at_zero) if checked.reason is Reason.BELOW_ZERO else checked


def claimable(kind: Kind) -> bool:
    """True if a till may claim this kind of transaction."""
    return kind not in SERVER_ONLY
