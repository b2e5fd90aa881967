"""python3 -m runtime.server install|uninstall|manage …: called by install.sh and by the command `jiaqiao`."""

import argparse
import os
import subprocess
import sys

from runtime.server import installing, releases
from runtime.words import Trouble, sentence


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["manage"]:
        return manage(arguments[1:])
    parser = argparse.ArgumentParser(prog="install.sh")
    parser.add_argument("step", choices=["install", "uninstall"])
    parser.add_argument("--bundle", default="")
    parser.add_argument("--version", default="")
    parser.add_argument("--address", default="")
    parser.add_argument("--without-start", action="store_true")
    parser.add_argument("--uninstall", action="store_true")
    options = parser.parse_args(arguments)
    try:
        if options.step == "uninstall":
            installing.uninstall()
        else:
            installing.install(options)
    except Trouble as trouble:
        print(f"✗ {trouble}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        words = " ".join(map(str, error.cmd))
        cause = (error.stderr or b"").decode(errors="replace").strip() or error.returncode
        print(f"✗ {sentence('server_step', step=words, cause=cause)}", file=sys.stderr)
        return 1
    return 0


def manage(words: list[str]) -> int:
    if os.geteuid() != 0:
        print(f"✗ {sentence('server_root')}", file=sys.stderr)
        return 1
    try:
        return releases.manage(releases.current(), *words)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
