"""The program itself: one folder for each release, and a link to the one that is running."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runtime.server import places, units
from runtime.words import Trouble, sentence

KEPT = 2  # releases, including the one that is running


def current() -> str:
    return places.CURRENT.resolve().name if places.CURRENT.is_symlink() else ""


def make(bundle: Path, version: str) -> bool:
    """Install packages and static files next to the source that install.sh unpacked.

    Return False if all of it exists.
    """
    folder = places.RELEASES / version
    if (folder / "complete").exists():
        return False
    print(sentence("server_packages"), flush=True)
    shutil.rmtree(folder / "venv", ignore_errors=True)
    python = folder / "venv" / "bin" / "python"
    wheels = bundle / "wheels"
    run(sys.executable, "-m", "venv", folder / "venv")
    options = ["--quiet", "--no-index", "--no-deps", "--require-hashes", "--find-links", wheels]
    run(python, "-m", "pip", "install", *options, "--requirement", wheels / "requirements.txt")
    run(python, "-m", "compileall", "-q", folder / "app")
    trial = {"TRIAL_KEYS": "1", "STATIC_HASHED": "1", "JIAQIAO_DATA": str(folder / "collected")}
    collect = [
        python,
        folder / "app" / "manage.py",
        "collectstatic",
        "--no-input",
        "--verbosity",
        "0",
    ]
    run(*collect, env=os.environ | trial)
    (folder / "complete").touch()
    return True


def run(*argv: object, env: Mapping[str, str] | None = None) -> None:
    words = [str(word) for word in argv]
    asked = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    if asked.returncode:
        cause = (asked.stderr or asked.stdout).strip()[-600:]
        raise Trouble("server_step", step=" ".join(words[:4]), cause=cause)


def switch(version: str) -> None:
    """Switch in one step, so that there is always a release for the units."""
    fresh = places.CURRENT.with_name("next")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(places.RELEASES / version)
    fresh.replace(places.CURRENT)


def drop_old() -> None:
    found = [path for path in places.RELEASES.iterdir() if (path / "complete").exists()]
    found.sort(key=lambda path: (path / "complete").stat().st_mtime, reverse=True)
    kept = {current(), *[path.name for path in found[:KEPT]]}
    for path in places.RELEASES.iterdir():
        if path.name not in kept:
            shutil.rmtree(path)


def manage(version: str, *words: object) -> int:
    """Run manage.py of one release as the services run it, and return its exit status."""
    folder = places.RELEASES / version
    argv = [folder / "venv" / "bin" / "python", folder / "app" / "manage.py", *words]
    return subprocess.run([str(word) for word in argv], **as_services(), check=False).returncode


def as_services() -> dict[str, Any]:
    """Return arguments of subprocess: the web server's user and variables, and the terminal's language."""
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TERM") if name in os.environ}
    given = {"PATH": "/usr/local/bin:/usr/bin:/bin"} | units.environment(places.UNITS, "web")
    user = {"user": places.USER, "group": places.USER, "extra_groups": []}
    return {"env": given | kept, **user}
