"""Python packages as wheels for the server's Python, which is the system's own."""

import email
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from runtime.bundle.checksums import sha256

SERVERS_PYTHON = "/usr/bin/python3"
LIST = "requirements.txt"


@dataclass(frozen=True)
class Wheel:
    package: str
    version: str
    licence: str
    path: Path


def build(python: Path, lock: Path, target: Path) -> list[object]:
    """Return the command that builds the wheels.

    It checks the lock's hashes, and builds source-only packages here.
    """
    options = ["--require-hashes", "--no-deps", "--no-input", "--requirement", lock]
    return [python, "-m", "pip", "wheel", *options, "--wheel-dir", target]


def gather(target: Path) -> list[Wheel]:
    """Return the wheels in `target`, and write a list for pip with each file's hash."""
    found = [read(path) for path in sorted(target.glob("*.whl"))]
    lines = [f"{one.package}=={one.version} --hash=sha256:{sha256(one.path)}\n" for one in found]
    (target / LIST).write_text("".join(lines))
    return found


def read(path: Path) -> Wheel:
    with zipfile.ZipFile(path) as archive:
        name = next(n for n in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n))
        about = email.message_from_bytes(archive.read(name))
    return Wheel(about["Name"], about["Version"], licence(about), path)


def licence(about: email.message.Message) -> str:
    """Return the licence as the package states it.

    That is an SPDX expression, a classifier, or the first line of its text.
    """
    if said := about["License-Expression"]:
        return said
    classified = [
        one.rpartition(" :: ")[2]
        for one in about.get_all("Classifier", [])
        if one.startswith("License :: ")
    ]
    return ", ".join(classified) or (about["License"] or "").strip().split("\n")[0][:80]
