"""Counts pages and tasks and how long they took, for /metrics. It contains no person and no address.

Each process adds up its own figures and reports them to Redis every few seconds. So there is one figure for
all processes on all machines, and no page has to wait. What a process had not reported when it ended is
missing. If Redis is lost, counting starts again at zero, which Prometheus expects of counters.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from redis import RedisError

from homeschool import health

KEY = "jiaqiao:counted"
TELL_SECONDS = 5
# Upper bounds in seconds: a page should stay below the first three, and gunicorn ends one at the last.
BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
BEYOND = "+Inf"


class Counted:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: Counter[tuple[str, ...]] = Counter()
        self._told_at = time.monotonic()

    def add(self, what: str, labels: tuple[str, ...], seconds: float, outcome: str) -> None:
        ends = [str(end) for end in BUCKETS if seconds <= end]
        with self._lock:
            self._waiting[what, "count", *labels, outcome] += 1
            self._waiting[what, "seconds", *labels] += seconds  # type: ignore[assignment]
            for end in [*ends, BEYOND]:
                self._waiting[what, "bucket", *labels, end] += 1
        if time.monotonic() - self._told_at > TELL_SECONDS:
            self.tell()

    def tell(self) -> None:
        with self._lock:
            telling, self._waiting = self._waiting, Counter()
            self._told_at = time.monotonic()
        if not telling:
            return
        try:
            with health.link() as redis, redis.pipeline(transaction=False) as pipe:
                for names, amount in telling.items():
                    pipe.hincrbyfloat(KEY, json.dumps(names), amount)
                pipe.execute()
        except RedisError:  # a figure is lost, but no page fails because of it
            return


counted = Counted()


def read() -> dict[tuple[str, ...], float]:
    """Return everything that was reported. Raises RedisError."""
    with health.link() as redis:
        found: dict[bytes, bytes] = redis.hgetall(KEY)
    return {tuple(json.loads(names)): float(amount) for names, amount in found.items()}


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    def answer(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = get_response(request)
        match = request.resolver_match
        route = match.view_name if match else "none"
        seconds = time.perf_counter() - began
        counted.add("page", (route,), seconds, f"{response.status_code // 100}xx")
        return response

    return answer


_began: dict[str, float] = {}


def task_begins(task_id: str = "", **_: Any) -> None:
    _began[task_id] = time.perf_counter()


def task_ended(task_id: str = "", task: Any = None, state: str = "", **_: Any) -> None:
    began = _began.pop(task_id, None)
    if began is not None and task is not None:
        counted.add("task", (task.name,), time.perf_counter() - began, str(state or "none").lower())
