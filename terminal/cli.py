"""The commands of `orion-terminal`. With `--json`, each prints one object a line. Exit codes: 0 done, 1 refused, 2
usage."""

import base64
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from loyalty.texts import escaped
from sync.protocol.chain import entry_hash, genesis, link
from terminal.bootstrap import open_till, pair_till
from terminal.interface import json_lines
from terminal.interface.asks import Status
from terminal.interface.languages import begin_with
from terminal.interface.phrases import Speech, problem_of
from terminal.machine import logs
from terminal.machine.profiles import profile_at
from terminal.practice import CASHIER, CUSTOMERS, MANAGER, PIN, PracticeTill
from terminal.problems import JournalBroken, Problem
from terminal.storage.journal import Journal

app = typer.Typer(
    help="The till: its commands. Without one its window opens.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Folder = Annotated[Path | None, typer.Option("--profile", help="The folder with this till's files.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


class _JournalAction(StrEnum):
    CHECK = "check"
    LIST = "list"
    EXPORT = "export"


def main() -> None:
    """Runs the command line."""
    logs.configure()
    app()


@app.command()
def pair(
    server: Annotated[str, typer.Option(help="The company server's address.")],
    code: Annotated[str, typer.Option(help="The one-time code from the office.")],
    plain_http: Annotated[
        bool,
        typer.Option(
            "--plain-http", help="Take an http:// address beyond this machine: anybody on the way may read it."
        ),
    ] = False,
    profile: Folder = None,
    json: Json = False,
) -> None:
    """Pairs this till with its company."""
    with _problems_reported(json):
        who = pair_till(profile, server, code, plain_http=plain_http)
        details = {"company": who.company, "store": who.store, "terminal": who.terminal, "id": who.terminal_id}
        _say({"ok": True, **details}, json, f"Paired: {who.company}, {who.store}, {who.terminal}")


@app.command()
def counter(
    profile: Folder = None,
    no_sync: Annotated[bool, typer.Option("--no-sync", help="Exchange only when asked to.")] = False,
    json: Json = True,
) -> None:
    """Runs the counter in JSON lines: one request a line in, one reply a line out."""
    with _problems_reported(json):
        opened = open_till(profile, exchanging=not no_sync)
        try:
            json_lines.serve(opened.counter, sys.stdin.buffer, sys.stdout.buffer)
        except (BrokenPipeError, KeyboardInterrupt):
            sys.stdout = None  # the reader is gone; prevents a flush at exit
        finally:
            opened.close()


@app.command()
def practice() -> None:
    """Runs the counter in JSON lines on a practice shop. The first line lists its staff and cards."""
    pretend = PracticeTill()
    try:
        people = [{"staff": name, "pin": PIN} for name in (CASHIER, MANAGER)]
        cards = [{"name": one.name, "code": one.token, "number": one.number} for one in CUSTOMERS]
        _say({"staff": people, "cards": cards}, True, "")
        json_lines.serve(pretend.counter, sys.stdin.buffer, sys.stdout.buffer)
    except (BrokenPipeError, KeyboardInterrupt):
        sys.stdout = None  # the reader is gone; prevents a flush at exit
    finally:
        pretend.close()


@app.command()
def status(profile: Folder = None, json: Json = False) -> None:
    """Shows the till's status without exchanging."""
    with _problems_reported(json):
        opened = open_till(profile, exchanging=False, serving=False)
        try:
            reply = opened.counter.handle(Status())
        finally:
            opened.close()
        if reply.status is None:
            _say(reply, json, "" if reply.problem is None else reply.problem.text)
            raise typer.Exit(1)
        view = reply.status
        line = f"{view.company}, {view.store}, {view.terminal}: {view.last_seq} entries, {view.waiting} waiting"
        _say(view, json, line)


@app.command()
def journal(
    action: Annotated[_JournalAction, typer.Argument(help="What to do with it.")] = _JournalAction.CHECK,
    profile: Folder = None,
    json: Json = False,
) -> None:
    """Reads the journal while the program is not running: checks its chain, lists or exports it."""
    with _problems_reported(json):
        opened = Journal(profile_at(profile).journal)
        try:
            if action is _JournalAction.CHECK:
                _check(opened, json)
            else:
                _write_out(opened, whole=action is _JournalAction.EXPORT)
        finally:
            opened.close()


@app.command()
def scan(files: list[Path], json: Json = False) -> None:
    """Reads codes from pictures and films."""
    from terminal.scanner.camera.scan_files import scan_files  # noqa: PLC0415 - OpenCV, which no other command needs

    missing = False
    for found in scan_files(files):
        missing = missing or found.kind == "none"
        _say(found, json, f"{found.file}: {found.text or found.kind}")
    raise typer.Exit(1 if missing else 0)


def _check(opened: Journal, json: bool) -> None:
    broken_at = opened.check()
    rows = opened.head().seq
    line = f"{rows} rows, all as written" if broken_at is None else f"Row {broken_at} is not what was written"
    _say({"ok": broken_at is None, "rows": rows, "broken_at": broken_at}, json, line)
    if broken_at is not None:
        raise typer.Exit(1)


def _write_out(opened: Journal, *, whole: bool) -> None:
    who = opened.identity
    if whole:
        head = {"company": who.company_id, "terminal": who.terminal_id, "journal": who.journal_id}
        _print(head)
    prev = genesis(who.company_id, who.terminal_id, who.journal_id)
    for row in opened.rows():
        holds = link(prev, row.seq, entry_hash(row.entry)) == row.hash
        prev = row.hash
        try:
            content: Any = msgspec.json.decode(row.entry)
        except msgspec.MsgspecError:
            content = None
        line: dict[str, Any] = {"seq": row.seq, "hash": row.hash.hex(), "holds": holds}
        if whole:
            line["bytes"] = base64.b64encode(row.entry).decode()
        _print(line | {"entry": content})


@contextmanager
def _problems_reported(json: bool) -> Iterator[None]:
    """Turns a problem into one sentence and exit code 1."""
    try:
        yield
    except Problem as trouble:
        view = problem_of(trouble, Speech(begin_with(None)))
        answer: dict[str, Any] = {"ok": False, "problem": view}
        if isinstance(trouble, JournalBroken):
            answer["broken_at"] = trouble.seq
        _say(answer, json, view.text)
        raise typer.Exit(1) from trouble


def _say(answer: Any, json: bool, line: str) -> None:
    if json:
        _print(answer)
    else:
        sys.stdout.write(f"{escaped(line)}\n")


def _print(answer: Any) -> None:
    sys.stdout.write(escaped(msgspec.json.encode(answer).decode()) + "\n")
    sys.stdout.flush()
