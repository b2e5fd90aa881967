"""A load client that costs little: kept connections, one request ready as bytes, answers only counted.

It shares the machine with the servers that it measures, so it does not parse what it need not.
"""

import socket
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

CHUNK = 65536  # bytes
TIMEOUT = 30  # seconds


@dataclass(frozen=True)
class Page:
    port: int
    path: str
    cookie: str = ""
    headers: tuple[str, ...] = ()

    def request(self) -> bytes:
        lines = [f"GET {self.path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", *self.headers]
        if self.cookie:
            lines.append(f"Cookie: {self.cookie}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


@dataclass
class Load:
    """One round: requests a second, and how long the slowest hundredth took."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0  # of the server's processes
    postgres_seconds: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def p99_ms(self) -> float:
        return statistics.quantiles(self.latencies, n=100)[98] * 1000

    def __str__(self) -> str:
        cpu = 1000 * self.cpu_seconds / len(self.latencies)
        return f"{self.per_second:.0f}/s, p99 {self.p99_ms:.0f} ms, {cpu:.1f} ms of processor"


def press(page: Page, *, connections: int, seconds: float) -> Load:
    """Asks for one page over and over, from `connections` threads, for `seconds`."""
    began = time.perf_counter()
    until = began + seconds
    latencies = _ask_together(page, connections, lambda _answers: time.perf_counter() < until)
    return Load(time.perf_counter() - began, latencies)


def warm_up(page: Page, *, connections: int, each: int) -> None:
    """Asks for the page `each` times by every one of so many connections, however long it takes."""
    _ask_together(page, connections, lambda answers: answers < each)


def _ask_together(page: Page, connections: int, goes_on: Callable[[int], bool]) -> list[float]:
    """How long each answer took; every connection goes on as long as the number of its answers lets it."""
    latencies: list[list[float]] = [[] for _ in range(connections)]
    failures: list[BaseException] = []
    threads = [
        threading.Thread(target=_ask, args=(page, goes_on, kept, failures)) for kept in latencies
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit(f"{page.path}: {failures[0]}: the figures mean nothing")
    return [one for kept in latencies for one in kept]


def _ask(
    page: Page, goes_on: Callable[[int], bool], kept: list[float], failures: list[BaseException]
) -> None:
    request, connection = page.request(), None
    try:
        while goes_on(len(kept)):
            asked = time.perf_counter()
            connection = connection or _connect(page.port)
            connection.sendall(request)
            if not _read(connection):
                connection.close()
                connection = None
            kept.append(time.perf_counter() - asked)
    except (OSError, ValueError) as error:
        failures.append(error)
    finally:
        if connection:
            connection.close()


def _connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _read(connection: socket.socket) -> bool:
    """Reads one answer to its end; whether the server keeps the connection."""
    head, _, body = connection.recv(CHUNK).partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise ValueError(head.partition(b"\r\n")[0].decode(errors="replace") or "no answer")
    lower = head.lower()
    _, _, length = lower.partition(b"\r\ncontent-length:")
    missing = int(length.partition(b"\r\n")[0]) - len(body)
    while missing > 0:
        missing -= len(connection.recv(CHUNK))
    return b"\r\nconnection: close" not in lower
