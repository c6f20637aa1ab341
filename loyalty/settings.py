"""A company's settings, within the platform's limits. Names, defaults and spelling are a public interface."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from types import UnionType
from typing import get_args, get_type_hints
from zoneinfo import ZoneInfo


class PinRequired(StrEnum):
    """When a PIN is required."""

    PER_TRANSACTION = "per_transaction"
    PER_SHIFT = "per_shift"
    NEVER = "never"


class OfflineRedemption(StrEnum):
    """How redemptions are limited while a till is offline."""

    OPEN = "open"
    CAPPED = "capped"
    RESERVED = "reserved"


class Overdraft(StrEnum):
    """Who bears a redemption that exceeds the balance."""

    ABSORB = "absorb"
    CARRY = "carry"


class Conflict(StrEnum):
    """What happens to a gift that broke a rule unknown to the till."""

    HONOUR = "honour"
    ENFORCE = "enforce"


class Receipts(StrEnum):
    """How long a receipt's number is unique in a store, as some cash registers restart with 1 each day."""

    DAY = "day"
    EVER = "ever"


class SettingInvalid(ValueError):
    """An invalid value for setting `name`; the text says what is allowed."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}")
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One company's settings."""

    pin_required: PinRequired = PinRequired.PER_SHIFT
    pin_length: int = 4
    pin_attempts: int = 5
    pin_lock_minutes: int = 15
    counter_enrolment: bool = True
    self_enrolment: bool = False
    void_allowed: bool = True
    self_void_minutes: int = 15
    cross_store_redemption: bool = True
    offline_warn_hours: int = 72
    offline_stop_days: int = 7
    offline_redemption: OfflineRedemption = OfflineRedemption.OPEN
    offline_redemption_cap_points: int = 0
    offline_redemption_cap_rewards: int = 0
    redemption_max_staleness_hours: int = 24
    overdraft: Overdraft = Overdraft.ABSORB
    conflict: Conflict = Conflict.HONOUR
    receipts: Receipts = Receipts.DAY
    old_codes_redeem: bool = True
    review_points_per_day: tuple[int, int] = (2_000, 20_000)  # of a card, and given by a person
    review_rewards_per_day: tuple[int, int] = (5, 100)
    retention_years: int = 3
    time_zone: str = "Europe/Luxembourg"
    currency: str = "EUR"
    country: str = "LU"
    languages: tuple[str, ...] = ("en", "fr", "de", "lb")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


# Lowest and highest valid values. A platform's limits lie within these.
BOUNDS: Mapping[str, tuple[int, int]] = {
    "pin_length": (4, 8),
    "pin_attempts": (3, 10),
    "pin_lock_minutes": (1, 1440),
    "self_void_minutes": (0, 1440),
    "offline_warn_hours": (1, 24 * 60),
    "offline_stop_days": (1, 60),
    "offline_redemption_cap_points": (0, 1_000_000),
    "offline_redemption_cap_rewards": (0, 100),
    "redemption_max_staleness_hours": (1, 24 * 60),
    "retention_years": (1, 10),
}

# Chosen for a card and for a person, in this order.
PAIR_BOUNDS: Mapping[str, tuple[int, int]] = {
    "review_points_per_day": (1, 1_000_000_000),
    "review_rewards_per_day": (1, 1_000_000),
}

# Choices that are not implemented yet are refused.
NOT_YET: Mapping[str, frozenset[str]] = {
    "offline_redemption": frozenset({OfflineRedemption.CAPPED, OfflineRedemption.RESERVED}),
    "overdraft": frozenset({Overdraft.CARRY}),
}

LANGUAGES = ("en", "fr", "de", "lb")


@dataclass(frozen=True, slots=True)
class Limits:
    """The platform's upper limits for numeric settings."""

    highest: Mapping[str, int]

    def bounds(self, name: str) -> tuple[int, int]:
        low, high = BOUNDS[name]
        return low, max(low, min(high, self.highest.get(name, high)))


NO_LIMITS = Limits({})


def with_value(settings: Settings, name: str, text: str, limits: Limits = NO_LIMITS) -> Settings:
    """*settings* with *name* set to the value in *text*; raises `SettingInvalid` with the limit."""
    kinds = get_type_hints(Settings)
    if name not in kinds:
        raise SettingInvalid(name, "there is no such setting")
    kind = kinds[name]
    value: object
    if kind is bool:
        if text not in {"true", "false"}:
            raise SettingInvalid(name, "must be true or false")
        value = text == "true"
    elif kind is int:
        value = _number(name, text, limits)
    elif name in PAIR_BOUNDS:
        value = _pair(name, text)
    elif isinstance(kind, type) and issubclass(kind, StrEnum):
        value = _choice(name, text, kind)
    else:
        value = _free(name, text, kind)
    return replace(settings, **{name: value})  # type: ignore[arg-type]  # a checked value of the field's type


def _number(name: str, text: str, limits: Limits) -> int:
    low, high = limits.bounds(name)
    if not (text.isascii() and text.isdigit() and len(text) <= 9):  # int() would also accept "1_0" and " 10 "
        raise SettingInvalid(name, f"must be a number between {low} and {high}")
    if not low <= int(text) <= high:
        raise SettingInvalid(name, f"must be between {low} and {high}")
    return int(text)


def _pair(name: str, text: str) -> tuple[int, int]:
    low, high = PAIR_BOUNDS[name]
    numbers = [int(one) for one in text.split(",") if one.isascii() and one.isdigit() and len(one) <= 10]
    if len(numbers) != 2 or text.count(",") != 1 or not all(low <= one <= high for one in numbers):
        raise SettingInvalid(name, f"must be two numbers between {low} and {high}, of a card and of a person: 5,100")
    return numbers[0], numbers[1]


def _choice(name: str, text: str, kind: type[StrEnum]) -> StrEnum:
    possible = [word for word in kind if word not in NOT_YET.get(name, frozenset())]
    if text not in possible:
        raise SettingInvalid(name, f"must be {' or '.join(possible)}")
    return kind(text)


def _free(name: str, text: str, kind: type | UnionType) -> object:
    if name == "time_zone":
        try:
            ZoneInfo(text)
        except (ValueError, OSError, LookupError):
            raise SettingInvalid(name, "must be a time zone such as Europe/Luxembourg") from None
    elif name == "currency" and not (len(text) == 3 and text.isascii() and text.isupper()):
        raise SettingInvalid(name, "must be three capital letters such as EUR")
    elif name == "country" and not (len(text) == 2 and text.isascii() and text.isupper()):
        raise SettingInvalid(name, "must be two capital letters such as LU")
    elif get_args(kind):
        words = tuple(text.split(","))
        if not words or any(word not in LANGUAGES for word in words):
            raise SettingInvalid(name, f"must be some of {','.join(LANGUAGES)}, separated by commas")
        return words
    return text


def spelled(settings: Settings) -> dict[str, str]:
    """All settings in the spelling of `with_value`."""
    return {name: _spelled(getattr(settings, name)) for name in names()}


def _spelled(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def clamped(settings: Settings, limits: Limits) -> Settings:
    """The settings in force: values above a lowered limit are reduced to it."""
    lowered = {name: min(getattr(settings, name), limits.bounds(name)[1]) for name in BOUNDS if name in limits.highest}
    return replace(settings, **lowered)


def names() -> tuple[str, ...]:
    """All setting names, in documented order."""
    return tuple(field.name for field in fields(Settings))
