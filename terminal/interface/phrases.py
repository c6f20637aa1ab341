"""The sentences of problems, and the till's translations, shared by screen and JSON lines."""

import gettext

from resources import path
from terminal.interface.numerals import money
from terminal.interface.views import ProblemView
from terminal.problems import FolderUnusable, FullDisk, JournalUnwritable, Problem

DOMAIN = "orion"


class Speech:
    """A language's translations. The language may change while the till runs."""

    def __init__(self, language: str) -> None:
        self.speak(language)

    def speak(self, language: str) -> None:
        """Changes the language."""
        self.language = language
        self._catalogue = gettext.translation(DOMAIN, path("translations"), [language], fallback=True)

    def gettext(self, message: str) -> str:
        return self._catalogue.gettext(message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        return self._catalogue.ngettext(one, many, count)


class CompanySpeech(Speech):
    """Translations, with amounts in the company's currency."""

    def __init__(self, language: str, currency: str) -> None:
        super().__init__(language)
        self.currency = currency

    def money(self, amount_minor: int) -> str:
        """Formats an amount."""
        return money(amount_minor, self.currency, self.language)

    def unusual(self, why: str, limit_minor: int) -> str:
        """The sentence on why an amount is unusual."""
        return self.gettext(_UNUSUAL[why]).format(amount=self.money(limit_minor))


def _(message: str) -> str:
    """Marks a sentence for the catalogues; it is translated when used."""
    return message


_UNUSUAL = {
    "above_usual": _("Purchases at this till are nearly always below {amount}. Please check the amount."),
    "above_limit": _("This is more than {amount}. Please check the amount."),
}

_SENTENCES: dict[str, str] = {
    "problem": _("Something went wrong. Nothing that was shown as done is lost; please try again."),
    "journal": _("This till's journal cannot be used. Please call support before you go on."),
    "journal_unwritable": _(
        "The disk is full or cannot be written. Nothing was booked; free some space and try again."
    ),
    "journal_uncertain": _(
        "The till is not certain whether this was booked: its disk failed. "
        "Please look at the card again before you go on."
    ),
    "journal_broken": _("This till's journal is damaged. Please call support; what was sent is safe with the company."),
    "journal_newer": _("This till's files were written by a newer version of this program. Please update it."),
    "replica": _(
        "The company's data on this till cannot be read. It is fetched again as soon as there is a connection."
    ),
    "disk_full": _("The disk is full, and nothing can be booked. Free some space; the till goes on by itself."),
    "replica_away": _("The company's data on this till is being renewed. Please try again in a moment."),
    "replica_unwritable": _(
        "The disk is full or cannot be written, so nothing new comes in. Free some space; the till goes on by itself."
    ),
    "keyring": _(
        "There is no safe place for this till's keys. Unlock the keyring, or set "
        "ORION_KEYRING=file:FOLDER with a passphrase in ORION_PASSPHRASE."
    ),
    "keyring_locked": _("The keyring is locked, or its passphrase is wrong. Please unlock it and start again."),
    "keys_missing": _("This till's keys are not in the keyring. Please pair it again."),
    "folder_unusable": _("A folder of this till cannot be made or written. Please choose another one."),
    "profile_in_use": _("This till is already open in another window. Please use that one."),
    "not_paired": _("This till is not paired yet. Ask the office for a pairing code."),
    "pairing_refused": _("This pairing code was not accepted. Ask the office for a new one."),
    "try_later": _("Too many wrong codes were tried. Please wait a minute and try again."),
    "already_paired": _(
        "This till is paired already, and the company takes what it sends. Choose another profile to pair a new one."
    ),
    "plain_http": _("This address is not encrypted. Please type it with https, or ask whoever runs the server."),
    "address_wrong": _("This is not a server's address. Please check it; it looks like shop.example."),
    "no_camera": _("No camera was found. Plug one in, or type the card number."),
    "printer": _("The slip could not be printed. Everything is booked; please look at the printer and try again."),
    "printer_unreachable": _(
        "The printer does not answer. Everything is booked; please check that it is on and connected."
    ),
    "printer_paper": _("The printer has no paper, or its lid is open. Everything is booked; please look after it."),
    "printer_not_allowed": _(
        "This till may not use the printer. Everything is booked; please ask support to allow it in the system."
    ),
    "printer_address": _("This is not a printer's address. Please check it in the settings."),
    "printer_service": _(
        "This computer lacks a part for this kind of printer. Please choose another kind, or ask support to add it."
    ),
    "server": _("The company's server did not answer as it should. All is saved here and goes on by itself."),
    "nobody_answers": _("Nobody answers at this address. Please check it, and whether the till is online."),
    "unreachable": _("No connection to the company's server. All is saved here and goes on by itself."),
    "server_failed": _("The company's server has a fault. All is saved here and goes on by itself."),
    "server_down": _(
        "The company's server cannot save anything at the moment. All is saved here and goes on by itself."
    ),
    "not_our_server": _(
        "Something else answers in place of the company's server. Check the network's sign-in page; all is saved here."
    ),
    "altered": _(
        "The server's answers are changed on the way, or it is too old. All is saved here and goes on by itself."
    ),
    "journal_forked": _(
        "This till's journal does not match the company's books. Go on serving, all is saved here, and "
        "ask a manager to pair it again."
    ),
    "revoked": _(
        "The office has signed this till off; what it still had was handed over, and what it knew is erased. "
        "Ask the office for a code to pair it again."
    ),
    "token_unknown": _(
        "The company's server does not know this till. Go on serving, all is saved here, and ask a "
        "manager to pair it again."
    ),
    "protocol_unsupported": _(
        "This till's program and the company's server no longer understand each other. All is saved; please update it."
    ),
    "bug": _("Exchanging with the company was interrupted. All is saved here and goes on by itself."),
    "too_old": _("This till's program is too old. All is saved and sent; please update it."),
    "request": _("This request was not understood, and nothing was changed. Please check it and ask again."),
}


_FOLDER = _("The folder {folder} cannot be made or written. Please choose another one, or have it allowed.")
_FULL = {
    "journal_unwritable": _(
        "The disk with {folder} is full. Nothing was booked; free at least {megabytes} MB and try again."
    ),
    "disk_full": _(
        "The disk with {folder} is full, and nothing can be booked. Free at least {megabytes} MB; "
        "the till goes on by itself."
    ),
}


def problem(kind: str, words: Speech) -> ProblemView:
    """The view of a problem: what happened, and what to do."""
    known = kind if kind in _SENTENCES else "problem"
    return ProblemView(known, words.gettext(_SENTENCES[known]))


def problem_of(trouble: Problem, words: Speech) -> ProblemView:
    """The view of a raised problem."""
    if isinstance(trouble, JournalUnwritable) and trouble.full is not None:
        return full_disk(trouble.kind, trouble.full, words)
    if isinstance(trouble, FolderUnusable):
        return ProblemView(trouble.kind, words.gettext(_FOLDER).format(folder=trouble.folder))
    return problem(trouble.kind, words)


def full_disk(kind: str, full: FullDisk, words: Speech) -> ProblemView:
    """The view of a full disk: where it is, and how much must be freed."""
    return ProblemView(kind, words.gettext(_FULL[kind]).format(folder=full.folder, megabytes=full.missing_mb))


def problem_kinds() -> frozenset[str]:
    """All kinds of problems that have a sentence."""
    return frozenset(_SENTENCES)
