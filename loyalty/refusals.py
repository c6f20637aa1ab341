"""Refusals: the ways a counter can say no before anything is written. They are values; `phrases` words them."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Reasons of refusals. The words are a public interface, used in JSON lines, docs and tables."""

    # the code and the card
    FOREIGN_CODE = "foreign_code"
    UNKNOWN_CARD = "unknown_card"
    NO_CARD = "no_card"
    CARD_INACTIVE = "card_inactive"
    CARD_REPLACED = "card_replaced"
    CARD_WITHDRAWN = "card_withdrawn"
    CARD_ERASED = "card_erased"
    CARD_BLANK = "card_blank"
    CARD_WAITING = "card_waiting"
    ALREADY_ACTIVE = "already_active"
    ALREADY_INACTIVE = "already_inactive"
    # enrolment
    ENROLMENT_OFF = "enrolment_off"
    ALREADY_ENROLLED = "already_enrolled"
    CONTACT_HAS_CARD = "contact_has_card"
    CONTACT_INVALID = "contact_invalid"
    NOT_A_BLANK = "not_a_blank"
    POOL_EMPTY = "pool_empty"
    CODE_GONE = "code_gone"
    # stamps
    NO_STAMPS = "no_stamps"
    COUNT_NOT_POSITIVE = "count_not_positive"
    COOLDOWN = "cooldown"
    STAMPS_PER_DAY = "stamps_per_day"
    STAMPS_PER_VISIT = "stamps_per_visit"
    STAMPS_MISSING = "stamps_missing"
    # points
    NO_POINTS = "no_points"
    AMOUNT_NOT_POSITIVE = "amount_not_positive"
    AMOUNT_TOO_LARGE = "amount_too_large"
    BELOW_MINIMUM_PURCHASE = "below_minimum_purchase"
    RECEIPT_USED = "receipt_used"
    POINTS_MISSING = "points_missing"
    BELOW_MINIMUM_REDEMPTION = "below_minimum_redemption"
    REWARD_UNKNOWN = "reward_unknown"
    REWARD_INACTIVE = "reward_inactive"
    OTHER_STORE = "other_store"
    # taking back
    NOTHING_TO_VOID = "nothing_to_void"
    VOID_OTHER_CARD = "void_other_card"
    ALREADY_VOIDED = "already_voided"
    VOID_TOO_MUCH = "void_too_much"
    VOID_OFF = "void_off"
    NOT_VOIDABLE = "not_voidable"
    # correcting
    REASON_MISSING = "reason_missing"
    NOTHING_TO_ADJUST = "nothing_to_adjust"
    BELOW_ZERO = "below_zero"
    BALANCE_FULL = "balance_full"
    # merging
    SAME_CARD = "same_card"
    CARD_MERGED = "card_merged"
    # cases
    CASE_UNKNOWN = "case_unknown"
    CHOICE_UNKNOWN = "choice_unknown"
    ALREADY_DECIDED = "already_decided"
    OWN_ENTRY = "own_entry"
    NOTHING_LEFT = "nothing_left"
    WAITED_ENOUGH = "waited_enough"
    DROPPED = "dropped"
    # offline
    OFFLINE_TOO_LONG = "offline_too_long"
    NOT_READY = "not_ready"
    # people
    NOBODY_ON_SHIFT = "nobody_on_shift"
    STAFF_UNKNOWN = "staff_unknown"
    STAFF_AMBIGUOUS = "staff_ambiguous"
    PIN_WRONG = "pin_wrong"
    PIN_LOCKED = "pin_locked"
    PIN_TRIVIAL = "pin_trivial"
    PIN_LENGTH = "pin_length"
    NOT_LOCKED = "not_locked"
    NOT_A_MANAGER = "not_a_manager"
    OWNER_NEEDED = "owner_needed"
    ANSWER_WRONG = "answer_wrong"
    ANSWER_LOCKED = "answer_locked"
    PIN_UNPROVED = "pin_unproved"
    CHALLENGE_OVER = "challenge_over"
    MANAGER_NEEDED = "manager_needed"
    # text that does not fit
    TEXT_TOO_LONG = "text_too_long"
    # what no counter books
    NOT_ALLOWED = "not_allowed"
    SERVER_ONLY = "server_only"


class Why(StrEnum):
    """What makes a manager necessary, for `Reason.MANAGER_NEEDED`."""

    WITHOUT_CODE = "without_code"
    DATA_STALE = "data_stale"
    NOT_OWN_VOID = "not_own_void"
    TOO_LATE_TO_VOID = "too_late_to_void"
    MANAGERS_ONLY = "managers_only"
    OWN_CASE = "own_case"


class Seems(StrEnum):
    """What a foreign code seems to be."""

    WEB_ADDRESS = "web_address"
    PAYMENT = "payment"
    WIFI = "wifi"
    CONTACT = "contact"
    PAIRING = "pairing"
    PART = "part"  # one of several linked codes
    OTHER = "other"


class By(StrEnum):
    """What a card was looked up by."""

    NUMBER = "number"
    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal with the numbers its sentence needs; others are None."""

    reason: Reason
    minutes: int | None = None
    hours: int | None = None
    days: int | None = None
    missing: int | None = None
    limit: int | None = None
    left: int | None = None
    minimum: int | None = None
    minimum_minor: int | None = None
    why: Why | None = None
    seems: Seems | None = None
    by: By | None = None


def correction_refusal(balance: int, by: int, reason: str, *, most: int) -> Refusal | None:
    """Why a balance of at most *most* is not corrected *by* so much, or None."""
    if not reason.strip():
        return Refusal(Reason.REASON_MISSING)
    if by == 0:
        return Refusal(Reason.NOTHING_TO_ADJUST)
    if abs(by) > most:
        return Refusal(Reason.AMOUNT_TOO_LARGE)
    if balance + by < 0:
        return Refusal(Reason.BELOW_ZERO)
    if by > 0 and balance + by > most:
        return Refusal(Reason.BALANCE_FULL)
    return None
