"""Loaded before settings (`-p tests.isolation`): each test process has a Redis database of its own, and keys
that are thrown away.
"""

import fcntl
import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

REDIS_DATABASES = 16  # Redis' default; 0 is the application's
url = urlsplit(os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0"))


def claim() -> int:
    """Return the number of a database that no other test process on this machine uses, for as long as this
    process lives: each test empties its own, whoever else's signs of life are in it.
    """
    for number in range(REDIS_DATABASES - 1, 0, -1):
        path = Path(tempfile.gettempdir()) / f"jiaqiao-tests-redis-{url.port}-{number}.lock"
        # It stays open, and locked, until this process ends.
        lock = os.open(path, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        return number
    raise SystemExit("Other tests use all databases of this Redis. Wait for one to end.")


# Tests bring no keys; processes that they start inherit this.
os.environ.setdefault("TRIAL_KEYS", "1")
os.environ["REDIS_URL"] = urlunsplit(url._replace(path=f"/{claim()}"))
