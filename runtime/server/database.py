"""PostgreSQL on this machine: its database, and a role with the name of the system user."""

import subprocess
from pathlib import Path

from runtime.words import Trouble

NAME = "jiaqiao"
PROGRAMS = Path("/usr/lib/postgresql")
# As in ./start: the sort order does not depend on the machine's language.
CREATE = f"CREATE DATABASE {NAME} OWNER {NAME} ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0"


def programs() -> Path:
    """Return the folder of pg_dump and others, of the newest version installed here."""
    found = sorted(PROGRAMS.glob("*/bin/psql"), key=lambda path: float(path.parents[1].name))
    if not found:
        raise Trouble("server_no_postgres")
    return found[-1].parent


def is_here(url: str) -> bool:
    """Return whether the database is on this machine. On another server, its operator prepares it."""
    return "@%2Fvar%2Frun%2Fpostgresql/" in url


def ensure() -> None:
    if NAME not in _ask("SELECT rolname FROM pg_roles"):
        _ask(f"CREATE ROLE {NAME} LOGIN")
    if NAME not in _ask("SELECT datname FROM pg_database"):
        _ask(CREATE)


def _ask(query: str) -> list[str]:
    argv = [str(programs() / "psql"), "--no-psqlrc", "--quiet", "--tuples-only", "--command", query]
    asked = subprocess.run(
        argv,
        user="postgres",
        group="postgres",
        extra_groups=[],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode:
        raise Trouble("server_database", cause=asked.stderr.strip()[:300])
    return asked.stdout.split()
