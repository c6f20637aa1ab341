"""Cases: what a manager may be asked about, and the choices there are."""

from collections.abc import Mapping
from enum import StrEnum


class CaseKind(StrEnum):
    """The kinds of cases that a manager has to decide."""

    BALANCE_TOO_SMALL = "balance_too_small"
    STAMP_CONFLICT = "stamp_conflict"
    PROGRAM_CHANGED = "program_changed"
    CONTACT_HAS_CARD = "contact_has_card"
    SECOND_ENROLMENT = "second_enrolment"
    RECEIPT_REPEATED = "receipt_repeated"
    RETURN_TOO_LARGE = "return_too_large"
    HELD_TOO_LONG = "held_too_long"
    CARD_INACTIVE = "card_inactive"
    STAFF_DISMISSED = "staff_dismissed"
    REWARD_UNKNOWN = "reward_unknown"
    BLOCKED_CODE = "blocked_code"
    UNREADABLE = "unreadable"
    SALVAGED = "salvaged"
    NOT_ALLOWED = "not_allowed"
    NOT_TAKEN_IN = "not_taken_in"
    UNUSUAL = "unusual"
    PIN_CHANGES = "pin_changes"
    IMPORT_CLASH = "import_clash"


class Unit(StrEnum):
    """What is in question."""

    STAMPS = "stamps"
    POINTS = "points"


class Choice(StrEnum):
    """What a manager can decide."""

    ACCEPT = "accept"  # the company bears it
    MERGE = "merge"  # the newer card into the older one
    CHARGE_BACK = "charge_back"
    REVERSE = "reverse"
    GIVE_BACK = "give_back"  # to the customer, although the reward was handed over
    KEEP = "keep"  # as judged
    GIVE = "give"
    DIFFERENT_PEOPLE = "different_people"
    FIRST_KEEPS = "first_keeps"
    SECOND_KEEPS = "second_keeps"
    NEW_CARD = "new_card"  # for the second customer
    BOTH_SALES = "both_sales"
    BELONGS_HERE = "belongs_here"
    WAIT = "wait"
    THIS_CARD = "this_card"
    DROP = "drop"
    SWITCH_ON = "switch_on"
    TAKE_POINTS = "take_points"
    SET_ASIDE = "set_aside"
    BOOK = "book"
    IT_WAS_RIGHT = "it_was_right"
    FINE = "fine"
    NEW_PINS = "new_pins"
    ADD_THERE = "add_there"  # to the card that an import's row meets
    OWN_CARD = "own_card"  # for the row
    SKIP = "skip"


CHOICES: Mapping[CaseKind, tuple[Choice, ...]] = {
    CaseKind.BALANCE_TOO_SMALL: (Choice.ACCEPT, Choice.CHARGE_BACK, Choice.REVERSE),
    CaseKind.STAMP_CONFLICT: (Choice.KEEP, Choice.GIVE),
    CaseKind.PROGRAM_CHANGED: (Choice.KEEP, Choice.GIVE),
    CaseKind.CONTACT_HAS_CARD: (Choice.MERGE, Choice.DIFFERENT_PEOPLE),
    CaseKind.SECOND_ENROLMENT: (Choice.FIRST_KEEPS, Choice.SECOND_KEEPS, Choice.NEW_CARD),
    CaseKind.RECEIPT_REPEATED: (Choice.KEEP, Choice.BOTH_SALES, Choice.BELONGS_HERE),
    CaseKind.RETURN_TOO_LARGE: (Choice.ACCEPT,),
    CaseKind.HELD_TOO_LONG: (Choice.WAIT, Choice.THIS_CARD, Choice.DROP),
    CaseKind.CARD_INACTIVE: (Choice.ACCEPT, Choice.REVERSE, Choice.SWITCH_ON),
    CaseKind.STAFF_DISMISSED: (Choice.ACCEPT, Choice.REVERSE),
    CaseKind.REWARD_UNKNOWN: (Choice.ACCEPT, Choice.TAKE_POINTS),
    CaseKind.BLOCKED_CODE: (Choice.ACCEPT, Choice.GIVE_BACK),
    CaseKind.UNREADABLE: (Choice.SET_ASIDE,),
    CaseKind.SALVAGED: (Choice.BOOK, Choice.DROP),
    CaseKind.NOT_ALLOWED: (Choice.KEEP, Choice.IT_WAS_RIGHT, Choice.REVERSE),
    CaseKind.NOT_TAKEN_IN: (Choice.FINE,),
    CaseKind.UNUSUAL: (Choice.FINE, Choice.REVERSE),
    CaseKind.PIN_CHANGES: (Choice.FINE, Choice.NEW_PINS),
    CaseKind.IMPORT_CLASH: (Choice.ADD_THERE, Choice.OWN_CARD, Choice.SKIP),
}

# What a till can decide without a network: the choices that book on cards it need not see, and do nothing else.
AT_TILLS = frozenset(
    {
        Choice.ACCEPT,
        Choice.CHARGE_BACK,
        Choice.REVERSE,
        Choice.GIVE_BACK,
        Choice.KEEP,
        Choice.GIVE,
        Choice.DIFFERENT_PEOPLE,
        Choice.BOTH_SALES,
        Choice.BELONGS_HERE,
        Choice.SWITCH_ON,
        Choice.TAKE_POINTS,
        Choice.FINE,
        Choice.IT_WAS_RIGHT,
    }
)
