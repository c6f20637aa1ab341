"""Packages of the program as it is, and as its next release could be: a higher version, and a migration more."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from sync.protocol.version import VERSION
from tests.support.tree import ROOT, project_files, shown

BUILT_WITHIN_S = 900
NEXT_VERSION = f"{VERSION}.1"
NEXT_TABLE = "of_the_next_release"
_MIGRATION = '''"""A table of the next release."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("{table}", sa.Column("id", sa.Integer(), primary_key=True))
'''


def built(which: str, out: Path, *, tree: Path = ROOT) -> Path:
    """The package of server or till, as the command that operators are told of builds it."""
    words = [sys.executable, "-m", "installers", which, "--out", str(out)]
    done = subprocess.run(words, cwd=tree, check=True, stdout=subprocess.PIPE, text=True, timeout=BUILT_WITHIN_S)
    return Path(done.stdout.strip())


def next_release(folder: Path) -> Path:
    """A copy of this tree, changed as a release would change it."""
    for file in project_files():
        name = shown(file)
        if not name.startswith(("docs/pictures/", "benchmarks/", "tests/")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, folder / name)
    version = folder / "sync/protocol/version.py"
    changed = version.read_text().replace(f'"{VERSION}"', f'"{NEXT_VERSION}"')
    assert NEXT_VERSION in changed
    version.write_text(changed)
    migrations = folder / "server/db/migrations/versions"
    before = max(found[1] for file in migrations.glob("r*.py") if (found := re.match(r"r(\d{4})_", file.name)))
    revision = f"{int(before) + 1:04}"
    text = _MIGRATION.format(revision=revision, before=before, table=NEXT_TABLE)
    (migrations / f"r{revision}_next_release.py").write_text(text)
    return folder
