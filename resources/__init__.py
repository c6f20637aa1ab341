"""Icons, fonts, sounds, translations and styles lie beside this file; `path` names one."""

from pathlib import Path

_HERE = Path(__file__).parent


def path(name: str) -> Path:
    """Where the resource called *name* (relative, with slashes) lies; also inside the frozen application."""
    return _HERE / name
