"""Refusals of the company server to operators' commands, to the office, and to terminals that pair.

Raised, so that the unit of work is rolled back. `phrases` gives them their sentences.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from loyalty.program import ProgramInvalid
from loyalty.refusals import Refusal
from loyalty.settings import Limits


class No(StrEnum):
    """Reasons of refusals, as spelled in `--json` and docs/operators.md."""

    COMPANY_UNKNOWN = "company_unknown"
    SLUG_TAKEN = "slug_taken"
    SLUG_INVALID = "slug_invalid"
    SLUG_RESERVED = "slug_reserved"
    SLUGS_RESERVED = "slugs_reserved"
    NAME_INVALID = "name_invalid"
    NAME_TAKEN = "name_taken"
    NAME_DIFFERS = "name_differs"
    SETTING_INVALID = "setting_invalid"
    PROGRAM_INVALID = "program_invalid"
    PROGRAM_MISSING = "program_missing"
    PROGRAM_UNKNOWN = "program_unknown"
    PROGRAM_BEGUN = "program_begun"
    PROGRAM_TOO_EARLY = "program_too_early"
    PROGRAM_UNCHANGED = "program_unchanged"
    REWARD_COST = "reward_cost"
    REWARD_VALUE = "reward_value"
    PERIOD_INVALID = "period_invalid"
    ONE_OF_STAFF_AND_ORIGIN = "one_of_staff_and_origin"
    GRANT_MISSING = "grant_missing"
    STORE_UNKNOWN = "store_unknown"
    STORE_CLOSED = "store_closed"
    STORE_HAS_TILLS = "store_has_tills"
    TERMINAL_UNKNOWN = "terminal_unknown"
    STAFF_UNKNOWN = "staff_unknown"
    STAFF_AMBIGUOUS = "staff_ambiguous"
    PIN_REFUSED = "pin_refused"
    CHALLENGE_INVALID = "challenge_invalid"
    LOGO_UNKNOWN = "logo_unknown"
    LOGO_UNREADABLE = "logo_unreadable"
    LOGO_TOO_LARGE = "logo_too_large"
    COUNT_INVALID = "count_invalid"
    CARD_UNKNOWN = "card_unknown"
    CASE_UNKNOWN = "case_unknown"
    SHEET_UNKNOWN = "sheet_unknown"
    SHEET_TOO_OLD = "sheet_too_old"
    SHEET_USED = "sheet_used"
    SHEETS_BUSY = "sheets_busy"
    CODE_REFUSED = "code_refused"
    CODE_UNKNOWN = "code_unknown"
    NOT_EMPTY = "not_empty"
    FOLDER_NOT_EMPTY = "folder_not_empty"
    DATABASE_NOT_EMPTY = "database_not_empty"
    BACKUP_OF_OTHER_KIND = "backup_of_other_kind"
    BACKUP_NEWER = "backup_newer"
    BALANCES_WRONG = "balances_wrong"
    SUMS_WRONG = "sums_wrong"
    FILE_UNREADABLE = "file_unreadable"
    WORKERS_NEED_POSTGRESQL = "workers_need_postgresql"
    PLAIN_HTTP = "plain_http"
    SUSPENDED = "suspended"
    EMAIL_INVALID = "email_invalid"
    EMAIL_TAKEN = "email_taken"
    PASSWORD_LENGTH = "password_length"  # noqa: S105 - a reason
    PASSWORD_COMMON = "password_common"  # noqa: S105 - a reason
    PASSWORD_KNOWN = "password_known"  # noqa: S105 - a reason
    SIGN_IN_FAILED = "sign_in_failed"
    TOO_MANY = "too_many"
    BUSY = "busy"
    CONFIRM_NEEDED = "confirm_needed"
    NOT_ALLOWED = "not_allowed"
    LINK_INVALID = "link_invalid"
    CODE_WRONG = "code_wrong"
    CODE_OVER = "code_over"
    REPLACED_OFTEN = "replaced_often"
    MERGED_OFTEN = "merged_often"
    CONTACT_UNPROVEN = "contact_unproven"
    CONTACT_ELSEWHERE = "contact_elsewhere"
    CARD_CODE_UNKNOWN = "card_code_unknown"
    SELF_ENROLMENT_OFF = "self_enrolment_off"
    FORM_TIME = "form_time"
    EMAIL_NEEDED = "email_needed"
    CONTACT_GIVEN = "contact_given"
    ALREADY_MEMBER = "already_member"
    ALREADY_INVITED = "already_invited"
    ACCOUNT_UNKNOWN = "account_unknown"
    LAST_ADMIN = "last_admin"
    LAST_OWNER = "last_owner"
    REASON_INVALID = "reason_invalid"
    JOB_UNKNOWN = "job_unknown"
    JOB_RUNNING = "job_running"
    TRANSACTION_UNKNOWN = "transaction_unknown"
    IMPORT_UNKNOWN = "import_unknown"
    IMPORT_UNREADABLE = "import_unreadable"
    IMPORT_AGAIN = "import_again"
    IMPORT_BUSY = "import_busy"
    IMPORT_COLUMNS = "import_columns"
    IMPORT_NOTHING = "import_nothing"
    EXPORT_UNKNOWN = "export_unknown"
    EXPORT_GONE = "export_gone"
    REFUSED = "refused"  # by the rules of the program, whose refusal says why


class Refused(Exception):
    """A refusal; `about` is what its sentence names."""

    def __init__(self, reason: No, about: str = "", refusal: Refusal | None = None) -> None:
        super().__init__(f"{reason}: {about}")
        self.reason = reason
        self.about = about
        self.refusal = refusal  # the rules' refusal, if they gave it


class ProgramRefused(Refused):
    """A refusal of a program, with the field that is invalid and what it must be."""

    def __init__(self, invalid: ProgramInvalid) -> None:
        super().__init__(No.PROGRAM_INVALID, str(invalid))
        self.invalid = invalid


class TooMany(Refused):
    """A refusal for trying too often."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(No.TOO_MANY)
        self.retry_after_s = retry_after_s


class SettingsRefused(Refused):
    """A refusal of settings: *wrong* says of each what is allowed, within the platform's *limits*."""

    def __init__(self, wrong: Mapping[str, str], limits: Limits) -> None:
        super().__init__(No.SETTING_INVALID, "; ".join(wrong.values()))
        self.wrong = wrong
        self.limits = limits


class ChangedMeanwhile(Exception):
    """An edit of a version that is no longer the present one; *present* are the values as they are now."""

    def __init__(self, present: dict[str, Any]) -> None:
        super().__init__()
        self.present = present
