"""A system that is told of changes: a real HTTP server that checks each signature by itself."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Heard:
    key: str
    body: dict[str, Any]
    signatures: list[str]
    expected: str  # by the secret that the receiver keeps


@dataclass
class Receiver:
    """`answers` are used up one by one, then 204."""

    secret: str = "whsec_"
    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    heard: list[Heard] = field(default_factory=list)

    def __enter__(self) -> "Receiver":
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                key, seconds = self.headers["webhook-id"], self.headers["webhook-timestamp"]
                secret = base64.b64decode(receiver.secret.removeprefix("whsec_"))
                mac = hmac.new(secret, f"{key}.{seconds}.".encode() + raw, hashlib.sha256)
                expected = f"v1,{base64.b64encode(mac.digest()).decode()}"
                signatures = self.headers["webhook-signature"].split(" ")
                receiver.heard.append(Heard(key, json.loads(raw), signatures, expected))
                time.sleep(receiver.delay)
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    def times(self) -> Counter[str]:
        return Counter(one.key for one in self.heard)

    def told_of(self) -> list[str]:
        return [one.body["type"] for one in self.heard]
