"""Refusals of the API as `application/problem+json` (RFC 9457), and the same sentences for pages.

A failure of the server says nothing but the id under which its log has it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.responses import Response

from loyalty import phrases as rules
from loyalty.phrases import Words
from loyalty.refusals import Refusal
from loyalty.settings import BOUNDS
from server import phrases
from server.companies import setting_words
from server.refusals import No, ProgramRefused, Refused, SettingsRefused, TooMany

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5  # a database that is down is not up again sooner


def _(message: str) -> str:
    """Marks a sentence for the catalogues; it is translated when used."""
    return message


# The status, the title and the sentence of each reason that the edge itself gives.
REASONS: dict[str, tuple[int, str]] = {
    "malformed": (400, _("The request could not be read.")),
    "idempotency_key_missing": (400, _("This request needs an Idempotency-Key, which must be a UUID.")),
    "sign_in_needed": (401, _("Please sign in.")),
    "not_allowed": (403, _("Your role does not allow this.")),
    "cross_site": (403, _("This request came from another site, so it was not carried out. Please try again here.")),
    "confirm_needed": (403, _("Please type your password again.")),
    "suspended": (403, _("This company is suspended. It can be read, but nothing can be changed.")),
    "code_needed": (401, _("Please sign in with a code that is sent to you.")),
    "card_needed": (401, _("Please open the card by its own code first.")),
    "https_needed": (403, _("Signing in needs an encrypted connection. Please ask whoever runs this server.")),
    "unknown": (404, _("This does not exist, or it is not yours.")),
    "method_not_allowed": (405, _("This address takes no such request.")),
    "too_slow": (408, _("The request did not arrive in time. Please try again.")),
    "refused": (409, _("This cannot be done.")),
    "changed_meanwhile": (409, _("Somebody else has changed this in the meantime. Please look at it again.")),
    "answer_lost": (409, _("This request was carried out before, but its answer can no longer be read.")),
    "in_progress": (409, _("The same request is still being carried out.")),
    "too_large": (413, _("The request is too large.")),
    "media_type": (415, _("The request is not of a type that can be read here.")),
    "invalid": (422, _("Something in this request is not right.")),
    "idempotency_key_reused": (422, _("This Idempotency-Key was used for another request.")),
    "too_many": (429, _("Too many tries. Please wait a moment.")),
    "failed": (500, _("Something went wrong here. The log has it under {log_id}.")),
    "down": (503, _("The server cannot work just now. Please try again in a moment.")),
}

_TOO_LARGE = _("This is too large: at most {size} MB can be sent.")

_UNKNOWN = {
    No.COMPANY_UNKNOWN,
    No.STORE_UNKNOWN,
    No.PROGRAM_UNKNOWN,
    No.TERMINAL_UNKNOWN,
    No.STAFF_UNKNOWN,
    No.CARD_UNKNOWN,
    No.CASE_UNKNOWN,
    No.SHEET_UNKNOWN,
    No.CODE_UNKNOWN,
    No.LOGO_UNKNOWN,
    No.TRANSACTION_UNKNOWN,
    No.ACCOUNT_UNKNOWN,
    No.JOB_UNKNOWN,
    No.IMPORT_UNKNOWN,
    No.EXPORT_UNKNOWN,
}
_FIELDS = {
    No.SLUG_INVALID: "slug",
    No.SLUG_TAKEN: "slug",
    No.SLUG_RESERVED: "slug",
    No.NAME_INVALID: "name",
    No.NAME_TAKEN: "name",
    No.NAME_DIFFERS: "name",
    No.EMAIL_INVALID: "email",
    No.EMAIL_TAKEN: "email",
    No.ALREADY_INVITED: "email",
    No.PASSWORD_LENGTH: "password",
    No.PASSWORD_COMMON: "password",
    No.PASSWORD_KNOWN: "password",
    No.PIN_REFUSED: "pin",
    No.CHALLENGE_INVALID: "challenge",
    No.CODE_WRONG: "code",
    No.CODE_OVER: "code",
    No.CARD_CODE_UNKNOWN: "card",
    No.CONTACT_UNPROVEN: "card",
    No.CONTACT_ELSEWHERE: "card",
    No.EMAIL_NEEDED: "contact",
    No.COUNT_INVALID: "count",
    No.LOGO_UNREADABLE: "logo",
    No.LOGO_TOO_LARGE: "logo",
    No.REASON_INVALID: "reason",
    No.PROGRAM_TOO_EARLY: "holds_from",
    No.REWARD_COST: "rewards",
    No.REWARD_VALUE: "rewards",
    No.PERIOD_INVALID: "from",
    No.ONE_OF_STAFF_AND_ORIGIN: "staff",
    No.GRANT_MISSING: "grant",
    No.IMPORT_UNREADABLE: "file",
    No.IMPORT_COLUMNS: "columns",
}
_STATUS = {No.TOO_MANY: 429, No.BUSY: 503, No.SHEETS_BUSY: 503, No.SIGN_IN_FAILED: 401}


@dataclass(frozen=True, slots=True)
class FieldError:
    """Why the value of one field is refused; *limit* is the bound it missed."""

    field: str
    reason: str
    detail: str
    limit: Any = None


class HttpProblem(Exception):
    """A refused request. *reason* is one of `REASONS`, or a word of its own with *status* and *detail*."""

    def __init__(
        self,
        reason: str,
        *,
        status: int | None = None,
        detail: str | None = None,
        errors: Sequence[FieldError] = (),
        refusal: Mapping[str, Any] | None = None,
        log_id: str | None = None,
        retry_after_s: int | None = None,
        present: Mapping[str, Any] | None = None,
        bytes_max: int | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = REASONS[reason][0] if status is None else status
        self.errors = tuple(errors)
        self.refusal = refusal
        self.log_id = log_id
        self.retry_after_s = retry_after_s
        self.present = present  # the present values, for a caller whose version is stale
        self._bytes_max = bytes_max  # of a body that has more
        self._detail = detail

    def title(self, words: Words) -> str:
        """What the status means, in one sentence."""
        known = REASONS.get(self.reason) or next(one for one in REASONS.values() if one[0] == self.status)
        return words.gettext(known[1]).format(log_id=self.log_id)

    def detail(self, words: Words) -> str:
        """The sentence that says what is wrong and what would do."""
        if self._bytes_max is not None:
            return words.gettext(_TOO_LARGE).format(size=self._bytes_max >> 20)
        return self.title(words) if self._detail is None else self._detail


def of_refused(refused: Refused, words: Words) -> HttpProblem:
    """The problem of a subject's refusal: unknown, invalid with its field, or a rule's no with its numbers."""
    if refused.reason in _UNKNOWN:
        return HttpProblem("unknown")
    if refused.reason in (No.SUSPENDED, No.NOT_ALLOWED, No.CONFIRM_NEEDED):
        return HttpProblem(refused.reason.value)
    if isinstance(refused, SettingsRefused):
        return HttpProblem("invalid", errors=_of_settings(refused, words))
    sentence = phrases.refusal(refused, words)
    if isinstance(refused, ProgramRefused):
        invalid = refused.invalid
        said = words.gettext(invalid.sentence).format(**invalid.values)
        said = f"{said[:1].upper()}{said[1:]}."
        return HttpProblem("invalid", errors=[FieldError(invalid.field, refused.reason.value, said)])
    if refused.reason in _STATUS:
        wait_s = refused.retry_after_s if isinstance(refused, TooMany) else None
        status = _STATUS[refused.reason]
        return HttpProblem(refused.reason.value, status=status, detail=sentence, retry_after_s=wait_s)
    field = _FIELDS.get(refused.reason)
    if refused.refusal is not None and field is None:
        return of_refusal(refused.refusal, words)
    if field is not None:
        reason = refused.reason.value if refused.refusal is None else refused.refusal.reason.value
        return HttpProblem("invalid", errors=[FieldError(field, reason, sentence)])
    return HttpProblem(refused.reason.value, status=409, detail=sentence)


def _of_settings(refused: SettingsRefused, words: Words) -> list[FieldError]:
    limits = refused.limits
    return [
        FieldError(
            name,
            No.SETTING_INVALID.value,
            setting_words.allowed(name, limits, words),
            limits.bounds(name)[1] if name in BOUNDS else None,
        )
        for name in refused.wrong
    ]


def of_refusal(refusal: Refusal, words: Words) -> HttpProblem:
    """The problem of a refusal by the shop's rules; its numbers go beside the sentence."""
    numbers = {name: value for name, value in msgspec.to_builtins(refusal).items() if value is not None}
    return HttpProblem(refusal.reason.value, status=409, detail=rules.refusal(refusal, words), refusal=numbers)


def response(problem: HttpProblem, words: Words) -> Response:
    """The answer to a program."""
    if problem.status == 500:
        return _json({"status": 500, "log_id": problem.log_id}, problem)
    said: dict[str, Any] = {
        "type": f"/problems/{problem.reason}",
        "title": problem.title(words),
        "status": problem.status,
        "detail": problem.detail(words),
        "reason": problem.reason,
    }
    if problem.errors:
        said["errors"] = [
            {name: value for name, value in msgspec.to_builtins(one).items() if value is not None}
            for one in problem.errors
        ]
    if problem.refusal is not None:
        said["refusal"] = problem.refusal
    if problem.present is not None:
        said["present"] = problem.present
    return _json(said, problem)


def headers(problem: HttpProblem) -> dict[str, str]:
    """The headers that a refusal needs, on pages too."""
    if problem.status in (429, 503):
        return {"Retry-After": str(problem.retry_after_s or RETRY_AFTER_S)}
    return {"WWW-Authenticate": "Bearer"} if problem.status == 401 else {}


def _json(said: Mapping[str, Any], problem: HttpProblem) -> Response:
    return Response(msgspec.json.encode(said), problem.status, headers=headers(problem), media_type=MEDIA_TYPE)
