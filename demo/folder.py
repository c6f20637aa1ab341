"""The demo's folder: its contents and creation. A folder with other files must not be touched."""

import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

PASSPHRASE_BYTES = 24
_MADE_HERE = (
    "server.db",
    "server.db-wal",
    "server.db-shm",
    "server.db.keys",
    "till",
    "other-till",
    "keyring",
    "codes.json",
    "codes.pdf",
    "shots",
    "passphrase",
)


class NotOurs(Exception):
    """The folder contains files that were not made by a demo."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The paths of one demo's files."""

    root: Path

    @property
    def till(self) -> Path:
        return self.root / "till"

    @property
    def other_till(self) -> Path:
        return self.root / "other-till"

    @property
    def keyring(self) -> Path:
        return self.root / "keyring"

    @property
    def shots(self) -> Path:
        return self.root / "shots"

    @property
    def codes_on_paper(self) -> Path:
        return self.root / "codes.pdf"

    def begin(self) -> str:
        """Creates the folder, or empties that of an earlier demo; returns the passphrase of the demo's keyring."""
        self.root.mkdir(parents=True, exist_ok=True)
        found = {one.name for one in self.root.iterdir()}
        if found and (foreign := found - set(_MADE_HERE)):
            raise NotOurs(
                f"{self.root} contains {sorted(foreign)[0]}, which is not from a demo; please name another folder"
            )
        for name in found:
            path = self.root / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        passphrase = secrets.token_urlsafe(PASSPHRASE_BYTES)
        file = self.root / "passphrase"
        file.touch(mode=0o600)
        file.write_text(f"{passphrase}\n")
        return passphrase
