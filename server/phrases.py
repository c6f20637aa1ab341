"""The server's refusals and problems as sentences for whoever typed the command or called over HTTP.

What a command has done it says itself; nobody else on the server writes text. No sentence holds a code, a PIN, a key or
a database's password.
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
    No.SLUG_INVALID: "A slug has small letters, digits and dashes, at most 40 of them: {about!r} is none.",
    No.NAME_INVALID: "A name has 1 to 80 characters that can be printed.",
    No.NAME_TAKEN: "The name {about} is taken already.",
    No.SETTING_INVALID: "{about}.",
    No.PROGRAM_INVALID: "This program cannot hold: {about}.",
    No.PROGRAM_MISSING: "The company has no program yet. Please set one.",
    No.STORE_UNKNOWN: "The company has no store called {about}.",
    No.TERMINAL_UNKNOWN: "The company has no till called {about}.",
    No.STAFF_UNKNOWN: "Nobody called {about} works here.",
    No.PIN_REFUSED: "This PIN cannot be set.",
    No.CHALLENGE_INVALID: "A challenge is the 8 digits that the till shows.",
    No.COUNT_INVALID: "Between 1 and {about} cards can be issued at once.",
    No.CARD_UNKNOWN: "The company has no card with this code.",
    No.CODE_REFUSED: "This code cannot be used: it is wrong, too old, or another till has used it.",
    No.NOT_EMPTY: "The demo fills an empty database only, and this one has companies.",
    No.BALANCES_WRONG: "{about} stored balances differ from their ledger.",
    No.SUMS_WRONG: "{about} sums that tills compare theirs with are wrong. 'ledger recount' puts them right.",
    No.FILE_UNREADABLE: "The file {about} cannot be read.",
    No.WORKERS_NEED_POSTGRESQL: "Several workers need PostgreSQL. SQLite has one.",
}

_PROBLEMS: dict[type[Problem], str] = {
    problems.KeysUnnamed: "With PostgreSQL, ORION_KEYS must say where the key file lies.",
    problems.KeysMissing: "The key file {path} is not there. Bring it back from the backup: nothing opens without it.",
    problems.KeysUnreadable: "The key file {path} cannot be read. Bring it back from the backup.",
    problems.KeysExposed: "Everybody on this machine may read the key file {path}. Please take that away: chmod 600.",
    problems.KeysExist: "There is a key file at {path} already. It was left as it is.",
    problems.KeysForeign: "The key file {path} belongs to another database.",
    problems.DatabaseMissing: "There is no database yet. 'orion-server migrate' makes one.",
    problems.DatabaseNotMigrated: "The database is of another version. Please run 'orion-server migrate' first.",
    problems.DatabaseUnusable: "The database does not answer, or the address is not a database.",
    problems.AddressTaken: "The server cannot listen at {host}:{port}: it is taken, or not this machine's.",
    problems.WorkerFailed: "One of the workers could not start. What it wrote above says why.",
}

NOT_AN_ADDRESS = "a database is named like sqlite:///server.db or postgresql://host/name"
FAILED = "failed"  # the server's own fault, beside the kinds in `sync.protocol.messages`

_TO_TERMINALS: dict[str, str] = {
    messages.TOKEN_UNKNOWN: "This terminal is not known here. Please pair it again.",
    messages.REVOKED: "This terminal was revoked.",
    messages.FORKED: "This till's journal is not the one the server knows. Please pair it again.",
    messages.GARBLED: "The request could not be read.",
    messages.TOO_LARGE: "The request is too large.",
    messages.TRY_LATER: "Too many wrong codes were tried. Please wait a minute.",
    messages.CODE_REFUSED: _REFUSALS[No.CODE_REFUSED],
    messages.UNSUPPORTED: "This program is too old or too new for the server. Please update.",
    FAILED: "Something went wrong on the server. Its log says what, under {log_id}.",
}


class English:
    """The rules' sentences as they are written; the pages bring the other languages."""

    def gettext(self, message: str) -> str:
        return message

    def ngettext(self, one: str, many: str, count: int) -> str:
        return one if count == 1 else many

    def money(self, amount_minor: int) -> str:
        return str(amount_minor)


def refusal(no: Refused) -> str:
    """Why a command was not done."""
    if no.refusal is not None:
        return rules.refusal(no.refusal, English())
    return _REFUSALS[no.reason].format(about=no.about)


def problem(met: Problem) -> str:
    """What is wrong with the world, and the way on."""
    return _PROBLEMS[type(met)].format(**vars(met))


def to_terminal(kind: str, log_id: str = "") -> str:
    """Why a terminal's request was not taken."""
    return _TO_TERMINALS[kind].format(log_id=log_id)


def case(kind: str) -> str:
    """What a manager must look at; the word itself for one that a newer server wrote."""
    return rules.case(CaseKind(kind), English()) if kind in set(CaseKind) else kind
