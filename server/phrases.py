"""Sentences for the server's refusals and problems, for operators and HTTP callers.

Commands word their own results; all other texts are here. Sentences must not contain codes, PINs, keys or passwords.
"""

from loyalty import case_phrases
from loyalty import phrases as rules
from server import problems
from server.problems import Problem
from server.refusals import No, Refused, TooMany
from sync.protocol import messages


def _(message: str) -> str:
    """Marks a sentence that people read in a browser; it is translated where it is used."""
    return message


_REFUSALS: dict[No, str] = {
    No.COMPANY_UNKNOWN: "There is no company called {about}.",
    No.SLUG_TAKEN: _("Another company is called {about} already. Please choose another short name."),
    No.SLUG_INVALID: _("A short name has at most 40 small letters, digits and dashes; {about!r} is not valid."),
    No.SLUG_RESERVED: _("{about} is a word of this server's own addresses. Please choose another short name."),
    No.SLUGS_RESERVED: "Companies whose short names are words of the server's own addresses: {about}. "
    "'company rename' gives them others.",
    No.NAME_INVALID: _("A name has 1 to 80 printable characters."),
    No.NAME_TAKEN: _("The name {about} is taken already."),
    No.NAME_DIFFERS: _("This is not {about}. Please type the name as it stands there."),
    No.SETTING_INVALID: "{about}.",
    No.PROGRAM_INVALID: _("This program is invalid: {about}."),
    No.PROGRAM_MISSING: _("The company has no program yet. Please set one."),
    No.PROGRAM_UNKNOWN: "The company's program has no version {about}.",
    No.PROGRAM_BEGUN: _("Version {about} has begun. Please write a newer one."),
    No.PROGRAM_TOO_EARLY: _("Please choose a later time: this one has passed, or another version begins after it."),
    No.PROGRAM_UNCHANGED: _("This version changes nothing."),
    No.REWARD_COST: _("{about} needs a whole number of points."),
    No.PERIOD_INVALID: _("A period ends on or after the day on which it begins, and has at most two years."),
    No.ONE_OF_STAFF_AND_ORIGIN: _("Choose one person or one enrolling store; both together are not counted."),
    No.REWARD_VALUE: _("{about} needs a value that is an amount, or none."),
    No.GRANT_MISSING: _("Cards would lose something they have reached. Please choose what happens to them."),
    No.STORE_UNKNOWN: "The company has no store called {about}.",
    No.STORE_CLOSED: _("{about} is closed: nothing is booked there, and no till can be added."),
    No.STORE_HAS_TILLS: _("These tills stand in the store. Please sign them off first: {about}."),
    No.TERMINAL_UNKNOWN: "The company has no till called {about}.",
    No.STAFF_UNKNOWN: "Nobody called {about} works here.",
    No.STAFF_AMBIGUOUS: "Several people could be called {about}. Please give the id that 'staff list' shows.",
    No.PIN_REFUSED: _("This PIN cannot be set."),
    No.CHALLENGE_INVALID: _("A challenge is the 8 digits that the till shows."),
    No.LOGO_UNKNOWN: "The company has no logo.",
    No.LOGO_UNREADABLE: _("This is no picture that can be read here. A logo is a PNG, JPEG or WebP file."),
    No.LOGO_TOO_LARGE: _("A logo has at most 2 MB and 40 megapixels."),
    No.COUNT_INVALID: _("Between 1 and {about} cards can be issued at once."),
    No.SHEET_UNKNOWN: "The company has no sheet {about}.",
    No.SHEET_TOO_OLD: _("This sheet is older than 24 hours, or it was withdrawn. Its codes are not shown again."),
    No.SHEET_USED: _("All cards of this sheet are in use or withdrawn."),
    No.SHEETS_BUSY: _("Other sheets are being drawn just now. Please try again in a moment."),
    No.CARD_UNKNOWN: "The company has no card with this code.",
    No.CASE_UNKNOWN: "The company has no case of this number.",
    No.CODE_REFUSED: "This code cannot be used: it is wrong, too old, or another till has used it.",
    No.CODE_UNKNOWN: "There is no such code.",
    No.NOT_EMPTY: "The demo fills an empty database only, and this one has companies.",
    No.FOLDER_NOT_EMPTY: "There is something in {about} already. Please name a new folder for the backup.",
    No.DATABASE_NOT_EMPTY: "There is a database already. A backup is restored into an empty place only.",
    No.BACKUP_OF_OTHER_KIND: "This backup is of {about}. Please name such a database.",
    No.BACKUP_NEWER: "This backup was made by program {about}, which is newer than this one. Please update first.",
    No.BALANCES_WRONG: "Stored balances that differ from their ledger: {about}.",
    No.SUMS_WRONG: "Sums that tills compare with theirs and that are wrong: {about}. 'ledger recount' corrects them.",
    No.FILE_UNREADABLE: "The file {about} cannot be read.",
    No.WORKERS_NEED_POSTGRESQL: "Several workers need PostgreSQL. SQLite has one.",
    No.JOB_UNKNOWN: "There is no job called {about}. 'orion-server jobs list' names them.",
    No.JOB_RUNNING: "Another process is running {about} just now. Please try again in a minute.",
    No.PLAIN_HTTP: "At {about} others could read what is said. Put a proxy with TLS before it, or say --plain-http.",
    No.SUSPENDED: _("This company is suspended. Everything can be read, and nothing changed."),
    No.EMAIL_INVALID: _("This is not an e-mail address."),
    No.EMAIL_TAKEN: _("There is an account for {about} already."),
    No.PASSWORD_LENGTH: _("A password has 10 to 128 characters."),
    No.PASSWORD_COMMON: _("This password is among the most common ones. Please choose another."),
    No.PASSWORD_KNOWN: _("A password must be neither the e-mail address nor the company's name."),
    No.SIGN_IN_FAILED: _("E-mail address or password are wrong."),
    No.TOO_MANY: _("This was tried too often. Please try again in {about}."),
    No.BUSY: _("The server is busy just now. Please try again."),
    No.CONFIRM_NEEDED: _("Please give your password again."),
    No.NOT_ALLOWED: _("Your role does not allow this."),
    No.CODE_WRONG: _("This code is not right. Please look at the mail again."),
    No.REPLACED_OFTEN: _("This card was replaced {about} times in 30 days. Please ask at the counter."),
    No.MERGED_OFTEN: _("Cards were put together {about} times in 30 days. Please ask at the counter."),
    No.CONTACT_UNPROVEN: _("Another contact belongs to this card. Please prove first that it is yours."),
    No.CONTACT_ELSEWHERE: _("The contact of this card cannot be proven here. Please ask at the counter."),
    No.CARD_CODE_UNKNOWN: _("This is not the code of a card that somebody has here."),
    No.CODE_OVER: _("This code holds no longer. Please ask for a new one."),
    No.SELF_ENROLMENT_OFF: _("Ask for a card at the counter. It collects from your first visit on."),
    No.FORM_TIME: _("Please look at this once more, and press again."),
    No.EMAIL_NEEDED: _("Many cards were made just now. Please give an e-mail address: a code is sent to it first."),
    No.CONTACT_GIVEN: _("This card has a contact already. Sign in with it to change something."),
    No.LINK_INVALID: _("This link was used, is too old, or was replaced by a newer one."),
    No.ALREADY_MEMBER: _("This person or this account belongs to somebody in the company already."),
    No.ALREADY_INVITED: _("This address has an invitation already, which gives more than you may give."),
    No.ACCOUNT_UNKNOWN: "There is no admin called {about}.",
    No.LAST_ADMIN: _("This is the last admin. Please invite another first."),
    No.TRANSACTION_UNKNOWN: "The company has no such transaction.",
    No.IMPORT_UNKNOWN: "The company has no import {about}.",
    No.IMPORT_UNREADABLE: _("This file cannot be read as CSV: {about}."),
    No.IMPORT_AGAIN: _("This file was imported before, as {about}. Tick the box to import it once more."),
    No.IMPORT_BUSY: _("This import has moved on meanwhile. Please look at it again."),
    No.IMPORT_COLUMNS: _("Please choose a column for at least one field, and each column once."),
    No.IMPORT_NOTHING: _("No row of this file can be imported."),
    No.EXPORT_UNKNOWN: "The company has no export {about}.",
    No.EXPORT_GONE: _("This export was deleted. Please make a new one."),
    No.REFUSED: _("This cannot be done."),
    No.LAST_OWNER: _("This is the last owner. Please make somebody else an owner first."),
    No.REASON_INVALID: _("A reason has 1 to 200 printable characters."),
}

# Why nothing of a CSV file can be taken.
_CSV: dict[str, str] = {
    "no_csv": _("it is a spreadsheet's own file or in UTF-16; please save it as CSV in UTF-8"),
    "empty": _("it is empty"),
    "header": _("its first row, which names the columns, cannot be read"),
    "too_large": _("it has more than 200 MB"),
    "too_many_rows": _("it has more than 1,000,000 rows"),
}

_PROBLEMS: dict[type[Problem], str] = {
    problems.SettingUnreadable: "The value of {name} cannot be used. docs/operators.md shows what it looks like.",
    problems.KeysUnnamed: "With PostgreSQL, ORION_KEYS must name the key file.",
    problems.FolderUnusable: "The folder {path} cannot be made or written. Please name another, or have it allowed.",
    problems.KeysMissing: "The key file {path} is missing. Restore it from the backup: nothing opens without it.",
    problems.KeysUnreadable: "The key file {path} cannot be read. Please restore it from the backup.",
    problems.KeysExposed: "Other users of this machine can read the key file {path}. Please restrict it: chmod 600.",
    problems.KeysExist: "There is a key file at {path} already. It was left as it is.",
    problems.KeysForeign: "The key file {path} belongs to another database.",
    problems.DatabaseMissing: "There is no database yet. 'orion-server migrate' makes one.",
    problems.DatabaseNotMigrated: "The database is of another version. Please run 'orion-server migrate' first.",
    problems.DatabaseUnusable: "The database does not answer, or the address is not a database.",
    problems.DatabaseUnwritable: "The database cannot be written: its disk is full or fails, or it may only be read.",
    problems.BackupBroken: "The folder {path} is no whole backup: {said}.",
    problems.ToolMissing: "The program {name} is missing. It comes with PostgreSQL's client.",
    problems.ToolFailed: "{name} failed: {said}.",
    problems.AddressTaken: "The server cannot listen at {host}:{port}: the port is in use or not this machine's.",
    problems.WorkerFailed: "A worker could not start. Its messages above say why.",
}

NOT_AN_ADDRESS = "a database is named like sqlite:///server.db or postgresql://host/name"
FAILED = "failed"  # an internal error, beside the kinds in `sync.protocol.messages`
DOWN = "down"  # a failure of the database; terminals get `try_later`

_TO_TERMINALS: dict[str, str] = {
    messages.TOKEN_UNKNOWN: "This terminal is not known here. Please pair it again.",
    messages.REVOKED: "This terminal was revoked.",
    messages.FORKED: "This till's journal is not the one the server knows. Please pair it again.",
    messages.GARBLED: "The request could not be read.",
    messages.TOO_LARGE: "The request is too large.",
    messages.TRY_LATER: "Too many wrong codes were tried. Please wait a minute.",
    messages.CODE_REFUSED: _REFUSALS[No.CODE_REFUSED],
    messages.UNSUPPORTED: "This program is too old or too new for the server. Please update.",
    messages.ENTRY_FAILED: "The server could not take this entry. Its log says why, under {log_id}.",
    DOWN: "The server cannot work with its database just now. Please try again later.",
    FAILED: "The server failed. Its log has the details, under {log_id}.",
}


class English:
    """The rules' sentences untranslated."""

    def gettext(self, message: str) -> str:
        return message

    def ngettext(self, one: str, many: str, count: int) -> str:
        return one if count == 1 else many

    def money(self, amount_minor: int) -> str:
        return str(amount_minor)


def counted(number: int, one: str) -> str:
    """A count with its noun, such as `1 card` or `2 cards`; *one* is the singular."""
    many = f"{one.removesuffix('y')}ies" if one.endswith("y") else f"{one}s"
    return f"{number} {one if number == 1 else many}"


def refusal(refused: Refused, words: rules.Words = English()) -> str:  # noqa: B008 - it has no state
    """The sentence for a refused command or request."""
    if refused.refusal is not None:
        return rules.refusal(refused.refusal, words)
    about = refused.about
    if isinstance(refused, TooMany):
        minutes = -(-refused.retry_after_s // 60)
        about = words.ngettext("{minutes} minute", "{minutes} minutes", minutes).format(minutes=minutes)
    if refused.reason is No.IMPORT_UNREADABLE:
        about = csv_file(about, words)
    return words.gettext(_REFUSALS[refused.reason]).format(about=about)


def csv_file(wrong: str, words: rules.Words) -> str:
    """Why nothing of a CSV file can be taken, within a sentence."""
    return words.gettext(_CSV[wrong])


def problem(error: Problem) -> str:
    """The sentence for a problem, with what to do about it."""
    return _PROBLEMS[type(error)].format(**vars(error))


def to_terminal(kind: str, log_id: str = "") -> str:
    """The sentence for a terminal's refused request."""
    return _TO_TERMINALS[kind].format(log_id=log_id)


def case(kind: str) -> str:
    """The sentence for a case; the bare word for a kind of a newer server."""
    return case_phrases.sentence(kind, English())
