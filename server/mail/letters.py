"""Every word of a mail. A letter is composed in the reader's language when it is put into the outbox."""

from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import Protocol

NOW, SOON = 0, 5  # priorities: somebody waits for it; it informs


class LetterKind(StrEnum):
    """What a mail is about."""

    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a kind of letter
    SUPPORT_VIEW = "support_view"
    EXPIRY_NOTICE = "expiry_notice"
    CASE_DIGEST = "case_digest"
    RETENTION_NOTICE = "retention_notice"
    ERASED = "erased"
    ONE_TIME_CODE = "one_time_code"
    CONTACT_CHANGED = "contact_changed"


@dataclass(frozen=True, slots=True)
class Letter:
    """A composed mail without its address."""

    kind: LetterKind
    language: str
    subject: str
    text: str
    html: str
    priority: int = NOW
    unsubscribe: str | None = None  # the address of a page that stops such letters


class Words(Protocol):
    """A translator into the reader's language."""

    language: str

    def gettext(self, message: str) -> str: ...

    def ngettext(self, one: str, many: str, count: int) -> str: ...


@dataclass(frozen=True, slots=True)
class _Link:
    """The address of a page with the words of its button."""

    words: str
    address: str


def invitation(words: Words, *, link: str, by: str, company: str | None = None) -> Letter:
    """An invitation to set a password; *by* is who invites, *company* is None for an admin of the platform."""
    _ = words.gettext
    where = _("the administration of this Orion server") if company is None else company
    return _letter(
        LetterKind.INVITATION,
        words.language,
        _("Invitation to {where}").format(where=where),
        (
            _("{by} invites you to {where}.").format(by=by, where=where),
            _Link(_("Accept the invitation"), link),
            _("The link can be used once within 7 days. If you did not expect it, you need not do anything."),
        ),
    )


def password_reset(words: Words, *, link: str) -> Letter:
    """A link that sets a new password."""
    _ = words.gettext
    return _letter(
        LetterKind.PASSWORD_RESET,
        words.language,
        _("A new password"),
        (
            _("Somebody asked for a new password for this e-mail address."),
            _Link(_("Choose a new password"), link),
            _("The link can be used once within an hour. If it was not you, the password stays as it is."),
        ),
    )


def support_view(words: Words, *, company: str, by: str, reason: str, minutes: int) -> Letter:
    """Tells an owner that an admin of the platform looks at the company's pages."""
    _ = words.gettext
    how_long = words.ngettext("for at most {minutes} minute", "for at most {minutes} minutes", minutes).format(
        minutes=minutes
    )
    return _letter(
        LetterKind.SUPPORT_VIEW,
        words.language,
        _("Support looks at {company}").format(company=company),
        (
            _("{by} opened the pages of {company} {how_long}.").format(by=by, company=company, how_long=how_long),
            _("The reason given: {reason}").format(reason=reason),
            _("Nothing can be changed in this view. Every page that is opened stands in the audit log."),
        ),
        priority=SOON,
    )


def one_time_code(words: Words, *, company: str, code: str) -> Letter:
    """A code that proves that an address is somebody's. It has no link, as mail scanners open every one."""
    _ = words.gettext
    return _letter(
        LetterKind.ONE_TIME_CODE,
        words.language,
        _("{code} is your code for {company}").format(code=code, company=company),
        (
            _("Type this code where you asked for it: {code}").format(code=code),
            _("It holds for ten minutes, once. Nobody from the shop asks for it."),
            _("If you did not ask for a code, you need not do anything."),
        ),
    )


def contact_changed(words: Words, *, company: str, contact: str) -> Letter:
    """Tells a customer's former address that another one has taken its place; *contact* is masked."""
    _ = words.gettext
    return _letter(
        LetterKind.CONTACT_CHANGED,
        words.language,
        _("Another address for your card at {company}").format(company=company),
        (
            _("From now on {contact} belongs to your card at {company}, and this address does no longer.").format(
                contact=contact, company=company
            ),
            _("If it was not you, please ask at the counter at once."),
        ),
    )


def expiry_notice(words: Words, *, company: str, points: int, day: str, unsubscribe: str) -> Letter:
    """Tells a customer that their points lapse on a *day* unless they come by."""
    _ = words.gettext
    return _letter(
        LetterKind.EXPIRY_NOTICE,
        words.language,
        words.ngettext(
            "Your {count} point at {company} lapses on {day}", "Your {count} points at {company} lapse on {day}", points
        ).format(count=points, company=company, day=day),
        (
            words.ngettext(
                "There is {count} point on your card at {company}. It lapses on {day}.",
                "There are {count} points on your card at {company}. They lapse on {day}.",
                points,
            ).format(count=points, company=company, day=day),
            _("They stay whenever you collect or take a reward before that day."),
            _Link(_("Get no more such messages"), unsubscribe),
        ),
        priority=SOON,
        unsubscribe=unsubscribe,
    )


def case_digest(words: Words, *, company: str, cases: int, stake: str | None, link: str) -> Letter:
    """Tells a manager how many cases wait, and what is at stake as far as its value is known."""
    _ = words.gettext
    waiting = words.ngettext("{count} case waits for you", "{count} cases wait for you", cases).format(count=cases)
    return _letter(
        LetterKind.CASE_DIGEST,
        words.language,
        _("{company}: {waiting}").format(company=company, waiting=waiting),
        (
            words.ngettext(
                "{count} case of {company} waits for a decision.",
                "{count} cases of {company} wait for a decision.",
                cases,
            ).format(count=cases, company=company),
            *(() if stake is None else (_("{amount} is at stake.").format(amount=stake),)),
            _Link(_("Open the cases"), link),
        ),
        priority=SOON,
    )


def retention_notice(words: Words, *, company: str, day: str, unsubscribe: str) -> Letter:
    """Tells a customer that nothing will be kept of them after a *day*, as they have not come for years."""
    _ = words.gettext
    return _letter(
        LetterKind.RETENTION_NOTICE,
        words.language,
        _("Your card at {company} ends on {day}").format(company=company, day=day),
        (
            _("You have not used your card at {company} for a long time.").format(company=company),
            _("On {day} your name and contacts are erased, and the card is switched off.").format(day=day),
            _("If you want to keep it, use it once before that day."),
            _Link(_("Get no more such messages"), unsubscribe),
        ),
        priority=SOON,
        unsubscribe=unsubscribe,
    )


def erased(words: Words, *, company: str) -> Letter:
    """Tells a customer that nothing is kept of them; the address of this letter goes with it."""
    _ = words.gettext
    return _letter(
        LetterKind.ERASED,
        words.language,
        _("Your data at {company} are erased").format(company=company),
        (
            _("{company} has erased your name and your contacts. Your card is switched off.").format(company=company),
            _("This address is erased as well, now that this mail is sent. You may join again at any time."),
        ),
        priority=SOON,
    )


def _letter(
    kind: LetterKind,
    language: str,
    subject: str,
    parts: tuple[str | _Link, ...],
    *,
    priority: int = NOW,
    unsubscribe: str | None = None,
) -> Letter:
    text = "\n\n".join(f"{part.words}:\n{part.address}" if isinstance(part, _Link) else part for part in parts)
    body = "".join(map(_paragraph, parts))
    html = (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8"></head><body>{body}</body></html>'
    )
    return Letter(kind, language, " ".join(subject.split()), text + "\n", html, priority, unsubscribe)


def _paragraph(part: str | _Link) -> str:
    if isinstance(part, str):
        return f"<p>{escape(part)}</p>"
    return f'<p><a href="{escape(part.address)}">{escape(part.words)}</a></p>'
