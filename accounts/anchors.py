"""Keep the ends of the logs where the database's administrator cannot write (ANCHOR_URL).

Each anchor is one signed line with the ends of all chains; the last one covers everything before it. A file
only grows; a host accepts a line by POST and returns the last ones by GET (accounts/README.md).
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx
from django.conf import settings

from accounts import chain

TIMEOUT_SECONDS = 10
LONGEST_BYTES = 4 * 1024 * 1024  # of one line, and of what is read back: about 30,000 chains


class AnchorTrouble(Exception):
    """Raised if the place of the anchors cannot be reached, or holds something that this server did not
    write.
    """


@dataclass(frozen=True)
class End:
    """The last row of a chain; `seal` in hexadecimal."""

    number: int
    seal: str


@dataclass(frozen=True)
class Anchor:
    at: datetime
    ends: Mapping[str, End]


def keep(anchor: Anchor) -> None:
    """Write an anchor. Raises AnchorTrouble, chain.NoAuditKey."""
    ends = {name: [end.number, end.seal] for name, end in sorted(anchor.ends.items())}
    told = json.dumps({"at": anchor.at.isoformat(), "ends": ends})
    line = json.dumps({"anchor": told, "seal": chain.sign(told)}).encode() + b"\n"
    try:
        if _is_host():
            with _client() as client:
                client.post(settings.ANCHOR_URL, content=line).raise_for_status()
        else:
            _add(line)
    except (OSError, httpx.HTTPError) as error:
        raise AnchorTrouble(_reason(error)) from error


def last() -> Anchor | None:
    """Return the last anchor that this server wrote; None if there is none yet. Raises AnchorTrouble."""
    try:
        if _is_host():
            text = _get()
        else:
            with _path().open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - LONGEST_BYTES))
                text = file.read()
    except FileNotFoundError:
        return None
    except (OSError, httpx.HTTPError) as error:
        raise AnchorTrouble(_reason(error)) from error
    lines = [line for line in text.splitlines() if line.strip()]
    found = next((anchor for line in reversed(lines) if (anchor := _read(line))), None)
    if lines and found is None:
        raise AnchorTrouble("what is kept there was not written with this server's key")
    return found


def _read(line: bytes) -> Anchor | None:
    """Return the anchor of a line; None if a full disk cut it short or somebody else wrote it."""
    try:
        kept = json.loads(line)
        told, seal = kept["anchor"], kept["seal"]
        if not chain.is_signed(told, seal):
            return None
        facts = json.loads(told)
        ends = {name: End(*end) for name, end in facts["ends"].items()}
        return Anchor(datetime.fromisoformat(facts["at"]), ends)
    except (ValueError, KeyError, TypeError):
        return None


def _is_host() -> bool:
    return urlsplit(settings.ANCHOR_URL).scheme in ("https", "http")


def _path() -> Path:
    return Path(unquote(urlsplit(settings.ANCHOR_URL).path))


def _add(line: bytes) -> None:
    """Append a line that begins on a new line, even after one that a full disk cut short."""
    _path().parent.mkdir(exist_ok=True)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    file = os.open(_path(), flags, 0o640)
    try:
        if os.write(file, b"\n" + line) != len(line) + 1:
            raise OSError("the disk is full")
        os.fsync(file)
    finally:
        os.close(file)


def _get() -> bytes:
    found = bytearray()
    with _client() as client, client.stream("GET", settings.ANCHOR_URL) as answer:
        answer.raise_for_status()
        for part in answer.iter_bytes():
            found += part
            if len(found) > LONGEST_BYTES:
                raise AnchorTrouble("the host gives more than the last lines")
    return bytes(found)


def _client() -> httpx.Client:
    headers = {"Content-Type": "application/jsonl"}
    if settings.ANCHOR_TOKEN:
        headers["Authorization"] = f"Bearer {settings.ANCHOR_TOKEN}"
    return httpx.Client(headers=headers, timeout=TIMEOUT_SECONDS, trust_env=False)


def _reason(error: Exception) -> str:
    """Return the reason in our own words: we do not show what the other server wrote."""
    if isinstance(error, httpx.HTTPStatusError):
        return f"the host answered {error.response.status_code}"
    if isinstance(error, httpx.HTTPError):
        return "the host does not answer"
    return str(getattr(error, "strerror", None) or error)
