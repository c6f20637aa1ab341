"""What settings are called, what each does in a sentence, and what may be chosen."""

from loyalty.phrases import Words
from loyalty.settings import BOUNDS, PAIR_BOUNDS, Limits, names


def _(message: str) -> str:
    """Marks a word for the catalogues; it is translated when used."""
    return message


# Label and sentence of each setting, by section in the order of reading.
SECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    _("PINs at tills"): {
        "pin_required": (_("Ask for a PIN"), _("When somebody types their PIN at a till.")),
        "pin_length": (_("Length of a PIN"), _("Digits of a new PIN. PINs that hold already stay as they are.")),
        "pin_attempts": (_("Wrong PINs allowed"), _("After so many wrong PINs a person is locked out at that till.")),
        "pin_lock_minutes": (_("Lock after wrong PINs"), _("How long a lock-out lasts; each further one is doubled.")),
    },
    _("At the counter"): {
        "counter_enrolment": (_("New cards at the counter"), _("Tills may hand out new cards.")),
        "self_enrolment": (_("Customers enrol themselves"), _("Customers may make a card without the counter.")),
        "void_allowed": (_("Taking back"), _("Tills may take back what was given by mistake.")),
        "self_void_minutes": (
            _("Own mistakes without a manager"),
            _("For so long a cashier takes back their own last transaction alone."),
        ),
        "cross_store_redemption": (
            _("Rewards in every store"),
            _("A card's rewards can be taken in stores that did not give the card."),
        ),
        "receipts": (_("A receipt counts once"), _("How long the number of a receipt stays used in a store.")),
        "old_codes_redeem": (
            _("Rewards by an old code"),
            _("An imported code of another program counts as the card's own. If not, rewards need a manager."),
        ),
    },
    _("Without contact"): {
        "offline_warn_hours": (_("Warn after"), _("A till that had no contact for so long says so in a banner.")),
        "offline_stop_days": (_("Rewards stop after"), _("A till that had no contact for so long gives no rewards.")),
        "redemption_max_staleness_hours": (
            _("Manager for old balances"),
            _("A balance last confirmed longer ago needs a manager's PIN for a reward."),
        ),
        "offline_redemption": (_("Rewards without contact"), _("How rewards are bounded at a till without contact.")),
        "offline_redemption_cap_points": (
            _("Points a till may give out"),
            _("Holds once rewards without contact can be bounded by an amount."),
        ),
        "offline_redemption_cap_rewards": (
            _("Rewards a till may give out"),
            _("Holds once rewards without contact can be bounded by an amount."),
        ),
        "overdraft": (
            _("A balance spent twice"),
            _("Who bears a reward that the balance no longer covered once all tills had reported."),
        ),
        "conflict": (
            _("Stamps against a limit"),
            _("What happens to a stamp that broke a rule which its till could not know."),
        ),
    },
    _("Unusual days"): {
        "review_points_per_day": (
            _("Points a day"),
            _("Above this a manager is asked to look: what a card gets, and what a person gives."),
        ),
        "review_rewards_per_day": (
            _("Rewards a day"),
            _("Above this a manager is asked to look: what a card gets, and what a person gives."),
        ),
    },
    _("The company"): {
        "time_zone": (_("Time zone"), _("Where the company's days begin.")),
        "currency": (_("Currency"), _("Three letters, such as EUR.")),
        "country": (_("Country"), _("Two letters, such as LU: how phone numbers without a country are read.")),
        "languages": (_("Languages"), _("In which customers are spoken to.")),
        "retention_years": (
            _("Customers are kept"),
            _("So long after their last activity; then name and contact are erased."),
        ),
    },
}
OTHER = _("More")  # the section of settings that have none

_WORDS: dict[str, dict[str, str]] = {
    "pin_required": {
        "per_transaction": _("For each transaction"),
        "per_shift": _("Once a shift"),
        "never": _("Never"),
    },
    "offline_redemption": {
        "open": _("Not bounded"),
        "capped": _("By an amount"),
        "reserved": _("By what was reserved"),
    },
    "overdraft": {"absorb": _("The company"), "carry": _("The card, which goes below zero")},
    "conflict": {"honour": _("It stands"), "enforce": _("It is taken off")},
    "receipts": {"day": _("On the same day"), "ever": _("For good")},
}
_YES_NO = {"true": _("Yes"), "false": _("No")}
_ALLOWED = {
    "time_zone": _("Please type a time zone such as Europe/Luxembourg."),
    "currency": _("Please type a currency in three letters, such as EUR."),
    "country": _("Please type a country in two letters, such as LU."),
    "languages": _("Please choose at least one."),
}


def label(name: str, words: Words) -> str:
    """What a setting is called; its own name if it has no words yet."""
    found = _found(name)
    return name if found is None else words.gettext(found[0])


def sentence(name: str, words: Words) -> str:
    """What it does."""
    found = _found(name)
    return "" if found is None else words.gettext(found[1])


def choice(name: str, word: str, words: Words) -> str:
    """A value of it as people read it."""
    known = _YES_NO if word in _YES_NO else _WORDS.get(name, {})
    return words.gettext(known[word]) if word in known else word


def unit(name: str, words: Words) -> str:
    """What a number of it counts, as its name ends."""
    units = {
        "minutes": words.gettext("min"),
        "hours": words.gettext("hours"),
        "days": words.gettext("days"),
        "years": words.gettext("years"),
        "length": words.gettext("digits"),
    }
    return units.get(name.rpartition("_")[2], "")


def allowed(name: str, limits: Limits, words: Words) -> str:
    """What a refused value should have been."""
    if name in BOUNDS:
        low, high = limits.bounds(name)
        if high < BOUNDS[name][1]:
            return words.gettext("From {low} to {high}; the platform allows no more.").format(low=low, high=high)
        return words.gettext("From {low} to {high}.").format(low=low, high=high)
    if name in PAIR_BOUNDS:
        low, high = PAIR_BOUNDS[name]
        said = words.gettext("Two numbers from {low} to {high}: for a card, and for a person.")
        return said.format(low=low, high=high)
    if name not in names():
        return words.gettext("There is no such field.")
    return words.gettext(_ALLOWED.get(name, _("Please choose one of the list.")))


def _found(name: str) -> tuple[str, str] | None:
    return next((section[name] for section in SECTIONS.values() if name in section), None)
