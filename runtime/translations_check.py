"""Checks that every text of code and templates is translated into Chinese. Needs `.venv/` and gettext.

python -m runtime.translations_check

It collects the texts in a copy of the project, so that the catalogue in the project stays as it is.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = Path("locale") / "zh_Hans" / "LC_MESSAGES" / "django.po"
LEFT_OUT = shutil.ignore_patterns(
    ".venv", ".git", ".local", "node_modules", "dist", "tests", "docs", "__pycache__", ".*_cache"
)


def problems() -> list[str]:
    """Return one line for each text that is missing, empty, fuzzy, or whose placeholders differ."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        subprocess.run(
            [sys.executable, "manage.py", "makemessages", "-l", "zh_Hans", "--no-obsolete"],
            cwd=copy,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "homeschool.settings", "TRIAL_KEYS": "1"},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        entries = polib.pofile(str(copy / CATALOGUE))
    broken = [
        f"{'fuzzy' if entry.fuzzy else 'missing'}: {entry.msgid!r} ({where(entry)})"
        for entry in entries
        if not entry.translated()
    ]
    check = ["msgfmt", "--check", "--output-file=/dev/null", str(ROOT / CATALOGUE)]
    found = subprocess.run(check, capture_output=True, text=True, check=False)
    return broken + (found.stderr.splitlines() if found.returncode else [])


def where(entry: polib.POEntry) -> str:
    return ", ".join(f"{path}:{line}" for path, line in entry.occurrences[:2])


if __name__ == "__main__":
    lines = problems()
    print("\n".join([*lines, f"{len(lines)} texts need a translation" if lines else "complete"]))
    sys.exit(bool(lines))
