"""Bodies of requests, read within limits: size, time, depth, and no text that a database or a screen cannot take."""

import asyncio
import json
import unicodedata
from collections.abc import AsyncGenerator, Mapping
from tempfile import SpooledTemporaryFile
from typing import IO, Any, NoReturn, cast
from urllib.parse import parse_qsl

from anyio.to_thread import run_sync
from python_multipart.exceptions import MultipartParseError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request

from server.connections import WAIT_LONGER
from server.edge.problem_json import FieldError, HttpProblem

BYTES_MAX = 1 << 20
READ_WITHIN_S = 10.0
FILE_WITHIN_S = 600.0  # 200 MB at 3 Mbit/s
_FILE_IN_MEMORY = 1 << 20
DEPTH_MAX = 32
FIELDS_MAX = 1000
_WIDE = range(-(1 << 63), 1 << 63)  # what a database's whole number holds
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


def _(message: str) -> str:
    return message


_UNREADABLE = _("This has a character that cannot be kept.")
_TOO_WIDE = _("This number is too large.")


async def read(request: Request, bytes_max: int = BYTES_MAX) -> bytes:
    """The body; reading stops as soon as it is too large or too slow."""
    body = bytearray()
    try:
        async with asyncio.timeout(READ_WITHIN_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > bytes_max:
                    raise HttpProblem("too_large", bytes_max=bytes_max)
    except TimeoutError:
        raise HttpProblem("too_slow") from None
    except ClientDisconnect:
        raise HttpProblem("malformed") from None
    return bytes(body)


async def file(request: Request, bytes_max: int) -> IO[bytes]:
    """The body as a file, of which memory holds a part; the caller closes it."""
    kept = SpooledTemporaryFile(_FILE_IN_MEMORY)  # noqa: SIM115 - closed by the caller
    try:
        async for chunk in _pieces(request, bytes_max):
            await run_sync(kept.write, chunk)
        kept.seek(0)
    except BaseException:
        kept.close()
        raise
    return cast("IO[bytes]", kept)


async def form_with_file(request: Request, bytes_max: int) -> Mapping[str, Any]:
    """The fields of a form with a file, of which memory holds a part; each field is sent once."""
    if media_type(request) != MULTIPART:
        return await from_form(request, await read(request))
    pieces = _pieces(request, bytes_max)

    async def receive() -> dict[str, Any]:
        piece = await anext(pieces, b"")
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    try:
        form = await Request(request.scope, receive).form(max_files=1, max_fields=FIELDS_MAX, max_part_size=BYTES_MAX)
    except (MultiPartException, MultipartParseError):
        raise HttpProblem("malformed") from None
    found = dict(form.multi_items())
    for name, value in found.items():
        if isinstance(value, str):
            _check(value, name, 0)
    return found


async def _pieces(request: Request, bytes_max: int) -> AsyncGenerator[bytes]:
    """The body piece by piece, within the time that a file may take."""
    wait_longer = request.scope.get(WAIT_LONGER)
    if wait_longer is not None:
        wait_longer(FILE_WITHIN_S)
    size, arriving = 0, request.stream()
    until = asyncio.get_running_loop().time() + FILE_WITHIN_S
    try:
        while True:
            async with asyncio.timeout_at(until):
                chunk = await anext(arriving, None)
            if chunk is None:
                return
            size += len(chunk)
            if size > bytes_max:
                raise HttpProblem("too_large", bytes_max=bytes_max)
            if chunk:
                yield chunk
    except TimeoutError:
        raise HttpProblem("too_slow") from None
    except ClientDisconnect:
        raise HttpProblem("malformed") from None


def media_type(request: Request) -> str:
    """The type of the body without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def from_json(body: bytes) -> Any:
    """The value of a JSON body, with every text and number in it such as can be stored."""
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, UnicodeDecodeError):
        raise HttpProblem("malformed") from None
    except RecursionError:
        raise HttpProblem("invalid") from None
    _check(value, "", 0)
    return value


async def from_form(request: Request, body: bytes) -> dict[str, str | UploadFile | list[str | UploadFile]]:
    """The fields of a form; one that is sent several times has a list of values."""
    kind = media_type(request)
    try:
        if kind == MULTIPART:
            pairs = await _multipart(request, body)
        elif kind == FORM or not body:
            text = body.decode("ascii")
            pairs = list(parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict"))
        else:
            raise HttpProblem("media_type")
    except (ValueError, MultiPartException, MultipartParseError):
        raise HttpProblem("malformed") from None
    found: dict[str, Any] = {}
    for name, value in pairs:
        kept = value.replace("\r\n", "\n") if isinstance(value, str) else value
        if name in found:
            before = found[name]
            found[name] = [*before, kept] if isinstance(before, list) else [before, kept]
        else:
            found[name] = kept
    for name, value in found.items():
        if not isinstance(value, UploadFile):
            _check(value, name, 0)
    return found


def has_file(value: Any) -> bool:
    """True if a field of a form holds a file, or several."""
    return isinstance(value, UploadFile) or (isinstance(value, list) and any(map(has_file, value)))


def query(request: Request) -> dict[str, Any]:
    """The values behind the question mark; one that is given several times has a list of values."""
    found: dict[str, Any] = {}
    for name in request.query_params:
        values = request.query_params.getlist(name)
        found[name] = values[0] if len(values) == 1 else values
    _check(found, "", 0)
    return found


def is_clean(text: str) -> bool:
    """True if a text can be stored and shown: no control characters but the line break, no half of a character."""
    return (text.isascii() and text.isprintable()) or all(
        mark == "\n" or unicodedata.category(mark) not in ("Cc", "Cs") for mark in text
    )


def _check(value: Any, field: str, depth: int) -> None:
    if isinstance(value, str):
        if not is_clean(value):
            raise HttpProblem("invalid", errors=[FieldError(field, "unreadable", _UNREADABLE)])
    elif isinstance(value, Mapping):
        _check_depth(depth)
        for name, inner in value.items():
            _check(str(name), field, depth)
            _check(inner, f"{field}.{name}" if field else str(name), depth + 1)
    elif isinstance(value, list):
        _check_depth(depth)
        for place, inner in enumerate(value):
            _check(inner, f"{field}[{place}]", depth + 1)
    elif isinstance(value, int | float) and not isinstance(value, bool) and not _is_narrow(value):
        raise HttpProblem("invalid", errors=[FieldError(field, "too_wide", _TOO_WIDE)])


def _is_narrow(value: float) -> bool:
    return value in _WIDE if isinstance(value, int) else abs(value) < float(1 << 63)


def _check_depth(depth: int) -> None:
    if depth >= DEPTH_MAX:
        raise HttpProblem("invalid")


def _no_number(_name: str) -> NoReturn:
    raise ValueError("JSON has no NaN and no Infinity")


async def _multipart(request: Request, body: bytes) -> list[tuple[str, str | UploadFile]]:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    again = Request(request.scope, receive)
    form: FormData = await again.form(max_files=10, max_fields=FIELDS_MAX, max_part_size=BYTES_MAX)
    return form.multi_items()
