"""A company's currency comes from its settings only; the till has no default."""

import ast

from loyalty.settings import Settings
from tests.support.tree import ROOT, python_files


def test_no_currency_is_spelled_in_the_till() -> None:
    spelled = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in python_files("terminal", "ui")
        if "gallery" not in file.parts  # its samples have a currency
        if Settings().currency in (text := file.read_text("utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and node.value == Settings().currency
    ]
    assert spelled == []
