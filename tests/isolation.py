"""Loaded before settings (`-p tests.isolation`): each test process has a Redis database of its own, and keys
that are thrown away.
"""

import os
from urllib.parse import urlsplit, urlunsplit
from zlib import crc32

REDIS_DATABASES = 16  # Redis' default; 0 is the application's


def number() -> int:
    """Of the parallel process (gw0, gw1, …), or one that goes with the name of the test database."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker.startswith("gw"):
        return 1 + int(worker[2:]) % 7
    name = os.environ.get("TEST_DB_NAME", "")
    return 8 + crc32(name.encode()) % (REDIS_DATABASES - 8)


# Tests bring no keys; processes that they start inherit this.
os.environ.setdefault("TRIAL_KEYS", "1")
url = urlsplit(os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0"))
os.environ["REDIS_URL"] = urlunsplit(url._replace(path=f"/{number()}"))
