"""The variables of the services: created once with unique keys, and read as systemd reads them."""

import grp
import os
import secrets
import string
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from runtime.words import Trouble


def read(path: Path) -> dict[str, str]:
    """Read NAME=value, one per line. Quotes around a value do not belong to it."""
    found = {}
    for line in path.read_text().splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith(("#", ";")):
            value = value.strip()
            if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
                value = value[1:-1]
            found[name.strip()] = value
    return found


def fill(template: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        template = template.replace(f"@{name}@", value)
    return template


def write_once(path: Path, text: str, group: str) -> bool:
    """Write a file that root and `group` can read. An existing file stays, whatever it contains."""
    if path.exists():
        return False
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        os.fchown(file.fileno(), -1, grp.getgrnam(group).gr_gid)
        os.fchmod(file.fileno(), 0o640)
    fresh.replace(path)
    return True


def new_keys() -> dict[str, str]:
    letters = string.ascii_letters + string.digits  # they are part of a URL
    return {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "NOTE_KEYS": secrets.token_urlsafe(32),
        "AUDIT_KEYS": secrets.token_urlsafe(32),
        "REDIS_PASSWORD": "".join(secrets.choice(letters) for _ in range(40)),
    }


def of_address(address: str) -> dict[str, str]:
    """Return the variables for an address without a path.

    Such as https://jiaqiao.example.org or http://192.168.1.10.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    plain = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username)
    if parts.scheme not in ("http", "https") or not host or not plain:
        raise Trouble("server_bad_address", address=address)
    return {"PUBLIC_URL": f"{parts.scheme}://{parts.netloc}", "ALLOWED_HOSTS": host, "HOST": host}
