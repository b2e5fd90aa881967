"""Checks whether each part is alive, for `./start`, for the health checks of docker-compose.yml, and for
people.

`python -m homeschool.health worker` (or sender, beat, web) checks without loading Django and exits with 0 or
1.
"""

import os
import socket
import sys
import urllib.request
from collections.abc import Iterable
from urllib.parse import urlsplit

import redis

from homeschool import secret_files

ALIVE_SECONDS = 60  # a process without a sign of life for this long counts as dead
TIMEOUT_SECONDS = 3  # a check that hangs is a failed check
PROCESSES = ("sender", "worker", "beat")
KEY = "jiaqiao:alive:{}"
DRAINED_KEY = "jiaqiao:drained"
# Beat asks for a drain every five seconds. One takes half a minute, or a lease if a provider hangs.
DRAINED_WITHIN_SECONDS = 120
KNOWN_SECONDS = 7 * 24 * 3600  # how old the last drain may be and still be reported


def link() -> redis.Redis:
    url = secret_files.value("REDIS_URL") or "redis://127.0.0.1:6379/0"
    return redis.Redis.from_url(
        url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    )


def record_alive(process: str) -> None:
    """Record that sender, worker or beat is alive. If Redis is away they must go on: the check then reports
    it.
    """
    try:
        with link() as connection:
            for name in (process, on_this_machine(process)):
                connection.set(KEY.format(name), 1, ex=ALIVE_SECONDS)
    except redis.RedisError:
        return


def on_this_machine(process: str) -> str:
    """Return the name of this machine's process: each container checks its own worker, pages
    check for any.
    """
    return f"{process}@{socket.gethostname()}"


def is_alive(process: str) -> bool:
    with link() as connection:
        return bool(connection.exists(KEY.format(process)))


def record_drained() -> None:
    """Record that a drain finished, whether or not it found anything."""
    try:
        with link() as connection:
            connection.set(DRAINED_KEY, 1, ex=KNOWN_SECONDS)
    except redis.RedisError:
        return


def drained_seconds_ago() -> float | None:
    """Return the seconds since the last drain finished, by Redis' own clock.

    None if none has finished within KNOWN_SECONDS, or Redis was emptied since.
    """
    with link() as connection:
        left = connection.pttl(DRAINED_KEY)
    return max(KNOWN_SECONDS - left / 1000, 0.0) if left > 0 else None


def is_lately(drained: float | None) -> bool:
    """Judge `drained_seconds_ago`: a sender that never finishes a drain still shows signs of life."""
    return drained is not None and drained <= DRAINED_WITHIN_SECONDS


def tasks_waiting(queues: Iterable[str]) -> int:
    """Return the number of waiting tasks; 0 while Redis is away, because then nobody can take any."""
    try:
        with link() as connection:
            return sum(connection.llen(queue) for queue in queues)
    except redis.RedisError:
        return 0


def web_answers(address: str) -> bool:
    """Ask our own machine under the site's public name, as the proxy in front does."""
    host = urlsplit(os.environ.get("PUBLIC_URL", address)).netloc
    request = urllib.request.Request(f"{address}/healthz", headers={"Host": host})  # noqa: S310
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
        return answer.status == 200


def main(process: str) -> int:
    address = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
    try:
        alive = web_answers(address) if process == "web" else is_alive(on_this_machine(process))
        if process == "sender":
            alive = alive and is_lately(drained_seconds_ago())
    except (OSError, redis.RedisError):
        alive = False
    return 0 if alive else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
