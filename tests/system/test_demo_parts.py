"""Parts of the demo that need no process."""

from datetime import UTC, datetime
from pathlib import Path
from socket import SHUT_WR, create_connection
from uuid import uuid4

import numpy as np
import pytest
from starlette.applications import Starlette

from demo.cast import Wish, cast
from demo.filming.projector import Projector, recording
from demo.folder import Folder, NotOurs
from demo.letterbox import Letterbox
from server.demo import cafes
from server.mail import letters
from server.mail.outbox import Body, Mail, MailState
from server.mail.smtp import Sender, Verdict
from server.settings import Smtp
from server.translations import Translator
from terminal.scanner.camera.sources import PictureSource
from terminal.scanner.frames import Frame
from tests.support.office_web import Caller


class Watch:
    """Time that passes only during sleep."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def frame(shade: int) -> Frame:
    return np.full((4, 4, 3), shade, np.uint8)


def shown(projector: Projector) -> int | None:
    found = projector.read()
    return None if found is None else int(found[0, 0, 0])


def a_projector(*shades: int) -> tuple[Projector, Watch]:
    watch = Watch()
    return Projector(iter([frame(shade) for shade in shades]), clock=watch, sleep=watch.sleep), watch


def test_a_film_stands_at_its_first_frame_until_somebody_is_ready() -> None:
    projector, _ = a_projector(1, 2)
    assert [shown(projector) for _ in range(3)] == [1, 1, 1]


def test_a_held_film_goes_on_where_it_was() -> None:
    projector, _ = a_projector(1, 2, 3, 4)
    projector.go_on()
    assert [shown(projector), shown(projector)] == [1, 2]
    projector.hold()
    assert [shown(projector), shown(projector)] == [2, 2]
    projector.go_on()
    assert [shown(projector), shown(projector), shown(projector)] == [3, 4, None]
    assert projector.over


def test_a_film_that_stands_is_not_over() -> None:
    projector, _ = a_projector(1)
    assert shown(projector) == shown(projector) == 1
    assert not projector.over


def test_a_film_plays_at_thirty_frames_a_second_whoever_asks() -> None:
    projector, watch = a_projector(*range(31))
    projector.go_on()
    for _ in range(31):
        projector.read()
    assert watch.now == pytest.approx(101.0)


def test_the_end_of_somebodys_recording_is_the_end_of_the_film(tmp_path: Path) -> None:
    projector = recording(PictureSource(()))
    assert projector.read() is None
    assert projector.over


def test_an_earlier_demo_in_the_folder_gives_way(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    first = folder.begin()
    (tmp_path / "server.db").write_text("books")
    (tmp_path / "till").mkdir()
    (tmp_path / "till" / "journal.db").write_text("journal")
    assert folder.begin() != first
    assert [one.name for one in tmp_path.iterdir()] == ["passphrase"]


def test_a_folder_with_anything_else_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "server.db").write_text("books")
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(NotOurs):
        Folder(tmp_path).begin()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["server.db", "thesis.txt"]


@pytest.mark.slow
def test_mails_of_the_demo_are_shown_with_their_links_to_whoever_started_it() -> None:
    letterbox = Letterbox()
    link = "http://127.0.0.1:8400/account/links/secret"
    letter = letters.invitation(Translator("fr"), link=link, by="Daniel Kim", company="Café <Aurora>")
    body = Body(letter.subject, f".\n..\n{letter.text}", letter.html)
    now = datetime.now(UTC)
    mail = Mail(uuid4(), None, letter.kind, "fr", MailState.QUEUED, "anna@example.org", body, 0, now, None, now, now)
    with Sender(Smtp("127.0.0.1", letterbox.port, "orion@example.org")) as sender:
        assert sender.send(mail, now).verdict is Verdict.SENT
    shown = Caller(Starlette(routes=[letterbox.route()])).get(letterbox.path)
    letterbox.close()
    assert f'<a href="{link}">{link}</a>' in shown.text
    assert "to anna@example.org" in shown.text
    assert "Café &lt;Aurora&gt;" in shown.text
    assert "<br>.<br>..<br>" in shown.text


def test_a_mail_that_breaks_off_is_none_and_ends_its_connection() -> None:
    letterbox = Letterbox()
    with create_connection(("127.0.0.1", letterbox.port), timeout=5) as sender:
        sender.sendall(b"DATA\r\nSubject: half\r\n")
        sender.shutdown(SHUT_WR)
        said = sender.makefile("rb").read()
    letterbox.close()
    assert said == b"220 demo\r\n354 go on\r\n"
    assert letterbox.mails == []


def test_everybody_in_the_cast_shows_a_code_of_their_own() -> None:
    customers = cast(cafes.card(9_000_000))
    codes = [one.code.qr_code for one in customers]
    assert len(set(codes)) == len(codes) >= 12
    assert {one.wish for one in customers} == set(Wish)
