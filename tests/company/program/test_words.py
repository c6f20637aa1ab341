"""Every reason and problem of the server has a sentence and is listed on the operators' page."""

from pathlib import Path

from server import phrases, problems
from server.problems import Problem
from server.refusals import No, Refused
from sync.protocol import messages
from tests.support.tree import ROOT


def kinds() -> set[type[Problem]]:
    """The concrete problems, without the classes that only group them."""
    every = {found for found in vars(problems).values() if isinstance(found, type) and issubclass(found, Problem)}
    return {one for one in every if not one.__subclasses__()}


def test_every_reason_has_a_sentence_and_a_place_on_the_page() -> None:
    page = (ROOT / "docs" / "operators.md").read_text("utf-8")
    for no in No:
        about = "empty" if no is No.IMPORT_UNREADABLE else "x"  # what is wrong with a file is one of several words
        assert phrases.refusal(Refused(no, about)).endswith(".")
        assert f"`{no}`" in page


def test_every_problem_has_a_sentence_and_a_place_on_the_page() -> None:
    page = (ROOT / "docs" / "operators.md").read_text("utf-8")
    for kind in kinds():
        met = kind.__new__(kind)
        vars(met).update(path=Path("server.keys"), name="ORION_URL", host="127.0.0.1", port=8400, said="x")
        assert phrases.problem(met).endswith(".")
        assert f"`{kind.kind}`" in page


def test_every_refusal_of_a_terminal_has_a_sentence() -> None:
    words = {
        value
        for name, value in vars(messages).items()
        if name.isupper() and isinstance(value, str) and not name.endswith("_PATH") and not name.startswith("FOUND_BY_")
    }
    for word in words | {phrases.FAILED}:
        assert phrases.to_terminal(word, "1234").endswith(".")
