"""Known vulnerabilities in the packages that we use: `python -m runtime.audit`. Exits with 1 if there is one.

With `--tell`, as `./test` calls it, it only reports: a vulnerability published overnight must not hold up an
unrelated fix.

Both tools report success if they cannot reach their data. So we read their data, not their text, and a failed
look-up is reported as skipped.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from runtime.environment import UV
from runtime.layout import ROOT

SECONDS = 60
PYTHON: list[str | Path] = [
    UV, "tool", "run", "pip-audit", "-r", ROOT / "requirements.lock", "--disable-pip", "--no-deps",
    "--progress-spinner", "off", "-f", "json",
]  # fmt: skip
NODE = ["npm", "audit", "--json"]


def holes_of_python(told: Any) -> list[str] | None:
    """Return the vulnerabilities; None if nothing was looked up."""
    looked_up = [one for one in told.get("dependencies", []) if "vulns" in one]
    if not looked_up:
        return None
    return [
        f"{one['name']} {one['version']}: {hole['id']}"
        for one in looked_up
        for hole in one["vulns"]
    ]


def holes_of_node(told: Any) -> list[str] | None:
    if "vulnerabilities" not in told:
        return None
    return [f"{name}: {one['severity']}" for name, one in told["vulnerabilities"].items()]


def ask(words: Sequence[str | Path]) -> Any:
    """Return the tool's JSON; {} if the tool is missing, does not answer or prints something else."""
    try:
        done = subprocess.run(
            words, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        return json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return {}


def main() -> int:
    found = {"pip-audit": holes_of_python(ask(PYTHON)), "npm audit": holes_of_node(ask(NODE))}
    for name, holes in found.items():
        if holes is None:
            print(f"{name}: skipped, its data cannot be reached from here")
        else:
            print(f"{name}: {', '.join(holes) or 'nothing known'}")
    return 1 if any(found.values()) and "--tell" not in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
