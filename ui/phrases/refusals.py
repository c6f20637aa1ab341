"""Short forms of refusals, for buttons. Tapping the button gives the full sentence."""

from typing import assert_never

from loyalty.refusals import Reason, Why
from terminal.interface.views import RefusalView
from ui.phrases.phrases import Phrases


def short(say: Phrases, refusal: RefusalView) -> str:
    """The short reason for a stamp or reward button, or the full sentence if there is none."""
    _ = say.gettext
    match refusal.reason:
        case Reason.COOLDOWN:
            return _("Next stamp in {minutes} min").format(minutes=refusal.minutes)
        case Reason.CARD_INACTIVE:
            return _("Card not in use")
        case Reason.STAMPS_PER_DAY:
            return _("No more stamps today")
        case Reason.OFFLINE_TOO_LONG:
            return _("once online again")
        case Reason.OTHER_STORE:
            return _("in its own shop only")
        case Reason.REWARD_INACTIVE:
            return _("not given at the moment")
        case Reason.CARD_WAITING:
            return _("once the card is known")
        case Reason.STAMPS_MISSING:
            words = say.ngettext("{count} stamp to go", "{count} stamps to go", refusal.missing or 0)
            return words.format(count=refusal.missing)
        case Reason.POINTS_MISSING:
            words = say.ngettext("{count} point to go", "{count} points to go", refusal.missing or 0)
            return words.format(count=say.formats.number(refusal.missing or 0))
        case Reason.BELOW_MINIMUM_REDEMPTION:
            words = say.ngettext("from {count} point", "from {count} points", refusal.minimum or 0)
            return words.format(count=say.formats.number(refusal.minimum or 0))
        case Reason.MANAGER_NEEDED:
            return _manager(say, refusal)
        case (  # short enough, or never on a button
            Reason.FOREIGN_CODE
            | Reason.UNKNOWN_CARD
            | Reason.NO_CARD
            | Reason.CARD_REPLACED
            | Reason.CARD_WITHDRAWN
            | Reason.CARD_ERASED
            | Reason.CARD_BLANK
            | Reason.ALREADY_ACTIVE
            | Reason.ALREADY_INACTIVE
            | Reason.ENROLMENT_OFF
            | Reason.ALREADY_ENROLLED
            | Reason.CONTACT_HAS_CARD
            | Reason.CONTACT_INVALID
            | Reason.NOT_A_BLANK
            | Reason.POOL_EMPTY
            | Reason.CODE_GONE
            | Reason.NO_STAMPS
            | Reason.COUNT_NOT_POSITIVE
            | Reason.STAMPS_PER_VISIT
            | Reason.NO_POINTS
            | Reason.AMOUNT_NOT_POSITIVE
            | Reason.AMOUNT_TOO_LARGE
            | Reason.BELOW_MINIMUM_PURCHASE
            | Reason.RECEIPT_USED
            | Reason.REWARD_UNKNOWN
            | Reason.NOTHING_TO_VOID
            | Reason.VOID_OTHER_CARD
            | Reason.ALREADY_VOIDED
            | Reason.VOID_TOO_MUCH
            | Reason.VOID_OFF
            | Reason.NOT_VOIDABLE
            | Reason.REASON_MISSING
            | Reason.NOTHING_TO_ADJUST
            | Reason.BELOW_ZERO
            | Reason.NOT_READY
            | Reason.NOBODY_ON_SHIFT
            | Reason.STAFF_UNKNOWN
            | Reason.STAFF_AMBIGUOUS
            | Reason.PIN_WRONG
            | Reason.PIN_LOCKED
            | Reason.PIN_TRIVIAL
            | Reason.PIN_LENGTH
            | Reason.NOT_LOCKED
            | Reason.NOT_A_MANAGER
            | Reason.OWNER_NEEDED
            | Reason.ANSWER_WRONG
            | Reason.ANSWER_LOCKED
            | Reason.CHALLENGE_OVER
            | Reason.TEXT_TOO_LONG
            | Reason.SERVER_ONLY
            | Reason.BALANCE_FULL
            | Reason.SAME_CARD
            | Reason.CARD_MERGED
            | Reason.CASE_UNKNOWN
            | Reason.CHOICE_UNKNOWN
            | Reason.ALREADY_DECIDED
            | Reason.OWN_ENTRY
            | Reason.NOTHING_LEFT
            | Reason.WAITED_ENOUGH
            | Reason.DROPPED
            | Reason.PIN_UNPROVED
            | Reason.NOT_ALLOWED
        ):
            return refusal.text
        case _:
            assert_never(refusal.reason)


def _manager(say: Phrases, refusal: RefusalView) -> str:
    _ = say.gettext
    if refusal.why is Why.DATA_STALE and refusal.hours is not None:
        return _("manager: data {hours} h old").format(hours=refusal.hours)
    if refusal.why is Why.WITHOUT_CODE:
        return _("manager's PIN: no code")
    return _("with a manager's PIN")
