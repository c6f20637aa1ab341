"""The server's package: an environment of Python's own with the locked versions, a unit, a user and `/etc/orion`.

The libraries are those installed here, which `./orion` has compared with the hashes of requirements.lock; nothing is
fetched. Compiled ones fit one version of Python, so the package needs the one it is built with.
"""

import compileall
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path, PurePosixPath
from py_compile import PycInvalidationMode

from packaging.requirements import Requirement

from installers.debian import HERE, Package, linked, put

OURS = ("loyalty", "sync", "resources", "server")
PLACE = "usr/lib/orion-server"
PYTHON = f"python{sys.version_info[0]}.{sys.version_info[1]}"
_ENVIRONMENT = f"home = /usr/bin\ninclude-system-site-packages = false\nversion = {sys.version.split()[0]}\n"
_FILES = {
    "orion-server.service": "usr/lib/systemd/system/orion-server.service",
    "orion-backup.service": "usr/lib/systemd/system/orion-backup.service",
    "orion-backup.timer": "usr/lib/systemd/system/orion-backup.timer",
    "server.env": "etc/orion/server.env",
}


def laid_out(root: Path, tree: Path) -> Package:
    """Fills *tree* with what the package installs."""
    packages = tree / PLACE / "lib" / PYTHON / "site-packages"
    packages.mkdir(parents=True)
    for one in needed("orion-terminal", "server"):
        _copy(one, packages)
    for name in OURS:
        shutil.copytree(root / name, packages / name, ignore=shutil.ignore_patterns("__pycache__"))
    done = compileall.compile_dir(
        packages,
        quiet=1,
        stripdir=str(tree),
        prependdir="/",
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,  # dates in a package say nothing
        workers=0,
    )
    if not done:
        raise SystemExit("a module cannot be compiled")
    environment = tree / PLACE
    (environment / "pyvenv.cfg").write_text(_ENVIRONMENT)
    linked(environment / "bin" / "python", f"/usr/bin/{PYTHON}")
    put(HERE / "server" / "orion-server", environment / "bin" / "orion-server", mode=0o755)
    linked(tree / "usr/bin/orion-server", f"/{PLACE}/bin/orion-server")
    for name, place in _FILES.items():
        put(HERE / "server" / name, tree / place)
    put(root / "LICENSE", tree / "usr/share/doc/orion-server/copyright")
    for name in ("CHANGELOG.md", "docs/operators.md", "docs/wallets.md", "docs/interfaces.md"):
        put(root / name, tree / "usr/share/doc/orion-server" / Path(name).name)
    return Package(
        name="orion-server",
        summary="Company server of Orion Terminal",
        description="Keeps programs, cards and ledgers of companies, and serves their tills and their office.",
        depends=(PYTHON, "ca-certificates", "passwd", "tzdata"),
        recommends=("postgresql-client",),
        kept=("etc/orion/server.env",),
        scripts=HERE / "server",
    )


def needed(name: str, *extras: str) -> list[Distribution]:
    """What a distribution needs with its extras, and what that needs, by name."""
    found: dict[str, Distribution] = {}
    asked, waiting = set(), [(name, frozenset(extras))]
    while waiting:
        one, wanted = waiting.pop()
        if (one, wanted) in asked:
            continue
        asked.add((one, wanted))
        there = distribution(one)
        if one != name:
            found[one] = there
        waiting += [(need.name.lower(), frozenset(need.extras)) for need in _requirements(there, wanted)]
    return [found[one] for one in sorted(found)]


def _requirements(there: Distribution, extras: frozenset[str]) -> Iterator[Requirement]:
    for text in there.requires or ():
        need = Requirement(text)
        if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in (extras or {""})):
            yield need


def _copy(one: Distribution, packages: Path) -> None:
    """Copies a distribution's files, but for programs and what was compiled here."""
    for file in one.files or ():
        inside = PurePosixPath(file)
        if inside.parts[0] != ".." and inside.suffix != ".pyc" and not inside.is_absolute():
            put(Path(str(one.locate_file(file))), packages / inside)
