"""Decoding of data sent to a receipt printer, and a simulated network printer."""

import socket
import threading

import numpy as np
from PIL import Image

RASTER = b"\x1dv0"
CUT = b"\x1dV"
STATUS = b"\x10\x04"
WELL = {2: 0x12, 4: 0x12}
NO_PAPER = {2: 0x32, 4: 0x72}
LID_OPEN = {2: 0x16, 4: 0x12}


def picture_of(sent: bytes) -> Image.Image:
    """The printed dots."""
    bands = []
    at = sent.find(RASTER)
    while at >= 0:
        across = int.from_bytes(sent[at + 4 : at + 6], "little")
        down = int.from_bytes(sent[at + 6 : at + 8], "little")
        begins, at = at + 8, at + 8 + across * down
        bits = np.unpackbits(np.frombuffer(sent[begins:at], np.uint8)).reshape(down, across * 8)
        bands.append(bits == 0)  # set bits are black
        at = sent.find(RASTER, at)
    return Image.fromarray(np.vstack(bands).astype(np.uint8) * 255).convert("1")


class NetworkPrinter:
    """A network printer that keeps what it receives."""

    def __init__(self, says: dict[int, int] | None = None) -> None:
        self._says = says
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.sent: list[bytes] = []
        self._came = threading.Condition()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def wait(self, count: int = 1) -> list[bytes]:
        """What was sent in *count* finished connections."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.sent) >= count, timeout=10), "nothing was printed"
            return list(self.sent)

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with line:
                self._take(line)

    def _take(self, line: socket.socket) -> None:
        sent, answered = b"", 0
        while more := line.recv(65_536):
            sent += more
            asked = [sent[at + 2] for at in range(len(sent) - 2) if sent[at : at + 2] == STATUS and at < 6]
            if self._says is not None and len(asked) > answered:
                line.sendall(bytes(self._says[which] for which in asked[answered:]))
                answered = len(asked)
        with self._came:
            self.sent.append(sent)
            self._came.notify_all()
