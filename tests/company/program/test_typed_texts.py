"""Texts typed by operators: spellings of names, files with a byte order mark, and control characters."""

import codecs
import json
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from server.cli import app
from server.db.tables import staff
from tests.support.companies import PROGRAM, Office

pytestmark = pytest.mark.slow

ACCENT = "e\u0301"
HIDING = ["A\0na", "A\x1b[31mna", "A\u202ena", "\u200b", "\u3164", "Ana\nBen", " ", "A" * 81]


def hires(office: Office, slug: str, name: str) -> tuple[str, ...]:
    return ("staff", "create", "--company", slug, "--name", name, "--role", "cashier", "--pin", "4711")


def test_a_name_is_found_in_either_normal_form(office: Office) -> None:
    slug = office.a_company("Caf" + ACCENT, "Gar" + ACCENT)
    assert office.done(*hires(office, slug, f"L{ACCENT}a"))["name"] == "Léa"
    code = office.a_code(slug, f"Caiss{ACCENT}", "Garé")
    assert code != office.a_code(slug, "Caissé", "Gar" + ACCENT)
    assert office.done("staff", "dismiss", "--company", slug, "--name", f" L{ACCENT}a ")["name"] == "Léa"


@pytest.mark.parametrize("other", ["ZOÉ", f"zo{ACCENT}", "Ｚｏé", "Zo\u200dé", " Zoé  "])
def test_people_whose_names_fold_to_the_same_are_refused(office: Office, other: str) -> None:
    slug = office.a_company()
    office.done(*hires(office, slug, "Zoé"))
    assert office.refused(*hires(office, slug, other)) == "name_taken"
    office.done(*hires(office, slug, "Zoe"))


@pytest.mark.parametrize("other", ["ZOÉ", f"Zo{ACCENT}", "Ｚｏé", "Zo\u200dé"])
def test_people_of_a_database_from_before_that_rule_are_told_apart_by_id(office: Office, other: str) -> None:
    slug = office.a_company()
    first, second = (office.done(*hires(office, slug, name))["id"] for name in ("Zoé", "Ana"))
    server = office.server()
    with server.units.write(server.company(slug).id) as conn:
        conn.execute(update(staff).where(staff.c.name == "Ana").values(name=other))
    for command in (("dismiss",), ("unlock", "1234 5678", "--terminal", "Till 1")):
        assert office.refused("staff", *command, "--company", slug, "--name", "zOé") == "staff_ambiguous"
    assert office.done("staff", "dismiss", "--company", slug, "--name", second)["name"] == other
    listed = office.run("staff", "list", "--company", slug).objects
    assert {one["id"]: one["active"] for one in listed} == {first: True, second: False}
    assert office.refused("staff", "dismiss", "--company", slug, "--name", second) == "staff_unknown"
    assert office.done("staff", "dismiss", "--company", slug, "--name", "zOé")["name"] == "Zoé"


@pytest.mark.parametrize("name", HIDING)
def test_a_name_that_hides_something_is_refused_wherever_one_is_given(office: Office, name: str) -> None:
    slug = office.a_company()
    code = ("terminal", "code", "--company", slug, "--store", "Main Street", "--name", name)
    for command in (
        ("company", "create", "--name", name, "--slug", "another"),
        ("store", "create", "--company", slug, "--name", name),
        hires(office, slug, name),
        code,
    ):
        assert office.refused(*command) == "name_invalid"
    rules = office.folder / "odd.json"
    rules.write_text(json.dumps(PROGRAM | {"rewards": [{"id": "one", "name": name, "cost": 5}]}))
    assert office.refused("program", "set", "--company", slug, str(rules)) == "program_invalid"
    rules.write_text(json.dumps(PROGRAM | {"rewards": [{"id": name, "name": "One", "cost": 5}]}))
    assert office.refused("program", "set", "--company", slug, str(rules)) == "program_invalid"


def test_a_rewards_name_is_kept_in_its_normal_form_and_the_file_may_begin_with_a_mark(office: Office) -> None:
    slug, rules = office.a_company(), office.folder / "rules.json"
    file = PROGRAM | {"rewards": [{"id": "one", "name": f" Caf{ACCENT} ", "cost": 5}]}
    rules.write_bytes(codecs.BOM_UTF8 + json.dumps(file, ensure_ascii=False).encode())
    office.done("program", "set", "--company", slug, str(rules))
    assert office.done("program", "show", "--company", slug)["rewards"][0]["name"] == "Café"


def test_what_was_typed_is_not_printed_raw(bare_office: Office, tmp_path: Path) -> None:
    bare_office.done("migrate")
    for words in (
        ["card", "show", "x\x1b[31m\u202e", "--company", "c\x1b[2J\u202e"],
        ["program", "show", "--company", "\x9b1m"],
    ):
        environment = {"ORION_DATABASE": bare_office.url, "ORION_KEYS": str(bare_office.keys)}
        for as_json in ([], ["--json"]):
            result = CliRunner().invoke(app, [*words, *as_json], env=environment)
            assert result.exit_code == 1
            assert not {"\x1b", "\x9b", "\u202e"} & set(result.output + result.stderr)
