"""Code compares a refusal's reason with values of the enum; only the rules spell its word."""

import ast
import re

from loyalty.refusals import Reason, Why
from tests.support.tree import ROOT, python_files

WORDS = {word.value for word in (*Reason, *Why)}
SPELLED = re.compile(rf"""["']({"|".join(map(re.escape, WORDS))})["']""")


def test_no_reason_is_spelled_in_the_till() -> None:
    spelled = [
        f"{file.relative_to(ROOT)}:{node.lineno} {node.value}"
        for file in python_files("ui", "terminal")
        if SPELLED.search(text := file.read_text("utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in WORDS
    ]
    assert spelled == []
