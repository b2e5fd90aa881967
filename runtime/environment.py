"""`.venv/` and what is installed in it: only if a lock file has changed."""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from runtime.layout import ROOT, VENV, VENV_PYTHON, DataFolder, set_stamp, stamp_is
from runtime.processes import Processes
from runtime.words import Trouble, sentence

LOCK = ROOT / "requirements.lock"
INSTALLER_LOCK = ROOT / "runtime" / "installer.lock"
UV = VENV / "bin" / "uv"
DEV_LOCK = ROOT / "requirements-dev.lock"
CATALOGUES = ROOT / "locale"


def prepare(data: DataFolder, processes: Processes, *, dev: bool = False) -> None:
    """Install packages and translations into the `.venv/` that `make_venv` created."""
    lock, stamp = (DEV_LOCK, "packages-dev") if dev else (LOCK, "packages")
    value = digest([lock])
    if not stamp_is(stamp, value):
        install("packages", lock, data.logs / "pip.log", processes)
        set_stamp(stamp, value)
        if dev:  # contains everything of the other lock
            set_stamp("packages", digest([LOCK]))
    _compile_translations(data, processes)


def make_venv(data: DataFolder, processes: Processes) -> None:
    """Create `.venv/` if it is missing, was moved here from another place, or was interrupted before."""
    if _works():
        return
    version = platform.python_version()
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        processes.run(
            sentence("venv", version=version),
            [sys.executable, "-m", "venv", VENV],
            log=data.logs / "venv.log",
        )
    except Trouble as trouble:
        raise Trouble("no_venv", version=version, cause=trouble) from trouble


def _works() -> bool:
    if not VENV_PYTHON.exists():
        return False
    asked = subprocess.run(
        [VENV_PYTHON, "-c", "import pip, sys; print(sys.prefix)"],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.returncode == 0 and Path(asked.stdout.strip()).resolve() == VENV.resolve()


def install(step: str, lock: Path, log: Path, processes: Processes, *options: object) -> None:
    """Install with uv, in a tenth of pip's time; with pip if uv is not available here, or fails."""
    wanted = ["--require-hashes", "-r", lock, *options]
    try:
        if not UV.exists():
            pip = [VENV_PYTHON, "-m", "pip", "install", "--require-hashes", "-r", INSTALLER_LOCK]
            processes.run(sentence("installer"), pip, log=log, env=clean_environment())
        processes.run(
            sentence(step),
            [UV, "pip", "install", "--python", VENV_PYTHON, *wanted],
            log=log,
            env=_pips_settings() | clean_environment(),
        )
    except Trouble:
        processes.run(
            sentence(step),
            [VENV_PYTHON, "-m", "pip", "install", "--no-input", *wanted],
            log=log,
            env=clean_environment(),
        )


def _pips_settings() -> dict[str, str]:
    """Return where pip was told to look.

    uv does not read pip's files, and many schools name a mirror there.
    """
    asked = subprocess.run(
        [VENV_PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    found = dict(re.findall(r"^\S+\.([a-z-]+)='(.*)'$", asked.stdout, re.MULTILINE))
    known = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "cert": "SSL_CERT_FILE",
    }
    return {ours: found[pips] for pips, ours in known.items() if pips in found}


def _compile_translations(data: DataFolder, processes: Processes) -> None:
    """Compile the catalogues with polib.

    Compiled ones are not committed, and gettext may be missing.
    """
    catalogues = sorted(CATALOGUES.rglob("*.po"))
    value = digest(catalogues)
    compiled = all(path.with_suffix(".mo").exists() for path in catalogues)
    if not catalogues or (compiled and stamp_is("translations", value)):
        return
    processes.run(
        sentence("translations"),
        [VENV_PYTHON, "-m", "runtime.translations"],
        log=data.logs / "translations.log",
        cwd=ROOT,
    )
    set_stamp("translations", value)


# Variables that would lead pip or Python of `.venv/` elsewhere. The last one makes each process compile
# everything again.
FOREIGN = ("PYTHONPATH", "PYTHONHOME", "PIP_USER", "PYTHONDONTWRITEBYTECODE")


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in FOREIGN}


def digest(paths: list[Path]) -> str:
    """Return a digest of names and contents, so that a touched or freshly cloned file changes nothing."""
    found = hashlib.sha256()
    for path in paths:
        found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()
