"""A company's program: its rules, its versions, and which version is in force when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter

from loyalty.money import AMOUNT_MINOR_MAX
from loyalty.texts import ID_CHARS_MAX, NAME_CHARS_MAX, clean, name_of

COOLDOWN_MINUTES_MAX = 7 * 24 * 60
STAMPS_PER_VISIT_MAX = 100  # also if a program sets no limit
RATE_DECIMALS_MAX = 6  # well within the 28 digits of Decimal
_POINTS_MAX = 1_000_000
CLOCK_SLACK = timedelta(minutes=5)  # what a till's time may be behind the server's


class ProgramKind(StrEnum):
    """Whether a program counts visits, money or both."""

    STAMPS = "stamps"
    POINTS = "points"
    HYBRID = "hybrid"


_STAMPS, _POINTS = ProgramKind.STAMPS, ProgramKind.POINTS  # asked for with every entry, and slow to look up


def _(message: str) -> str:
    """Marks a sentence for the catalogues; it is translated where it is shown."""
    return message


class ProgramInvalid(ValueError):
    """An invalid program; `field` names the value and the sentence says what it must be."""

    def __init__(self, field: str, sentence: str, **values: int) -> None:
        super().__init__(f"{field}: {sentence.format(**values)}")
        self.field = field
        self.sentence = sentence
        self.values = values


@dataclass(frozen=True, slots=True, kw_only=True)
class StampReward:
    """The reward for a full row of stamps."""

    name: str = "Reward"
    value_minor: int = 0  # 0: not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """A reward that costs points."""

    id: str
    name: str
    cost: int
    active: bool = True
    value_minor: int = 0  # 0: not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One version of the rules. Defaults are documented in `docs/rules.md`."""

    kind: ProgramKind
    version: int = 1
    holds_from: datetime | None = None  # None only until the server numbers it
    stamps_target: int = 10
    stamp_reward: StampReward = StampReward()
    cooldown_minutes: int = 0
    max_stamps_per_day: int = 0  # 0: no limit
    max_stamps_per_visit: int = 0  # 0: only the limit STAMPS_PER_VISIT_MAX
    points_per_unit: Decimal = Decimal(1)
    minimum_purchase_minor: int = 0
    minimum_redemption: int = 0
    welcome_bonus: int = 0
    points_expire_after_days: int = 0  # 0: never
    rewards: tuple[Reward, ...] = ()

    @property
    def gives_stamps(self) -> bool:
        return self.kind is not _POINTS

    @property
    def gives_points(self) -> bool:
        return self.kind is not _STAMPS

    @property
    def cooldown(self) -> timedelta:
        return timedelta(minutes=self.cooldown_minutes)

    def reward(self, reward_id: str) -> Reward | None:
        """The reward with this id, active or not; None if there is none."""
        return next((reward for reward in self.rewards if reward.id == reward_id), None)


# The least and the most of each number; the field of a nested value is its path.
BOUNDS: dict[str, tuple[int, int]] = {
    "stamps_target": (1, 100),
    "stamp_reward.value_minor": (0, AMOUNT_MINOR_MAX),
    "cooldown_minutes": (0, COOLDOWN_MINUTES_MAX),
    "max_stamps_per_day": (0, 1000),
    "max_stamps_per_visit": (0, STAMPS_PER_VISIT_MAX),
    "minimum_purchase_minor": (0, AMOUNT_MINOR_MAX),
    "minimum_redemption": (0, _POINTS_MAX),
    "welcome_bonus": (0, _POINTS_MAX),
    "points_expire_after_days": (0, 36_500),
}
REWARD_COST = (1, _POINTS_MAX)
REWARDS_MAX = 50


def check(program: Program) -> None:
    """Raises `ProgramInvalid` for the first invalid value."""
    for field, (low, high) in BOUNDS.items():
        if not low <= attrgetter(field)(program) <= high:
            raise ProgramInvalid(field, _("must be between {low} and {high}"), low=low, high=high)
    rate = program.points_per_unit
    if not rate.is_finite() or not 0 <= rate <= 10_000:
        raise ProgramInvalid("points_per_unit", _("must be between {low} and {high}"), low=0, high=10_000)
    if rate != round(rate, RATE_DECIMALS_MAX):
        raise ProgramInvalid(
            "points_per_unit", _("must have at most {places} decimal places"), places=RATE_DECIMALS_MAX
        )
    if program.gives_points and rate == 0:
        raise ProgramInvalid("points_per_unit", _("must be above 0 in a program with points"))
    _check_rewards(program)


def _check_rewards(program: Program) -> None:
    names = [program.stamp_reward.name, *(reward.name for reward in program.rewards)]
    if any(name_of(name) is None for name in names):
        sentence = _("every reward needs a name of at most {chars} characters, all visible")
        raise ProgramInvalid("rewards", sentence, chars=NAME_CHARS_MAX)
    ids = [reward.id for reward in program.rewards]
    if len(set(ids)) != len(ids) or any(not _is_id(one) for one in ids):
        sentence = _("every reward needs an id of its own, at most {chars} characters, not 'stamps'")
        raise ProgramInvalid("rewards", sentence, chars=ID_CHARS_MAX)
    low, high = REWARD_COST
    if any(not low <= reward.cost <= high for reward in program.rewards):
        raise ProgramInvalid("rewards", _("a reward costs between {low} and {high} points"), low=low, high=high)
    if any(not 0 <= reward.value_minor <= AMOUNT_MINOR_MAX for reward in program.rewards):
        sentence = _("the value of a reward is between {low} and {high}")
        raise ProgramInvalid("rewards", sentence, low=0, high=AMOUNT_MINOR_MAX)
    if len(ids) > REWARDS_MAX:
        raise ProgramInvalid("rewards", _("at most {count} rewards"), count=REWARDS_MAX)


def _is_id(text: str) -> bool:
    return 1 <= len(text) <= ID_CHARS_MAX and text != "stamps" and text == clean(text)


@dataclass(frozen=True, slots=True)
class Programs:
    """All versions of a company's program, oldest first."""

    versions: tuple[Program, ...]

    @classmethod
    def of(cls, versions: Iterable[Program]) -> "Programs":
        return cls(tuple(sorted(versions, key=lambda one: one.version)))

    def numbered(self, version: int) -> Program | None:
        return next((one for one in self.versions if one.version == version), None)

    def at(self, moment: datetime) -> Program | None:
        """The version in force at *moment*; the first version before it begins; None if there is none."""
        for one in reversed(self.versions):
            if one.holds_from is None or one.holds_from <= moment:
                return one
        return self.versions[0] if self.versions else None

    def superseded_at(self, version: int) -> datetime | None:
        """When a newer version replaces *version*, possibly before that began; None if none does."""
        later = [one.holds_from for one in self.versions if one.version > version and one.holds_from is not None]
        return min(later, default=None)

    def judged_by(self, version: int, at: datetime, window: timedelta, known: int = 0) -> tuple[Program, bool] | None:
        """The version that judges an event *at* a moment, and True if that is not the named one.

        An offline till may use a superseded version for the offline *window*, unless it has been told of a later one
        that holds already: *known* is the newest it has been told of.
        """
        current = self.at(at)
        if current is None:
            return None
        if current.version == version:
            return current, False
        if version < known and (newer := self.at(at - CLOCK_SLACK)) is not None and version < newer.version <= known:
            return newer, True
        named = self.numbered(version)
        if named is None:
            return current, True
        began = named.holds_from is None or named.holds_from <= at
        ended = self.superseded_at(version)
        held = (
            ended is None or named.holds_from is None or ended > named.holds_from
        )  # False if it was replaced before it began
        if began and held and (ended is None or ended > at - window):
            return named, False
        return current, True
