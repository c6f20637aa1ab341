"""Icons, fonts, sounds, translations and styles lie beside this file; `path` names one."""

from pathlib import Path

_HERE = Path(__file__).parent


def path(name: str) -> Path:
    """The path of the resource *name* (relative, with slashes), also inside the frozen application."""
    return _HERE / name
