"""The environment variables of mails, links and wallets."""

import pytest

from server import settings
from server.problems import SettingUnreadable
from server.settings import Smtp

FROM = {"ORION_MAIL_FROM": "orion@loyalty.example"}

WALLETS = {
    "ORION_URL": "https://loyalty.example",
    "ORION_APPLE_TEAM": "ABCDE12345",
    "ORION_APPLE_PASS_TYPE": "pass.example.loyalty",
    "ORION_APPLE_CERT": "/etc/orion/pass.pem",
    "ORION_APPLE_KEY": "/etc/orion/pass.key",
    "ORION_APPLE_WWDR": "/etc/orion/wwdr.pem",
    "ORION_GOOGLE_ISSUER": "3388000000012345678",
    "ORION_GOOGLE_KEY": "/etc/orion/google.json",
}


@pytest.mark.parametrize(
    ("address", "smtp"),
    [
        ("smtp://mail.example", Smtp("mail.example", 587, "orion@loyalty.example")),
        ("smtp://127.0.0.1:2525", Smtp("127.0.0.1", 2525, "orion@loyalty.example")),
        ("smtps://a%40b:c%2Fd@mail.example", Smtp("mail.example", 465, "orion@loyalty.example", True, "a@b", "c/d")),
    ],
)
def test_a_mail_server_is_named_by_a_url(address: str, smtp: Smtp) -> None:
    assert settings.read({"ORION_SMTP": address, **FROM}).smtp == smtp
    assert "c/d" not in repr(smtp)


@pytest.mark.parametrize(
    "environment",
    [
        {"ORION_SMTP": "mail.example:25", **FROM},
        {"ORION_SMTP": "http://mail.example", **FROM},
        {"ORION_SMTP": "smtp://mail.example:99999", **FROM},
        {"ORION_SMTP": "smtp://", **FROM},
        {"ORION_SMTP": "smtp://mail.example"},
        {"ORION_SMTP": "smtp://mail.example", "ORION_MAIL_FROM": "Orion"},
        {"ORION_SMTP": "smtp://mail.example", "ORION_MAIL_FROM": "a@b\r\nBcc: c@d"},
        {"ORION_URL": "loyalty.example"},
        {"ORION_URL": "ftp://loyalty.example"},
        {"ORION_URL": "https://loyalty.example/?a"},
        {"ORION_URL": "https://loyalty.example/ x"},
        {"ORION_URL": "https://loyalty.example/shop"},
        {"ORION_URL": "https://user@loyalty.example"},
        {"ORION_PROXIES": "proxy.example"},
        {"ORION_PROXIES": "10.0.0.1/8"},
        {**WALLETS, "ORION_URL": "http://loyalty.example"},
        {**WALLETS, "ORION_APPLE_KEY": ""},
        {**WALLETS, "ORION_GOOGLE_KEY": " "},
        {**WALLETS, "ORION_APPLE_PUSH": "https://push.example"},
        {**WALLETS, "ORION_GOOGLE_API": "https://[::1"},
    ],
)
def test_a_value_that_cannot_be_used_is_named_without_being_quoted(environment: dict[str, str]) -> None:
    with pytest.raises(SettingUnreadable) as problem:
        settings.read(environment)
    assert problem.value.name in environment or problem.value.name == "ORION_MAIL_FROM"
    value = environment.get(problem.value.name, "?")
    assert not value.strip() or value not in str(problem.value)


def test_links_begin_with_the_public_address() -> None:
    assert settings.read({}).url == settings.HERE
    assert settings.read({"ORION_URL": "https://loyalty.example/"}).url == "https://loyalty.example"


def test_proxies_are_addresses_and_networks() -> None:
    assert settings.read({}).proxies == settings.LOOPBACK
    assert settings.read({"ORION_PROXIES": "10.0.0.5, fd00::/64"}).proxies == ("10.0.0.5/32", "fd00::/64")


def test_wallets_are_named_whole_or_not_at_all() -> None:
    assert (settings.read({}).apple, settings.read({}).google) == (None, None)
    found = settings.read(WALLETS)
    assert found.apple is not None and found.google is not None
    assert (found.apple.pass_type, found.apple.push) == ("pass.example.loyalty", settings.APPLE_PUSH)
    assert (found.google.key.name, found.google.api) == ("google.json", settings.GOOGLE_API)


def test_a_test_may_put_servers_of_this_machine_in_the_makers_place() -> None:
    here = {"ORION_URL": "http://127.0.0.1:8400", "ORION_APPLE_PUSH": "https://localhost:4430/"}
    found = settings.read(WALLETS | here | {"ORION_GOOGLE_API": "http://127.0.0.1:4431"})
    assert found.apple is not None and found.google is not None
    assert (found.apple.push, found.google.api) == ("https://localhost:4430", "http://127.0.0.1:4431")
