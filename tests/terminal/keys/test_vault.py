"""A till's keys are stored in a known keyring or an encrypted file, not in plain text."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from sync.protocol.messages import KeyWithId
from terminal.keys.secret_stores import SecretsFile, secrets_place
from terminal.keys.vault import Vault
from terminal.problems import KeyringLocked, KeyringProblem, KeysMissing
from tests.support.tree import ROOT

LOOKUP, DATA, PEPPER = (KeyWithId(number, bytes([number]) * 32) for number in (1, 2, 3))
TOKEN = "a token that nobody may read"

# A second program of the same user reads what the first one stored.
KEEPS = """
from sync.protocol.messages import KeyWithId
from terminal.keys.secret_stores import Keyring
from terminal.keys.vault import Vault
key = KeyWithId(1, bytes(32))
vault = Vault(Keyring(), "till")
signing, _ = vault.keys_to_pair()
vault.keep("token", key, key, key)
again = Vault(Keyring(), "till").keys()
assert (again.token, again.signing.public) == ("token", signing.public)
print("kept")
"""
LOCKED = """
from terminal.problems import KeyringProblem
from terminal.keys.secret_stores import Keyring
from terminal.keys.vault import Vault
try:
    Vault(Keyring(), "till").keys_to_pair()
except KeyringProblem as trouble:
    print(trouble.kind)
"""


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DBUS", "XDG", "PYTHON_KEYRING"))}
    return kept | {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)} | more


def run(program: str, folder: Path, **more: str) -> str:
    """The output of *program* in a fresh interpreter."""
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(folder, **more), capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def in_session(program: str, folder: Path, before: str) -> str:
    """The same on a separate message bus, after running *before* there."""
    shell = f"{before} && exec {shlex.quote(sys.executable)} -c {shlex.quote(program)}"
    command = ["dbus-run-session", "--", "sh", "-c", shell]
    done = subprocess.run(command, cwd=ROOT, env=environment(folder), capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.slow
def test_keys_are_kept_from_one_start_to_the_next(tmp_path: Path) -> None:
    vault = Vault(SecretsFile(tmp_path, "passphrase"), "till")
    signing, sealing = vault.keys_to_pair()
    vault.keep(TOKEN, LOOKUP, DATA, PEPPER)
    keys = Vault(SecretsFile(tmp_path, "passphrase"), "till").keys()
    assert (keys.signing.public, keys.sealing.public, keys.token) == (signing.public, sealing.public, TOKEN)
    assert (keys.lookup.id, keys.data.secret, keys.pepper.id) == (1, bytes([2]) * 32, 3)


@pytest.mark.slow
def test_a_pairing_asked_for_again_uses_the_same_keys(tmp_path: Path) -> None:
    """The first reply may have been lost, and the server has bound the code to these keys."""
    place = SecretsFile(tmp_path, "passphrase")
    assert Vault(place, "till").keys_to_pair()[0].public == Vault(place, "till").keys_to_pair()[0].public
    assert Vault(place, "till").keys_to_pair()[0].public != Vault(place, "another").keys_to_pair()[0].public


@pytest.mark.slow
def test_a_till_that_is_half_paired_has_no_keys(tmp_path: Path) -> None:
    vault = Vault(SecretsFile(tmp_path, "passphrase"), "till")
    with pytest.raises(KeysMissing):
        vault.keys()
    vault.keys_to_pair()
    with pytest.raises(KeysMissing):
        vault.keys()


@pytest.mark.slow
def test_the_file_tells_nothing_and_belongs_to_its_owner_only(tmp_path: Path) -> None:
    vault = Vault(SecretsFile(tmp_path, "passphrase"), "till")
    vault.keys_to_pair()
    vault.keep(TOKEN, LOOKUP, DATA, PEPPER)
    [file] = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert TOKEN.encode() not in file.read_bytes()
    assert TOKEN not in repr(vault.keys())


@pytest.mark.slow
def test_a_wrong_passphrase_opens_nothing_and_spoils_nothing(tmp_path: Path) -> None:
    Vault(SecretsFile(tmp_path, "passphrase"), "till").keys_to_pair()
    before = (tmp_path / "keys").read_bytes()
    wrong = Vault(SecretsFile(tmp_path, "another"), "till")
    for ask in (wrong.keys, wrong.keys_to_pair):
        with pytest.raises(KeyringLocked):
            ask()
    assert (tmp_path / "keys").read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize(
    "content", [b"", b"garbage", b'{"salt": "", "box": ""}', b'{"salt": "AAAAAAAAAAA=", "box": "AAAA"}']
)
def test_a_file_that_is_no_keyring_is_a_problem_and_not_a_new_till(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "keys").write_bytes(content)
    with pytest.raises(KeyringProblem):
        Vault(SecretsFile(tmp_path, "passphrase"), "till").keys_to_pair()
    assert (tmp_path / "keys").read_bytes() == content


@pytest.mark.parametrize(
    "named",
    [
        {"ORION_KEYRING": "file:{folder}"},
        {"ORION_KEYRING": "file:{folder}", "ORION_PASSPHRASE": ""},
        {"ORION_KEYRING": "file:", "ORION_PASSPHRASE": "passphrase"},
        {"ORION_KEYRING": "plaintext", "ORION_PASSPHRASE": "passphrase"},
    ],
)
def test_a_file_without_a_passphrase_or_folder_is_refused(tmp_path: Path, named: dict[str, str]) -> None:
    with pytest.raises(KeyringProblem):
        secrets_place({name: value.format(folder=tmp_path) for name, value in named.items()})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "backend", ["keyring.backends.null.Keyring", "keyring.backends.fail.Keyring", "tests.support.plain_keyring.Keyring"]
)
def test_a_keyring_that_is_not_known_to_be_safe_is_never_used(tmp_path: Path, backend: str) -> None:
    """A null keyring forgets secrets, and some installations use a plain file."""
    assert run(LOCKED, tmp_path, PYTHON_KEYRING_BACKEND=backend) == "keyring"


@pytest.mark.slow
def test_without_any_keyring_the_till_says_so(tmp_path: Path) -> None:
    assert run(LOCKED, tmp_path, DBUS_SESSION_BUS_ADDRESS="unix:path=/nonexistent") == "keyring"


@pytest.mark.slow
def test_the_desktops_keyring_keeps_a_tills_keys(tmp_path: Path) -> None:
    unlock = "printf password | gnome-keyring-daemon --unlock --components=secrets > /dev/null"
    assert in_session(KEEPS, tmp_path, unlock) == "kept"


@pytest.mark.slow
def test_a_keyring_that_nobody_unlocked_is_told_as_such(tmp_path: Path) -> None:
    assert in_session(LOCKED, tmp_path, "true") == "keyring_locked"
