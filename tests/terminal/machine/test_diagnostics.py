"""The contents of the diagnostics file, and what it must not contain."""

import logging
from pathlib import Path

import msgspec

from sync.protocol.version import VERSION
from terminal.interface.asks import Pin, Scan, Status
from terminal.machine.diagnostics import Diagnostics, gather, write
from terminal.machine.preferences import Preferences
from terminal.machine.profiles import Profile
from terminal.machine.recent_log import KEPT_MAX, RecentLog
from tests.support.paper_company import PaperCompany, PaperTill


def a_day(folder: Path) -> tuple[PaperTill, list[str]]:
    """A till that served a customer, and all words that are personal."""
    company = PaperCompany()
    marie = company.issues_card("Marie Keller")
    till = PaperTill(folder, company)
    till.counter.handle(Pin("Lena", "4711"))
    till.counter.handle(Scan(company.tokens[marie]))
    status = till.counter.handle(Status()).status
    assert status is not None
    assert status.staff is not None
    identity = till.journal.identity
    personal = ["Marie", "Keller", "Lena", "4711", company.tokens[marie], status.company, status.store, status.terminal]
    personal += [str(marie), str(identity.company_id), str(identity.terminal_id), str(identity.journal_id), str(folder)]
    return till, [word for word in personal if word]


def test_the_file_tells_how_the_till_stands_and_names_nobody(tmp_path: Path) -> None:
    till, personal = a_day(tmp_path)
    status = till.counter.handle(Status()).status
    file = tmp_path / "diagnostics.json"
    write(file, gather(Profile(tmp_path), status, Preferences(language="lb"), (), screen="1366x768"))
    till.stop()
    content = file.read_text("utf-8")
    assert len(personal) >= 12
    assert [word for word in personal if word.casefold() in content.casefold()] == []
    found = msgspec.json.decode(content, type=Diagnostics)
    assert found.version == VERSION
    assert found.preferences == Preferences(language="lb")
    assert found.files["journal.db"] > 0
    assert found.status is not None
    assert status is not None
    assert found.status.last_seq == status.last_seq > 0


def test_a_till_that_does_not_open_has_a_file_too(tmp_path: Path) -> None:
    found = gather(Profile(tmp_path / "none"), None, Preferences(), (), screen="")
    assert (found.status, found.files) == (None, {})


def test_of_a_message_only_the_words_in_the_code_are_remembered() -> None:
    remembered = RecentLog()
    log = logging.Logger("of a test")
    log.addHandler(remembered)
    try:
        raise ValueError("Marie Keller, 4821-0937-5516")
    except ValueError:
        log.exception("%s, log id %s, card of %s", "an ask failed", "0a1b2c3d", "Marie Keller")
    log.info("not grave enough")
    [line] = remembered.lines
    assert (line.level, line.said, line.log_id) == ("error", "%s, log id %s, card of %s", "0a1b2c3d")
    assert line.error == "ValueError"
    assert line.frames[-1].startswith("test_diagnostics.py:")
    assert "Marie" not in str(remembered.lines)
    assert "4821" not in str(remembered.lines)


def test_of_a_logged_problem_its_kind_is_remembered_and_its_detail_is_not() -> None:
    remembered = RecentLog()
    log = logging.Logger("till")
    log.addHandler(remembered)
    log.warning("problem", extra={"kind": "disk_full", "detail": "of Marie Keller"})
    log.info("everyday", extra={"kind": "news"})
    assert [(line.level, line.said, line.kind) for line in remembered.lines] == [("warning", "problem", "disk_full")]
    assert "Marie" not in str(remembered.lines)


def test_only_the_last_lines_are_remembered() -> None:
    remembered = RecentLog()
    for number in range(KEPT_MAX + 5):
        remembered.handle(logging.makeLogRecord({"msg": f"line {number}", "levelname": "ERROR"}))
    assert len(remembered.lines) == KEPT_MAX
    assert remembered.lines[-1].said == f"line {KEPT_MAX + 4}"
