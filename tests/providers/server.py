"""A provider on this machine: a real HTTP server that speaks its documented wire format."""

import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

HOST = "127.0.0.1"


@dataclass
class Say:
    """What the provider does with one request. `takes`: the message is taken, whatever it says."""

    code: str = ""  # empty: it goes well
    message: str = ""
    status: int = 200
    delay: float = 0.0  # seconds
    hangs_up: bool = False
    takes: bool | None = None  # None: where it goes well
    body: str | None = None  # in place of JSON
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    body: bytes
    at: float  # monotonic


@dataclass(frozen=True)
class Taken:
    key: str
    phone: str
    template: str
    values: Any
    reference: str


def _as_text(body: Any, say: Say) -> str:
    return say.body if say.body is not None else json.dumps(body)


class Provider:
    """`says` are used up one by one, then `default` holds. `refused` holds why requests were turned down."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.asked: list[Asked] = []
        self.refused: list[str] = []
        self.says: list[Say] = []
        self.default = Say()
        self._lock = threading.Lock()

    def __enter__(self) -> "Provider":
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                provider.serve(self)

            do_GET = do_PUT = do_DELETE = do_POST

            def log_message(self, *arguments) -> None:
                pass

        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *exception) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def sent(self) -> Counter:
        """How often each key was taken."""
        return Counter(taken.key for taken in self.taken)

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        parts = urlsplit(handler.path)
        asked = Asked(
            handler.command,
            parts.path,
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in handler.headers.items()},
            handler.rfile.read(length),
            time.monotonic(),
        )
        with self._lock:
            self.asked.append(asked)
        status, body, say = self.answer(asked)
        if say.delay:
            time.sleep(say.delay)
        if say.hangs_up:
            handler.close_connection = True
            handler.connection.close()
            return
        data = body if isinstance(body, bytes) else _as_text(body, say).encode()
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", **say.headers}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def answer(self, asked: Asked) -> tuple[int, Any, Say]:
        raise NotImplementedError

    def next_say(self) -> Say:
        with self._lock:
            return self.says.pop(0) if self.says else self.default

    def take(self, key: str, phone: str, template: str, values: Any) -> str:
        with self._lock:
            reference = f"{len(self.taken) + 1:06d}^{self.port}"
            self.taken.append(Taken(key, phone, template, values, reference))
        return reference
