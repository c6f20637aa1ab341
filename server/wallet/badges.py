"""The makers' badges on the buttons of card pages: artwork of theirs, which the operator puts into a folder as
`google-fr.svg`. Without one the button says the same in words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from server.problems import SettingUnreadable
from server.translations import DEFAULT, LANGUAGES
from server.wallet.makers import MakerName

PATH = "/wallet/badges/{name}"
SETTING = "ORION_BADGES"
BYTES_MAX = 256 << 10
_KINDS = {".svg": "image/svg+xml", ".png": "image/png"}


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge as it is sent."""

    kind: str
    content: bytes

    @property
    def mark(self) -> str:
        """Differs where the content does, so that browsers may keep it."""
        return sha256(self.content).hexdigest()[:12]


class Badges:
    """The badges of a folder, read once."""

    def __init__(self, folder: Path) -> None:
        self._badges: Mapping[str, Badge] = dict(_read(folder))

    def address(self, maker: str, language: str) -> str | None:
        """Where the maker's badge is in this language, or else in English; None if there is neither."""
        for spoken in (language, DEFAULT):
            for suffix in _KINDS:
                name = f"{maker}-{spoken}{suffix}"
                if (found := self._badges.get(name)) is not None:
                    return f"{PATH.format(name=name)}?v={found.mark}"
        return None

    def named(self, name: str) -> Badge | None:
        """The badge with this file name."""
        return self._badges.get(name)


def _read(folder: Path) -> list[tuple[str, Badge]]:
    found = []
    try:
        if not folder.is_dir():
            raise SettingUnreadable(SETTING)
        for name, suffix in ((f"{one}-{spoken}", kind) for one in MakerName for spoken in LANGUAGES for kind in _KINDS):
            file = folder / f"{name}{suffix}"
            if file.is_file():
                if file.stat().st_size > BYTES_MAX:
                    raise SettingUnreadable(SETTING)
                found.append((file.name, Badge(_KINDS[suffix], file.read_bytes())))
    except OSError:
        raise SettingUnreadable(SETTING) from None
    return found
