"""The demo as a process, off screen, with a network outage."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import HTTPCookieProcessor, build_opener

import cv2
import pypdfium2  # type: ignore[import-untyped]
import pytest

from demo.bootstrap import INTERRUPTED
from demo.comparison import Comparison, compare
from demo.filming.film import film
from server.bootstrap import open_server
from server.settings import read
from terminal.scanner.camera.scan_files import scan_files
from tests.support.child_process import started
from tests.support.tree import ROOT

pytestmark = pytest.mark.slow

DEADLINE_S = 240  # usually takes a minute
LINK = re.compile(r"http://127\.0\.0\.1:\d+/demo/\S+")
CLOSING = re.compile(r"scans=(\d+) entries=(\d+) confirmed=(\d+) ledger_equal=(yes|no)\n")


def demo(*words: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("ORION_")}
    command = [sys.executable, "-c", "from demo.bootstrap import main; raise SystemExit(main())", *words]
    return subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, timeout=DEADLINE_S, check=False)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("demo") / "out"
    return folder, demo("--headless", "--outage", "--keep", str(folder))


def test_the_demo_serves_through_an_outage_and_its_books_are_equal(
    kept: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, done = kept
    assert done.returncode == 0, done.stderr
    closing = CLOSING.fullmatch(done.stdout)
    assert closing is not None, done.stdout
    scans, entries, confirmed, equal = closing.groups()
    shown = json.loads((folder / "codes.json").read_bytes())
    assert int(scans) == len(shown) >= 12
    assert int(entries) == int(confirmed) > len(shown)
    assert equal == "yes"


def test_every_step_of_the_demo_leaves_a_picture_of_the_whole_window(
    kept: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    shots = sorted((kept[0] / "shots").iterdir())
    assert len(shots) >= 8
    assert [shot.name[:3] for shot in shots] == [f"{n:02}-" for n in range(1, len(shots) + 1)]
    assert any("offline" in shot.name for shot in shots)
    assert sum("office" in shot.name for shot in shots) == 5
    for shot in shots:
        picture = cv2.imread(str(shot))
        size = (844, 390, 3) if "on-a-phone" in shot.name else (768, 1366, 3)
        assert picture is not None and picture.shape == size, shot.name
        assert picture.std() > 15, f"{shot.name} is blank"


def test_the_demos_codes_can_be_held_before_a_real_camera(
    kept: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    folder, _ = kept
    shown = [one["qr_code"] for one in json.loads((folder / "codes.json").read_bytes())]
    pages = pypdfium2.PdfDocument(folder / "codes.pdf")
    pictures = [tmp_path / f"{n:02}.png" for n in range(len(pages))]
    for page, picture in zip(pages, pictures, strict=True):
        page.render(scale=2).to_pil().save(picture)
    assert [one.text for one in scan_files(pictures)] == shown


def test_the_demo_keeps_its_keys_to_itself(kept: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, _ = kept
    assert (folder / "passphrase").stat().st_mode & 0o077 == 0
    assert (folder / "server.db.keys").stat().st_mode & 0o077 == 0
    assert (folder / "passphrase").read_text().strip().encode() not in (folder / "keyring" / "keys").read_bytes()


def test_somebody_elses_film_of_the_codes_is_served_in_any_order(
    kept: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    codes = [one["qr_code"] for one in json.loads((kept[0] / "codes.json").read_bytes())]
    strangers = ["https://example.org/", "0" * 32]
    recording = tmp_path / "recording.avi"
    film([*reversed(codes[:5]), *strangers, codes[0]], recording, seconds_each=0.8, seed="somebody else")
    done = demo("--headless", "--video", str(recording))
    assert done.returncode == 0, done.stderr
    closing = CLOSING.fullmatch(done.stdout)
    assert closing is not None, done.stdout
    assert closing[1] == "8"
    assert closing[4] == "yes"


def followed(link: str) -> str:
    """The path of the page that a browser comes to by a link."""
    browser = build_opener(HTTPCookieProcessor())
    with browser.open(link, timeout=DEADLINE_S) as answer:
        path: str = urlsplit(answer.url).path
    return path


def compared(folder: Path) -> Comparison:
    server = open_server(read({}, f"sqlite:///{folder / 'server.db'}"))
    return compare(folder / "till", server, server.company("cafe-aurora").id)


@pytest.mark.parametrize(
    ("file", "damage"),
    [
        ("server.db", "DELETE FROM transactions WHERE version = (SELECT max(version) FROM transactions)"),
        ("server.db", "UPDATE cards SET points_balance = points_balance + 1 WHERE stamp_count = 6"),
        ("till/replica.db", "DELETE FROM cards WHERE version = (SELECT max(version) FROM cards)"),
        ("till/journal.db", "DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)"),
    ],
)
def test_books_that_differ_are_not_called_equal(
    kept: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path, file: str, damage: str
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(kept[0], folder)
    assert compared(folder).ledger_equal
    with sqlite3.connect(folder / file) as conn:
        assert conn.execute(damage).rowcount > 0
    conn.close()
    assert not compared(folder).ledger_equal


def test_a_recording_that_cannot_be_played_ends_the_demo_with_a_sentence(tmp_path: Path) -> None:
    recording, folder = tmp_path / "recording.avi", tmp_path / "out"
    recording.write_text("no film")
    done = demo("--headless", "--video", str(recording), "--keep", str(folder))
    assert done.returncode == 1
    assert done.stdout == ""
    assert "camera" in done.stderr and "Traceback" not in done.stderr
    assert [shot.name for shot in (folder / "shots").iterdir()] == ["01-stuck.png"]


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    done = demo("--headless", "--keep", str(tmp_path))
    assert done.returncode == 1
    assert "thesis.txt" in done.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_demo_on_screen_opens_its_office_and_ends_by_ctrl_c() -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("ORION_")}
    own |= {"QT_QPA_PLATFORM": "offscreen"}
    on_screen = "import demo.bootstrap as it; it._has_display = lambda: True; raise SystemExit(it.main())"
    command = [sys.executable, "-c", on_screen]
    with started(command, cwd=ROOT, env=own, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        for page in ("/office/cafe-aurora/cards", "/admin/programs"):  # the window is about to open
            link = next(found for line in process.stderr if (found := LINK.search(line)))[0]
            assert followed(link) == page
            assert followed(link) == "/account/sign-in", "a link signs in once"
        process.send_signal(signal.SIGINT)
        said, told = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0, said + told
    assert CLOSING.fullmatch(said) is not None, said


def test_a_demo_that_is_told_to_end_early_says_so_and_leaves_nothing_behind(tmp_path: Path) -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("ORION_")} | {
        "TMPDIR": str(tmp_path)
    }
    command = [sys.executable, "-c", "from demo.bootstrap import main; raise SystemExit(main())", "--headless"]
    with started(command, cwd=ROOT, env=own, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        process.stderr.readline()  # the company is being made
        process.terminate()
        _, said = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == INTERRUPTED
    assert said == "orion demo: ended before everybody was served\n"
    assert list(tmp_path.iterdir()) == []
