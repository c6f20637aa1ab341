"""Every way the company server says no to a command of its operator, or to a terminal that wants to be paired.

Raised, not returned: what was begun in the same unit of work must not be kept. The sentence is made in `phrases`.
"""

from enum import StrEnum

from loyalty.refusals import Refusal


class No(StrEnum):
    """Why. `--json` and docs/operators.md spell the words so."""

    COMPANY_UNKNOWN = "company_unknown"
    SLUG_TAKEN = "slug_taken"
    SLUG_INVALID = "slug_invalid"
    NAME_INVALID = "name_invalid"
    NAME_TAKEN = "name_taken"
    SETTING_INVALID = "setting_invalid"
    PROGRAM_INVALID = "program_invalid"
    PROGRAM_MISSING = "program_missing"
    STORE_UNKNOWN = "store_unknown"
    TERMINAL_UNKNOWN = "terminal_unknown"
    STAFF_UNKNOWN = "staff_unknown"
    PIN_REFUSED = "pin_refused"
    CHALLENGE_INVALID = "challenge_invalid"
    COUNT_INVALID = "count_invalid"
    CARD_UNKNOWN = "card_unknown"
    CODE_REFUSED = "code_refused"
    NOT_EMPTY = "not_empty"
    BALANCES_WRONG = "balances_wrong"
    SUMS_WRONG = "sums_wrong"
    FILE_UNREADABLE = "file_unreadable"
    WORKERS_NEED_POSTGRESQL = "workers_need_postgresql"


class Refused(Exception):
    """One no; `about` is what its sentence names."""

    def __init__(self, reason: No, about: str = "", refusal: Refusal | None = None) -> None:
        super().__init__(f"{reason}: {about}")
        self.reason = reason
        self.about = about
        self.refusal = refusal  # the rules' own no, where they said it
