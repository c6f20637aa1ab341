"""Refusals of the company server to operators' commands and to terminals that pair.

Raised, so that the unit of work is rolled back. `phrases` gives them their sentences.
"""

from enum import StrEnum

from loyalty.refusals import Refusal


class No(StrEnum):
    """Reasons of refusals, as spelled in `--json` and docs/operators.md."""

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
    STAFF_AMBIGUOUS = "staff_ambiguous"
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
    PLAIN_HTTP = "plain_http"


class Refused(Exception):
    """A refusal; `about` is what its sentence names."""

    def __init__(self, reason: No, about: str = "", refusal: Refusal | None = None) -> None:
        super().__init__(f"{reason}: {about}")
        self.reason = reason
        self.about = about
        self.refusal = refusal  # the rules' refusal, if they gave it
