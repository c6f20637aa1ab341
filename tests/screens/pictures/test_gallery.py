"""The gallery shows every look, icon and colour."""

import os
import subprocess
import sys

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

from ui.gallery.gallery import BUTTON_STYLES, build_gallery, icon_names
from ui.look.theme import ROLES, STYLES

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("dark", [False, True])
def test_every_look_style_icon_and_colour_is_drawn(qapp: QApplication, dark: bool) -> None:
    gallery = build_gallery(dark=dark)
    try:
        assert {name.partition(",")[0] for name in gallery.shown["Buttons"]} == set(BUTTON_STYLES)
        assert len(BUTTON_STYLES) > 15
        assert set(gallery.shown["Type"]) == {style.value for style in STYLES}
        assert set(gallery.shown["Icons"]) == set(icon_names())
        assert set(gallery.shown["Colours"]) == set(ROLES)
        assert not gallery.page.grab().isNull()
    finally:
        gallery.deleteLater()


@pytest.mark.parametrize("language", ["fr", "de", "lb"])
def test_the_gallery_speaks_every_language(qapp: QApplication, language: str) -> None:
    gallery = build_gallery(language=language)
    assert len(gallery.findChildren(QObject)) > 100
    gallery.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_the_gallery_is_a_command_of_the_till() -> None:
    closes = (
        "import sys; from PySide6.QtCore import QTimer; from PySide6.QtWidgets import QApplication;"
        "from ui.gallery import gallery;"
        "shown = gallery.Gallery.show;"
        "gallery.Gallery.show = lambda self: (shown(self), QTimer.singleShot(0, QApplication.instance().quit));"
        "sys.argv = ['orion-terminal', 'gallery']; from ui.cli import main; main()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", closes],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr.decode()
