"""Cameras: listing, choice, unplugging and plugging in again."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from terminal.machine.preferences import Preferences, keep_preferences, preferences_at
from terminal.problems import CameraAway, NoCamera
from terminal.scanner.camera.camera_loop import CameraLoop
from terminal.scanner.camera.devices import Camera, plugged_cameras
from terminal.scanner.camera.hotplug import PluggedCamera
from terminal.scanner.decoding.decoder import Decoder
from terminal.scanner.frames import Frame
from terminal.scanner.scans import FrameReport
from tests.support.pictures import a_frame

COUNTER, LAPTOP, BETTER = (
    Camera("by-id/usb-Counter", "Counter camera", 2, ("by-path/1", "number/2")),
    Camera("by-path/pci-laptop", "Laptop camera", 0, ("number/0",)),
    Camera("by-id/usb-4K", "4K camera", 4),
)
PATIENCE_S = 10


class Desk:
    """The cameras plugged in at a till; the shade of frames is the camera's index."""

    def __init__(self, *cameras: Camera) -> None:
        self.plugged: tuple[Camera, ...] = cameras
        self.broken: set[Camera] = set()
        self.closed: list[Camera] = []

    def source(self, chosen: str | None = None) -> PluggedCamera:
        return PluggedCamera(chosen, lambda: self.plugged, lambda camera: OnDesk(self, camera))


class OnDesk:
    def __init__(self, desk: Desk, camera: Camera) -> None:
        self.desk, self.camera = desk, camera

    def read(self) -> Frame | None:
        if self.camera not in self.desk.plugged or self.camera in self.desk.broken:
            raise NoCamera(self.camera.name)
        frame = a_frame()
        frame[:] = self.camera.index
        return frame

    def close(self) -> None:
        self.desk.closed.append(self.camera)


def shown(source: PluggedCamera) -> int:
    return int(source.read()[0, 0, 0])


def test_the_chosen_camera_is_read_though_another_comes_first() -> None:
    source = Desk(LAPTOP, COUNTER).source(COUNTER.id)
    assert (shown(source), source.now) == (COUNTER.index, COUNTER)


def test_a_chosen_camera_that_is_away_is_waited_for_and_no_other_takes_its_place() -> None:
    desk = Desk(LAPTOP)
    source = desk.source(COUNTER.id)
    with pytest.raises(CameraAway):
        source.read()
    assert source.now is None
    desk.plugged = (LAPTOP, COUNTER)
    assert shown(source) == COUNTER.index


def test_a_camera_goes_on_when_it_is_plugged_in_again_under_another_number() -> None:
    desk = Desk(COUNTER)
    source = desk.source(COUNTER.id)
    source.read()
    desk.plugged = ()
    with pytest.raises(CameraAway):
        source.read()
    assert desk.closed == [COUNTER]
    desk.plugged = (Camera(COUNTER.id, COUNTER.name, 7),)
    assert shown(source) == 7


def test_a_better_camera_does_not_steal_a_choice_that_nobody_made() -> None:
    desk = Desk(COUNTER)
    source = desk.source()
    source.read()
    desk.plugged = (BETTER, COUNTER)
    assert shown(source) == COUNTER.index
    desk.plugged = (BETTER,)
    for _ in range(2):
        with pytest.raises(CameraAway):
            source.read()
    desk.plugged = (BETTER, COUNTER)
    assert shown(source) == COUNTER.index


def test_where_none_was_chosen_one_that_gives_no_pictures_is_passed_over() -> None:
    desk = Desk(LAPTOP, COUNTER)
    desk.broken.add(LAPTOP)
    assert shown(desk.source()) == COUNTER.index
    assert desk.closed == [LAPTOP]


def test_choosing_another_camera_shows_it_at_the_next_frame_and_lets_the_first_go() -> None:
    desk = Desk(LAPTOP, COUNTER)
    source = desk.source(LAPTOP.id)
    source.read()
    source.choose(COUNTER.id)
    assert shown(source) == COUNTER.index
    assert desk.closed == [LAPTOP]


def test_a_camera_kept_by_where_it_was_plugged_in_is_the_same_one() -> None:
    assert shown(Desk(LAPTOP, COUNTER).source("by-path/1")) == COUNTER.index


def test_the_choice_outlives_the_program(tmp_path: Path) -> None:
    keep_preferences(tmp_path / "preferences", Preferences(camera=COUNTER.id))
    assert preferences_at(tmp_path / "preferences").camera == COUNTER.id


@pytest.mark.slow
def test_pulled_out_is_told_once_and_plugged_in_again_goes_on() -> None:
    desk, connected, back = Desk(COUNTER), threading.Event(), threading.Event()
    aways: list[CameraAway] = []
    ends: list[Exception | None] = []

    def frame(_: FrameReport) -> None:
        if not aways:
            desk.plugged = ()
        else:
            back.set()

    def away(problem: CameraAway) -> None:
        aways.append(problem)
        desk.plugged = (COUNTER,)
        connected.set()

    loop = CameraLoop(
        desk.source(),
        Decoder,
        on_frame=frame,
        on_scan=lambda scan: None,
        on_away=away,
        on_end=ends.append,
        clock=lambda: 0.0,
    )
    loop.start()
    assert connected.wait(PATIENCE_S)
    assert back.wait(PATIENCE_S)
    assert loop.stop()
    assert (len(aways), ends) == (1, [])


def a_system(root: Path, nodes: Sequence[tuple[str, str, str]], links: dict[str, str]) -> tuple[Path, Path]:
    """Simulates Linux's device nodes and links."""
    system, devices = root / "class", root / "v4l"
    for node, name, index in nodes:
        (system / node).mkdir(parents=True)
        (system / node / "name").write_text(name + "\n")
        (system / node / "index").write_text(index + "\n")
    for link, node in links.items():
        path = devices / link
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(f"../../{node}")
    return system, devices


def test_cameras_are_listed_by_name_with_an_id_that_outlives_a_restart(tmp_path: Path) -> None:
    nodes = [
        ("video2", "HD Webcam", "0"),
        ("video3", "HD Webcam", "1"),
        ("video0", "Laptop", "0"),
        ("v4l-sub", "", "0"),
    ]
    links = {"by-id/usb-HD-index0": "video2", "by-path/usb-3": "video2", "by-path/pci-0": "video0"}
    assert plugged_cameras(*a_system(tmp_path, nodes, links)) == (
        Camera("by-path/pci-0", "Laptop", 0, ("number/0",)),
        Camera("by-id/usb-HD-index0", "HD Webcam", 2, ("by-path/usb-3", "number/2")),
    )


def test_two_cameras_of_a_kind_are_told_apart_by_where_they_are_plugged_in(tmp_path: Path) -> None:
    nodes = [("video0", "HD Webcam", "0"), ("video2", "HD Webcam", "0")]
    links = {"by-id/usb-HD-index0": "video2", "by-path/usb-1": "video0", "by-path/usb-3": "video2"}
    first, second = plugged_cameras(*a_system(tmp_path, nodes, links))
    assert (first.id, second.id) == ("by-path/usb-1", "by-path/usb-3")
    assert second.is_meant("by-id/usb-HD-index0")  # stored while it was the only one


def test_a_machine_without_cameras_lists_none(tmp_path: Path) -> None:
    assert plugged_cameras(tmp_path / "none", tmp_path / "nothing") == ()
