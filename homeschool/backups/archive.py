"""The file of a backup: a tar archive, encrypted to public keys with age (https://age-encryption.org).

It is written and read as a stream, so that no part of it is ever unencrypted on a disk. To open it without
our software: `age -d -i KEY FILE | tar x`.
"""

import fcntl
import hashlib
import io
import os
import tarfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import pyrage
from django.utils.translation import gettext as _

from homeschool.backups.trouble import BackupTrouble

CHUNK = (
    4 * 1024 * 1024
)  # bytes of one member: we start writing the archive before we know how long the dump is
MANIFEST = "manifest.json"  # the last member: an archive without it is incomplete


def recipients(keys: Sequence[str]) -> list[Any]:
    """Return public keys (`age1…`) in the library's form."""
    try:
        return [pyrage.x25519.Recipient.from_str(key.strip()) for key in keys]
    except pyrage.RecipientError as error:
        raise BackupTrouble(
            _("BACKUP_KEYS is not a list of public keys of age (age1…).")
        ) from error


def identities(path: Path) -> list[Any]:
    """Return the private keys in a file as age-keygen writes it."""
    try:
        lines = [line.strip() for line in path.read_text().splitlines()]
        keys = [line for line in lines if line and not line.startswith("#")]
        found = [pyrage.x25519.Identity.from_str(key) for key in keys]
    except (OSError, UnicodeDecodeError, pyrage.IdentityError) as error:
        raise BackupTrouble(_("%(file)s holds no private key of age.") % {"file": path}) from error
    if not found:
        raise BackupTrouble(_("%(file)s holds no private key of age.") % {"file": path})
    return found


def write(path: Path, members: Iterable[tuple[str, bytes]], keys: Sequence[Any]) -> str:
    """Write the archive whole or not at all, and return its SHA-256.

    The bytes on disk are read again and compared, because the person who makes a backup has no key to open
    it.
    """
    source = _Source(_tar(members))
    try:
        with _part_of(path) as (fresh, file):
            target = _Hashing(file)
            try:
                pyrage.encrypt_io(source, target, keys)
            except (pyrage.EncryptError, OSError) as error:
                raise source.error or target.error or error from None
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)  # on a network drive of Windows no other handle may read a locked file
            if hashlib.file_digest(file, "sha256").digest() != target.digest.digest():
                raise BackupTrouble(_("What was read back from the disk is not what was written."))
            fresh.rename(path)
        with suppress(OSError):  # not every file system supports it
            handle = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
    except BlockingIOError as error:
        raise BackupTrouble(_("Another backup is being written to this file.")) from error
    except OSError as error:
        words = _("The backup could not be written: %(reason)s")
        raise BackupTrouble(words % {"reason": error.strerror or error}) from error
    return target.digest.hexdigest()


@contextmanager
def _part_of(path: Path) -> Iterator[tuple[Path, io.BufferedRandom]]:
    """Open the file under the name that it has until it is whole. It is gone after an exception.

    It is locked, and the system releases the lock of a dead process: what a killed backup left is written
    over. Raises BlockingIOError if another process writes it.
    """
    fresh = path.with_name(f".{path.name}.part")
    # Only the owner may read it. It is not emptied before it is known to be nobody else's.
    with open(fresh, "a+b", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            is_there = os.path.samestat(fresh.stat(), os.fstat(file.fileno()))
        except FileNotFoundError:
            is_there = False
        if not is_there:  # renamed or deleted since we opened it, by the process that had locked it
            raise BlockingIOError
        try:
            if path.exists():
                raise BackupTrouble(_("%(file)s already exists.") % {"file": path})
            _clear_killed(path.parent)
            file.truncate(0)
            yield fresh, file
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise


def _clear_killed(folder: Path) -> None:
    """Delete what killed backups left: under names with the time, no later one would write over it."""
    for left in folder.glob(".*.age.part"):
        with suppress(OSError), left.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()


@contextmanager
def reading(path: Path, keys: Sequence[Any]) -> Iterator[Iterator[tuple[str, bytes]]]:
    """Yield the members in order, each with its bytes.

    Only when all have been read do we know that the archive is complete: rely on nothing before that.
    """
    incoming, outgoing = os.pipe()
    failed: list[Exception] = []

    def decrypt() -> None:
        try:
            with open(outgoing, "wb") as target, path.open("rb") as file:
                pyrage.decrypt_io(file, target, keys)
        except BrokenPipeError:  # the reader has seen enough
            return
        except (pyrage.DecryptError, OSError, ValueError) as error:
            failed.append(error)

    thread = threading.Thread(target=decrypt, daemon=True)
    thread.start()

    try:
        with open(incoming, "rb") as source:
            yield _members(source, thread, failed)
    finally:
        thread.join()


def _members(
    source: IO[bytes], thread: threading.Thread, failed: Sequence[Exception]
) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(fileobj=source, mode="r|") as tar:
            for member in tar:
                content = tar.extractfile(member)
                yield member.name, content.read() if content else b""
        source.read()
    except (tarfile.TarError, EOFError) as error:
        thread.join()
        raise _unreadable(failed) from error
    thread.join()
    if failed:
        raise _unreadable(failed)


def _unreadable(failed: Sequence[Exception]) -> BackupTrouble:
    if failed and "No matching keys" in str(failed[0]):
        return BackupTrouble(_("This key does not open the backup."))
    if failed and isinstance(failed[0], FileNotFoundError):
        return BackupTrouble(_("There is no such file."))
    return BackupTrouble(_("The backup is damaged, or not all of it is here."))


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _tar(members: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    for name, content in members:
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(content), 0o600
        yield info.tobuf(tarfile.PAX_FORMAT)
        yield content
        yield bytes(-len(content) % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)


class _Source(io.RawIOBase):
    """Pieces as a file to read. The library reports an error only as text, so the exception is kept here."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left = pieces, memoryview(b"")
        self.error: BaseException | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        try:
            while not self._left:
                self._left = memoryview(next(self._pieces))
        except StopIteration:
            return 0
        except BaseException as error:
            self.error = error
            raise
        size = min(len(into), len(self._left))
        into[:size], self._left = self._left[:size], self._left[size:]
        return size


class _Hashing(io.RawIOBase):
    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.digest = file, hashlib.sha256()
        self.error: OSError | None = None

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        try:
            self._file.write(piece)
        except OSError as error:
            self.error = error
            raise
        self.digest.update(piece)
        return len(piece)
