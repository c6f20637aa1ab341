"""docs/rules.md and docs/interfaces.md list the words that shops and other programs rely on."""

import re
from dataclasses import fields
from decimal import Decimal
from typing import get_args

from loyalty import phrases
from loyalty.program import Program
from loyalty.refusals import Reason, Refusal, Seems, Why
from loyalty.settings import BOUNDS, NOT_YET, Settings, names
from loyalty.transactions import Kind
from terminal.interface.asks import AnyAsk
from terminal.interface.phrases import problem_kinds
from terminal.problems import Problem
from tests.support.tree import ROOT

RULES = (ROOT / "docs" / "rules.md").read_text("utf-8")
INTERFACES = (ROOT / "docs" / "interfaces.md").read_text("utf-8")


class InEnglish:
    """The sentences as written in the code."""

    def gettext(self, message: str) -> str:
        return message

    def ngettext(self, one: str, many: str, count: int) -> str:
        return one if count == 1 else many

    def money(self, amount_minor: int) -> str:
        return f"{amount_minor} minor units"


def rows(heading: str, page: str = RULES) -> dict[str, list[str]]:
    """The tables below *heading*: the words in backticks of each first cell, with the row's other cells."""
    section = re.split(r"\n##+ ", page.split(f"# {heading}\n", 1)[1], maxsplit=1)[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return {name: row[1:] for row in cells for name in re.findall(r"`(\w+)`", row[0])}


def test_every_reason_is_documented_and_none_that_is_not_there() -> None:
    assert rows("Why the counter says no").keys() == {reason.value for reason in Reason}


def test_every_word_beside_a_reason_is_documented() -> None:
    documented = rows("Why the counter says no")
    assert [seems for seems in Seems if f"`{seems}`" not in documented["foreign_code"][0]] == []
    assert [why for why in Why if f"`{why}`" not in documented["manager_needed"][0]] == []


def test_every_reason_has_a_sentence_of_its_own() -> None:
    sentences = [phrases.refusal(Refusal(reason), InEnglish()) for reason in Reason]
    assert [one for one in sentences if not one.endswith(".") or len(one) < 10] == []
    assert len(set(sentences)) == len(sentences)


def test_every_kind_of_transaction_is_documented() -> None:
    assert rows("What each transaction does").keys() == {kind.value for kind in Kind}


def test_every_setting_is_documented_with_its_default() -> None:
    documented = rows("Settings of a company")
    assert tuple(documented) == names()
    assert {name: row[0].strip("`") for name, row in documented.items()} == {name: spelled(name) for name in names()}


def test_every_limit_of_a_setting_is_documented() -> None:
    documented = rows("Settings of a company")
    assert {name: documented[name][1] for name in BOUNDS} == {
        name: f"{low} to {high}" for name, (low, high) in BOUNDS.items()
    }
    for name, refused in NOT_YET.items():
        assert [word for word in refused if f"`{word}`" in documented[name][1]] == []


def test_every_value_of_a_program_is_documented_with_its_default() -> None:
    documented = rows("The program")
    values = {field.name: field.default for field in fields(Program)}
    assert documented.keys() == values.keys() - {"kind", "version", "holds_from"}
    numbers = {
        name: str(value) for name, value in values.items() if type(value) in {int, Decimal} and name in documented
    }
    assert {name: documented[name][0] for name in numbers} == numbers


def test_every_ask_of_the_counter_is_documented() -> None:
    documented = rows("The counter in JSON lines", INTERFACES)
    assert [ask.__name__ for ask in get_args(AnyAsk) if ask.__struct_config__.tag not in documented] == []


def test_every_problem_has_a_sentence_and_every_sentence_is_documented() -> None:
    kinds = problem_kinds()
    assert kinds_below(Problem) - kinds == set()
    assert rows("Refusals and problems", INTERFACES).keys() | {"request"} == kinds


def kinds_below(kind: type[Problem]) -> set[str]:
    return {kind.kind}.union(*map(kinds_below, kind.__subclasses__()))


def spelled(name: str) -> str:
    """A setting's default as typed."""
    value = getattr(Settings(), name)
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
