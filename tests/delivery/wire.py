"""A server of raw bytes, for what no well-behaved server does: half answers, late ones, a connection closed
in the middle.
"""

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable

HOST = "127.0.0.1"
Answer = Callable[[socket.socket], None]


def said(body: bytes = b"ok", status: str = "200 OK", *headers: str) -> bytes:
    """Return a whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def gives(*pieces: bytes | float, closes: bool = False) -> Answer:
    """Send these bytes; a number is a pause in seconds."""

    def answer(talk: socket.socket) -> None:
        for piece in pieces:
            if isinstance(piece, float):
                time.sleep(piece)
            else:
                talk.sendall(piece)
        if closes:
            talk.shutdown(socket.SHUT_RDWR)

    return answer


def resets(talk: socket.socket) -> None:
    """Close as a server does that was killed: the other side reads "connection reset"."""
    talk.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    talk.close()


class Wire:
    """`answers` are used up one by one, then every request gets its own body back.

    `requests`: each whole request that came in; `connections`: how many were opened.
    """

    def __init__(self, *answers: Answer, tls: ssl.SSLContext | None = None) -> None:
        self.answers, self.tls = list(answers), tls
        self.requests: list[bytes] = []
        self.connections = 0
        self._talks: list[socket.socket] = []

    def __enter__(self) -> "Wire":
        self._listener = socket.create_server((HOST, 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close_all()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def close_all(self) -> None:
        """Close every open connection, as a server does with idle ones."""
        for talk in self._talks:
            with contextlib.suppress(OSError):
                talk.shutdown(socket.SHUT_RDWR)

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{HOST}:{self.port}/send"

    def bodies(self) -> list[bytes]:
        return [request.partition(b"\r\n\r\n")[2] for request in self.requests]

    def _accept(self) -> None:
        while True:
            try:
                talk, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(talk,), daemon=True).start()

    def _serve(self, talk: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if self.tls:
                talk = self.tls.wrap_socket(talk, server_side=True)
            self._talks.append(talk)
            with talk:
                while request := _request(talk):
                    self.requests.append(request)
                    body = request.partition(b"\r\n\r\n")[2]
                    answer = self.answers.pop(0) if self.answers else gives(said(body))
                    answer(talk)


def _request(talk: socket.socket) -> bytes:
    """Return one whole request, or nothing where the other side has closed."""
    got = b""
    while b"\r\n\r\n" not in got:
        piece = talk.recv(65536)
        if not piece:
            return b""
        got += piece
    head, _, body = got.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next((int(one[15:]) for one in lines if one.startswith(b"content-length:")), 0)
    while len(body) < length:
        piece = talk.recv(65536)
        if not piece:
            return b""
        body += piece
    return head + b"\r\n\r\n" + body
