"""Which cameras are plugged in, each by a name for people and an id that stays the same across restarts.

Reads only what Linux says of its video devices; opens no camera, so it may be asked while one is in use.
"""

import sys
from collections import Counter
from pathlib import Path

from msgspec import Struct

SYSTEM = Path("/sys/class/video4linux")
DEVICES = Path("/dev/v4l")
NUMBERS_MAX = 4  # tried where the system has no list
_KINDS = ("by-id", "by-path")  # what it is, or, for the second of two alike, where it is plugged in


class Camera(Struct, frozen=True):
    """One camera that can be chosen. *index* is its number as of now: it may be another after the next plugging."""

    id: str
    name: str
    index: int
    known_as: tuple[str, ...] = ()  # ids under which it was kept while another camera of its kind was away

    def is_meant(self, camera_id: str) -> bool:
        return camera_id == self.id or camera_id in self.known_as


def numbered_camera(index: int) -> Camera:
    """The camera that somebody named by its number."""
    return Camera(_numbered(index), str(index), index)


def plugged_cameras(system: Path = SYSTEM, devices: Path = DEVICES) -> tuple[Camera, ...]:
    """Those there now, in the system's order. Takes well under a millisecond and never raises."""
    if system == SYSTEM and not sys.platform.startswith("linux"):
        return tuple(numbered_camera(index) for index in range(NUMBERS_MAX))  # no list: who reads finds out
    links = _links(devices)
    found: list[Camera] = []
    for node in _listed(system):
        number = node.name.removeprefix("video")
        if not number.isdecimal() or _said(node / "index") not in ("0", ""):
            continue  # the second node of a camera gives no pictures, but what it says about them
        ids = (*links.get(node.name, ()), _numbered(number))
        found.append(Camera(ids[0], _said(node / "name") or number, int(number), ids[1:]))
    names = Counter(camera.name for camera in found)
    found = [_by_place(camera) if names[camera.name] > 1 else camera for camera in found]
    return tuple(sorted(found, key=lambda camera: camera.index))


def _by_place(camera: Camera) -> Camera:
    """One of several alike: only one of them gets the id of its kind, and not the same one after every restart."""
    ids = sorted((camera.id, *camera.known_as), key=lambda each: not each.startswith("by-path/"))
    return Camera(ids[0], camera.name, camera.index, tuple(ids[1:]))


def _numbered(number: int | str) -> str:
    return f"number/{number}"


def _links(devices: Path) -> dict[str, tuple[str, ...]]:
    """The lasting ids of each device, the best first."""
    links: dict[str, tuple[str, ...]] = {}
    for kind in _KINDS:
        for link in sorted(_listed(devices / kind)):
            try:
                device = link.readlink().name
            except OSError:  # it was pulled out just now
                continue
            links[device] = (*links.get(device, ()), f"{kind}/{link.name}")
    return links


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _said(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
