"""The till's package: the frozen folder, its entry in the desktop's menu, an icon, and leave to use printers on USB."""

import shutil
from pathlib import Path
from platform import libc_ver

from installers.debian import HERE, Package, linked, put
from resources.colours import LIGHT
from ui.look.constellation import LINES, ORION

PLACE = "usr/lib/orion-terminal"
_SIDE, _EDGE = 256, 44
_FILES = {
    "orion-terminal.desktop": "usr/share/applications/orion-terminal.desktop",
    "60-orion-printers.rules": "usr/lib/udev/rules.d/60-orion-printers.rules",
}


def laid_out(frozen: Path, tree: Path) -> Package:
    """Fills *tree* with what the package installs; *frozen* is the folder that `pyinstaller build.spec` writes."""
    shutil.copytree(frozen, tree / PLACE, symlinks=True)
    linked(tree / "usr/bin/orion-terminal", f"/{PLACE}/orion-terminal")
    for name, place in _FILES.items():
        put(HERE / "till" / name, tree / place)
    put(HERE.parent / "LICENSE", tree / "usr/share/doc/orion-terminal/copyright")
    put(HERE.parent / "docs" / "cashiers.md", tree / "usr/share/doc/orion-terminal/cashiers.md")
    drawn = tree / "usr/share/icons/hicolor/scalable/apps/orion-terminal.svg"
    drawn.parent.mkdir(parents=True)
    drawn.write_text(icon())
    return Package(
        name="orion-terminal",
        summary="Offline-first loyalty till",
        description="Gives stamps, points and rewards to customers who hold up a QR code, also without the internet.",
        depends=(
            f"libc6 (>= {libc_ver()[1]})",
            "libegl1",
            "libgl1",
            "libxcb1",
            "libfontconfig1",
            "libdbus-1-3",
            "tzdata",
        ),
        recommends=("libwayland-client0", "libwayland-cursor0", "libusb-1.0-0", "cups-client", "gnome-keyring"),
        scripts=HERE / "till",
    )


def icon() -> str:
    """The constellation on the night sky, as on the till's first page."""
    room = _SIDE - 2 * _EDGE
    places = [(_EDGE + x * room, _EDGE + y * room) for x, y, _ in ORION]
    lines = "".join(
        f'<path d="M{places[a][0]:.0f} {places[a][1]:.0f}L{places[b][0]:.0f} {places[b][1]:.0f}"/>' for a, b in LINES
    )
    stars = "".join(
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{size * 0.6:.1f}"/>'
        for (x, y), (_, _, size) in zip(places, ORION, strict=True)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE} {_SIDE}">'
        f'<rect width="{_SIDE}" height="{_SIDE}" rx="48" fill="{LIGHT.night}"/>'
        f'<g stroke="{LIGHT.night_line}" stroke-width="3">{lines}</g><g fill="{LIGHT.gold}">{stars}</g></svg>\n'
    )
