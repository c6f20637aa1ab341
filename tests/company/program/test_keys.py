"""The key file: damage, permissions, and secrecy of its contents."""

import stat
from pathlib import Path
from uuid import uuid4

import pytest

from server.keys import Keys
from server.problems import KeysExist, KeysExposed, KeysForeign, KeysMissing, KeysUnreadable
from tests.support.companies import Office
from tests.support.disk_log import DiskLog


def test_keys_are_the_same_after_reading_them_again(tmp_path: Path) -> None:
    path, company = tmp_path / "server.keys", uuid4()
    made = Keys.create(path)
    added = made.add_company(company)
    read = Keys.load(path)
    assert (read.id, read.signing, read.sealing, read.platform) == (made.id, made.signing, made.sealing, made.platform)
    assert read.company(company) == added


def test_keys_are_on_disk_before_any_row_uses_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, company = DiskLog(monkeypatch), uuid4()
    keys = Keys.create(tmp_path / "server.keys")
    keys.add_company(company)
    keys.renew(company, uuid4())
    assert (disk.lost_bytes(), disk.lost_names()) == ([], [])


def test_only_the_servers_own_account_may_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "server.keys"
    Keys.create(path).add_company(uuid4())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_everybody_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "server.keys"
    Keys.create(path)
    path.chmod(0o644)
    with pytest.raises(KeysExposed):
        Keys.load(path)


def test_old_keys_are_never_overwritten_by_new_ones(tmp_path: Path) -> None:
    path = tmp_path / "server.keys"
    Keys.create(path)
    before = path.read_bytes()
    with pytest.raises(KeysExist):
        Keys.create(path)
    assert path.read_bytes() == before


def test_a_missing_file_and_a_torn_one_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "server.keys"
    with pytest.raises(KeysMissing):
        Keys.load(path)
    Keys.create(path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(KeysUnreadable):
        Keys.load(path)


def test_a_company_made_by_another_process_is_found(tmp_path: Path) -> None:
    path, company = tmp_path / "server.keys", uuid4()
    running = Keys.create(path)
    added = Keys.load(path).add_company(company)
    assert running.company(company) == added


def test_two_processes_that_add_companies_keep_both(tmp_path: Path) -> None:
    path, mine, theirs = tmp_path / "server.keys", uuid4(), uuid4()
    one = Keys.create(path)
    other = Keys.load(path)
    one.add_company(mine)
    other.add_company(theirs)
    assert Keys.load(path).company(mine) == one.company(mine)


def test_a_company_of_another_installation_has_no_keys_here(tmp_path: Path) -> None:
    with pytest.raises(KeysForeign):
        Keys.create(tmp_path / "server.keys").company(uuid4())


def test_no_key_shows_in_a_repr(tmp_path: Path) -> None:
    keys = Keys.create(tmp_path / "server.keys")
    company = keys.add_company(uuid4())
    shown = repr(keys) + repr(keys.signing) + repr(keys.platform) + repr(company)
    secret = (keys.signing, keys.sealing, keys.platform, company.lookup, company.data, company.pepper)
    assert not any(repr(key.secret)[2:-1] in shown for key in secret)


@pytest.mark.slow
def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for office in (
        Office(tmp_path, f"sqlite:///{tmp_path / 'file' / 'server.db'}"),
        Office(tmp_path / "file" / "keys", f"sqlite:///{tmp_path / 'server.db'}"),
    ):
        answer = office.run("migrate")
        assert (answer.code, answer.only["reason"]) == (1, "folder_unusable")
        assert str(tmp_path / "file") in answer.only["text"]
