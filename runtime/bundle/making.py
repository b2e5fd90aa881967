"""Makes the bundle: this commit, its wheels, its front end and Debian's packages, each with its SHA-256."""

import argparse
import json
import os
import re
import shutil
import subprocess
import tarfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runtime import environment, frontend
from runtime.bundle import checksums, debs, wheels
from runtime.layout import ROOT, VENV_PYTHON, DataFolder, free_mb
from runtime.processes import Processes, Stopped
from runtime.words import Trouble, sentence

DATA = ROOT / ".local" / "bundle"
NEEDED_MB = (
    2000  # measured: downloads 380, their copy in the archive 380, .venv and node_modules 700
)
INSTALL = Path(__file__).with_name("install.sh")
# In addition to what .dockerignore lets into an image: for the person who installs.
FOR_READERS = ("README.md", "README.zh.md", "docs", "deploy", ":(exclude)docs/screens")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./bundle", description="家桥 · Jiaqiao")
    parser.add_argument("--out", type=Path, default=Path("."), help="default: here")
    out = Path(os.environ.get("JIAQIAO_STARTED_IN", "."), parser.parse_args(arguments).out)
    refuse_unsaved()
    data = DataFolder(DATA)
    if (free := free_mb(data.path)) < NEEDED_MB:
        raise Trouble("disk_full", folder=data.path, free=free, needed=NEEDED_MB)
    data.prepare()
    with data.lock(f"PID {os.getpid()}"), Processes(data.run) as processes:
        try:
            archive = make(out, data, processes)
        except Stopped:
            return 130
    size = archive.stat().st_size // 2**20
    print(sentence("bundle_made", archive=archive, size=size, digest=checksums.sha256(archive)))
    print(sentence("bundle_next", name=archive.stem))
    return 0


def refuse_unsaved() -> None:
    """Refuse uncommitted changes.

    A bundle belongs to a commit, and nobody could tell later what else was in it.
    """
    asked = subprocess.run(
        ["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if asked.returncode or asked.stdout:
        raise Trouble("bundle_unsaved", cause=(asked.stdout or asked.stderr).strip()[:200])


def make(out: Path, data: DataFolder, processes: Processes) -> Path:
    environment.make_venv(data, processes)
    front_end = frontend.begin(data, processes)
    environment.prepare(data, processes)
    processes.finish(front_end)
    release, version = debs.release(), version_here()
    folder = data.path / "work" / f"jiaqiao-{version}-{release}"
    shutil.rmtree(folder.parent, ignore_errors=True)
    folder.mkdir(parents=True)
    pack_source(folder / "app.tar.gz", data.path / "work" / "app")
    of_python = fetch_wheels(folder / "wheels", data, processes)
    apt = debs.Apt(data.path)
    processes.run(sentence("bundle_debs"), apt.download(), log=data.logs / "debs.log")
    of_system = debs.gather(apt.wanted(), folder / "debs")
    shutil.copy2(INSTALL, folder)
    for name, text in (
        ("VERSION", version),
        ("RELEASE", release),
        ("PACKAGES", " ".join(debs.PACKAGES)),
    ):
        (folder / name).write_text(f"{text}\n")
    told = manifest(version, release, of_python, of_system)
    (folder / "MANIFEST.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    checksums.write(folder)
    return archive(folder, out)


def version_here() -> str:
    """Return the project's version with date and hash of the commit, such as 0.2.0-20261130-0bf108aa."""
    number = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    if number is None:
        raise ValueError("pyproject.toml names no version")
    of_commit = [
        "git",
        "show",
        "--no-patch",
        "--format=%cd-%h",
        "--date=format:%Y%m%d",
        "--abbrev=8",
    ]
    return f"{number[1]}-{subprocess.check_output(of_commit, cwd=ROOT, text=True).strip()}"


def pack_source(target: Path, scratch: Path) -> None:
    """Pack what an image contains, built and compiled, and the texts to read.

    Tests and development tools are left out.
    """
    kept = [
        line[1:]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    scratch.mkdir()
    git = ["git", "archive", "--format=tar", "HEAD", "--", *kept, *FOR_READERS]
    with subprocess.Popen(git, cwd=ROOT, stdout=subprocess.PIPE) as packing:
        subprocess.run(["tar", "-x", "-C", scratch], stdin=packing.stdout, check=True)
    if packing.returncode:
        raise Trouble("step_failed", step="git archive", cause=packing.returncode, log="git")
    shutil.copytree(frontend.DIST, scratch / "static" / "dist")
    subprocess.run(
        [VENV_PYTHON, "-m", "runtime.translations", scratch / "locale"], cwd=ROOT, check=True
    )
    with tarfile.open(target, "w:gz", compresslevel=6) as packed:
        for path in sorted(scratch.iterdir()):
            packed.add(path, path.name, filter=of_root)


def of_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def fetch_wheels(target: Path, data: DataFolder, processes: Processes) -> list[wheels.Wheel]:
    venv = data.path / "servers-python"
    shutil.rmtree(venv, ignore_errors=True)
    processes.run(
        sentence("bundle_python"),
        [wheels.SERVERS_PYTHON, "-m", "venv", venv],
        log=data.logs / "python.log",
    )
    processes.run(
        sentence("bundle_wheels"),
        wheels.build(venv / "bin" / "python", environment.LOCK, target),
        log=data.logs / "wheels.log",
        env=environment.clean_environment(),
    )
    return wheels.gather(target)


def manifest(
    version: str, release: str, of_python: list[wheels.Wheel], of_system: list[debs.Deb]
) -> dict[str, Any]:
    """Return what is in the bundle. The licence of a .deb file is in its own usr/share/doc/*/copyright."""

    def told(one: wheels.Wheel | debs.Deb) -> dict[str, str]:
        return {**asdict(one), "path": one.path.name, "sha256": checksums.sha256(one.path)}

    commit = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=ROOT, text=True).strip()
    return {
        "name": "jiaqiao",
        "version": version,
        "commit": commit,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "for": release,
        "python": [told(one) for one in of_python],
        "system": [told(one) for one in of_system],
    }


def archive(folder: Path, out: Path) -> Path:
    """Write the archive uncompressed, because nearly all of it is compressed already."""
    out.mkdir(parents=True, exist_ok=True)
    target = out.resolve() / f"{folder.name}.tar"
    fresh = target.with_suffix(".part")
    with tarfile.open(fresh, "w") as packed:
        packed.add(folder, folder.name, filter=of_root)
    fresh.replace(target)
    target.with_suffix(".tar.sha256").write_text(f"{checksums.sha256(target)}  {target.name}\n")
    shutil.rmtree(folder.parent)
    return target
