"""python -m benchmarks.echo: the server's web stack with nothing behind it. Prints its address; ends with its input.

It reads a request as ours does, and answers with as many bytes as the request's header asks for.
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
    """The same bytes on the wire as an exchange, both ways."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
    return Response(b"x" * int(request.headers[BYTES_BACK]), media_type="application/json")


def main() -> None:
    """Listens on any free port."""
    app = FastAPI(openapi_url=None)
    app.add_route("/echo", echo, methods=["POST"])
    listener = socket.socket(socket.AF_INET, proto=socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()  # whoever reads the address may connect at once
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, server_header=False))
    threading.Thread(target=server.run, args=([listener],), daemon=True).start()
    sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
