"""Practice: the real counter on a practice shop, without access to a real journal."""

import hashlib
import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal.interface import json_lines
from terminal.interface.asks import AnyAsk, Enrol, Pin, Redeem, Scan, Stamp, Status
from terminal.interface.card_asks import HandedOver
from terminal.interface.pin_asks import ChangePin
from terminal.interface.views import Reply, StaffView
from terminal.practice import CASHIER, CUSTOMERS, MANAGER, OWN_BLANKS, PIN, PracticeTill
from tests.support.paper_company import PaperTill, a_company
from tests.support.replies import card, status


@pytest.fixture
def practice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PracticeTill]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    till = PracticeTill()
    yield till
    till.close()


def asked(till: PracticeTill, ask: AnyAsk) -> Reply:
    reply = till.counter.handle(ask)
    assert reply.ok, reply
    return reply


@pytest.mark.slow
def test_customers_are_served_by_the_same_rules(practice: PracticeTill) -> None:
    asked(practice, Pin(CASHIER, PIN))
    nearly = next(one for one in CUSTOMERS if one.stamps == 9)
    asked(practice, Scan(nearly.token))
    given = asked(practice, Stamp())
    assert given.entry is not None and given.entry.reward_reached
    asked(practice, Redeem("stamps"))


@pytest.mark.slow
def test_a_manager_is_there_to_be_called(practice: PracticeTill) -> None:
    reply = asked(practice, Pin(MANAGER, PIN))
    assert isinstance(reply.staff, StaffView) and reply.staff.role == "manager"


@pytest.mark.slow
def test_a_blank_card_becomes_a_customer(practice: PracticeTill) -> None:
    asked(practice, Pin(CASHIER, PIN))
    blank = next(one for one in CUSTOMERS if not one.name)
    reply = asked(practice, Enrol(code=blank.token, name="Sam"))
    assert reply.card is not None and reply.card.name == "Sam"


def test_it_looks_like_a_good_day(practice: PracticeTill) -> None:
    status = asked(practice, Status()).status
    assert status is not None and status.online and status.problem is None


@pytest.mark.slow
def test_nothing_of_it_is_left(tmp_path: Path, practice: PracticeTill) -> None:
    asked(practice, Pin(CASHIER, PIN))
    assert list(tmp_path.iterdir())
    practice.close()
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_real_journal_is_the_same_to_the_byte(tmp_path: Path) -> None:
    real = PaperTill(tmp_path, a_company())
    real.stop()
    before = _bytes_of(tmp_path)
    till = PracticeTill()
    out = io.BytesIO()
    asks = [{"do": "pin", "staff": CASHIER, "pin": PIN}, {"do": "scan", "code": CUSTOMERS[0].token}, {"do": "stamp"}]
    lines = b"\n".join(json.dumps({"id": number, **ask}).encode() for number, ask in enumerate(asks))
    json_lines.serve(till.counter, io.BytesIO(lines), out)
    till.close()
    assert [json.loads(line)["ok"] for line in out.getvalue().splitlines()] == [True, True, True]
    assert _bytes_of(tmp_path) == before


def _bytes_of(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


@pytest.mark.slow
def test_cards_for_phones_and_new_pins_are_practised_too(practice: PracticeTill) -> None:
    assert practice.counter.handle(Pin(CASHIER, PIN)).ok
    made = practice.counter.handle(Enrol(name="Elif"))
    assert made.new_card is not None
    assert practice.counter.handle(HandedOver()).ok
    assert card(practice.counter.handle(Scan(made.new_card.qr_code))).name == "Elif"
    assert practice.counter.handle(ChangePin(CASHIER, PIN, "9053")).ok
    assert practice.counter.handle(Pin(CASHIER, "9053")).ok
    state = status(practice.counter.handle(Status()))
    assert state.practice and state.phone_cards == OWN_BLANKS - 1
    assert state.welcome_points == 20
