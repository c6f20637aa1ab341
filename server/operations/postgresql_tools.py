"""PostgreSQL's own programs that copy a database. A password is in their environment, which others cannot read."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

from sqlalchemy import URL

from server.problems import ToolFailed, ToolMissing

_PLAIN = ("--no-owner", "--no-privileges")  # whoever restores it owns it
_SAID_MAX = 300


def dump(address: URL, file: Path, snapshot: str) -> None:
    """Writes the database into *file*, as the exported *snapshot* shows it."""
    words = [_tool("pg_dump"), "--format=custom", *_PLAIN, f"--snapshot={snapshot}", f"--file={file}", _named(address)]
    done = subprocess.run(words, env=_environment(address), capture_output=True, check=False)  # noqa: S603
    if done.returncode:
        raise ToolFailed("pg_dump", _last_line(done.stderr))


def load(address: URL, file: Path, then: Iterable[str]) -> None:
    """Restores a dump and runs the statements *then*, all in one unit of work."""
    psql_words = [_tool("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-", _named(address)]
    with tempfile.TemporaryFile() as psql_said, tempfile.TemporaryFile() as restore_said:
        psql = subprocess.Popen(  # noqa: S603
            psql_words, env=_environment(address), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=psql_said
        )
        assert psql.stdin is not None
        with psql:
            restored = _written(file, psql.stdin, then, restore_said)
            with suppress(BrokenPipeError):
                psql.stdin.close()
        if psql.returncode:
            raise ToolFailed("psql", _last_line(_text_of(psql_said)))
        if not restored:
            raise ToolFailed("pg_restore", _last_line(_text_of(restore_said)))


def _written(file: Path, psql: IO[bytes], then: Iterable[str], said: IO[bytes]) -> bool:
    """Writes the dump as statements; commits only if it was whole."""
    words = [_tool("pg_restore"), *_PLAIN, "--file=-", str(file)]
    with (
        suppress(BrokenPipeError),  # psql has ended, and says why
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=said) as restoring,  # noqa: S603
    ):
        assert restoring.stdout is not None
        psql.write(b"BEGIN;\n")
        try:
            shutil.copyfileobj(restoring.stdout, psql)
        finally:
            restoring.stdout.close()
        if restoring.wait():
            return False
        statements = ["RESET search_path", *then, "COMMIT"]  # the dump's own is empty
        psql.write("".join(f"{one};\n" for one in statements).encode())
        psql.flush()
    return True


def _tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise ToolMissing(name)
    return path


def _named(address: URL) -> str:
    plain = address.set(drivername="postgresql", password=None)
    return f"--dbname={plain.render_as_string(hide_password=False)}"


def _environment(address: URL) -> dict[str, str]:
    password = {} if address.password is None else {"PGPASSWORD": str(address.password)}
    return os.environ | password


def _text_of(said: IO[bytes]) -> bytes:
    said.seek(0)
    return said.read()


def _last_line(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines() or ["it said nothing"]
    return lines[-1].strip().rstrip(".")[:_SAID_MAX]
