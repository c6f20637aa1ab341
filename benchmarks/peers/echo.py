"""python -m benchmarks.peers.echo: the server's web stack without an application behind it.

Prints its address and ends with its input. It reads requests like our server, and answers with the number of bytes
given in the request's header.
"""

import socket
import sys
import threading

import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

BYTES_BACK = "X-Bytes-Back"


async def echo(request: Request) -> Response:
    """Transfers the same number of bytes as an exchange, both ways."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
    return Response(b"x" * int(request.headers[BYTES_BACK]), media_type="application/json")


def main() -> None:
    """Listens on a free port."""
    app = FastAPI(openapi_url=None)
    app.add_route("/echo", echo, methods=["POST"])
    listener = socket.socket(socket.AF_INET, proto=socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()  # the reader of the address may connect at once
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, server_header=False))
    threading.Thread(target=server.run, args=([listener],), daemon=True).start()
    sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
