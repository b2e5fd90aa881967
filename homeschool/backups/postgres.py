"""PostgreSQL's own programs: dump and load as streams, in one transaction each."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from homeschool.backups.archive import CHUNK
from homeschool.backups.trouble import BackupTrouble
from runtime.postgres import find_programs
from runtime.words import Trouble


def program(name: str) -> str:
    """Return the path of pg_dump, pg_restore or psql: in POSTGRES_PROGRAMS, on the path, or ours."""
    if settings.POSTGRES_PROGRAMS:
        found = shutil.which(name, path=settings.POSTGRES_PROGRAMS)
    else:
        try:
            bundled = shutil.which(name, path=str(find_programs()))
        except Trouble:  # a server has PostgreSQL elsewhere, and its client on the path
            bundled = None
        found = bundled or shutil.which(name)
    if found is None:
        words = _(
            "%(name)s was not found. Install PostgreSQL's client of the server's version, or name its"
            " folder: POSTGRES_PROGRAMS=/usr/lib/postgresql/17/bin"
        )
        raise BackupTrouble(words % {"name": name})
    return found


def dump(snapshot: str) -> Iterator[bytes]:
    """Yield the dump of what `snapshot` sees, in the custom format.

    pg_restore reads each piece at once, so that a dump it cannot read to the end fails here.
    """
    how = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
    # A province's hub is told by a command to follow again: its subscriptions contain passwords, and cannot
    # be tried out.
    how += ["--no-subscriptions", "--no-publications"]
    with (
        _told() as said,
        _running([program("pg_dump"), *how], said, stdout=subprocess.PIPE) as dumping,
        _running(
            [program("pg_restore"), "--file=/dev/null"],
            said,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        ) as proving,
    ):
        try:
            while piece := _pipe(dumping.stdout).read(CHUNK):
                _pipe(proving.stdin).write(piece)
                yield piece
            _pipe(proving.stdin).close()
        except BrokenPipeError:  # pg_restore says why
            pass
        _end(dumping, said)
        _end(proving, said)


def load(pieces: Iterable[bytes], *, then: str) -> None:
    """Load a dump and execute `then`, both in one transaction, so that nobody sees one without the other."""
    with (
        _told() as said,
        _running(
            [program("pg_restore"), "--no-owner", "--no-privileges", "--file=-"],
            said,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as reading,
        _running(
            [program("psql"), "--no-psqlrc", "--quiet", "--single-transaction"]
            + ["--set=ON_ERROR_STOP=1", "--file=-", f"--command={then}"],
            said,
            stdin=reading.stdout,
            stdout=subprocess.DEVNULL,
        ) as writing,
    ):
        _pipe(reading.stdout).close()
        try:
            for piece in pieces:
                _pipe(reading.stdin).write(piece)
            _pipe(reading.stdin).close()
        except BrokenPipeError:  # pg_restore says why
            pass
        except BaseException:
            # Kill it before the others see the end of the dump: half a dump must not count as complete.
            writing.kill()
            raise
        _end(writing, said)
        _end(reading, said)


@contextmanager
def _running(words: list[str], said: IO[bytes], **streams: Any) -> Iterator[subprocess.Popen]:
    # As variables, so that the password is in no process list.
    database = connection.settings_dict
    told = {
        "PGHOST": database["HOST"],
        "PGPORT": str(database["PORT"] or ""),
        "PGUSER": database["USER"],
        "PGPASSWORD": database["PASSWORD"],
        "PGDATABASE": database["NAME"],
        "PGCLIENTENCODING": "UTF8",
        "LC_ALL": "C",
    }
    process = subprocess.Popen(
        words,
        env=os.environ | {name: value for name, value in told.items() if value},
        stderr=said,
        **streams,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None and not stream.closed:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    """Return a stream that was opened as a pipe, so that its type is known."""
    if stream is None:
        raise ValueError
    return stream


@contextmanager
def _told() -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as file:
        yield file


def _end(process: subprocess.Popen, said: IO[bytes]) -> None:
    if process.wait() == 0:
        return
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines()
    name = Path(process.args[0]).name  # type: ignore[index, arg-type]  # the list that _running was given
    reason = lines[0][:300] if lines else f"exit status {process.returncode}"
    raise BackupTrouble(_("%(name)s ended early: %(reason)s") % {"name": name, "reason": reason})
