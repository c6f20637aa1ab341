"""A Debian package made of a folder that looks like the root of the system it is installed on."""

import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sync.protocol.version import VERSION

HERE = Path(__file__).parent
MAINTAINER = "Orion Terminal <operators@orion-terminal.invalid>"
_SCRIPTS = ("preinst", "postinst", "prerm", "postrm")


@dataclass(frozen=True, slots=True)
class Package:
    """What the control file says."""

    name: str
    summary: str
    description: str
    depends: tuple[str, ...]
    recommends: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()  # configuration, which an update leaves as the operator has it
    scripts: Path | None = None  # the folder of those that run when it is installed and removed


def built(package: Package, tree: Path, out: Path) -> Path:
    """The package of everything in *tree*, written into *out*."""
    control = tree / "DEBIAN"
    size = sum(file.stat().st_size for file in tree.rglob("*") if file.is_file() and not file.is_symlink())
    sums = "".join(f"{_md5(file)}  {file.relative_to(tree)}\n" for file in _files(tree))
    control.mkdir()
    (control / "md5sums").write_text(sums)
    (control / "control").write_text(_control(package, size // 1024))
    if package.kept:
        (control / "conffiles").write_text("".join(f"/{name}\n" for name in package.kept))
    for name in _SCRIPTS:
        if package.scripts is not None and (package.scripts / name).exists():
            (control / name).write_bytes((package.scripts / name).read_bytes())
            (control / name).chmod(0o755)
    for path in tree.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    tree.chmod(0o755)
    file = out / f"{package.name}_{VERSION}_{_architecture()}.deb"
    _run("dpkg-deb", "--root-owner-group", "-Zzstd", "-z6", "--build", str(tree), str(file))
    return file


def put(source: Path, place: Path, *, mode: int = 0o644) -> None:
    """Copies a file into the tree."""
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, place)
    place.chmod(mode)


def linked(place: Path, target: str) -> None:
    """A link in the tree."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)


def _control(package: Package, kilobytes: int) -> str:
    fields = {
        "Package": package.name,
        "Version": VERSION,
        "Architecture": _architecture(),
        "Maintainer": MAINTAINER,
        "Installed-Size": str(kilobytes),
        "Depends": ", ".join(package.depends),
        "Recommends": ", ".join(package.recommends),
        "Section": "misc",
        "Priority": "optional",
        "Description": f"{package.summary}\n {package.description}",
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items() if value)


def _files(tree: Path) -> list[Path]:
    return sorted(file for file in tree.rglob("*") if file.is_file() and not file.is_symlink())


def _md5(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _architecture() -> str:
    return _run("dpkg", "--print-architecture").strip()


def _run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout  # noqa: S603 - dpkg's own
