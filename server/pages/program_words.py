"""The words of a program's values, and of what differs between two versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loyalty.program import ProgramKind
from server.companies.programs import State, Version
from server.figures import program_drafts
from server.figures.program_drafts import Change
from server.pages.formats import Formats
from server.translations import Translator


def _(message: str) -> str:
    """Marks a word for the catalogues; it is translated when used."""
    return message


_LABELS = {
    "kind": _("The program gives"),
    "stamps_target": _("Stamps to a reward"),
    "stamp_reward.name": _("Reward for stamps"),
    "stamp_reward.value_minor": _("Its value"),
    "cooldown_minutes": _("Wait between two stamps"),
    "max_stamps_per_day": _("Most stamps a day"),
    "max_stamps_per_visit": _("Most stamps a visit"),
    "points_per_unit": _("Points for each unit"),
    "minimum_purchase_minor": _("From a purchase of"),
    "minimum_redemption": _("Points before any reward"),
    "welcome_bonus": _("Welcome bonus"),
    "points_expire_after_days": _("Points lapse after days without a visit"),
}
_OF_REWARDS = {
    "rewards": "{reward}",
    "rewards.name": _("Name of {reward}"),
    "rewards.cost": "{reward}",
    "rewards.value_minor": _("Value of {reward}"),
    "rewards.active": _("{reward} is offered"),
}
_KINDS = {
    ProgramKind.STAMPS: _("stamps"),
    ProgramKind.POINTS: _("points"),
    ProgramKind.HYBRID: _("both"),
}
_NONE = "\u2013"


@dataclass(frozen=True, slots=True)
class Said:
    """A difference in words."""

    label: str
    before: str
    after: str


def said(words: Translator, f: Formats, change: Change) -> Said:
    """What changes, from what to what."""
    template = _OF_REWARDS.get(change.field) or _LABELS[change.field]
    label = words.gettext(template).format(reward=change.name)
    return Said(label, _worded(words, f, change, change.before), _worded(words, f, change, change.after))


def gives(words: Translator, f: Formats, version: Version) -> str:
    """What a version gives to cards that had reached a reward, or has given; empty if it gives nothing."""
    grants = version.grants
    if grants is None or version.state is State.WITHDRAWN:
        return ""
    if version.state is State.SCHEDULED:
        return words.gettext(_("When it begins, cards that have reached a reward are given what they lack."))
    if grants.done_at is None and not grants.cards:
        return words.gettext(_("Cards that had reached a reward are being given what they lack."))
    if not grants.cards:
        return words.gettext(_("No card had reached a reward that it took, so nothing was given."))
    given = [
        words.ngettext(one, many, count).format(count=f.number(count))
        for count, one, many in (
            (grants.stamps, "{count} stamp", "{count} stamps"),
            (grants.points, "{count} point", "{count} points"),
        )
        if count
    ]
    sentence = words.ngettext(
        "{count} card that had reached a reward was given what it lacked: {what}.",
        "{count} cards that had reached a reward were given what they lacked: {what}.",
        grants.cards,
    ).format(count=f.number(grants.cards), what=", ".join(given))
    if grants.done_at is None:
        return words.gettext(_("{given} More are to come.")).format(given=sentence)
    return sentence


@dataclass(frozen=True, slots=True)
class StepSaid:
    """A version of the program with what it changed in words."""

    one: Version
    said: Sequence[Said]
    is_first: bool
    until: datetime | None  # when the next one began, or will
    gives: str

    @property
    def is_giving(self) -> bool:
        """True while its grants are being booked."""
        is_begun = self.one.state in {State.IN_FORCE, State.ENDED}
        return is_begun and self.one.grants is not None and self.one.grants.done_at is None


def history(words: Translator, f: Formats, known: Sequence[Version]) -> list[StepSaid]:
    """Each version, the newest first, with its differences from the one before."""
    return [
        StepSaid(
            one.version,
            [said(words, f, change) for change in one.changes],
            one.is_first,
            one.until,
            gives(words, f, one.version),
        )
        for one in program_drafts.history(known)
    ]


def value(f: Formats, field: str, kept: Any) -> str:
    """A value as a person writes it; words are left to `said`."""
    if field.endswith("_minor"):
        return f.money(kept)
    return f.number(kept) if isinstance(kept, int) else str(kept)


def _worded(words: Translator, f: Formats, change: Change, kept: Any) -> str:
    if kept is None:
        return _NONE
    if isinstance(kept, bool):
        return words.gettext(_("yes")) if kept else words.gettext(_("no"))
    if change.field == "kind":
        return words.gettext(_KINDS[ProgramKind(kept)])
    if change.field in ("rewards", "rewards.cost"):
        return words.ngettext("{count} point", "{count} points", kept).format(count=f.number(kept))
    return value(f, change.field, kept)
