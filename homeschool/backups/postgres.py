"""PostgreSQL's own programs: dump and load as streams, in one transaction each."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from homeschool.backups.archive import CHUNK
from homeschool.backups.contents import Execute
from homeschool.backups.trouble import BackupTrouble
from runtime.postgres import find_programs
from runtime.words import Trouble

ANSWERED = "-- answered --"  # no row of ours reads so


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


def load(pieces: Iterable[bytes], *, then: Callable[[Execute], None]) -> None:
    """Load a dump and call `then`, both in one transaction, so that nobody sees one without the other.

    `then` is given a function that executes a statement in that transaction and returns its rows. If it
    raises, or anything else ends early, nothing stays.
    """
    script, into = os.pipe()
    os.write(into, b"\\o /dev/null\n")  # what the dump itself selects is read by nobody
    with (
        os.fdopen(into, "wb", buffering=0) as words,
        _told() as said,
        os.fdopen(script, "rb") as reads,
        _running(
            [program("psql"), "--no-psqlrc", "--quiet", "--single-transaction"]
            + ["--set=ON_ERROR_STOP=1", "--tuples-only", "--no-align", "--file=-"],
            said,
            stdin=reads,
            stdout=subprocess.PIPE,
        ) as writing,
        _running(
            [program("pg_restore"), "--no-owner", "--no-privileges", "--file=-"],
            said,
            stdin=subprocess.PIPE,
            stdout=words,
        ) as reading,
    ):
        reads.close()
        try:
            with suppress(BrokenPipeError):  # pg_restore says why
                for piece in pieces:
                    _pipe(reading.stdin).write(piece)
                _pipe(reading.stdin).close()
            _end(reading, said)
            then(partial(_execute, words, writing, said))
        except BaseException:
            # Before it sees an end of its script: that would commit.
            writing.kill()
            raise
        words.close()
        _end(writing, said)


def _execute(
    words: IO[bytes], psql: subprocess.Popen, said: IO[bytes], statement: str
) -> list[list[str]]:
    with suppress(BrokenPipeError):  # psql says why
        words.write(f"\\o\n{statement};\nSELECT '{ANSWERED}';\n".encode())
    rows: list[list[str]] = []
    for line in _pipe(psql.stdout):
        told = line.decode().rstrip("\n")
        if told == ANSWERED:
            return rows
        rows.append(told.split("|"))
    _end(psql, said)
    raise BrokenPipeError


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
