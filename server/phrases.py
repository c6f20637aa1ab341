"""Sentences for the server's refusals and problems, for operators and HTTP callers.

Commands word their own results; all other texts are here. Sentences must not contain codes, PINs, keys or passwords.
"""

from loyalty import phrases as rules
from loyalty.judge import CaseKind
from server import problems
from server.problems import Problem
from server.refusals import No, Refused
from sync.protocol import messages

_REFUSALS: dict[No, str] = {
    No.COMPANY_UNKNOWN: "There is no company called {about}.",
    No.SLUG_TAKEN: "Another company is called {about} already. Please choose another --slug.",
    No.SLUG_INVALID: "A slug has at most 40 small letters, digits and dashes; {about!r} is not valid.",
    No.NAME_INVALID: "A name has 1 to 80 printable characters.",
    No.NAME_TAKEN: "The name {about} is taken already.",
    No.SETTING_INVALID: "{about}.",
    No.PROGRAM_INVALID: "This program is invalid: {about}.",
    No.PROGRAM_MISSING: "The company has no program yet. Please set one.",
    No.STORE_UNKNOWN: "The company has no store called {about}.",
    No.TERMINAL_UNKNOWN: "The company has no till called {about}.",
    No.STAFF_UNKNOWN: "Nobody called {about} works here.",
    No.STAFF_AMBIGUOUS: "Several people could be called {about}. Please give the id that 'staff list' shows.",
    No.PIN_REFUSED: "This PIN cannot be set.",
    No.CHALLENGE_INVALID: "A challenge is the 8 digits that the till shows.",
    No.COUNT_INVALID: "Between 1 and {about} cards can be issued at once.",
    No.CARD_UNKNOWN: "The company has no card with this code.",
    No.CODE_REFUSED: "This code cannot be used: it is wrong, too old, or another till has used it.",
    No.NOT_EMPTY: "The demo fills an empty database only, and this one has companies.",
    No.BALANCES_WRONG: "Stored balances that differ from their ledger: {about}.",
    No.SUMS_WRONG: "Sums that tills compare with theirs and that are wrong: {about}. 'ledger recount' corrects them.",
    No.FILE_UNREADABLE: "The file {about} cannot be read.",
    No.WORKERS_NEED_POSTGRESQL: "Several workers need PostgreSQL. SQLite has one.",
    No.PLAIN_HTTP: "At {about} others could read what is said. Put a proxy with TLS before it, or say --plain-http.",
}

_PROBLEMS: dict[type[Problem], str] = {
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


def refusal(refused: Refused) -> str:
    """The sentence for a refused command."""
    if refused.refusal is not None:
        return rules.refusal(refused.refusal, English())
    return _REFUSALS[refused.reason].format(about=refused.about)


def problem(error: Problem) -> str:
    """The sentence for a problem, with what to do about it."""
    return _PROBLEMS[type(error)].format(**vars(error))


def to_terminal(kind: str, log_id: str = "") -> str:
    """The sentence for a terminal's refused request."""
    return _TO_TERMINALS[kind].format(log_id=log_id)


def case(kind: str) -> str:
    """The sentence for a case; the bare word for a kind of a newer server."""
    return rules.case(CaseKind(kind), English()) if kind in set(CaseKind) else kind
