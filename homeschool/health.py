"""Is each part alive? For `./start`, for the health checks of docker-compose.yml, for a person.

`python -m homeschool.health worker` (or beat, web) asks without loading Django and exits with 0 or 1.
"""

import os
import sys
import urllib.request
from urllib.parse import urlsplit

import redis

ALIVE_SECONDS = 60  # a process that has shown no sign of life for as long counts as dead
TIMEOUT_SECONDS = 3  # a check that hangs is a failed check
PROCESSES = ("worker", "beat")
KEY = "jiaqiao:alive:{}"


def _redis() -> redis.Redis:
    url = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
    return redis.Redis.from_url(
        url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    )


def record_alive(process: str) -> None:
    """Written by worker and beat. Redis being away must not stop them: then the check says so."""
    try:
        with _redis() as connection:
            connection.set(KEY.format(process), 1, ex=ALIVE_SECONDS)
    except redis.RedisError:
        return


def is_alive(process: str) -> bool:
    with _redis() as connection:
        return bool(connection.exists(KEY.format(process)))


def tasks_waiting(queue: str) -> int:
    """0 while Redis is away: then nobody can take any."""
    try:
        with _redis() as connection:
            return connection.llen(queue)
    except redis.RedisError:
        return 0


def web_answers(address: str) -> bool:
    """Asks our own machine by the name that the site is known under, as the proxy in front does."""
    host = urlsplit(os.environ.get("PUBLIC_URL", address)).netloc
    request = urllib.request.Request(f"{address}/healthz", headers={"Host": host})  # noqa: S310
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
        return answer.status == 200


def main(process: str) -> int:
    address = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
    try:
        alive = web_answers(address) if process == "web" else is_alive(process)
    except (OSError, redis.RedisError):
        alive = False
    return 0 if alive else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
