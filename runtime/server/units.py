"""systemd units: written where systemd looks, and read to find out what they start."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from runtime.server.variables import fill, read

COMMON = "jiaqiao-.service.d/common.conf"
TARGET = "jiaqiao.target"


def texts(folder: Path, values: Mapping[str, str]) -> dict[str, str]:
    """Return path below systemd's folder → content."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): fill(path.read_text(), values) for path in sorted(paths)}


def lay(folder: Path, wanted: Mapping[str, str]) -> bool:
    """Write the units, and return whether anything changed.

    Our units that are no longer wanted are deleted.
    """
    changed = False
    for name, text in wanted.items():
        path = folder / name
        if path.exists() and path.read_text() == text:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        changed = True
    for path in ours(folder):
        if str(path.relative_to(folder)) not in wanted:
            path.unlink()
            changed = True
    return changed


def ours(folder: Path) -> list[Path]:
    """Return our unit files, without what an administrator put next to them (systemctl edit)."""
    found = [*folder.glob("jiaqiao-*.*"), folder / TARGET, folder / COMMON]
    return sorted(path for path in found if path.is_file())


def environment(folder: Path, service: str) -> dict[str, str]:
    """Return a service's environment: the units' own lines, then the files that these name."""
    lines = [
        line
        for name in (COMMON, f"jiaqiao-{service}.service")
        for line in (folder / name).read_text().splitlines()
    ]
    found: dict[str, str] = {}
    for line in lines:
        if line.startswith("Environment="):
            words = shlex.split(line.removeprefix("Environment="))
            found |= dict(word.split("=", 1) for word in words)
    for line in lines:
        if line.startswith("EnvironmentFile="):
            found |= read(Path(line.removeprefix("EnvironmentFile=")))
    return found
