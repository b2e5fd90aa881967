"""PostgreSQL from the wheel, run with its own programs.

It trusts everybody who can reach its socket, which is in a folder that only we may enter: good for trying out
and for tests, but not a server for several people on one machine.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from runtime.layout import VENV, DataFolder
from runtime.processes import PLAIN_LOCALE, Processes, Progress, failure
from runtime.words import Trouble, sentence

DATABASE = "jiaqiao"
SYSTEM_USER = "embedded_postgres"  # runs it if we are root, which PostgreSQL refuses to be
LONGEST_SOCKET_FOLDER = 90  # characters: a socket's path may have 107 on Linux, 103 on macOS
READY_SECONDS = 60  # recovery after a power cut takes a while
# A test database is thrown away, so it need not survive a power cut.
FOR_TESTS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class Postgres:
    def __init__(self, data: DataFolder, *, for_tests: bool = False) -> None:
        self.bin = find_programs()
        self.pgdata = data.postgres
        self.log = data.logs / "postgres.log"
        self._settings = FOR_TESTS if for_tests else ()
        self._as_user: dict[str, Any] = {}
        self._run = data.run

    def start(self, processes: Processes) -> str:
        """Create the cluster if there is none, and return its DATABASE_URL."""
        self.check_version()
        if os.geteuid() == 0:
            self._as_user = system_user()
            self._open_folders()
        if not self.pgdata.exists():
            self._create(processes)
        self._end_other_server()
        sockets = self._socket_folder()
        settings = [
            "listen_addresses=",
            f"unix_socket_directories={sockets}",
            # The snapshot of the schema takes thousands of locks in its one transaction, and the tests build
            # three databases at once.
            "max_locks_per_transaction=256",
            *self._settings,
        ]
        with Progress(sentence("postgres")) as line:
            program = processes.start(
                "PostgreSQL",
                [self.bin / "postgres", "-D", self.pgdata]
                + [word for setting in settings for word in ("-c", setting)],
                log=self.log,
                stop_signal=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint
                env=os.environ | PLAIN_LOCALE,
                cwd=self.pgdata,
                **self._as_user,
            )
            deadline = time.monotonic() + READY_SECONDS
            while not self._answers(sockets):
                line.tick()
                time.sleep(0.1)
                if program.process.poll() is not None or time.monotonic() > deadline:
                    raise failure("ended", program, name="PostgreSQL")
            self._ensure_database(sockets)
        return f"postgres://postgres@{quote(str(sockets), safe='')}/{DATABASE}"

    def check_version(self) -> None:
        if not self.pgdata.exists():
            return
        marker = self.pgdata / "PG_VERSION"
        if not marker.exists():
            raise Trouble("strange_postgres", data=self.pgdata)
        found, ours = marker.read_text().strip(), self.major_version()
        if found != ours:
            raise Trouble("old_postgres", data=self.pgdata, found=found, ours=ours)

    def major_version(self) -> str:
        text = subprocess.check_output([self.bin / "postgres", "--version"], text=True)
        return text.split()[-1].split(".")[0]

    def _create(self, processes: Processes) -> None:
        """Create it in a folder next to the target and rename that when complete.

        So an interrupted start leaves no incomplete cluster.
        """
        fresh = self.pgdata.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if self._as_user:
            shutil.chown(fresh, SYSTEM_USER)
        processes.run(
            sentence("initdb"),
            [self.bin / "initdb", "-D", fresh, "-U", "postgres", "--auth=trust", "--encoding=UTF8"]
            + ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"],
            log=self.log,
            env=os.environ | PLAIN_LOCALE,
            cwd=fresh,
            **self._as_user,
        )
        fresh.rename(self.pgdata)

    def _end_other_server(self) -> None:
        """End a server that `kill -9` left running: it still uses our data, though nobody holds the lock."""
        pid_file = self.pgdata / "postmaster.pid"
        if not pid_file.exists():
            return
        subprocess.run(
            [self.bin / "pg_ctl", "-D", self.pgdata, "-m", "fast", "-w", "stop"],
            capture_output=True,
            check=False,
            cwd=self.pgdata,
            **self._as_user,
        )

    def _socket_folder(self) -> Path:
        folder = self._run / "postgres"
        if len(str(folder)) > LONGEST_SOCKET_FOLDER:
            folder = Path(tempfile.mkdtemp(prefix="jiaqiao-"))
        folder.mkdir(mode=0o700, exist_ok=True)
        if self._as_user:
            shutil.chown(folder, SYSTEM_USER)
        return folder

    def _open_folders(self) -> None:
        """Let the system user reach programs and data.

        Only search permission, and only where it is missing.
        """
        for folder in [*self.bin.parents, *self.pgdata.parents, self._run]:
            mode = folder.stat().st_mode
            if not mode & 0o001:
                folder.chmod(mode | 0o011)
                print("  " + sentence("opened_folder", folder=folder, user=SYSTEM_USER))

    def _answers(self, sockets: Path) -> bool:
        asked = subprocess.run(
            [self.bin / "pg_isready", "-q", "-h", sockets, "-U", "postgres"], check=False
        )
        return asked.returncode == 0

    def _ensure_database(self, sockets: Path) -> None:
        connect: list[str | Path] = [
            self.bin / "psql",
            "-X",
            "-q",
            "-A",
            "-t",
            "-h",
            sockets,
            "-U",
            "postgres",
            "-c",
        ]
        query = f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"  # noqa: S608
        if not subprocess.check_output([*connect, query], text=True).strip():
            subprocess.run([*connect, f"CREATE DATABASE {DATABASE}"], check=True)


PROGRAMS = "lib/python*/site-packages/embedded_postgres/pginstall/bin"


def has_programs() -> bool:
    return any(VENV.glob(PROGRAMS))


def find_programs() -> Path:
    for programs in VENV.glob(PROGRAMS):
        return programs
    raise Trouble("no_postgres")


def system_user() -> dict[str, Any]:
    """Return the user who runs PostgreSQL if we are root, as arguments of subprocess.

    It is created on the first start.
    """
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        _make_system_user()
        entry = pwd.getpwnam(SYSTEM_USER)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _make_system_user() -> None:
    try:
        subprocess.run(
            ["useradd", "--system", "--shell", "/bin/sh", SYSTEM_USER],
            check=True,
            capture_output=True,
            text=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        cause = (getattr(error, "stderr", "") or str(error)).strip()
        raise Trouble("no_postgres_user", user=SYSTEM_USER, cause=cause) from error
