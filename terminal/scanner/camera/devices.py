"""The cameras plugged in, each with a readable name and an id that survives restarts.

Reads only Linux's device lists and opens no camera, so it can be called while one is in use.
"""

import sys
from collections import Counter
from pathlib import Path

from msgspec import Struct

SYSTEM = Path("/sys/class/video4linux")
DEVICES = Path("/dev/v4l")
NUMBERS_MAX = 4  # tried if the system has no list
_KINDS = ("by-id", "by-path")  # by its model, or, for one of several alike, by its port


class Camera(Struct, frozen=True):
    """A camera. *index* is its present number, which may change when it is plugged in again."""

    id: str
    name: str
    index: int
    known_as: tuple[str, ...] = ()  # other ids it may have been stored under

    def is_meant(self, camera_id: str) -> bool:
        return camera_id == self.id or camera_id in self.known_as


def numbered_camera(index: int) -> Camera:
    """A camera given by its number."""
    return Camera(_numbered(index), str(index), index)


def plugged_cameras(system: Path = SYSTEM, devices: Path = DEVICES) -> tuple[Camera, ...]:
    """The cameras plugged in, in the system's order. Takes less than a millisecond and does not raise."""
    if system == SYSTEM and not sys.platform.startswith("linux"):
        return tuple(numbered_camera(index) for index in range(NUMBERS_MAX))  # no list: reading shows which exist
    links = _links(devices)
    found: list[Camera] = []
    for node in _listed(system):
        number = node.name.removeprefix("video")
        if not number.isdecimal() or _said(node / "index") not in ("0", ""):
            continue  # a camera's second node gives only metadata
        ids = (*links.get(node.name, ()), _numbered(number))
        found.append(Camera(ids[0], _said(node / "name") or number, int(number), ids[1:]))
    names = Counter(camera.name for camera in found)
    found = [_by_place(camera) if names[camera.name] > 1 else camera for camera in found]
    return tuple(sorted(found, key=lambda camera: camera.index))


def _by_place(camera: Camera) -> Camera:
    """One of several equal cameras, identified by its port, since only one of them gets the id of the model."""
    ids = sorted((camera.id, *camera.known_as), key=lambda each: not each.startswith("by-path/"))
    return Camera(ids[0], camera.name, camera.index, tuple(ids[1:]))


def _numbered(number: int | str) -> str:
    return f"number/{number}"


def _links(devices: Path) -> dict[str, tuple[str, ...]]:
    """The permanent ids of each device, best first."""
    links: dict[str, tuple[str, ...]] = {}
    for kind in _KINDS:
        for link in sorted(_listed(devices / kind)):
            try:
                device = link.readlink().name
            except OSError:  # just unplugged
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
