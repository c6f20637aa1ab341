"""The frozen program, built from `build.spec`: commands and window work without Python."""

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import cv2
import pytest

from terminal.interface.languages import LANGUAGES
from tests.frames.kinds import known_frame
from tests.support.tree import ROOT
from tests.system.processes import Company

pytestmark = pytest.mark.slow

DEADLINE_S = 60.0
FOLDER_BYTES_MAX = 300_000_000
# Frames that every decoder and most repairs are tried on.
DEMANDING = (("lamps", 0), ("out of focus", 2), ("lit by LEDs", 0), ("wobble", 2), ("covered", 2), ("interlaced", 1))


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program in its own folder."""
    folder = tmp_path_factory.mktemp("frozen")
    words = ["--noconfirm", "--log-level", "ERROR", "--distpath", str(folder), "--workpath", str(folder / "work")]
    subprocess.run([sys.executable, "-m", "PyInstaller", *words, "build.spec"], cwd=ROOT, check=True, timeout=600)
    return folder / "orion-terminal" / "orion-terminal"


def bare(tmp_path: Path) -> dict[str, str]:
    """An environment without Python; only the location of the keys is set."""
    return {
        "HOME": str(tmp_path),
        "PATH": os.defpath,
        "QT_QPA_PLATFORM": "offscreen",
        "ORION_KEYRING": f"file:{tmp_path / 'keys'}",
        "ORION_PASSPHRASE": "of a test",
    }


def test_the_frozen_folder_has_the_commands_and_opens_its_window(frozen: Path, tmp_path: Path) -> None:
    command = [str(frozen), "status", "--profile", str(tmp_path / "none"), "--json"]
    ended = subprocess.run(command, capture_output=True, check=False, timeout=60, env=bare(tmp_path))
    assert ended.returncode == 1, ended.stderr.decode()
    assert json.loads(ended.stdout)["problem"]["kind"] == "not_paired"

    profile = tmp_path / "till"
    window = subprocess.Popen(
        [str(frozen), "--profile", str(profile)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=bare(tmp_path)
    )
    try:
        until = time.monotonic() + DEADLINE_S
        # The counter's thread locks the profile after the window opened.
        while not (profile / "in-use").exists() and window.poll() is None and time.monotonic() < until:
            with suppress(subprocess.TimeoutExpired):
                window.wait(0.05)
        assert window.poll() is None, window.stdout.read().decode() if window.stdout else ""
        assert (profile / "in-use").exists(), "the window never opened its till"
        window.terminate()
        assert window.wait(DEADLINE_S) == 0, "a logout does not close the window"
    finally:
        window.kill()
        window.wait()


def test_the_frozen_folder_is_small_and_has_the_tills_languages(frozen: Path) -> None:
    files = [file for file in frozen.parent.rglob("*") if not file.is_symlink()]
    assert sum(file.stat().st_size for file in files if file.is_file()) <= FOLDER_BYTES_MAX
    names = {file.stem for file in files if file.parent.name == "locale-data" and file.suffix == ".dat"}
    assert names == {"root", *LANGUAGES}


def test_the_frozen_till_reads_demanding_pictures_without_the_algebra_it_lacks(frozen: Path, tmp_path: Path) -> None:
    shown = [known_frame(kind, number) for kind, number in DEMANDING]
    pictures = [str(tmp_path / f"{number}.png") for number in range(len(shown))]
    for picture, known in zip(pictures, shown, strict=True):
        assert cv2.imwrite(picture, known.frame)
    command = [str(frozen), "scan", "--json", *pictures]
    ended = subprocess.run(command, capture_output=True, check=False, timeout=60, env=bare(tmp_path))
    assert [json.loads(line)["text"] for line in ended.stdout.splitlines()] == [known.text for known in shown]


def test_the_frozen_counter_exchanges_by_its_own_exchanger(frozen: Path, tmp_path: Path) -> None:
    company = Company(tmp_path / "company", cards=3)
    company.serve()
    profile = str(tmp_path / "till")
    try:
        words = ["pair", "--server", f"http://127.0.0.1:{company.port}", "--code", company.pairing_code("Frozen")]
        subprocess.run([str(frozen), *words, "--profile", profile], check=True, timeout=60, env=bare(tmp_path))
        asks = ({"do": "enrol", "code": company.cards[0]["qr_code"]}, {"do": "sync", "timeout_s": DEADLINE_S})
        lines = "".join(json.dumps(ask) + "\n" for ask in ({"do": "sync", "timeout_s": DEADLINE_S}, *asks))
        served = subprocess.run(
            [str(frozen), "counter", "--profile", profile],
            input=lines.encode(),
            capture_output=True,
            check=True,
            timeout=180,
            env=bare(tmp_path),
        )
        first, enrolled, last = map(json.loads, served.stdout.splitlines())
        assert first["status"]["online"] and enrolled["ok"], served.stderr.decode()
        assert last["status"]["acked_seq"] == last["status"]["last_seq"] > 0
    finally:
        company.stop()
