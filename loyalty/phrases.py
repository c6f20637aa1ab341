"""Sentences for refusals, notes and kinds of transactions, shared by tills and server.

The translator is passed in. Every sentence can be said aloud to a customer.
"""

from collections.abc import Callable
from typing import Protocol

from loyalty.judge import Note, Word
from loyalty.refusals import By, Reason, Refusal, Seems, Why
from loyalty.transactions import Kind


class Words(Protocol):
    """A translator: gettext's two calls, and the formatting of money."""

    def gettext(self, message: str) -> str: ...

    def ngettext(self, one: str, many: str, count: int) -> str: ...

    def money(self, amount_minor: int) -> str: ...


def _(message: str) -> str:
    """Marks a sentence for extraction; it is translated where it is used."""
    return message


_PLAIN: dict[Reason, str] = {
    Reason.NO_CARD: _("Please scan a card first."),
    Reason.CASE_UNKNOWN: _("This case is not known here."),
    Reason.CHOICE_UNKNOWN: _("This case has no such choice."),
    Reason.ALREADY_DECIDED: _("Somebody has decided this case already."),
    Reason.OWN_ENTRY: _("Somebody else has to decide what you did yourself."),
    Reason.NOTHING_LEFT: _("The card has nothing left to take."),
    Reason.DROPPED: _("A manager dropped this entry."),
    Reason.CARD_INACTIVE: _("This card is switched off. A manager can switch it on again."),
    Reason.CARD_REPLACED: _("This card was replaced. Please use the new one."),
    Reason.CARD_WITHDRAWN: _("This card has been withdrawn. Please hand out another one."),
    Reason.SAME_CARD: _("This is one and the same card."),
    Reason.CARD_MERGED: _("This card was merged with another before. Please choose the one that stayed."),
    Reason.CARD_ERASED: _("This card's customer was erased, so it stays switched off. Please hand out a new card."),
    Reason.CARD_BLANK: _("This card is new. Hand it out with New card first."),
    Reason.CARD_WAITING: _("This card is not known here yet. It can collect, and rewards follow once it is known."),
    Reason.ALREADY_ACTIVE: _("This card is in use already."),
    Reason.ALREADY_INACTIVE: _("This card is switched off already."),
    Reason.ENROLMENT_OFF: _("New cards are not handed out at the counter."),
    Reason.ALREADY_ENROLLED: _("This card has been handed out already."),
    Reason.CONTACT_HAS_CARD: _("This customer has a card already."),
    Reason.CONTACT_INVALID: _("This e-mail address or phone number cannot be right. Please check it."),
    Reason.NOT_A_BLANK: _("This is not a new card. Please take one from the stack."),
    Reason.POOL_EMPTY: _("There is no new card for a phone left here. Please take a printed one."),
    Reason.CODE_GONE: _("The code was shown and is not kept here. A manager can replace the card."),
    Reason.NO_STAMPS: _("This program has no stamps."),
    Reason.COUNT_NOT_POSITIVE: _("Please give at least one stamp."),
    Reason.NO_POINTS: _("This program has no points."),
    Reason.AMOUNT_NOT_POSITIVE: _("Please type an amount above zero."),
    Reason.AMOUNT_TOO_LARGE: _("This amount is too large. Please check it."),
    Reason.RECEIPT_USED: _("This receipt has earned its points already."),
    Reason.REWARD_UNKNOWN: _("This reward is not known. Please choose another."),
    Reason.REWARD_INACTIVE: _("This reward is not given at the moment."),
    Reason.OTHER_STORE: _("Rewards can be taken only in the shop that gave the card."),
    Reason.NOTHING_TO_VOID: _("This transaction is not known here, so it cannot be taken back."),
    Reason.VOID_OTHER_CARD: _("This transaction belongs to another card."),
    Reason.ALREADY_VOIDED: _("This has been taken back already."),
    Reason.VOID_OFF: _("Taking back is switched off in this company."),
    Reason.NOT_VOIDABLE: _("This kind of transaction cannot be taken back."),
    Reason.REASON_MISSING: _("Please say why."),
    Reason.NOTHING_TO_ADJUST: _("There is nothing to change."),
    Reason.BELOW_ZERO: _("The balance cannot go below zero."),
    Reason.BALANCE_FULL: _("This card is full. It cannot hold more."),
    Reason.NOT_READY: _("This till is still loading its first data. It goes on by itself."),
    Reason.NOBODY_ON_SHIFT: _("Please choose your name and enter your PIN first."),
    Reason.STAFF_UNKNOWN: _("Nobody of that name works here."),
    Reason.STAFF_AMBIGUOUS: _("Several people here go by that name. Please name the person by id."),
    Reason.PIN_TRIVIAL: _("This PIN is too easy to guess. Please choose another."),
    Reason.NOT_LOCKED: _("This colleague is not locked."),
    Reason.NOT_A_MANAGER: _("Only a manager can do this."),
    Reason.OWNER_NEEDED: _("Only an owner can do this for an owner."),
    Reason.PIN_UNPROVED: _("The company could not check who chose this PIN. Please ask head office."),
    Reason.CHALLENGE_OVER: _("These digits do not hold any more. Please read the new ones to head office."),
    Reason.NOT_ALLOWED: _("The rules that this till knew did not allow it."),
    Reason.SERVER_ONLY: _("Only the company's server books this."),
}

_SEEMS: dict[Seems, str] = {
    Seems.WEB_ADDRESS: _("This is a web address, not one of our cards."),
    Seems.PAYMENT: _("This is a payment code, not one of our cards."),
    Seems.WIFI: _("This is a Wi-Fi code, not one of our cards."),
    Seems.CONTACT: _("This is a contact, not one of our cards."),
    Seems.PAIRING: _("This code pairs a till. It is not a card."),
    Seems.PART: _("This is one of two or more codes that belong together. It is not a card."),
    Seems.OTHER: _("This is not one of our cards."),
}

_MANAGER: dict[Why, str] = {
    Why.WITHOUT_CODE: _("Without the card's code, a reward needs a manager's PIN."),
    Why.NOT_OWN_VOID: _("You can take back only your own last transaction. Anything else needs a manager's PIN."),
    Why.TOO_LATE_TO_VOID: _("Taking this back so late needs a manager's PIN."),
    Why.MANAGERS_ONLY: _("This needs a manager's PIN."),
    Why.OWN_CASE: _("You did this yourself, so it needs another manager's PIN."),
}

_UNKNOWN: dict[By, str] = {
    By.NUMBER: _("This card is not known here. Please check the number."),
    By.EMAIL: _("No card here belongs to this e-mail address. Please check it."),
    By.PHONE: _("No card here belongs to this phone number. Please check it."),
}

Numbered = Callable[[Refusal, Words], str]

_COUNTED: dict[Reason, Numbered] = {
    Reason.FOREIGN_CODE: lambda r, w: foreign(r.seems or Seems.OTHER, w.gettext),
    Reason.UNKNOWN_CARD: lambda r, w: w.gettext(_UNKNOWN[r.by or By.NUMBER]),
    Reason.COOLDOWN: lambda r, w: w.ngettext(
        "Please wait {n} minute before the next stamp.",
        "Please wait {n} minutes before the next stamp.",
        r.minutes or 0,
    ).format(n=r.minutes),
    Reason.STAMPS_PER_DAY: lambda r, w: w.ngettext(
        "A card collects at most {n} stamp a day.", "A card collects at most {n} stamps a day.", r.limit or 0
    ).format(n=r.limit),
    Reason.STAMPS_PER_VISIT: lambda r, w: w.ngettext(
        "At most {n} stamp a visit.", "At most {n} stamps a visit.", r.limit or 0
    ).format(n=r.limit),
    Reason.STAMPS_MISSING: lambda r, w: w.ngettext(
        "{n} stamp is missing for this reward.", "{n} stamps are missing for this reward.", r.missing or 0
    ).format(n=r.missing),
    Reason.POINTS_MISSING: lambda r, w: w.ngettext(
        "{n} point is missing for this reward.", "{n} points are missing for this reward.", r.missing or 0
    ).format(n=r.missing),
    Reason.BELOW_MINIMUM_PURCHASE: lambda r, w: w.gettext("Points begin at a purchase of {amount}.").format(
        amount=w.money(r.minimum_minor or 0)
    ),
    Reason.BELOW_MINIMUM_REDEMPTION: lambda r, w: w.ngettext(
        "Rewards begin at {n} point.", "Rewards begin at {n} points.", r.minimum or 0
    ).format(n=r.minimum),
    Reason.VOID_TOO_MUCH: lambda r, w: w.gettext("At most {amount} of this purchase can be returned.").format(
        amount=w.money(r.minimum_minor or 0)
    ),
    Reason.OFFLINE_TOO_LONG: lambda r, w: w.ngettext(
        "This till has had no contact for {n} day. Collecting goes on, rewards wait for the connection.",
        "This till has had no contact for {n} days. Collecting goes on, rewards wait for the connection.",
        r.days or 0,
    ).format(n=r.days),
    Reason.PIN_WRONG: lambda r, w: w.ngettext(
        "That PIN was not right. {n} try is left.", "That PIN was not right. {n} tries are left.", r.left or 0
    ).format(n=r.left),
    Reason.ANSWER_WRONG: lambda r, w: w.ngettext(
        "Those were not the digits. {n} try is left.", "Those were not the digits. {n} tries are left.", r.left or 0
    ).format(n=r.left),
    Reason.ANSWER_LOCKED: lambda r, w: w.ngettext(
        "Too many wrong digits from head office. Please wait {n} minute.",
        "Too many wrong digits from head office. Please wait {n} minutes.",
        r.minutes or 0,
    ).format(n=r.minutes),
    Reason.PIN_LOCKED: lambda r, w: w.ngettext(
        "Too many wrong PINs. Please wait {n} minute, or ask a manager.",
        "Too many wrong PINs. Please wait {n} minutes, or ask a manager.",
        r.minutes or 0,
    ).format(n=r.minutes),
    Reason.WAITED_ENOUGH: lambda r, w: w.ngettext(
        "It has waited {n} time already. Please decide.",
        "It has waited {n} times already. Please decide.",
        r.limit or 0,
    ).format(n=r.limit),
    Reason.PIN_LENGTH: lambda r, w: w.ngettext("A PIN has {n} digit.", "A PIN has {n} digits.", r.limit or 0).format(
        n=r.limit
    ),
    Reason.TEXT_TOO_LONG: lambda r, w: w.gettext("This text is too long. At most {n} characters fit.").format(
        n=r.limit
    ),
    Reason.MANAGER_NEEDED: lambda r, w: (
        w.ngettext(
            "The balance was last confirmed {n} hour ago. A reward needs a manager's PIN.",
            "The balance was last confirmed {n} hours ago. A reward needs a manager's PIN.",
            r.hours or 0,
        ).format(n=r.hours)
        if r.why is Why.DATA_STALE
        else w.gettext(_MANAGER[r.why or Why.MANAGERS_ONLY])
    ),
}


def foreign(seems: Seems, translate: Callable[[str], str]) -> str:
    """The sentence for a foreign code."""
    return translate(_SEEMS[seems])


def refusal(refused: Refusal, words: Words) -> str:
    """The sentence for a refusal, which a cashier can say."""
    if refused.reason in _COUNTED:
        return _COUNTED[refused.reason](refused, words)
    return words.gettext(_PLAIN[refused.reason])


_NOTES: dict[Note, str] = {
    Note.RULE_BROKEN_UNKNOWINGLY: _("A rule spoke against it that the till could not know; it stands."),
    Note.RULE_ENFORCED: _("Not counted: the rules did not allow it."),
    Note.PROGRAM_SUPERSEDED: _("Counted by the newer rules."),
    Note.BALANCE_TOO_SMALL: _("The balance had been spent elsewhere; the company bears the difference."),
    Note.CONTACT_HAS_CARD: _("The customer has a card already; the welcome waits for a manager."),
    Note.ALREADY_ENROLLED: _("This card had been handed out already."),
    Note.RECEIPT_REPEATED: _("The receipt had earned its points already."),
    Note.RETURN_TOO_LARGE: _("More was returned than was left of the purchase; the points of the rest were taken."),
    Note.BELOW_MINIMUM: _("The purchase was below the minimum."),
    Note.REWARD_INACTIVE: _("The reward was no longer offered; it stands."),
    Note.NOTHING_WAS_GIVEN: _("There was nothing to take back."),
    Note.EXPIRY_REVERSED: _("The points that had lapsed came back."),
    Note.CARD_INACTIVE: _("The card had been switched off."),
    Note.STAFF_DISMISSED: _("The colleague no longer works here."),
    Note.NOT_ALLOWED: _("This was not allowed, as the till could know; a manager is told."),
    Note.OLD_CODE: _("The card had been replaced; it counts on the new one."),
    Note.CLOCK_CORRECTED: _("The till's clock was wrong; the time was corrected."),
    Note.WAITS_FOR_CARD: _("Waits until this card is known."),
    Note.WAITS_FOR_ENTRY: _("Waits for the transaction it belongs to."),
    Note.WAITS_FOR_UPDATE: _("Waits until the server is updated."),
    Note.WAITS_FOR_PROGRAM: _("Waits for the company's rules."),
    Note.ALREADY_DECIDED: _("Somebody had decided this case before; this changes nothing."),
    Note.PIN_SUPERSEDED: _("A newer PIN had been set elsewhere; that one holds."),
    Note.UNREADABLE: _("This entry could not be read; it is kept, and a manager is told."),
    Note.PARKED: _("The server could not take this entry; it is kept, and a manager is told."),
}

_WORDS: dict[Word, str] = {
    Word.ACCEPTED: _("confirmed"),
    Word.ADJUSTED: _("changed"),
    Word.REJECTED: _("not accepted"),
    Word.HELD: _("waits"),
}

_KINDS: dict[Kind, str] = {
    Kind.CARD_CREATED: _("New card"),
    Kind.CARD_DEACTIVATED: _("Card switched off"),
    Kind.CARD_REACTIVATED: _("Card switched on"),
    Kind.CARD_REPLACED: _("Card replaced"),
    Kind.CUSTOMER_EDITED: _("Customer edited"),
    Kind.CASE_DECIDED: _("Case decided"),
    Kind.CARDS_MERGED: _("Two cards became one"),
    Kind.STAMP_EARNED: _("Stamp"),
    Kind.STAMP_REDEEMED: _("Stamp reward"),
    Kind.STAMP_VOIDED: _("Stamp taken back"),
    Kind.POINTS_EARNED: _("Points"),
    Kind.POINTS_REDEEMED: _("Reward"),
    Kind.REDEMPTION_VOIDED: _("Reward taken back"),
    Kind.POINTS_VOIDED: _("Return"),
    Kind.POINTS_ADJUSTED: _("Points corrected"),
    Kind.STAMPS_ADJUSTED: _("Stamps corrected"),
    Kind.POINTS_EXPIRED: _("Points lapsed"),
    Kind.EXPIRY_REVERSED: _("Lapsed points came back"),
    Kind.WELCOME_BONUS: _("Welcome points"),
}


def note(one: Note, words: Words) -> str:
    """The sentence for a verdict's note."""
    return words.gettext(_NOTES[one])


def word(one: Word, words: Words) -> str:
    """The verdict's word for people."""
    return words.gettext(_WORDS[one])


def kind(one: Kind, words: Words) -> str:
    """The transaction's name for people."""
    return words.gettext(_KINDS[one])
