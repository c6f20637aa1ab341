"""Several worker processes on one listening socket: started together, replaced when one dies, stopped together.

A worker that dies before it listens stops them all, since the next one would fail the same way.

This does not use uvicorn's supervisor (`uvicorn.supervisors.Multiprocess`): it has no callback for when all workers
answer, waits without a limit for workers that do not stop, and its workers outlive a parent that was killed.
"""

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from server import bootstrap, web
from server.problems import WorkerFailed
from server.settings import Settings

ENDED_WITHIN_S = 0.9  # then they are killed, to stop within a second


@dataclass(frozen=True, slots=True)
class _Worker:
    process: SpawnProcess
    listens: Connection  # receives one message, then closes

    def until_listening(self) -> None:
        try:
            self.listens.recv()
        except EOFError:
            raise WorkerFailed from None
        finally:
            self.listens.close()


def serve(
    chosen: Settings, listener: socket.socket, count: int, listening: Callable[[], None], *, measured: bool = False
) -> None:
    """Serves until stopped; *listening* is called once all workers would answer. *measured*: they count for metrics."""
    workers: list[_Worker] = []
    try:
        for _ in range(count):
            workers.append(_start(chosen, listener, measured))
        for worker in workers:
            worker.until_listening()
        listening()
        while True:
            wait([worker.process.sentinel for worker in workers])
            for place, worker in enumerate(workers):
                if not worker.process.is_alive():
                    workers[place] = _start(chosen, listener, measured)
                    workers[place].until_listening()
    finally:
        _end(workers)


def _start(chosen: Settings, listener: socket.socket, measured: bool) -> _Worker:
    """Spawns a worker. Forking would share the database connection between processes."""
    context = multiprocessing.get_context("spawn")
    listens, says = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(chosen, listener, says, measured), daemon=True)
    process.start()
    says.close()
    return _Worker(process, listens)


def _end(workers: list[_Worker]) -> None:
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, signal.SIG_IGN)  # already stopping
    for worker in workers:
        worker.process.terminate()
    deadline = time.monotonic() + ENDED_WITHIN_S
    for worker in workers:
        worker.process.join(max(0.0, deadline - time.monotonic()))
        worker.process.kill()


def _work(chosen: Settings, listener: socket.socket, says: Connection, measured: bool) -> None:
    """Main function of a worker. A signal ends it even while a thread waits for the database."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()

    def listening() -> None:
        says.send(True)
        says.close()

    meters = None
    if measured:
        from server.operations.metrics import Meters  # noqa: PLC0415 - others need not load it

        meters = Meters()
    web.run(bootstrap.open_server(chosen), listener, listening, meters)


def _end_with_parent() -> None:
    """Ends the worker when its parent has ended for any reason."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "runs in workers only"
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
