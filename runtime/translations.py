"""Compiles each catalogue. Runs in `.venv/`: python -m runtime.translations [folder]"""

import sys
from pathlib import Path

import polib

CATALOGUES = Path(__file__).resolve().parents[1] / "locale"


def compile_catalogues(folder: Path) -> None:
    for path in sorted(folder.rglob("*.po")):
        polib.pofile(str(path)).save_as_mofile(str(path.with_suffix(".mo")))


if __name__ == "__main__":
    compile_catalogues(Path(sys.argv[1]) if sys.argv[1:] else CATALOGUES)
