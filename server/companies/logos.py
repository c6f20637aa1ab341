"""Logos as they are kept: decoded in a process apart, and written anew, so that no sent byte is ever served."""

import struct
import subprocess
import sys
import threading
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from server.refusals import No, Refused

BYTES_MAX = 2 << 20
WITHIN_S = 10.0
TURN_WITHIN_S = 1.0  # who waits longer holds a thread that other pages need
_PROGRAM = Path(__file__).with_name("logo_process.py")
_TOO_LARGE = 4  # its exit code for too many pixels
_one_at_a_time = threading.Lock()  # as each may take 1 GB


@dataclass(frozen=True, slots=True)
class Logo:
    """A logo as PNG: at most 1,024 px wide and high, and a square icon of 128 px. Each logo has its own *mark*."""

    picture: bytes
    icon: bytes

    @property
    def mark(self) -> str:
        """A name for this picture in addresses, so that browsers may keep it."""
        return sha256(self.picture).hexdigest()[:12]


def decoded(sent: bytes) -> Logo:
    """The logo that somebody sent, as PNG, JPEG or WebP; takes up to 10 s, so it is called in no unit of work."""
    if len(sent) > BYTES_MAX:
        raise Refused(No.LOGO_TOO_LARGE)
    if not _one_at_a_time.acquire(timeout=TURN_WITHIN_S):
        raise Refused(No.BUSY)
    try:
        ended = subprocess.run(  # noqa: S603 - a script of our own, and nothing of the picture in its words
            [sys.executable, "-I", str(_PROGRAM)],
            input=sent,
            capture_output=True,
            timeout=WITHIN_S,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Refused(No.LOGO_UNREADABLE) from None
    finally:
        _one_at_a_time.release()
    if ended.returncode == _TOO_LARGE:
        raise Refused(No.LOGO_TOO_LARGE)
    if ended.returncode != 0:  # it is no such picture, or the decoder met its limits
        raise Refused(No.LOGO_UNREADABLE)
    return Logo(*_pictures(ended.stdout))


def _pictures(output: bytes) -> tuple[bytes, bytes]:
    (length,) = struct.unpack_from(">I", output)
    first, rest = output[4 : 4 + length], output[4 + length :]
    return first, rest[4:]
