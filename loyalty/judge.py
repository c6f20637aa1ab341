"""What a company makes of what a counter claims. The server's word, and the till's reckoning of what waits.

The reward has left the counter: facts are kept, and only their consequence is policy. So nothing here refuses what
happened because a rule was broken without knowing; it accepts, adjusts, or lets wait, and says so.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from loyalty import enrolment, expiry, points, stamps, voids
from loyalty.card import Card
from loyalty.fold import fold, fold_all
from loyalty.money import Money
from loyalty.program import Program, Programs
from loyalty.refusals import Reason, Refusal
from loyalty.settings import Conflict, Settings
from loyalty.transactions import (
    NO_EFFECT,
    SERVER_ONLY,
    Body,
    CardCreated,
    CardDeactivated,
    CardReactivated,
    CardReplaced,
    Claim,
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
    following_id,
)


class Word(StrEnum):
    """The verdict's word."""

    ACCEPTED = "accepted"
    ADJUSTED = "adjusted"
    REJECTED = "rejected"
    HELD = "held"


class Note(StrEnum):
    """What a verdict adds to its word."""

    RULE_BROKEN_UNKNOWINGLY = "rule_broken_unknowingly"
    RULE_ENFORCED = "rule_enforced"
    PROGRAM_SUPERSEDED = "program_superseded"
    BALANCE_TOO_SMALL = "balance_too_small"
    CONTACT_HAS_CARD = "contact_has_card"
    ALREADY_ENROLLED = "already_enrolled"
    RECEIPT_REPEATED = "receipt_repeated"
    BELOW_MINIMUM = "below_minimum"
    REWARD_INACTIVE = "reward_inactive"
    NOTHING_WAS_GIVEN = "nothing_was_given"
    EXPIRY_REVERSED = "expiry_reversed"
    CARD_INACTIVE = "card_inactive"
    STAFF_DISMISSED = "staff_dismissed"
    OLD_CODE = "old_code"
    CLOCK_CORRECTED = "clock_corrected"
    WAITS_FOR_CARD = "waits_for_card"
    WAITS_FOR_ENTRY = "waits_for_entry"
    WAITS_FOR_UPDATE = "waits_for_update"
    WAITS_FOR_PROGRAM = "waits_for_program"
    UNREADABLE = "unreadable"
    PARKED = "parked"


class CaseKind(StrEnum):
    """What a manager must look at."""

    BALANCE_TOO_SMALL = "balance_too_small"
    STAMP_CONFLICT = "stamp_conflict"
    PROGRAM_CHANGED = "program_changed"
    CONTACT_HAS_CARD = "contact_has_card"
    SECOND_ENROLMENT = "second_enrolment"
    RECEIPT_REPEATED = "receipt_repeated"
    HELD_TOO_LONG = "held_too_long"
    CARD_INACTIVE = "card_inactive"
    STAFF_DISMISSED = "staff_dismissed"
    REWARD_UNKNOWN = "reward_unknown"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """What the company knows at the moment of judging, beside the card."""

    programs: Programs
    settings: Settings
    now: datetime
    original: voids.Original | None = None  # what a void names
    original_rejected: bool = False  # it is known, and gave nothing
    receipt_used: bool = False  # the receipt already earned in this store
    contact_has_card: bool = False
    contact_differs: bool = False  # a second enrolment of one blank names somebody else
    inactive_knowingly: bool = False  # the till could have known that the card is off
    dismissed_knowingly: bool = False  # the till could have known that the person has left
    blank: Card | None = None  # what a replacement names
    last_expiry: Transaction | None = None  # the card's latest, unless reversed


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The word, and what the ledger gets: the transactions in recording order, and the card after them."""

    word: Word
    card: Card
    transactions: tuple[Transaction, ...] = ()
    notes: tuple[Note, ...] = ()
    case: CaseKind | None = None
    refusal: Refusal | None = None  # why rejected

    @property
    def effect(self) -> Effect:
        """The main transaction's effect, without what follows from it."""
        return next((one.effect for one in self.transactions if one.follows is None), NO_EFFECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    """What one kind of claim comes to."""

    effect: Effect = NO_EFFECT
    adjusted: bool = False
    notes: tuple[Note, ...] = ()
    case: CaseKind | None = None


def judge(card: Card, claim: Claim, present: Present) -> Judgement:
    """The company's word on *claim*, which happened to *card*."""
    body, at = claim.body, claim.context.occurred_at
    if (waits := _waits(card, body, present)) is not None:
        return Judgement(word=Word.HELD, card=card, notes=(waits,))
    window = timedelta(days=present.settings.offline_stop_days)
    chosen = present.programs.judged_by(claim.context.program_version, at, window)
    if chosen is None:
        return Judgement(word=Word.HELD, card=card, notes=(Note.WAITS_FOR_PROGRAM,))
    program, superseded = chosen
    context = replace(claim.context, program_version=program.version)
    claim = replace(claim, context=context)
    before = _reversal(card, claim, program, present)
    base = fold_all(card, before)
    found = _find(base, body, program, at, present)
    if isinstance(found, Refusal):
        unknown = CaseKind.REWARD_UNKNOWN if found.reason is Reason.REWARD_UNKNOWN else None
        return Judgement(word=Word.REJECTED, card=card, refusal=found, case=unknown)
    main = Transaction(id=claim.id, card_id=card.id, body=body, effect=found.effect, context=context)
    after = fold(base, main)
    follow = _follow_ups(after, claim, program, found, present)
    notes, case = list(found.notes), found.case
    if superseded and _rules_matter(body):
        notes.append(Note.PROGRAM_SUPERSEDED)
    if before:
        notes.append(Note.EXPIRY_REVERSED)
    if not card.is_active and not isinstance(body, CardReactivated | CardDeactivated):
        notes.append(Note.CARD_INACTIVE)
        case = case or (CaseKind.CARD_INACTIVE if present.inactive_knowingly else None)
    if present.dismissed_knowingly:
        notes.append(Note.STAFF_DISMISSED)
        case = case or CaseKind.STAFF_DISMISSED
    adjusted = found.adjusted or Note.PROGRAM_SUPERSEDED in notes
    return Judgement(
        word=Word.ADJUSTED if adjusted else Word.ACCEPTED,
        card=fold_all(after, follow),
        transactions=(*before, main, *follow),
        notes=tuple(notes),
        case=case,
    )


def _waits(card: Card, body: Body, present: Present) -> Note | None:
    if card.is_blank and not isinstance(body, CardCreated):
        return Note.WAITS_FOR_CARD
    if corrected(body) is not None and present.original is None and not present.original_rejected:
        return Note.WAITS_FOR_ENTRY
    return None


def _rules_matter(body: Body) -> bool:
    return isinstance(body, StampEarned | StampRedeemed | PointsEarned | PointsRedeemed | CardCreated)


def _find(card: Card, body: Body, program: Program, at: datetime, present: Present) -> _Finding | Refusal:
    match body:
        case CardCreated():
            return _created(card, present)
        case CardDeactivated() | CardReactivated():
            return _Finding()  # already so: then it stays so
        case CardReplaced():
            blank = present.blank
            refused = Refusal(Reason.NOT_A_BLANK) if blank is None else enrolment.replace_code(card, blank)
            return refused if isinstance(refused, Refusal) else _Finding()
        case StampEarned():
            return _stamps_earned(card, body, program, at, present)
        case StampRedeemed():
            target = program.stamps_target if program.gives_stamps else 0
            taken = min(target, max(0, card.stamp_count))
            return _short(Effect(stamps=-taken, shortfall=target - taken))
        case PointsEarned():
            return _points_earned(card, body, program, present)
        case PointsRedeemed():
            return _points_redeemed(card, body, program)
        case StampVoided() | PointsVoided() | RedemptionVoided():
            if present.original is None:
                return _Finding(notes=(Note.NOTHING_WAS_GIVEN,))
            taken_back = voids.take_back(card, body, present.original)
            return taken_back if isinstance(taken_back, Refusal) else _Finding(effect=taken_back)
        case PointsAdjusted():
            checked = points.adjust_points(card, body.points, body.reason)
            return _floored(checked, Effect(points=-card.points_balance, shortfall=-body.points - card.points_balance))
        case StampsAdjusted():
            checked = stamps.adjust_stamps(card, body.stamps, body.reason)
            return _floored(checked, Effect(stamps=-card.stamp_count, shortfall=-body.stamps - card.stamp_count))
        case PointsExpired() | ExpiryReversed() | WelcomeBonus():
            return Refusal(Reason.NOT_VOIDABLE)  # SERVER_ONLY: a till cannot claim these
    assert_never(body)


def _created(card: Card, present: Present) -> _Finding:
    if not card.is_blank:
        second = CaseKind.SECOND_ENROLMENT if present.contact_differs else None
        return _Finding(adjusted=True, notes=(Note.ALREADY_ENROLLED,), case=second)
    if present.contact_has_card:
        return _Finding(adjusted=True, notes=(Note.CONTACT_HAS_CARD,), case=CaseKind.CONTACT_HAS_CARD)
    return _Finding()


def _stamps_earned(
    card: Card, body: StampEarned, program: Program, at: datetime, present: Present
) -> _Finding | Refusal:
    active = replace(card, is_active=True)  # an inactive card is judged apart
    found = stamps.earn_stamps(active, program, present.settings.zone, at, body.count)
    if isinstance(found, Effect):
        return _Finding(effect=found)
    if found.reason is Reason.COUNT_NOT_POSITIVE or body.count > 1000:
        return found
    if found.reason is Reason.NO_STAMPS:
        return _Finding(adjusted=True, notes=(Note.RULE_ENFORCED,), case=CaseKind.PROGRAM_CHANGED)
    if present.settings.conflict is Conflict.ENFORCE:
        return _Finding(adjusted=True, notes=(Note.RULE_ENFORCED,), case=CaseKind.STAMP_CONFLICT)
    return _Finding(effect=Effect(stamps=body.count), notes=(Note.RULE_BROKEN_UNKNOWINGLY,))


def _points_earned(card: Card, body: PointsEarned, program: Program, present: Present) -> _Finding | Refusal:
    if present.receipt_used:
        return _Finding(adjusted=True, notes=(Note.RECEIPT_REPEATED,), case=CaseKind.RECEIPT_REPEATED)
    active = replace(card, is_active=True)
    found = points.earn_points(active, program, Money(body.amount_minor, present.settings.currency))
    if isinstance(found, Effect):
        return _Finding(effect=found)
    if found.reason is Reason.NO_POINTS:
        return _Finding(adjusted=True, notes=(Note.RULE_ENFORCED,), case=CaseKind.PROGRAM_CHANGED)
    if found.reason is Reason.BELOW_MINIMUM_PURCHASE:
        return _Finding(adjusted=True, notes=(Note.BELOW_MINIMUM,))
    return found


def _points_redeemed(card: Card, body: PointsRedeemed, program: Program) -> _Finding | Refusal:
    reward = program.reward(body.reward)
    if reward is None:
        return Refusal(Reason.REWARD_UNKNOWN)
    taken = min(reward.cost, max(0, card.points_balance))
    found = _short(Effect(points=-taken, shortfall=reward.cost - taken))
    return found if reward.active else replace(found, notes=(*found.notes, Note.REWARD_INACTIVE))


def _short(effect: Effect) -> _Finding:
    """A redemption that the company, absorbing, lets stand; `carry` comes with the offline policies."""
    if effect.shortfall == 0:
        return _Finding(effect=effect)
    return _Finding(effect=effect, adjusted=True, notes=(Note.BALANCE_TOO_SMALL,), case=CaseKind.BALANCE_TOO_SMALL)


def _floored(checked: Effect | Refusal, at_zero: Effect) -> _Finding | Refusal:
    """A manager's correction decided on a balance that has shrunk since takes what is there."""
    if isinstance(checked, Effect):
        return _Finding(effect=checked)
    return _short(at_zero) if checked.reason is Reason.BELOW_ZERO else checked


def _reversal(card: Card, claim: Claim, program: Program, present: Present) -> tuple[Transaction, ...]:
    """An expiry that a late activity shows to be wrong is taken back before the activity itself is judged."""
    lapse, at = present.last_expiry, claim.context.occurred_at
    if lapse is None or not _is_activity(claim.body):
        return ()
    if not expiry.undone_by(lapse, at, program, present.settings.zone):
        return ()
    return (
        Transaction(
            id=following_id(claim.id, Kind.EXPIRY_REVERSED),
            card_id=card.id,
            body=ExpiryReversed(corrects=lapse.id),
            effect=Effect(points=-lapse.effect.points),
            context=replace(claim.context, occurred_at=present.now),
            follows=claim.id,
        ),
    )


def _is_activity(body: Body) -> bool:
    return not isinstance(
        body,
        PointsAdjusted | StampsAdjusted | CardDeactivated | CardReactivated | CardReplaced | PointsExpired,
    )


def _follow_ups(
    card: Card, claim: Claim, program: Program, found: _Finding, present: Present
) -> tuple[Transaction, ...]:
    """The welcome of a new card, and the expiry of a balance whose late activity has itself lapsed by now."""

    def following(body: Body, effect: Effect, occurred_at: datetime) -> Transaction:
        context = replace(claim.context, occurred_at=occurred_at)
        kind = Kind.WELCOME_BONUS if isinstance(body, WelcomeBonus) else Kind.POINTS_EXPIRED
        new_id = following_id(claim.id, kind)
        return Transaction(id=new_id, card_id=card.id, body=body, effect=effect, context=context, follows=claim.id)

    if isinstance(claim.body, CardCreated):
        gift = None if found.adjusted else enrolment.welcome(card, program)
        return () if gift is None else (following(WelcomeBonus(), gift, claim.context.occurred_at),)
    late = present.last_expiry is not None and _is_activity(claim.body)
    lapse = expiry.lapsed(card, program, present.settings.zone, present.now) if late else None
    return () if lapse is None else (following(PointsExpired(), lapse, present.now),)


def claimable(kind: Kind) -> bool:
    """Whether a till may claim a transaction of this kind."""
    return kind not in SERVER_ONLY
