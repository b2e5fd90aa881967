"""python -m runtime start|test|bundle …: called by the scripts at the top of the project."""

import errno
import sys
from pathlib import Path

from runtime import start, suite
from runtime.bundle import making
from runtime.layout import ROOT, free_mb, needed_mb
from runtime.words import Trouble, sentence

COMMANDS = {"start": start.main, "test": suite.main, "bundle": making.main}


def main(arguments: list[str]) -> int:
    try:
        return COMMANDS[arguments[0]](arguments[1:])
    except Trouble as trouble:
        print(f"✗ {trouble}", file=sys.stderr)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print(f"✗ {disk_full(error)}", file=sys.stderr)
    return 1


def disk_full(error: OSError) -> str:
    folder = Path(error.filename).parent if error.filename else ROOT
    return sentence("disk_full", folder=folder, free=free_mb(folder), needed=needed_mb())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
