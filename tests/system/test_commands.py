"""orion-terminal and orion-server as used from a shell: processes, exit codes, JSON lines."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.protocol.messages import POOL_SIZE
from tests.system.processes import TERMINAL, Company, JsonTill, environment, paired, terminal

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    served = Company(tmp_path_factory.mktemp("company"), cards=3)
    served.serve()
    yield served
    served.stop()


def run(profile: Path, *words: str) -> tuple[int, dict[str, object]]:
    """The exit code and the only object of a command."""
    done = subprocess.run(
        [sys.executable, "-c", TERMINAL, *words, "--profile", str(profile), "--json"],
        capture_output=True,
        check=False,
        timeout=60,
        env=environment(profile),
    )
    return done.returncode, json.loads(done.stdout)


def test_a_card_goes_from_blank_to_the_companys_books_by_commands_alone(company: Company, tmp_path: Path) -> None:
    profile = paired(tmp_path / "till", company, "by commands")
    code = company.cards[0]["qr_code"]
    till = JsonTill(profile)
    try:
        assert till.ask(id="a", do="sync", timeout_s=30)["status"]["readiness"]["blanks"] == 3 + POOL_SIZE
        enrolled = till.ask(id="b", do="enrol", code=code, name="Elif", email="elif@example.lu")
        assert enrolled["card"]["name"] == "Elif" and enrolled["id"] == "b"
        assert till.ask(id=1, do="stamp", count=2)["card"]["stamps"]["waiting"] == 2
        status = till.ask(id=2, do="sync", timeout_s=30)["status"]
        assert (status["waiting"], status["held"], status["acked_seq"]) == (0, 0, status["last_seq"])
        confirmed = till.ask(id=3, do="scan", code=code)["card"]["stamps"]
        assert (confirmed["confirmed"], confirmed["waiting"]) == (2, 0)

        locked_out, answer = run(profile, "status")
        assert locked_out == 1 and answer["problem"]["kind"] == "profile_in_use"  # type: ignore[index]
    finally:
        till.close()

    shown = company.command("card", "show", "--company", "aurora", code)[0]
    assert [one["kind"] for one in shown["transactions"]] == ["card_created", "stamp_earned"]
    assert company.command("ledger", "check", "--company", "aurora")[0] == {"cards": 3, "wrong": 0}

    assert run(profile, "journal", "check") == (0, {"ok": True, "rows": 2, "broken_at": None})
    listed = terminal(profile, "journal", "list")
    assert [row["entry"]["kind"] for row in listed] == ["card_created", "stamp_earned"]
    assert all(row["holds"] for row in listed)
    exported = terminal(profile, "journal", "export")
    assert exported[0].keys() == {"company", "terminal", "journal"} and len(exported) == 3
    ended, status = run(profile, "status")
    assert ended == 0 and status["last_seq"] == 2 and status["online"] is False


def test_what_cannot_be_paired_is_told_in_one_sentence_and_exit_code_1(company: Company, tmp_path: Path) -> None:
    server = f"http://127.0.0.1:{company.port}"
    wrong = run(tmp_path / "wrong", "pair", "--server", server, "--code", "AAAA-AAAA")
    nobody = run(tmp_path / "nobody", "pair", "--server", "http://127.0.0.1:9", "--code", "AAAA-AAAA")
    nowhere = run(tmp_path / "nowhere", "pair", "--server", "not an address", "--code", "AAAA-AAAA")
    problems = [(code, answer["problem"]["kind"]) for code, answer in (wrong, nobody, nowhere)]  # type: ignore[index]
    assert problems == [(1, "pairing_refused"), (1, "nobody_answers"), (1, "address_wrong")]

    profile = paired(tmp_path / "twice", company, "twice")
    again, answer = run(profile, "pair", "--server", server, "--code", company.pairing_code("other"))
    assert again == 1 and answer["problem"]["kind"] == "already_paired"  # type: ignore[index]


@pytest.mark.parametrize("command", ["status", "counter", "journal"])
def test_a_profile_that_is_not_paired_says_so(command: str, tmp_path: Path) -> None:
    ended, answer = run(tmp_path / "new", command)
    assert ended == 1 and answer["problem"]["kind"] == "not_paired"  # type: ignore[index]


def test_without_a_safe_place_for_keys_a_till_does_not_pair(company: Company, tmp_path: Path) -> None:
    profile = tmp_path / "till"
    plain = {name: value for name, value in environment(profile).items() if not name.startswith("ORION_")}
    words = ["pair", "--server", f"http://127.0.0.1:{company.port}", "--code", company.pairing_code("no keyring")]
    done = subprocess.run(
        [sys.executable, "-c", TERMINAL, *words, "--profile", str(profile), "--json"],
        capture_output=True,
        check=False,
        timeout=60,
        env=plain | {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"},
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["problem"]["kind"] == "keyring"
    assert not (profile / "journal.db").exists()


def test_a_wrong_word_on_the_command_line_is_wrong_usage() -> None:
    for words in (["no-such-command"], ["journal", "burn"], ["pair"]):
        done = subprocess.run([sys.executable, "-c", TERMINAL, *words], capture_output=True, check=False, timeout=60)
        assert done.returncode == 2, words


def test_a_card_for_a_phone_is_told_once_and_is_in_the_companys_books(company: Company, tmp_path: Path) -> None:
    profile = paired(tmp_path / "till", company, "for phones")
    till = JsonTill(profile)
    try:
        assert till.ask(id=1, do="sync", timeout_s=30)["status"]["phone_cards"] == POOL_SIZE
        made = till.ask(id=2, do="enrol", name="Elif")
        shown = made["new_card"]
        assert made["card"]["name"] == "Elif" and len(shown["qr_code"]) == 32 and len(shown["card_number"]) == 14
        assert till.ask(id=3, do="stamp")["ok"], "it is in front"
        assert till.ask(id=4, do="show_code")["refusal"]["reason"] == "code_gone"
        till.ask(id=5, do="sync", timeout_s=30)
        assert till.ask(id=6, do="scan", code=shown["card_number"])["card"]["stamps"]["confirmed"] == 1
    finally:
        till.close()
    (books,) = company.command("card", "show", "--company", "aurora", shown["qr_code"])
    assert [one["kind"] for one in books["transactions"]] == ["card_created", "stamp_earned"]


def test_head_office_lets_the_only_manager_in_over_the_telephone(company: Company, tmp_path: Path) -> None:
    profile = paired(tmp_path / "till", company, "by telephone")
    till = JsonTill(profile)
    assert till.ask(id=0, do="sync", timeout_s=30)["ok"]
    till.close()
    till = JsonTill(profile, no_sync=True)
    try:
        while till.ask(id=1, do="pin", staff="Anna", pin="0000")["refusal"]["reason"] != "pin_locked":
            pass
        challenge = till.ask(id=2, do="telephone", staff="Anna")["challenge"]
        assert till.ask(id=3, do="unlock_by_phone", staff="Anna", answer="1111 1111")["refusal"]["left"] == 4
        unlock = ("staff", "unlock", "--company", "aurora", "--terminal", "by telephone", "--name", "Anna")
        (unlocked,) = company.command(*unlock, challenge)
        let_in = till.ask(id=4, do="unlock_by_phone", staff="Anna", answer=unlocked["answer"], new_pin="9053")
        assert let_in["staff"]["name"] == "Anna"
        assert till.ask(id=5, do="pin", staff="Anna", pin="9053")["ok"]
        assert till.ask(id=6, do="change_pin", staff="Anna", pin="9053", new_pin="2580")["ok"]
        override = {"staff": "Anna", "pin": "2580"}
        assert till.ask(id=7, do="reset_pin", staff="Lena", new_pin="8264", override=override)["ok"]
        till.ask(id=8, do="sync", timeout_s=30)
        assert till.ask(id=9, do="reset_pin", staff="Lena", new_pin="4711", override=override)["ok"]
        assert till.ask(id=10, do="sync", timeout_s=30)["status"]["problem"] is None
    finally:
        till.close()
