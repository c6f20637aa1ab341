"""`./orion shell python -m installers server|till [--out DIR]`: builds a Debian package and prints its path.

The till's package holds the folder that `pyinstaller build.spec` writes; it is written if it is not there yet.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from installers import server_package, till_package
from installers.debian import built

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Builds the package that is asked for."""
    parser = argparse.ArgumentParser(prog="python -m installers")
    parser.add_argument("which", choices=("server", "till"))
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="a folder (dist)")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        if asked.which == "server":
            package = server_package.laid_out(ROOT, tree)
        else:
            package = till_package.laid_out(_frozen(), tree)
        file = built(package, tree, asked.out)
    sys.stdout.write(f"{file}\n")


def _frozen() -> Path:
    folder = ROOT / "dist" / "orion-terminal"
    if not (folder / "orion-terminal").exists():
        words = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", "build.spec"]
        subprocess.run(words, cwd=ROOT, check=True)  # noqa: S603 - our own
    return folder


if __name__ == "__main__":
    main()
