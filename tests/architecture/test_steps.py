"""The server's migrations follow each other, one step after the other."""

from alembic.script import ScriptDirectory

from server.db.migration import FOLDER


def test_every_step_follows_the_one_before() -> None:
    steps = list(ScriptDirectory(str(FOLDER)).walk_revisions())
    numbers = sorted(file.name[1:5] for file in (FOLDER / "versions").glob("r*.py"))
    assert [step.revision for step in reversed(steps)] == numbers == sorted(set(numbers))
