"""The window's options are read in one place, work in any order and together, and stand in `--help`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ui import cli
from ui.window_options import WindowOptions, read

DIR, FILM = Path("a folder"), Path("film.mp4")


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ([], WindowOptions()),
        (["--profile", str(DIR)], WindowOptions(profile=DIR)),
        ([f"--profile={DIR}", "--practice"], WindowOptions(profile=DIR, practice=True)),
        (["--camera", "2"], WindowOptions(camera=2)),
        (["--camera", "2", "--video", str(FILM)], WindowOptions(camera=2, video=FILM)),
        (["--video", str(FILM), "--profile", str(DIR), "--camera=0"], WindowOptions(DIR, 0, FILM)),
    ],
)
def test_the_window_is_asked_for_by_its_options_alone(words: list[str], options: WindowOptions) -> None:
    assert read(words) == options


@pytest.mark.parametrize(
    "words",
    [["--help"], ["counter"], ["status", "--profile", str(DIR), "--json"], ["--prof", str(DIR)], ["exchange"], ["x"]],
)
def test_what_names_a_command_or_an_option_of_none_asks_for_no_window(words: list[str]) -> None:
    assert read(words) is None


@pytest.mark.parametrize("words", [["--camera", "two"], ["--camera"], ["--profile"], ["--video"]])
def test_an_option_without_what_it_needs_is_wrong_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read(words)
    assert ended.value.code == 2
    assert words[0] in capsys.readouterr().err.splitlines()[-1]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    """orion-terminal with these words: the options that its window is opened with, or how it ended."""

    def run(*words: str) -> object:
        opened: list[WindowOptions] = []
        monkeypatch.setattr("sys.argv", ["orion-terminal", *words])
        monkeypatch.setattr("ui.cli.make_haste", lambda: None)  # it changes the whole process
        monkeypatch.setattr("ui.application.main", opened.append)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return opened[0] if opened else ended.value.code

    return run


def test_the_program_opens_its_window_with_them(runs: Callable[..., object]) -> None:
    assert runs("--camera", "2", "--video", str(FILM)) == WindowOptions(camera=2, video=FILM)


def test_help_explains_commands_and_window(runs: Callable[..., object], capsys: pytest.CaptureFixture[str]) -> None:
    assert runs("--help") == 0
    said = capsys.readouterr().out
    for word in ("--profile", "--camera", "--video", "--practice", "counter", "pair"):
        assert word in said


def test_an_option_that_nobody_has_is_wrong_usage(
    runs: Callable[..., object], capsys: pytest.CaptureFixture[str]
) -> None:
    assert runs("--vidoe", str(FILM)) == 2
    assert "--vidoe" in capsys.readouterr().err
