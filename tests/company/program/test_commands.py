"""The operator's commands: results, refusals and exit codes."""

from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select, text, update
from typer.testing import CliRunner

from loyalty.codes import Token, parse
from server import phrases
from server.cli import app
from server.db.tables import cards, platform, slugs
from server.demo import cafes
from sync.protocol.sealing import token_hash
from tests.support.companies import Office


@pytest.mark.slow
def test_a_company_begins_with_one_command_on_an_empty_folder(bare_office: Office) -> None:
    made = bare_office.done("company", "create", "--name", "Café Aurora")
    assert made["slug"] == "cafe-aurora"
    assert bare_office.keys.exists()
    assert bare_office.server().company("cafe-aurora").settings.currency == "EUR"


def test_other_commands_make_no_database(bare_office: Office) -> None:
    assert bare_office.refused("store", "create", "--company", "x", "--name", "y") == "database_missing"
    assert list(bare_office.folder.iterdir()) == []


@pytest.mark.slow
def test_the_database_and_its_keys_are_readable_by_their_owner_only(bare_office: Office) -> None:
    bare_office.done("migrate")
    assert {file.stat().st_mode & 0o077 for file in bare_office.folder.iterdir()} == {0}


@pytest.mark.slow
def test_migrating_twice_keeps_the_keys(office: Office) -> None:
    office.done("migrate")
    before = office.keys.read_bytes()
    office.done("migrate")
    assert office.keys.read_bytes() == before


@pytest.mark.slow
def test_without_its_keys_a_database_is_left_alone(office: Office) -> None:
    slug = office.a_company()
    office.keys.unlink()
    assert office.refused("card", "issue", "--company", slug, "--count", "1") == "keys_missing"
    assert office.refused("migrate") == "keys_missing"
    assert not office.keys.exists()


@pytest.mark.slow
def test_keys_of_another_database_are_told_apart(office: Office, tmp_path: Path) -> None:
    other = Office(tmp_path / "other", f"sqlite:///{tmp_path / 'other' / 'server.db'}")
    slug = office.a_company()
    other.done("migrate")
    office.keys.write_bytes(other.keys.read_bytes())
    assert office.refused("card", "issue", "--company", slug, "--count", "1") == "keys_foreign"


@pytest.mark.slow
def test_two_companies_cannot_share_a_slug(office: Office) -> None:
    office.a_company("Bean Scene")
    assert office.refused("company", "create", "--name", "bean scene") == "slug_taken"
    assert office.refused("company", "create", "--name", "Other", "--slug", "Not A Slug") == "slug_invalid"
    assert office.refused("company", "create", "--name", "Other", "--currency", "euro") == "setting_invalid"


@pytest.mark.slow
def test_a_company_gets_another_slug(office: Office) -> None:
    office.a_company("Bean Scene")
    office.a_company("Café Aurora")
    rename = "company", "rename", "--company", "bean-scene", "--slug"
    assert [office.refused(*rename, slug) for slug in ("cafe-aurora", "account", "Not A Slug")] == [
        "slug_taken",
        "slug_reserved",
        "slug_invalid",
    ]
    office.done(*rename, "beans")
    assert office.refused(*rename, "beans-2") == "company_unknown"
    assert {one["slug"] for one in office.run("company", "list").objects} == {"beans", "cafe-aurora"}


@pytest.mark.slow
def test_a_slug_that_is_reserved_by_now_stops_until_it_is_renamed(office: Office) -> None:
    office.a_company("Bean Scene")
    with office.server().units.platform_write() as conn:
        conn.execute(update(slugs).values(slug="problems"))
    assert office.refused("migrate") == "slugs_reserved"
    assert office.refused("jobs", "run", "clean") == "slugs_reserved"
    office.done("company", "rename", "--company", "problems", "--slug", "bean-scene")
    office.done("migrate")


@pytest.mark.slow
def test_a_refused_company_leaves_no_keys_behind(office: Office) -> None:
    office.a_company("Bean Scene")
    before = office.keys.read_bytes()
    office.refused("company", "create", "--name", "Bean Scene")
    assert office.keys.read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize(
    "program",
    [
        b'{"kind": "stamps", "stamps_targt": 8}',
        b'{"kind": "stamps", "stamps_target": 0}',
        b'{"kind": "lottery"}',
        b'{"kind": "points", "points_per_unit": "0"}',
        b"not json",
    ],
)
def test_a_program_that_cannot_hold_is_refused(office: Office, program: bytes) -> None:
    slug = office.a_company()
    before = office.done("program", "show", "--company", slug)
    (office.folder / "bad.json").write_bytes(program)
    assert office.refused("program", "set", "--company", slug, str(office.folder / "bad.json")) == "program_invalid"
    assert office.done("program", "show", "--company", slug) == before


@pytest.mark.slow
def test_a_shown_program_can_be_set_again(office: Office) -> None:
    slug = office.a_company()
    rules = {
        "kind": "hybrid",
        "stamps_target": 8,
        "stamp_reward": {"name": "Free coffee", "value_minor": 350},
        "cooldown_minutes": 30,
        "max_stamps_per_day": 5,
        "max_stamps_per_visit": 3,
        "points_per_unit": "1.5",
        "minimum_purchase_minor": 200,
        "minimum_redemption": 50,
        "welcome_bonus": 20,
        "points_expire_after_days": 365,
        "rewards": [{"id": "croissant", "name": "Croissant", "cost": 60}],
    }
    file = office.folder / "rules.json"
    file.write_bytes(msgspec.json.encode(rules))
    assert office.done("program", "set", "--company", slug, str(file))["version"] == 2
    shown = office.done("program", "show", "--company", slug)
    assert shown == rules
    file.write_bytes(msgspec.json.encode(shown))
    assert office.done("program", "set", "--company", slug, "-", stdin=file.read_text())["version"] == 3


@pytest.mark.slow
def test_a_setting_above_the_platforms_limit_is_refused_with_the_limit(office: Office) -> None:
    slug = office.a_company()
    with office.server().units.platform_write() as conn:
        conn.execute(update(platform).values(limits={"offline_stop_days": 10}))
    answer = office.run("settings", "set", "--company", slug, "pin_length=6", "offline_stop_days=14")
    assert answer.code == 1
    assert "10" in answer.only["text"]
    assert office.done("settings", "show", "--company", slug)["pin_length"] == 4, "all of them, or none"


@pytest.mark.slow
def test_a_limit_lowered_later_is_the_value_in_force(office: Office) -> None:
    slug = office.a_company()
    office.done("settings", "set", "--company", slug, "offline_stop_days=14")
    with office.server().units.platform_write() as conn:
        conn.execute(update(platform).values(limits={"offline_stop_days": 10}))
    assert office.done("settings", "show", "--company", slug)["offline_stop_days"] == 10


@pytest.mark.slow
def test_what_is_not_built_yet_cannot_be_chosen(office: Office) -> None:
    slug = office.a_company()
    assert office.refused("settings", "set", "--company", slug, "overdraft=carry") == "setting_invalid"
    assert office.refused("settings", "set", "--company", slug, "no_such=1") == "setting_invalid"


@pytest.mark.slow
def test_staff_need_a_pin_that_is_not_trivial_and_a_name_of_their_own(office: Office) -> None:
    slug = office.a_company()
    lena = ("staff", "create", "--company", slug, "--name", "Lena", "--role", "cashier", "--pin")
    assert office.refused(*lena, "1234") == "pin_refused"
    assert office.refused(*lena, "47110") == "pin_refused"
    office.done(*lena, "4711")
    assert office.refused(*lena, "2580") == "name_taken"


@pytest.mark.slow
def test_a_pin_may_come_from_standard_input(office: Office) -> None:
    slug = office.a_company()
    lena = ("staff", "create", "--company", slug, "--name", "Lena", "--role", "cashier", "--pin", "-")
    assert office.refused(*lena, stdin="0000\n") == "pin_refused"
    assert office.done(*lena, stdin="4711\n")["role"] == "cashier"


@pytest.mark.slow
def test_staff_work_in_stores_that_exist(office: Office) -> None:
    slug = office.a_company("Bean Scene", "Main Street", "Harbour")
    somebody = ("staff", "create", "--company", slug, "--role", "manager", "--pin", "4711")
    assert office.refused(*somebody, "--name", "Ana", "--store", "Nowhere") == "store_unknown"
    office.done(*somebody, "--name", "Ana", "--store", "Main Street", "--store", "Harbour")


@pytest.mark.slow
def test_issued_cards_are_blanks_that_can_be_shown(office: Office) -> None:
    slug = office.a_company()
    issued = office.run("card", "issue", "--company", slug, "--count", "3").objects
    assert len({card["qr_code"] for card in issued} | {card["card_number"] for card in issued}) == 6
    for card in issued:
        assert parse(card["qr_code"]) == Token(card["qr_code"])
        by_token = office.done("card", "show", "--company", slug, card["qr_code"])
        by_number = office.done("card", "show", "--company", slug, card["card_number"])
        assert by_token == by_number
        assert by_token["card"]["blank"]
        assert by_token["transactions"] == by_token["cases"] == []


@pytest.mark.slow
def test_no_code_is_stored_as_it_is_printed(office: Office) -> None:
    slug = office.a_company()
    (card,) = office.run("card", "issue", "--company", slug, "--count", "1").objects
    stored = office.stored()
    assert token_hash(card["qr_code"]) in stored
    assert card["qr_code"].encode() not in stored
    assert card["card_number"].replace("-", "").encode() not in stored


@pytest.mark.slow
def test_a_database_of_another_version_is_told_by_whatever_command_meets_it(office: Office) -> None:
    slug = office.a_company()
    with office.server().units.platform_write() as conn:
        conn.execute(text("ALTER TABLE cards RENAME COLUMN packed TO what_it_was_called_before"))
    assert office.refused("ledger", "check") == "database_not_migrated"
    assert office.refused("card", "issue", "--company", slug, "--count", "1") == "database_not_migrated"


@pytest.mark.slow
def test_every_card_of_an_issue_has_a_version_of_its_own(office: Office) -> None:
    slug = office.a_company()
    office.run("card", "issue", "--company", slug, "--count", "250")
    with office.server().units.read() as conn:
        versions = conn.execute(select(cards.c.version)).scalars().all()
    assert len(set(versions)) == 250


@pytest.mark.slow
def test_a_company_learns_nothing_of_anothers_cards(office: Office) -> None:
    mine, theirs = office.a_company("Mine"), office.a_company("Theirs")
    (card,) = office.run("card", "issue", "--company", theirs, "--count", "1").objects
    assert office.refused("card", "show", "--company", mine, card["qr_code"]) == "card_unknown"
    assert office.refused("card", "show", "--company", mine, card["card_number"]) == "card_unknown"


@pytest.mark.slow
def test_wrong_usage_ends_with_2(office: Office) -> None:
    assert office.run("company", "create").code == 2
    assert office.run("no-such-command").code == 2
    slug = office.a_company()
    assert office.run("settings", "set", "--company", slug, "pin_length").code == 2
    assert office.run("--database", "mysql://host/name", "migrate").code == 2


def test_an_address_that_is_none_is_not_repeated(office: Office) -> None:
    """It may contain a password."""
    answer = office.run("--database", "mysql://me:secret@host/name", "migrate")
    assert "secret" not in answer.errors


@pytest.mark.slow
def test_json_may_stand_in_front_of_the_command(office: Office) -> None:
    assert office.run("--json", "migrate").only["ok"] is True


@pytest.mark.slow
def test_a_balance_that_was_tampered_with_is_found(office: Office) -> None:
    slug = office.a_company()
    (card,) = office.run("card", "issue", "--company", slug, "--count", "1").objects
    assert office.done("ledger", "check", "--company", slug) == {"cards": 1, "wrong": 0}
    with office.server().units.platform_write() as conn:
        conn.execute(update(cards).values(points_balance=1_000))
    answer = office.run("ledger", "check")
    assert (answer.code, answer.only["wrong"]) == (1, 1)
    assert answer.only["wrong_cards"] == [office.done("card", "show", "--company", slug, card["qr_code"])["card"]["id"]]


@pytest.mark.slow
def test_a_dearer_program_takes_no_reward_away(office: Office) -> None:
    office.done("demo", "--customers", "8")
    rules = {"kind": "hybrid", "stamps_target": 12, "rewards": [{"id": "croissant", "name": "Croissant", "cost": 80}]}
    (office.folder / "dearer.json").write_bytes(msgspec.json.encode(rules))
    office.done("program", "set", "--company", "cafe-aurora", str(office.folder / "dearer.json"))
    reached = office.done("card", "show", "--company", "cafe-aurora", cafes.card(2).token)
    assert reached["card"]["stamp_count"] == 12, "ten were a full row"
    assert reached["transactions"][-1]["kind"] == "stamps_adjusted"
    almost = office.done("card", "show", "--company", "cafe-aurora", cafes.card(1).token)
    assert almost["card"]["stamp_count"] == 9
    assert office.done("ledger", "check")["wrong"] == 0


@pytest.mark.slow
def test_a_file_that_is_no_database_is_left_alone(bare_office: Office) -> None:
    (bare_office.folder / "server.db").write_bytes(b"somebody's holiday pictures" * 100)
    assert bare_office.refused("migrate") == "database_unusable"
    assert bare_office.refused("store", "create", "--company", "x", "--name", "y") == "database_unusable"
    assert not bare_office.keys.exists()


@pytest.mark.slow
def test_an_empty_database_is_told_apart_from_a_missing_one(bare_office: Office) -> None:
    (bare_office.folder / "server.db").touch()
    assert bare_office.refused("store", "create", "--company", "x", "--name", "y") == "database_not_migrated"
    bare_office.done("migrate")


@pytest.mark.slow
@pytest.mark.parametrize(
    "wrong", ["currency=ZZZ", "currency=XXX", "currency=DEM", "country=ZZ", "country=EU", "currency=eur"]
)
def test_a_currency_or_country_that_there_is_not_is_refused(office: Office, wrong: str) -> None:
    assert office.refused("settings", "set", "--company", office.a_company(), wrong) == "setting_invalid"


@pytest.mark.slow
def test_what_settings_show_prints_is_what_settings_set_takes(office: Office) -> None:
    slug = office.a_company()
    office.done(
        "settings", "set", "--company", slug, "void_allowed=false", "languages=fr,de", "currency=CHF", "country=CH"
    )
    environment = {"ORION_DATABASE": office.url, "ORION_KEYS": str(office.keys)}
    shown = CliRunner().invoke(app, ["settings", "show", "--company", slug], env=environment).stdout.split("\n")[:-1]
    assert {"void_allowed=false", "self_enrolment=false", "languages=fr,de"} <= set(shown)
    before = office.done("settings", "show", "--company", slug)
    assert office.done("settings", "set", "--company", slug, *shown) == before


@pytest.mark.slow
def test_companies_stores_and_people_are_listed(office: Office) -> None:
    slug = office.a_company("Bean Scene", "Gare", "Centre")
    office.a_company("Another")
    person = ("staff", "create", "--company", slug, "--pin", "4711", "--role")
    office.done(*person, "manager", "--name", "Anna")
    office.done(*person, "cashier", "--name", "Lena", "--store", "Gare")
    office.done("staff", "dismiss", "--company", slug, "--name", "Anna")
    assert [(one["slug"], one["name"]) for one in office.run("company", "list").objects] == [
        ("another", "Another"),
        ("bean-scene", "Bean Scene"),
    ]
    assert [one["name"] for one in office.run("store", "list", "--company", slug).objects] == ["Centre", "Gare"]
    listed = office.run("staff", "list", "--company", slug).objects
    people = [{name: one[name] for name in ("name", "role", "stores", "active")} for one in listed]
    assert people == [
        {"name": "Anna", "role": "manager", "stores": None, "active": False},
        {"name": "Lena", "role": "cashier", "stores": ["Gare"], "active": True},
    ]


@pytest.mark.parametrize(
    ("number", "word", "expected"), [(1, "PIN", "1 PIN"), (0, "card", "0 cards"), (2, "company", "2 companies")]
)
def test_what_is_counted_has_its_number(number: int, word: str, expected: str) -> None:
    assert phrases.counted(number, word) == expected
