"""Settings and the platform's limits."""

import pytest

from loyalty.settings import (
    BOUNDS,
    Conflict,
    Limits,
    Overdraft,
    SettingInvalid,
    Settings,
    clamped,
    names,
    with_value,
)


def test_a_number_a_switch_a_choice_and_a_list_are_read_from_text() -> None:
    settings = Settings()
    assert with_value(settings, "pin_attempts", "3").pin_attempts == 3
    assert with_value(settings, "void_allowed", "false").void_allowed is False
    assert with_value(settings, "conflict", "enforce").conflict is Conflict.ENFORCE
    assert with_value(settings, "languages", "fr,de").languages == ("fr", "de")
    assert with_value(settings, "time_zone", "America/New_York").zone.key == "America/New_York"
    assert with_value(settings, "currency", "CHF").currency == "CHF"
    assert with_value(settings, "country", "DE").country == "DE"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nonsense", "1"),
        ("zone", "Europe/Paris"),
        ("pin_attempts", "2"),
        ("pin_attempts", "11"),
        ("pin_attempts", "many"),
        ("pin_attempts", " 5 "),
        ("retention_years", "1_0"),
        ("pin_attempts", "-5"),
        ("pin_attempts", "9" * 5000),
        ("void_allowed", "yes"),
        ("conflict", "maybe"),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
        ("currency", "euro"),
        ("country", "Lux"),
        ("languages", "en,xx"),
        ("languages", ""),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_its_name(name: str, text: str) -> None:
    with pytest.raises(SettingInvalid) as refused:
        with_value(Settings(), name, text)
    assert refused.value.name == name


@pytest.mark.parametrize(
    ("name", "text"), [("offline_redemption", "capped"), ("offline_redemption", "reserved"), ("overdraft", "carry")]
)
def test_a_choice_whose_machinery_is_not_built_is_refused(name: str, text: str) -> None:
    with pytest.raises(SettingInvalid):
        with_value(Settings(), name, text)


def test_the_choices_that_are_built_are_taken() -> None:
    assert with_value(Settings(), "overdraft", "absorb").overdraft is Overdraft.ABSORB
    assert with_value(Settings(), "offline_redemption", "open") == Settings()


def test_a_value_above_the_platforms_limit_is_refused_with_the_limit() -> None:
    with pytest.raises(SettingInvalid, match="between 1 and 5"):
        with_value(Settings(), "offline_stop_days", "6", Limits({"offline_stop_days": 5}))


def test_when_a_limit_is_lowered_later_the_limit_is_in_force() -> None:
    chosen = with_value(Settings(), "self_void_minutes", "60")
    assert clamped(chosen, Limits({"self_void_minutes": 10})).self_void_minutes == 10
    assert clamped(chosen, Limits({"self_void_minutes": 90})).self_void_minutes == 60


def test_a_limit_below_all_sense_leaves_the_lowest_value() -> None:
    assert clamped(Settings(), Limits({"pin_length": 0})).pin_length == BOUNDS["pin_length"][0]


def test_every_default_can_be_set_as_it_is_spelt() -> None:
    for name in names():
        value = getattr(Settings(), name)
        if isinstance(value, bool):
            text = "true" if value else "false"
        else:
            text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        assert with_value(Settings(), name, text) == Settings()
