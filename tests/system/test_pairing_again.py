"""Pairing again after a restored disk or a revocation, by commands as real processes."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.system.processes import TERMINAL, Company, JsonTill, environment, paired, terminal

pytestmark = pytest.mark.slow


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    served = Company(tmp_path / "company", cards=3)
    served.command("settings", "set", "--company", "aurora", "pin_required=per_shift", "pin_attempts=3")
    served.serve()
    yield served
    served.stop()


def pairs(profile: Path, company: Company, code: str) -> tuple[int, dict[str, Any]]:
    """Pairs the profile, whatever its state."""
    words = ["pair", "--server", f"http://127.0.0.1:{company.port}", "--code", code, "--profile", str(profile)]
    done = subprocess.run(
        [sys.executable, "-c", TERMINAL, *words, "--json"],
        capture_output=True,
        check=False,
        timeout=60,
        env=environment(profile),
    )
    return done.returncode, json.loads(done.stdout)


def synced(profile: Path, *asks: dict[str, Any]) -> list[dict[str, Any]]:
    """The replies of a till opened for these requests, of which the last exchanges."""
    till = JsonTill(profile, no_sync=True)
    try:
        return [till.ask(**ask) for ask in (*asks, {"do": "sync", "timeout_s": 20})]
    finally:
        till.close()


def cases(company: Company) -> list[str]:
    """What a manager must look at, by the server's own database."""
    with closing(sqlite3.connect(company.database)) as conn:
        return [kind for (kind,) in conn.execute("SELECT kind FROM cases")]


def test_a_restored_disk_is_paired_again_and_nothing_it_did_is_lost(company: Company, tmp_path: Path) -> None:
    profile, code = paired(tmp_path / "till", company, "Till 1"), company.cards[0]["qr_code"]
    lena = {"do": "pin", "staff": "Lena", "pin": "4711"}
    synced(profile)
    assert synced(profile, lena, {"do": "enrol", "code": code})[1]["ok"]
    shutil.copytree(profile, tmp_path / "backup")
    assert synced(profile, lena, {"do": "scan", "code": code}, {"do": "stamp"})[2]["ok"]
    ended, answer = pairs(profile, company, company.pairing_code("Till 2"))
    assert (ended, answer["problem"]["kind"]) == (1, "already_paired"), "a till that is well stays who it is"

    shutil.rmtree(profile)
    shutil.move(tmp_path / "backup", profile)
    wrong = {"do": "pin", "staff": "Anna", "pin": "0000"}
    replies = synced(profile, lena, {"do": "scan", "code": code}, {"do": "earn", "amount_minor": 900}, *[wrong] * 3)
    status = replies[-1]["status"]
    assert status["pair_again"] and status["problem"]["kind"] == "journal_forked"
    before = terminal(profile, "journal", "export")
    refused, answer = pairs(profile, company, "AAAA-AAAA")
    assert (refused, answer["problem"]["kind"]) == (1, "pairing_refused")
    assert terminal(profile, "journal", "export") == before, "it goes on as it was"

    assert pairs(profile, company, company.pairing_code("Till 2"))[0] == 0
    (former,) = profile.glob("journal-*-*.db")
    assert former.stem == f"journal-{before[0]['journal']}", "the old file is kept, by its name"
    opened = terminal(profile, "journal", "list")
    assert [row["entry"]["kind"] for row in opened] == ["lockouts_carried"]
    synced(profile)
    locked = synced(profile, {"do": "pin", "staff": "Anna", "pin": "2580"})[0]
    assert locked["refusal"]["reason"] == "pin_locked", "nobody is let in sooner for it"
    shown = synced(profile, lena, {"do": "scan", "code": code}, {"do": "stamp", "count": 1})
    assert (shown[1]["card"]["stamps"]["confirmed"], shown[1]["card"]["points"]["confirmed"]) == (1, 0)
    assert shown[-1]["status"]["acked_seq"] == shown[-1]["status"]["last_seq"]
    assert cases(company) == ["salvaged"]
    tills = {one["name"]: one for one in company.command("terminal", "list", "--company", "aurora")}
    assert tills["Till 1"]["forked"] and not tills["Till 2"]["forked"]


def test_a_till_that_was_signed_off_says_so_everywhere_and_is_paired_again_under_its_name(
    company: Company, tmp_path: Path
) -> None:
    profile, code = paired(tmp_path / "till", company, "Till 1"), company.cards[0]["qr_code"]
    lena = {"do": "pin", "staff": "Lena", "pin": "4711"}
    synced(profile)
    assert synced(profile, lena, {"do": "enrol", "code": code})[1]["ok"]
    company.command("terminal", "revoke", "--company", "aurora", "Till 1")
    last = synced(profile, lena, {"do": "scan", "code": code}, {"do": "earn", "amount_minor": 900})[-1]
    assert (last["ok"], last["problem"]["kind"]) == (False, "revoked")
    assert terminal(profile, "status", check=False)[0]["problem"] == last["problem"]
    assert not (profile / "replica.db").exists()
    assert cases(company) == ["salvaged"]

    assert pairs(profile, company, company.pairing_code("Till 1"))[0] == 0
    replies = synced(profile)
    assert replies[-1]["status"]["problem"] is None
    assert synced(profile, lena, {"do": "scan", "code": code}, {"do": "stamp"})[2]["ok"]
